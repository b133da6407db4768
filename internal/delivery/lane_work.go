package delivery

import "time"

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
	if l.makesWayLocked() {
		stay = false
	}
	return stay && !l.closed || !l.retireLocked()
}

// makesWayLocked says whether a worker that woke is one of those that are to end.
func (l *lane) makesWayLocked() bool {
	if l.shed == 0 {
		return false
	}
	l.shed--
	if l.idle == 0 {
		l.shed = 0
	}
	if l.shed > 0 {
		l.wakeLocked()
	}
	return true
}

// retireLocked ends a worker unless there is work.
func (l *lane) retireLocked() bool {
	if len(l.queue) > 0 {
		return false
	}
	l.workers--
	return true
}

// surplus ends a worker where there are more than the lane may have by now, the last
// one staying, and one that has no way while others do.
func (l *lane) surplus(now time.Time, spare bool) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed || l.workers <= 1 || !spare && l.workers <= l.mostWorkers(now) {
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
	idle := time.NewTimer(l.manners.idle)
	defer idle.Stop()
	for {
		j, ok, low := l.take(e.Clock())
		if low {
			e.Nudge()
		}
		if !ok {
			if !l.wait(idle) {
				return
			}
			continue
		}
		h.spare = false
		if e.stopping.Load() {
			e.giveBack(j.row, e.Clock())
		} else {
			h.handOff(e.wire, j)
		}
		e.inHand.Add(-1)
		if l.surplus(e.Clock(), h.spare) {
			return
		}
		if h.spare {
			_ = e.wait(e.wire, spareRest) // when the engine stops, the rest goes back
		}
	}
}

// spareRest is how long a worker waits that has neither a way nor another worker to
// leave its job to: one is just hanging up.
const spareRest = 50 * time.Millisecond
