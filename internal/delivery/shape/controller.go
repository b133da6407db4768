package shape

import (
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/kyodaku/kyodaku/internal/delivery/reply"
)

// Controller finds out how fast one lane may send. It is safe for concurrent use.
//
// It learns three things, in this order: how many mails a connection carries (the
// position at which the receiver breaks off tells exactly), how many connections may
// be open (the number open when one is refused tells it), and how many mails a second
// are taken. What was refused is remembered as a ceiling; recovery leads back to just
// below it, and beyond it only after a long quiet.
type Controller struct {
	// free lets Take pass without the lock while nothing is to be paced.
	free atomic.Bool

	mu        sync.Mutex
	bounds    Bounds
	per       perConnection
	open      connections
	rate      rate
	rest      rest
	greeting  delay
	dot       delay
	meter     meter
	decisions record
	// cutAt is when connections or rate were last cut: what was begun before is of the
	// cohort that has been punished already.
	cutAt time.Time
}

// New makes a controller that begins at the start of its bounds.
func New(b Bounds, now time.Time) *Controller {
	b = b.normal()
	c := &Controller{bounds: b}
	c.per.value = int(b.PerConnection.Start)
	c.open.value = b.Connections.Start
	c.rate.value = b.PerSecond.Start
	c.rate.refilled = now
	c.rate.tokens = 1
	c.meter.begun = now
	c.begin()
	return c
}

// begin sets what is the same for a new and for a restored controller.
func (c *Controller) begin() {
	c.per.quiet = perQuiet
	c.open.quiet = openQuiet
	c.rate.quiet = rateQuiet
	c.rate.stride = rateStride
	c.openGate()
}

// openGate decides whether Take needs to look at all.
func (c *Controller) openGate() {
	c.free.Store(c.rate.value == 0 && c.rest.until.IsZero() && c.rest.probe == noProbe)
}

// Limits says what the lane may do now.
func (c *Controller) Limits(now time.Time) Limits {
	c.mu.Lock()
	defer c.mu.Unlock()
	l := Limits{Connections: int(c.open.value), PerConnection: c.per.value, PerSecond: c.rate.value}
	if now.Before(c.rest.until) {
		l.PausedUntil = c.rest.until
	}
	if c.rest.probe != noProbe {
		l.Probe, l.Connections, l.PerConnection = true, 1, 1
	}
	return l
}

// Observe learns from one experience. Tell it of every attempt to connect and of every
// mail that reached the wire, whatever the answer was.
func (c *Controller) Observe(now time.Time, s Sample) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if s.closedIdle() {
		return
	}
	if s.Begun.IsZero() {
		s.Begun = now
	}
	if s.Nth > 0 {
		c.meter.add(now, s.accepted())
	}
	c.watchDelays(now, s)
	switch {
	case s.accepted() && s.Nth == 0:
		c.open.prove(now, s.Open)
	case s.accepted():
		c.accepted(now, s)
	case s.moves():
		c.refused(now, s)
	default:
		c.answered(now, s)
	}
	c.openGate()
}

// accepted lets limits grow that are in use and were not cut since the mail was begun.
func (c *Controller) accepted(now time.Time, s Sample) {
	c.rate.taken++
	c.endProbe(now, s)
	c.per.accepted(c, now, s)
	c.open.prove(now, s.Open)
	if !s.Begun.After(c.cutAt) {
		return
	}
	c.rest.calm(s)
	if c.rest.probe != noProbe || now.Before(c.rest.until) {
		return
	}
	c.growConnections(now, s)
	c.growRate(now)
}

// answered hears about one mail only. Nothing moves, but a receiver that talks about
// the mail no longer has anything against us.
func (c *Controller) answered(now time.Time, s Sample) {
	if s.Nth > 0 {
		c.endProbe(now, s)
	}
}

// refused cuts, once per cohort, what the refusal is about.
func (c *Controller) refused(now time.Time, s Sample) {
	probe := c.ofProbe(s)
	c.obey(now, s)
	if probe {
		c.restLonger(now, s, ProbeRefused)
		return
	}
	if !s.Begun.After(c.cutAt) {
		return
	}
	switch {
	case s.blamesSender():
		c.cutForSender(now, s)
	case s.Nth > 0 && c.per.finds(c, now, s):
		return // the way we send is right, only a connection is shorter than thought
	case s.Verdict.Blame == reply.Receiver:
		c.stepDown(now, s, OutOfOrder)
	case s.Nth == 0 && s.Open > 1:
		c.cutConnections(now, s)
	case s.Nth == 0 && c.meter.idle(now):
		c.hold(now, breath) // nothing was sent that could have been too much
	default:
		c.cutRate(now, s)
	}
	c.cutAt = now
	c.strike(now, s)
}

// SetBounds takes the ranges of a profile that was read again.
func (c *Controller) SetBounds(b Bounds, now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.bounds = b.normal()
	c.keepBounds()
	if c.rate.value > 0 && c.rate.refilled.IsZero() {
		c.rate.refilled = now
	}
	c.openGate()
}

// keepBounds brings what was learned inside the bounds.
func (c *Controller) keepBounds() {
	b := c.bounds
	c.open.value = b.Connections.clamp(c.open.value)
	if c.per.value > 0 || b.PerConnection.Most > 0 {
		c.per.value = b.PerConnection.clampInt(orMost(c.per.value, b.PerConnection.Most))
	}
	if c.rate.value == 0 {
		c.rate.value = b.PerSecond.Most
	}
	if c.rate.value > 0 {
		c.rate.value = b.PerSecond.clamp(c.rate.value)
	}
}

func orMost(v int, most float64) int {
	if v == 0 {
		return int(most)
	}
	return v
}

// Decisions are the last changes and their causes, the newest first, at most 20.
func (c *Controller) Decisions() []Decision {
	c.mu.Lock()
	defer c.mu.Unlock()
	out := slices.Clone(c.decisions.kept)
	slices.Reverse(out)
	return out
}

// Changed grows with every decision: who stores the state need not store it before.
func (c *Controller) Changed() uint64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.decisions.count
}
