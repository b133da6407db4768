package delivery

import (
	"sync"
	"time"

	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/gate"
)

func notFound(err error) bool { return fault.Is(err, fault.NotFound) }

// job is one letter on its way to the wire.
type job struct {
	row    Leased
	permit gate.Permit
	letter Letter
}

const (
	// batchFirst, batchLeast and batchMost bound how many rows a lane leases at a time:
	// a slow receiver must not fill the memory with letters for itself.
	batchFirst, batchLeast, batchMost = 64, 16, 256
	// batchSoon and batchLate are when a lane that asks for more counts as fast or slow.
	batchSoon, batchLate = time.Second, 10 * time.Second
	// idleSession is how long a worker keeps its connection without work.
	idleSession = 5 * time.Second
	// downFirst and downMost bound how long a lane rests after its server could not be reached.
	downFirst = 2 * time.Second
	downMost  = 5 * time.Minute
)

// lane is one destination with its own queue and sessions, so that one slow or
// dead receiver does not hold up the others.
type lane struct {
	name string
	// ready wakes one idle worker; one that leaves work behind wakes the next.
	ready chan struct{}

	manners manners
	outlets []*outlet

	mu      sync.Mutex
	queue   []job
	closed  bool
	workers int
	idle    int
	// batch is how many rows to lease next, leased when that last was done.
	batch     int
	leased    time.Time
	downUntil time.Time
	failures  int
	// settled says that the lane is where its mail belongs; see home.
	settled, settling bool
	born              time.Time
}

func (e *Engine) newLane(name string) *lane {
	l := &lane{name: name, ready: make(chan struct{}, 1), batch: batchFirst, manners: e.mannersOf(name)}
	now := e.Clock()
	l.born = now
	for _, s := range e.Sources {
		l.outlets = append(l.outlets, e.outlet(name, &l.manners, s, now))
	}
	return l
}

// lane returns the lane of a name. Only the scheduler calls it, so no lane can
// vanish between this and a push.
func (e *Engine) lane(name string) *lane {
	e.mu.Lock()
	defer e.mu.Unlock()
	l := e.lanes[name]
	if l == nil {
		l = e.newLane(name)
		l.closed = e.stopping.Load()
		e.lanes[name] = l
	}
	return l
}

// room is how many rows the lane should be given now.
func (l *lane) room(now time.Time) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed || now.Before(l.downUntil) || len(l.queue) > l.batch/2 {
		return 0
	}
	switch since := now.Sub(l.leased); {
	case l.leased.IsZero():
	case since < batchSoon:
		l.batch = min(2*l.batch, batchMost)
	case since > batchLate:
		l.batch = max(l.batch/2, batchLeast)
	}
	return l.batch
}

// gave notes that rows were leased for the lane.
func (l *lane) gave(now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.leased = now
}

// push queues a job and sees to a worker. It says false when the lane is closed.
func (l *lane) push(e *Engine, j job) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return false
	}
	l.queue = append(l.queue, j)
	e.inHand.Add(1)
	if l.idle > 0 {
		l.wakeLocked()
	} else {
		e.staffLocked(l)
	}
	return true
}

// staffLocked adds a worker to a lane that has work, within what the lane and the
// node allow. What somebody waits for never waits for the node.
func (e *Engine) staffLocked(l *lane) {
	if l.closed || len(l.queue) == 0 || l.workers >= l.mostWorkers(e.Clock()) {
		return
	}
	if !isUrgent(l.name) && e.sessions.Add(1) > int64(e.Connections) {
		e.sessions.Add(-1)
		return
	}
	l.workers++
	e.workers.Go(func() { e.work(l) })
}

// staff looks after lanes whose work came when no further session was allowed.
func (e *Engine) staff() {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, l := range e.lanes {
		l.mu.Lock()
		if l.idle == 0 {
			e.staffLocked(l)
		}
		l.mu.Unlock()
	}
}

func (l *lane) wakeLocked() {
	if l.closed {
		return // everybody is awake
	}
	select {
	case l.ready <- struct{}{}:
	default:
	}
}

// take gives a worker the next job; low says that the lane could be given more.
func (l *lane) take() (j job, ok, low bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.queue) == 0 {
		return job{}, false, false
	}
	j, l.queue[0] = l.queue[0], job{}
	l.queue = l.queue[1:]
	if len(l.queue) > 0 && l.idle > 0 {
		l.wakeLocked()
	}
	return j, true, len(l.queue) == l.batch/2 || len(l.queue) == 0
}

// close has the workers give back what is queued and end.
func (l *lane) close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.closed {
		l.closed = true
		close(l.ready)
	}
}

// rest has the lane lease nothing until a time.
func (l *lane) rest(until time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if until.After(l.downUntil) {
		l.downUntil = until
	}
}

// reached and unreachable keep count of a server that cannot be connected to.
func (l *lane) reached() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.failures, l.downUntil = 0, time.Time{}
}

// unreachable rests the lane, longer each time, and says until when.
func (l *lane) unreachable(now time.Time) time.Time {
	l.mu.Lock()
	defer l.mu.Unlock()
	if now.Before(l.downUntil) {
		return l.downUntil // another session of the lane found out already
	}
	rest := min(downFirst<<min(l.failures, 10), downMost)
	l.failures++
	l.downUntil = now.Add(rest)
	return l.downUntil
}

func (l *lane) resting(now time.Time) (time.Time, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.downUntil, now.Before(l.downUntil)
}

// unused says whether nothing would be lost with the lane.
func (l *lane) unused(now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.workers == 0 && len(l.queue) == 0 && !now.Before(l.downUntil) && now.Sub(l.leased) > batchLate &&
		!l.settling && now.Sub(l.born) > batchLate
}

// wait parks a worker until there may be work; false when it should end.
func (l *lane) wait(idle *time.Timer) bool {
	l.mu.Lock()
	if len(l.queue) > 0 || l.closed {
		defer l.mu.Unlock()
		return !l.retireLocked()
	}
	l.idle++
	l.mu.Unlock()
	idle.Reset(l.manners.idle)
	stay := true
	select {
	case <-l.ready:
	case <-idle.C:
		stay = false
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.idle--
	return stay && !l.closed || !l.retireLocked()
}

// retireLocked ends a worker unless there is work.
func (l *lane) retireLocked() bool {
	if len(l.queue) > 0 {
		return false
	}
	l.workers--
	return true
}

// surplus ends a worker where there are more than the lane may have by now; the last
// one stays.
func (l *lane) surplus(now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed || l.workers <= max(1, l.mostWorkers(now)) {
		return false
	}
	l.workers--
	return true
}

// work is one session's life: jobs one after the other on one connection.
func (e *Engine) work(l *lane) {
	h := &handler{engine: e, lane: l}
	defer func() {
		h.hangUp()
		if !isUrgent(l.name) {
			e.sessions.Add(-1)
			e.Nudge() // another lane may be waiting for the session
		}
	}()
	idle := time.NewTimer(idleSession)
	defer idle.Stop()
	for {
		j, ok, low := l.take()
		if low {
			e.Nudge()
		}
		if !ok {
			if !l.wait(idle) {
				return
			}
			continue
		}
		if e.stopping.Load() {
			e.giveBack(j.row, e.Clock())
		} else {
			h.handOff(e.wire, j)
		}
		e.inHand.Add(-1)
		if l.surplus(e.Clock()) {
			return
		}
	}
}
