package delivery

import (
	"time"

	"github.com/kyodaku/kyodaku/internal/delivery/shape"
)

// outlet is a lane's way out from one source, with what was learned of it. Its
// fields are guarded by the lane.
type outlet struct {
	source  Source
	control *shape.Controller
	daily   *shape.Daily
	// open counts connections that are open or being opened.
	open int
	// saved is the controller's count of changes when it was last stored.
	saved uint64
}

// mostWorkers is how many sessions all outlets together allow.
func (l *lane) mostWorkers(now time.Time) int {
	n := 0
	for _, o := range l.outlets {
		if o.daily.Left(now) > 0 {
			n += o.control.Limits(now).Connections
		}
	}
	return max(n, 1)
}

// choose takes the outlet that has the most to give, and a connection of it. With
// none, until is when one may have; the zero time says as soon as a session ends.
func (l *lane) choose(now time.Time) (best *outlet, until time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	least := 1.0
	for _, o := range l.outlets {
		limits := o.control.Limits(now)
		switch {
		case now.Before(limits.PausedUntil):
			until = sooner(until, limits.PausedUntil)
			continue
		case o.daily.Left(now) <= 0:
			until = sooner(until, o.daily.Next(now))
			continue
		}
		if used := float64(o.open) / float64(limits.Connections); used < least {
			best, least = o, used
		}
	}
	if best != nil {
		best.open++
	}
	return best, until
}

func sooner(a, b time.Time) time.Time {
	if a.IsZero() || b.Before(a) {
		return b
	}
	return a
}

// leave gives an outlet's connection back.
func (l *lane) leave(o *outlet) {
	l.mu.Lock()
	defer l.mu.Unlock()
	o.open--
}

// crowded says whether an outlet has more connections than it may have by now.
func (l *lane) crowded(o *outlet, now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return o.open > o.control.Limits(now).Connections
}

func (l *lane) openOf(o *outlet) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return o.open
}

// take asks for leave for one mail; wait is how long there is none.
func (o *outlet) take(now time.Time) (wait time.Duration) {
	if wait = o.control.Take(now); wait > 0 {
		return wait
	}
	if o.daily.Take(now, 1) == 0 {
		o.control.GiveBack(now)
		return o.daily.Next(now).Sub(now)
	}
	return 0
}

// giveBack returns a leave whose mail did not reach the wire.
func (o *outlet) giveBack(now time.Time) {
	o.control.GiveBack(now)
	o.daily.GiveBack(now, 1)
}
