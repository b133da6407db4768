package delivery

import (
	"slices"
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
	// shed is how many idle workers are to make way for other lanes.
	shed int
	// batch is how many rows to lease next, leased when that last was done, taken when
	// a worker last took one.
	batch  int
	leased time.Time
	taken  time.Time
	// restUntil is until when no outlet has leave, deaf the domains that wait for
	// servers of their own.
	restUntil time.Time
	deaf      map[string]deaf
	// turns is where the scheduler goes on; only it uses it.
	turns turns
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

// full says whether the lane should be given nothing now.
func (l *lane) full(now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.fullLocked(now)
}

func (l *lane) fullLocked(now time.Time) bool {
	return l.closed || now.Before(l.restUntil) || len(l.queue) > l.batch/2
}

// room is how many rows the lane should be given now.
func (l *lane) room(now time.Time) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.fullLocked(now) {
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

// putBack returns a job that a worker has taken to the head of the queue.
func (l *lane) putBack(e *Engine, j job) {
	l.mu.Lock()
	closed := l.closed
	if !closed {
		l.queue = slices.Insert(l.queue, 0, j)
		e.inHand.Add(1)
		if l.idle > 0 {
			l.wakeLocked()
		}
	}
	l.mu.Unlock()
	if closed {
		e.giveBack(j.row, e.Clock())
	}
}

// staffLocked adds a worker to a lane that has work, within what the lane and the
// node allow; hungry says that only the node did not. What somebody waits for never
// waits for the node.
func (e *Engine) staffLocked(l *lane) (hungry bool) {
	if l.closed || len(l.queue) == 0 || l.workers >= l.mostWorkers(e.Clock()) {
		return false
	}
	if !isUrgent(l.name) && e.sessions.Add(1) > int64(e.Connections) {
		e.sessions.Add(-1)
		return l.workers == 0
	}
	l.workers++
	e.workers.Go(func() { e.work(l) })
	return false
}

// staff looks after lanes whose work came when no further session was allowed. For
// those that have none, connections make way that rest elsewhere.
func (e *Engine) staff() {
	e.mu.Lock()
	defer e.mu.Unlock()
	hungry := 0
	for _, l := range e.lanes {
		l.mu.Lock()
		if l.idle == 0 && e.staffLocked(l) {
			hungry++
		}
		l.mu.Unlock()
	}
	for _, l := range e.lanes {
		if hungry == 0 {
			return
		}
		hungry -= l.makeWay(hungry)
	}
}

// makeWay has up to n idle workers end, and says how many.
func (l *lane) makeWay(n int) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	if isUrgent(l.name) || l.closed || len(l.queue) > 0 || l.shed > 0 {
		return 0
	}
	if l.shed = min(n, l.idle); l.shed > 0 {
		l.wakeLocked()
	}
	return l.shed
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
func (l *lane) take(now time.Time) (j job, ok, low bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.queue) == 0 {
		return job{}, false, false
	}
	j, l.queue[0] = l.queue[0], job{}
	l.queue = l.queue[1:]
	l.taken = now
	if len(l.queue) > 0 && l.idle > 0 {
		l.wakeLocked()
	}
	return j, true, len(l.queue) == l.batch/2 || len(l.queue) == 0
}

// relieve takes away what waits in a lane that has not moved for long, but for a few:
// letters for one slow receiver must not fill the memory that all lanes share.
func (l *lane) relieve(now time.Time) []job {
	l.mu.Lock()
	defer l.mu.Unlock()
	if isUrgent(l.name) || len(l.queue) <= 1 || now.Sub(l.taken) < batchLate || now.Sub(l.leased) < batchLate {
		return nil
	}
	over := slices.Clone(l.queue[1:])
	clear(l.queue[1:])
	l.queue = l.queue[:1]
	l.batch = batchLeast
	return over
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
	l.restUntil = later(l.restUntil, until)
}

// unused says whether nothing would be lost with the lane.
func (l *lane) unused(now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.workers == 0 && len(l.queue) == 0 && !now.Before(l.restUntil) && now.Sub(l.leased) > batchLate &&
		!l.settling && now.Sub(l.born) > batchLate && !slices.ContainsFunc(l.outlets, func(o *outlet) bool {
		return now.Before(o.down) || o.control.Changed() != o.saved
	})
}
