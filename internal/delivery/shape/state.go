package shape

import (
	"math"
	"slices"
	"time"
)

// halfLife is how long it takes until half of what was learned is forgotten: receivers
// change, and a lane that was silent for weeks begins as its profile says.
const halfLife = 3 * 24 * time.Hour

// remembered is the share of memory below which exact findings are dropped.
const remembered = 0.5

// State is what a controller has learned, for storing (as JSON).
type State struct {
	At            time.Time `json:"at"`
	Connections   float64   `json:"connections"`
	PerConnection int       `json:"per_connection"` // 0: no bound
	PerSecond     float64   `json:"per_second"`     // 0: no bound
	// Aim is where the rate recovers to, Ceiling the rate that was refused; 0 if none was.
	Aim     float64 `json:"aim,omitempty"`
	Ceiling float64 `json:"ceiling,omitempty"`
	// Found and Refused are the mail at which connections are broken off and the number
	// of connections that was refused, with when; 0 if not known.
	Found     int       `json:"found,omitempty"`
	FoundAt   time.Time `json:"found_at,omitzero"`
	Refused   int       `json:"refused,omitempty"`
	RefusedAt time.Time `json:"refused_at,omitzero"`
	// Paused, Probe, Rest and Blames are of a rest that a restart must not end.
	Paused    time.Time     `json:"paused,omitzero"`
	Probe     bool          `json:"probe,omitempty"`
	Rest      time.Duration `json:"rest,omitempty"`
	Rested    time.Time     `json:"rested,omitzero"`
	Blames    int           `json:"blames,omitempty"`
	BlamedAt  time.Time     `json:"blamed_at,omitzero"`
	Decisions []Decision    `json:"decisions,omitempty"` // oldest first
}

// Snapshot is what has been learned so far.
func (c *Controller) Snapshot(now time.Time) State {
	c.mu.Lock()
	defer c.mu.Unlock()
	return State{
		At: now, Connections: c.open.value, PerConnection: c.per.value,
		PerSecond: c.rate.value, Aim: c.rate.aim, Ceiling: c.rate.refused,
		Found: c.per.refused, FoundAt: c.per.refusedAt,
		Refused: c.open.refused, RefusedAt: c.open.refusedAt,
		Paused: c.rest.until, Probe: c.rest.probe != noProbe, Rest: c.rest.length, Rested: c.rest.ended,
		Blames: c.rest.blames, BlamedAt: c.rest.blamedAt,
		Decisions: slices.Clone(c.decisions.kept),
	}
}

// Restore makes a controller of a stored state, as far as it is still worth something:
// every three days half of what differs from the start of the bounds is forgotten.
func Restore(b Bounds, s State, now time.Time) *Controller {
	c := New(b, now)
	if s.At.IsZero() {
		return c
	}
	b = c.bounds
	memory := math.Exp2(-max(0, now.Sub(s.At).Hours()) / halfLife.Hours())
	c.open.value = math.Floor(aged(b.Connections.Start, s.Connections, memory) + 1e-9)
	c.per.value = int(aged(b.PerConnection.Start, float64(s.PerConnection), memory))
	c.rate.value = aged(b.PerSecond.Start, s.PerSecond, memory)
	if s.Aim > 0 && c.rate.value > 0 {
		c.rate.aim = b.PerSecond.clamp(max(c.rate.value, aged(b.PerSecond.Start, s.Aim, memory)))
	}
	if memory >= remembered {
		c.per.refused, c.per.refusedAt = s.Found, s.FoundAt
		c.per.proven, c.per.before = max(0, s.Found-1), int(b.PerConnection.Start)
		c.open.refused, c.open.refusedAt = s.Refused, s.RefusedAt
		c.rate.refused = s.Ceiling
		c.rest.blames, c.rest.blamedAt = s.Blames, s.BlamedAt
		c.rest.length, c.rest.ended = s.Rest, s.Rested
	}
	c.rest.until = s.Paused
	if s.Probe {
		c.rest.probe = probeDue
	}
	c.decisions.kept = slices.Clone(s.Decisions[max(0, len(s.Decisions)-decisionsKept):])
	c.keepBounds()
	c.openGate()
	return c
}

// aged moves a learned value back towards its start; 0 stands for no bound.
func aged(start, learned, memory float64) float64 {
	switch {
	case learned == 0:
		return start
	case memory == 1:
		return learned
	case start == 0 && memory < 0.05:
		return 0
	case start == 0:
		return learned / memory
	}
	return start + (learned-start)*memory
}
