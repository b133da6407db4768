package simulate

import (
	"context"
	"math/rand/v2"
	"time"

	"github.com/kyodaku/kyodaku/internal/delivery/shape"
)

// Policy is how the sender finds its speed.
type Policy string

// The policies.
const (
	// Adaptive is delivery/shape: the controller, and a breaker for each campaign.
	Adaptive Policy = "adaptive"
	// StaticStart are fixed limits where the profile begins: careful.
	StaticStart Policy = "static_start"
	// StaticMost are fixed limits at the profile's ends: bold.
	StaticMost Policy = "static_most"
)

// Policies are all of them, the adaptive one first.
func Policies() []Policy { return []Policy{Adaptive, StaticStart, StaticMost} }

// Never is a time that did not come during the run.
const Never = time.Duration(-1)

// Result is what became of one run.
type Result struct {
	Scenario string `json:"scenario"`
	Policy   Policy `json:"policy"`
	Seed     uint64 `json:"seed"`
	// Optimum is the hidden one, Goodput what was accepted in the measured hour; both in
	// mails a second.
	Optimum float64 `json:"optimum"`
	Goodput float64 `json:"goodput"`
	// Share is goodput by optimum.
	Share float64 `json:"share"`
	// Throttles are refusals of rate, connections or sender for 1,000 mails accepted,
	// over the whole run.
	Throttles float64 `json:"throttles_per_1000"`
	// Converge is how long it took until nine tenths of the optimum were reached for
	// five minutes; Recover the same after the incident. Never if they were not.
	Converge time.Duration `json:"converge"`
	Recover  time.Duration `json:"recover"`
	// Blocks is how often the receiver shut the sender out for hours.
	Blocks int `json:"blocks"`
}

// enough is the share of the optimum that counts as reached.
const enough = 0.9

// Run sends one scenario with one policy. The same seed gives the same result.
func Run(sc Scenario, p Policy, seed uint64) Result {
	rng := rand.New(rand.NewPCG(seed, 1))
	s := &sender{
		scenario: sc, to: newReceiver(sc.Hidden, rng), rng: rng,
		workers: make([]worker, int(sc.Bounds.Connections.Most)),
	}
	watch := shape.DefaultBreakerBounds()
	switch p {
	case StaticStart:
		s.pacer = newFixed(sc.Bounds, func(r shape.Range) float64 { return r.Start }, began())
	case StaticMost:
		s.pacer = newFixed(sc.Bounds, func(r shape.Range) float64 { return r.Most }, began())
	default:
		s.pacer = shape.New(sc.Bounds, began())
	}
	if p != Adaptive {
		watch = shape.BreakerBounds{}
	}
	s.clean, s.dirty = shape.NewBreaker(watch), shape.NewBreaker(watch)
	s.run()
	return s.tally.result(Result{
		Scenario: sc.Name, Policy: p, Seed: seed, Optimum: sc.Optimum(), Blocks: s.to.blocks,
	}, 1-sc.Unknown)
}

// Compare runs all scenarios with all policies, each scenario's policies one after the
// other, and ends early with what it has when the context does.
func Compare(ctx context.Context, scenarios []Scenario, seed uint64) []Result {
	var out []Result
	for _, s := range scenarios {
		for _, p := range Policies() {
			if ctx.Err() != nil {
				return out
			}
			out = append(out, Run(s, p, seed))
		}
	}
	return out
}

const minutes = int(runEnds / time.Minute)

// tally counts the accepted mails of each minute, and what was refused.
type tally struct {
	taken     [minutes]int
	accepted  int
	throttles int
}

func (t *tally) mail(now time.Duration) {
	if m := int(now / time.Minute); m < minutes {
		t.taken[m]++
	}
	t.accepted++
}

func (t *tally) count(a answer) {
	if a.throttled() {
		t.throttles++
	}
}

// result fills in the figures. Of the optimum only the share of known users can be
// accepted.
func (t *tally) result(r Result, known float64) Result {
	r.Optimum *= known
	r.Goodput = t.perSecond(measureFrom, incidentFrom)
	r.Share = r.Goodput / r.Optimum
	r.Throttles = 1000 * float64(t.throttles) / float64(max(1, t.accepted))
	r.Converge = t.reached(0, incidentFrom, enough*r.Optimum)
	r.Recover = t.reached(incidentTo, runEnds, enough*r.Optimum)
	return r
}

func (t *tally) perSecond(from, to time.Duration) float64 {
	n := 0
	for _, taken := range t.taken[int(from/time.Minute):int(to/time.Minute)] {
		n += taken
	}
	return float64(n) / (to - from).Seconds()
}

// reached is how long after from a rate was kept for five minutes.
func (t *tally) reached(from, to time.Duration, rate float64) time.Duration {
	const long = 5 * time.Minute
	for begin := from; begin+long <= to; begin += time.Minute {
		if t.perSecond(begin, begin+long) >= rate {
			return begin - from
		}
	}
	return Never
}
