package shape

import "time"

// Range bounds one learned limit. Start is where learning begins, Least and Most are
// never passed. Most 0 means no upper bound; Start 0 means Most, or no limit at all
// where there is no upper bound either.
type Range struct {
	Start, Least, Most float64
}

// Bounds are what a provider profile says about a lane: ranges, not values.
type Bounds struct {
	// Connections are those open at the same time. At least one; without Start and
	// Most it begins with Least.
	Connections Range
	// PerConnection are the mails on one connection.
	PerConnection Range
	// PerSecond are the mails a second, over all connections.
	PerSecond Range
}

// Limits are what a lane may do now.
type Limits struct {
	// Connections is how many may be open at once, those being opened included; at
	// least 1.
	Connections int
	// PerConnection is how many mails go over one connection before it is closed; 0 is
	// no bound.
	PerConnection int
	// PerSecond is for showing, Take keeps it; 0 is no bound.
	PerSecond float64
	// PausedUntil is when the lane may go on; zero if it may now.
	PausedUntil time.Time
	// Probe says that after a rest one mail on one connection must find out whether
	// the receiver takes mail again. Then Connections and PerConnection are 1, even
	// below the bounds.
	Probe bool
}

// slowest is the least rate where a profile names none: one mail a minute.
const slowest = 1.0 / 60

func (r Range) clamp(v float64) float64 {
	if r.Most > 0 {
		v = min(v, r.Most)
	}
	return max(v, r.Least)
}

func (r Range) clampInt(v int) int { return int(r.clamp(float64(v))) }

// normal fills in what was left out and puts right what contradicts itself.
func (r Range) normal(least float64) Range {
	if r.Least <= 0 {
		r.Least = least
	}
	if r.Most > 0 {
		r.Most = max(r.Most, r.Least)
	}
	if r.Start <= 0 {
		r.Start = r.Most
	}
	if r.Start > 0 {
		r.Start = r.clamp(r.Start)
	}
	return r
}

func (b Bounds) normal() Bounds {
	b.Connections = b.Connections.normal(1)
	b.PerConnection = b.PerConnection.normal(1)
	b.PerSecond = b.PerSecond.normal(slowest)
	b.Connections.Start = max(b.Connections.Start, b.Connections.Least)
	return b
}
