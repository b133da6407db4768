package delivery

import (
	"errors"
	"sync"
	"time"

	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/gate"
)

var errNoWriter = errors.New("delivery: no writer for this kind of message")

func notFound(err error) bool { return fault.Is(err, fault.NotFound) }

// job is one letter on its way to the wire.
type job struct {
	row    Leased
	permit gate.Permit
	letter Letter
}

const (
	// laneDepth is how many written letters a lane may hold: enough to keep its
	// sessions busy while the next batch is prepared.
	laneDepth = 2 * leaseBatch
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
	jobs chan job

	mu        sync.Mutex
	closed    bool
	workers   int
	downUntil time.Time
	failures  int
}

func (e *Engine) lane(name string) *lane {
	e.mu.Lock()
	defer e.mu.Unlock()
	l := e.lanes[name]
	if l == nil {
		l = &lane{name: name, jobs: make(chan job, laneDepth)}
		e.lanes[name] = l
	}
	return l
}

// wants says whether the lane has room for another batch and is not resting.
func (l *lane) wants(now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return !l.closed && !now.Before(l.downUntil) && len(l.jobs) <= laneDepth-leaseBatch
}

// push queues a job and starts a worker when there may be one more. It says false
// when the lane is closed or full.
func (l *lane) push(e *Engine, j job) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return false
	}
	select {
	case l.jobs <- j:
	default:
		return false
	}
	if l.workers < e.Connections && l.workers <= len(l.jobs) {
		l.workers++
		e.workers.Go(func() { e.work(l) })
	}
	return true
}

func (l *lane) close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.closed {
		l.closed = true
		close(l.jobs)
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

// retire ends a worker that found nothing to do; false if work came meanwhile.
func (l *lane) retire() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.jobs) > 0 && !l.closed {
		return false
	}
	l.workers--
	return true
}

// work is one session's life: jobs one after the other on one connection.
func (e *Engine) work(l *lane) {
	h := &handler{engine: e, lane: l}
	defer h.hangUp()
	idle := time.NewTimer(idleSession)
	defer idle.Stop()
	for {
		select {
		case j, ok := <-l.jobs:
			if !ok {
				l.retire()
				return
			}
			if e.stopping.Load() {
				e.giveBack(j.row, e.Clock())
				continue
			}
			h.handOff(e.wire, j)
			e.refill(l)
			idle.Reset(idleSession)
		case <-idle.C:
			if l.retire() {
				return
			}
			idle.Reset(idleSession)
		}
	}
}

// refill wakes the scheduler while the lane still has enough to do.
func (e *Engine) refill(l *lane) {
	if len(l.jobs) == laneDepth-leaseBatch || len(l.jobs) == 0 {
		e.Nudge()
	}
}
