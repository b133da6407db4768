package simulate

import (
	"hash/fnv"
	"math"
	"math/rand/v2"
	"time"

	"github.com/kyodaku/kyodaku/internal/delivery/shape"
)

// Hidden is what a receiver does and tells nobody.
type Hidden struct {
	// Connections it allows at the same time.
	Connections int
	// PerConnection mails it takes before it ends a connection; 0 is no limit.
	PerConnection int
	// PerSecond is what its bucket is filled with, Burst what the bucket holds; 0 is no
	// limit.
	PerSecond, Burst float64
	// Connect and Mail are how long it takes on average to greet and to answer a mail.
	Connect, Mail time.Duration
	// Reset answers with a TCP RESET where others say 421 or 450.
	Reset bool
	// Silent ends full connections without a word.
	Silent bool
	// Tarpit greets later the more connections are open.
	Tarpit bool
	// Wait is how long it asks to be left alone when it throttles; 0 if it says nothing.
	Wait time.Duration
	// Unknown is the share of unknown users from which on it minds them.
	Unknown float64
}

// Scenario is a provider, what is known of it, and what happens.
type Scenario struct {
	// Name of the provider that it is made after.
	Name string
	// Bounds are what a profile says.
	Bounds shape.Bounds
	Hidden Hidden
	// Unknown is the share of unknown users in a well-kept list.
	Unknown float64
	// Dirty is that share in a second campaign, on a bad list, which makes up a third of
	// the mails from the twentieth minute on; 0 if there is none.
	Dirty float64
}

// The course of every run: an hour to settle, an hour that is measured, an hour in
// which the receiver allows a fifth, two hours to recover.
const (
	measureFrom  = 1 * time.Hour
	incidentFrom = 2 * time.Hour
	incidentTo   = 3 * time.Hour
	runEnds      = 5 * time.Hour
	dirtyFrom    = 20 * time.Minute
	dirtyShare   = 1.0 / 3
	incidentCut  = 0.2
)

// Scenarios are five receivers made after what is known of five providers. Their hidden
// limits are invented.
func Scenarios() []Scenario {
	return []Scenario{
		{
			Name: "docomo",
			Bounds: shape.Bounds{
				Connections:   shape.Range{Start: 2, Least: 1, Most: 8},
				PerConnection: shape.Range{Start: 20, Least: 1, Most: 100},
				PerSecond:     shape.Range{Start: 5, Least: 0.2, Most: 50},
			},
			Hidden: Hidden{
				Connections: 4, PerConnection: 60, PerSecond: 12, Burst: 40,
				Connect: 80 * time.Millisecond, Mail: 180 * time.Millisecond, Unknown: 0.025,
			},
			Unknown: 0.004, Dirty: 0.12,
		},
		{
			Name: "au",
			Bounds: shape.Bounds{
				Connections:   shape.Range{Start: 2, Least: 1, Most: 8},
				PerConnection: shape.Range{Start: 20, Least: 1, Most: 100},
				PerSecond:     shape.Range{Start: 5, Least: 0.2, Most: 50},
			},
			Hidden: Hidden{
				Connections: 3, PerConnection: 100, PerSecond: 20, Burst: 100, Reset: true,
				Connect: 60 * time.Millisecond, Mail: 250 * time.Millisecond, Unknown: 0.05,
			},
			Unknown: 0.004,
		},
		{
			Name: "yahoo_japan",
			Bounds: shape.Bounds{
				Connections:   shape.Range{Start: 2, Least: 1, Most: 10},
				PerConnection: shape.Range{Start: 20, Least: 1, Most: 20},
				PerSecond:     shape.Range{Start: 10, Least: 0.1, Most: 40},
			},
			Hidden: Hidden{
				Connections: 6, PerConnection: 20, PerSecond: 7, Burst: 60, Wait: time.Minute,
				Connect: 50 * time.Millisecond, Mail: 300 * time.Millisecond, Unknown: 0.05,
			},
			Unknown: 0.004,
		},
		{
			Name: "gmail",
			Bounds: shape.Bounds{
				Connections:   shape.Range{Start: 5, Least: 1, Most: 30},
				PerConnection: shape.Range{Start: 50, Least: 1, Most: 100},
				PerSecond:     shape.Range{Start: 10, Least: 0.5, Most: 100},
			},
			Hidden: Hidden{
				Connections: 18, PerConnection: 100, PerSecond: 32, Burst: 300, Tarpit: true,
				Connect: 40 * time.Millisecond, Mail: 350 * time.Millisecond, Unknown: 0.05,
			},
			Unknown: 0.003,
		},
		{
			Name: "icloud",
			Bounds: shape.Bounds{
				Connections:   shape.Range{Start: 3, Least: 1, Most: 12},
				PerConnection: shape.Range{Start: 20, Least: 1, Most: 50},
				PerSecond:     shape.Range{Start: 20, Least: 0.5, Most: 100},
			},
			Hidden: Hidden{
				Connections: 10, PerConnection: 5, Silent: true,
				Connect: 120 * time.Millisecond, Mail: 280 * time.Millisecond, Unknown: 0.05,
			},
			Unknown: 0.003,
		},
	}
}

// Vary is the same provider with other hidden limits and habits.
func (s Scenario) Vary(seed uint64) Scenario {
	name := fnv.New64a()
	_, _ = name.Write([]byte(s.Name)) // a hash takes everything
	r := rand.New(rand.NewPCG(seed, name.Sum64()))
	between := func(a, b float64) float64 { return a * math.Pow(b/a, r.Float64()) }
	h := &s.Hidden
	h.Connections = int(between(2, s.Bounds.Connections.Most*1.3))
	h.PerConnection = int(between(3, s.Bounds.PerConnection.Most*1.3))
	h.Mail = time.Duration(between(0.6, 1.6) * float64(h.Mail))
	h.Connect = time.Duration(between(0.6, 1.6) * float64(h.Connect))
	h.PerSecond = between(1.5, min(40, s.Bounds.PerSecond.Most))
	h.Burst = h.PerSecond * between(1, 30)
	h.Reset = r.IntN(3) == 0
	h.Silent = r.IntN(3) == 0
	h.Tarpit = r.IntN(3) == 0
	h.Wait = time.Duration(max(0, r.IntN(6)-3)) * 30 * time.Second
	s.Dirty = max(0, 0.2*r.Float64()-0.1)
	return s
}

// Optimum is how many mails a second the receiver would take from a sender that knew
// its limits and kept the bounds.
func (s Scenario) Optimum() float64 {
	h := s.Hidden
	per := s.Bounds.PerConnection.Most
	if h.PerConnection > 0 {
		per = min(per, float64(h.PerConnection))
	}
	best := 0.0
	for open := 1; open <= min(h.Connections, int(s.Bounds.Connections.Most)); open++ {
		greeting := h.Connect + h.late(open-1, h.Connections)
		cycle := greeting.Seconds() + quitTakes.Seconds() + per*h.Mail.Seconds()
		best = max(best, float64(open)*per/cycle)
	}
	best = min(best, s.Bounds.PerSecond.Most)
	if h.PerSecond > 0 {
		best = min(best, h.PerSecond)
	}
	return best
}

// late is how much later a connection is greeted when so many are open already.
func (h Hidden) late(open, room int) time.Duration {
	full := float64(open) / float64(room)
	if !h.Tarpit || full <= 0.8 {
		return 0
	}
	return time.Duration((full - 0.8) * 10 * float64(time.Second))
}
