package delivery

import (
	"time"

	"github.com/kyodaku/kyodaku/internal/delivery/shape"
)

const (
	// downFirst and downMost bound how long no connection is tried where the last one
	// did not come about.
	downFirst = 2 * time.Second
	downMost  = 5 * time.Minute
	// keptForPersons is the part of a warm-up day that campaigns leave to what somebody
	// waits for: a tenth.
	keptForPersons = 10
	// throttlesLeast is how many throttles, throttleApart each, with no mail taken in
	// between show that slowing down is not what the receiver wants: it wants a pause.
	throttlesLeast = 3
	throttleApart  = 2 * time.Second
)

// outlet is a lane's way out from one source, with what was learned of it. Its
// fields are guarded by the lane.
type outlet struct {
	source  Source
	control *shape.Controller
	daily   *shape.Daily
	// open counts connections that are open or being opened.
	open int
	// down is until when no connection is tried, failures how many did not come about
	// in a row.
	down     time.Time
	failures int
	// throttles counts how often we were told to slow down since a mail was taken.
	throttles   int
	throttledAt time.Time
	// saved is the controller's count of changes when it was last stored.
	saved uint64
}

// left is how many mails may still go from here today. Campaigns leave some over.
func (o *outlet) left(now time.Time, forPersons bool) int {
	left := o.daily.Left(now)
	if forPersons || left == shape.NoCeiling {
		return left
	}
	return left - o.source.WarmUp.Ceiling(o.daily.Snapshot().Day)/keptForPersons
}

// mostWorkers is how many sessions all outlets together allow.
func (l *lane) mostWorkers(now time.Time) int {
	n := 0
	for _, o := range l.outlets {
		switch {
		case o.left(now, isUrgent(l.name)) <= 0:
		case now.Before(o.down):
			n += o.open
		default:
			n += o.control.Limits(now).Connections
		}
	}
	return max(n, 1)
}

// choice is the way that a lane has for one mail.
type choice struct {
	// outlet is the way, with a connection of it taken; nil if there is none.
	outlet *outlet
	// until is when there may be one, busy says that there is one as soon as another
	// session has done its work. With neither no outlet may be used at all.
	until time.Time
	busy  bool
}

// choose takes the outlet that has the most to give, and a connection of it, among
// those that may be used.
func (l *lane) choose(now time.Time, may func(*outlet) bool) (c choice) {
	l.mu.Lock()
	defer l.mu.Unlock()
	least := 1.0
	for _, o := range l.outlets {
		if !may(o) {
			continue
		}
		limits := o.control.Limits(now)
		switch used := float64(o.open) / float64(limits.Connections); {
		case now.Before(limits.PausedUntil):
			c.until = sooner(c.until, limits.PausedUntil)
		case o.left(now, isUrgent(l.name)) <= 0:
			c.until = sooner(c.until, o.daily.Next(now))
		case used >= 1, now.Before(o.down) && o.open > 0:
			c.busy = true
		case now.Before(o.down):
			c.until = sooner(c.until, o.down)
		case used < least:
			c.outlet, least = o, used
		}
	}
	if c.outlet != nil {
		c.outlet.open++
	}
	return c
}

// sooner returns the earlier of two times; the zero time is none.
func sooner(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
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

// reached and unreachable keep count of connections that do not come about.
func (l *lane) reached(o *outlet) {
	l.mu.Lock()
	defer l.mu.Unlock()
	o.failures, o.down = 0, time.Time{}
}

// unreachable has no further connection tried from an outlet for a while, longer each
// time.
func (l *lane) unreachable(o *outlet, now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if now.Before(o.down) {
		return // another worker found out already
	}
	o.down = now.Add(downFor(o.failures))
	o.failures++
}

// downFor is how long to leave alone what failed so many times before in a row.
func downFor(failures int) time.Duration { return min(downFirst<<min(failures, 10), downMost) }

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

// took notes that a mail was taken.
func (l *lane) took(o *outlet) {
	l.mu.Lock()
	defer l.mu.Unlock()
	o.throttles = 0
}

// throttled notes that a receiver wants us slower, and says whether it said so again
// and again without taking a mail.
func (l *lane) throttled(o *outlet, now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if now.Sub(o.throttledAt) >= throttleApart {
		o.throttledAt = now
		o.throttles++
	}
	return o.throttles >= throttlesLeast
}

// take asks for leave for one mail; wait is how long there is none.
func (o *outlet) take(now time.Time, forPersons bool) (wait time.Duration) {
	if wait = o.control.Take(now); wait > 0 {
		return wait
	}
	if o.left(now, forPersons) <= 0 || o.daily.Take(now, 1) == 0 {
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
