package shape

import (
	"slices"
	"time"
)

// slots is how many parts a breaker's window has.
const slots = 12

// slot counts the answers of one part of the window.
type slot struct {
	Answers    int `json:"answers"`
	Accepted   int `json:"accepted"`
	Unknown    int `json:"unknown"`
	Complaints int `json:"complaints"`
}

// counts is a sliding window, the newest part first.
type counts struct {
	Begun time.Time   `json:"begun"` // of the newest part
	Slots [slots]slot `json:"slots"`
}

// turn moves the window on.
func (c *counts) turn(now time.Time, window time.Duration) {
	part := window / slots
	if c.Begun.IsZero() || now.Sub(c.Begun) >= window {
		*c = counts{Begun: now}
		return
	}
	for now.Sub(c.Begun) >= part {
		copy(c.Slots[1:], c.Slots[:slots-1])
		c.Slots[0] = slot{}
		c.Begun = c.Begun.Add(part)
	}
}

func (c *counts) sum() (s slot) {
	for _, x := range c.Slots {
		s.Answers += x.Answers
		s.Accepted += x.Accepted
		s.Unknown += x.Unknown
		s.Complaints += x.Complaints
	}
	return s
}

// unknownLeast and complaintsLeast are how many it takes besides the share: in a small
// sample of a clean list one or two more are chance.
const (
	unknownLeast    = 10
	complaintsLeast = 3
)

// unknown is the share of answers that the mailbox does not exist; 0 while too few
// are known.
func (c *counts) unknown(now time.Time, b BreakerBounds) float64 {
	c.turn(now, b.Window)
	s := c.sum()
	if s.Answers < b.Least || s.Unknown < unknownLeast {
		return 0
	}
	return float64(s.Unknown) / float64(max(s.Answers, 1))
}

// complaints is the share of accepted mails that were reported; 0 while too few are
// known.
func (c *counts) complaints(now time.Time, b BreakerBounds) float64 {
	c.turn(now, b.Window)
	s := c.sum()
	if s.Accepted < b.Least || s.Complaints < complaintsLeast {
		return 0
	}
	return float64(s.Complaints) / float64(max(s.Accepted, 1))
}

// Status is what a person wants to know of a breaker.
type Status struct {
	Phase Phase `json:"phase"`
	// Alarm says that unknown users are many, but not yet too many.
	Alarm bool `json:"alarm"`
	// Until is when an open breaker tries one mail; zero if it is not open.
	Until time.Time `json:"until,omitzero"`
	// Answers, Accepted, Unknown and Complaints are those of the window.
	Answers    int `json:"answers"`
	Accepted   int `json:"accepted"`
	Unknown    int `json:"unknown"`
	Complaints int `json:"complaints"`
	// Turns are the last changes, the newest first, at most 20.
	Turns []Turn `json:"turns,omitempty"`
}

// Status tells how the breaker stands and why.
func (b *Breaker) Status(now time.Time) Status {
	b.mu.Lock()
	defer b.mu.Unlock()
	ratio := b.counts.unknown(now, b.bounds)
	sum := b.counts.sum()
	s := Status{
		Phase: b.phase, Alarm: b.phase == Closed && over(ratio, b.bounds.UnknownAlarm), Until: b.until,
		Answers: sum.Answers, Accepted: sum.Accepted, Unknown: sum.Unknown, Complaints: sum.Complaints,
		Turns: slices.Clone(b.turns),
	}
	if b.phase != Open {
		s.Until = time.Time{}
	}
	slices.Reverse(s.Turns)
	return s
}

// BreakerState is a breaker for storing (as JSON).
type BreakerState struct {
	Phase   Phase         `json:"phase"`
	Until   time.Time     `json:"until,omitzero"`
	Rest    time.Duration `json:"rest,omitempty"`
	Refused int           `json:"refused,omitempty"`
	Counts  counts        `json:"counts"`
	Turns   []Turn        `json:"turns,omitempty"` // oldest first
}

// Snapshot is the breaker as it stands.
func (b *Breaker) Snapshot() BreakerState {
	b.mu.Lock()
	defer b.mu.Unlock()
	return BreakerState{
		Phase: b.phase, Until: b.until, Rest: b.rest, Refused: b.refused,
		Counts: b.counts, Turns: slices.Clone(b.turns),
	}
}

// RestoreBreaker makes a breaker of a stored state. A restart closes nothing: a trial
// that was under way is made again.
func RestoreBreaker(b BreakerBounds, s BreakerState) *Breaker {
	r := NewBreaker(b)
	if s.Phase == Open || s.Phase == HalfOpen {
		r.phase = s.Phase
	}
	r.until, r.rest, r.refused, r.counts = s.Until, s.Rest, s.Refused, s.Counts
	r.turns = slices.Clone(s.Turns[max(0, len(s.Turns)-decisionsKept):])
	return r
}
