package simulate

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/kyodaku/kyodaku/internal/delivery/reply"
	"github.com/kyodaku/kyodaku/internal/delivery/shape"
)

// soon is how long after an incident the old speed must be back at the latest.
const soon = 75 * time.Minute

// holds says what an adaptive run must keep.
func holds(t *testing.T, r Result, about Scenario) {
	t.Helper()
	if r.Blocks > 0 {
		t.Errorf("provoked %d blocks: %+v at %+v", r.Blocks, r, about.Hidden)
	}
	if r.Share < enough {
		t.Errorf("reached %.3f of the optimum: %+v at %+v", r.Share, r, about.Hidden)
	}
	if r.Converge == Never || r.Recover == Never || r.Recover > soon {
		t.Errorf("converged in %v, recovered in %v: %+v at %+v", r.Converge, r.Recover, r, about.Hidden)
	}
}

func TestEveryProvider(t *testing.T) {
	t.Parallel()
	for _, s := range Scenarios() {
		t.Run(s.Name, func(t *testing.T) {
			t.Parallel()
			results := Compare(context.Background(), []Scenario{s}, 1)
			for _, r := range results {
				t.Logf("%-12s %-12s %6.2f of %6.2f a second (%.2f), %8.2f throttles in 1,000, converged %v, recovered %v, %d blocks",
					r.Scenario, r.Policy, r.Goodput, r.Optimum, r.Share, r.Throttles, r.Converge, r.Recover, r.Blocks)
			}
			adaptive := results[0]
			holds(t, adaptive, s)
			if adaptive.Throttles > 5 {
				t.Errorf("%.2f throttles for 1,000 mails", adaptive.Throttles)
			}
			for _, fixed := range results[1:] {
				if fixed.Throttles <= adaptive.Throttles {
					t.Errorf("%s limits are throttled less: %.2f, adaptive %.2f", fixed.Policy, fixed.Throttles, adaptive.Throttles)
				}
			}
		})
	}
}

// TestStaticLimitsDoWorse: where the receiver allows much more than the profile's
// start, or less than its end, fixed limits waste or provoke.
func TestStaticLimitsDoWorse(t *testing.T) {
	t.Parallel()
	for _, s := range Scenarios() {
		t.Run(s.Name, func(t *testing.T) {
			t.Parallel()
			adaptive := Run(s, Adaptive, 2)
			for _, p := range []Policy{StaticStart, StaticMost} {
				fixed := Run(s, p, 2)
				wastes := fixed.Share < 0.6*adaptive.Share
				provokes := fixed.Blocks > 0 || fixed.Throttles > 10*adaptive.Throttles
				if !wastes && !provokes {
					t.Errorf("%s limits do as well: %+v, adaptive %+v", p, fixed, adaptive)
				}
			}
		})
	}
}

// TestHiddenLimitsOfAllSizes: thirty receivers that nothing was tuned to.
func TestHiddenLimitsOfAllSizes(t *testing.T) {
	t.Parallel()
	for _, s := range Scenarios() {
		for seed := range uint64(6) {
			t.Run(fmt.Sprintf("%s/%d", s.Name, seed), func(t *testing.T) {
				t.Parallel()
				varied := s.Vary(seed)
				holds(t, Run(varied, Adaptive, seed), varied)
			})
		}
	}
}

// TestTheOptimumIsReal: who is told the hidden limits reaches it, and not more.
func TestTheOptimumIsReal(t *testing.T) {
	t.Parallel()
	for _, s := range Scenarios() {
		t.Run(s.Name, func(t *testing.T) {
			t.Parallel()
			s.Dirty = 0
			told := s
			exactly := func(r shape.Range, v float64) shape.Range {
				if v > 0 {
					r.Most = min(r.Most, v)
				}
				r.Start = r.Most
				return r
			}
			told.Bounds.Connections = exactly(s.Bounds.Connections, float64(s.Hidden.Connections))
			told.Bounds.PerConnection = exactly(s.Bounds.PerConnection, float64(s.Hidden.PerConnection))
			told.Bounds.PerSecond = exactly(s.Bounds.PerSecond, 0.999*s.Hidden.PerSecond)
			r := Run(told, StaticMost, 3)
			if r.Share < 0.97 || r.Share > 1.02 {
				t.Errorf("told the limits, the sender reaches %.3f of the optimum: %+v", r.Share, r)
			}
		})
	}
}

func TestTheSameSeedGivesTheSameResult(t *testing.T) {
	t.Parallel()
	s := Scenarios()[0]
	first, again, other := Run(s, Adaptive, 4), Run(s, Adaptive, 4), Run(s, Adaptive, 5)
	if first != again {
		t.Errorf("%+v, then %+v", first, again)
	}
	other.Seed = first.Seed
	if first == other {
		t.Error("another seed gives the same result")
	}
}

func TestABadListIsStoppedBeforeTheReceiverMinds(t *testing.T) {
	t.Parallel()
	s := Scenarios()[0]
	if s.Dirty == 0 {
		t.Fatal("the first scenario has no bad list")
	}
	if r := Run(s, Adaptive, 6); r.Blocks != 0 {
		t.Errorf("blocked %d times with a breaker", r.Blocks)
	}
	if r := Run(s, StaticStart, 6); r.Blocks == 0 {
		t.Error("the receiver does not mind a bad list at all: the scenario proves nothing")
	}
}

func TestTheReceiverBlocksWhoHammers(t *testing.T) {
	t.Parallel()
	r := newReceiver(Hidden{Connections: 1, PerSecond: 1, Burst: 1}, rand.New(rand.NewPCG(1, 1)))
	now := time.Duration(0)
	if a, _ := r.connect(now); !a.accepted {
		t.Fatal("the first connection was refused")
	}
	for r.blocks == 0 && now < time.Hour {
		now += 100 * time.Millisecond
		r.mail(now, 1, false)
	}
	if r.blocks != 1 {
		t.Fatal("never blocked")
	}
	if a, _ := r.mail(now+time.Second, 1, false); a.verdict.Blame != reply.SenderIP || !a.broken {
		t.Errorf("a blocked sender hears %+v", a)
	}
	r.open = 0
	if a, _ := r.connect(now + blockTime + time.Minute); !a.accepted {
		t.Errorf("after the block: %+v", a)
	}
}

func TestTheReceiverKeepsItsLimits(t *testing.T) {
	t.Parallel()
	h := Hidden{Connections: 2, PerConnection: 3, PerSecond: 10, Burst: 5}
	r := newReceiver(h, rand.New(rand.NewPCG(1, 1)))
	for i := range 3 {
		if a, _ := r.connect(0); a.accepted != (i < 2) {
			t.Errorf("connection %d: %+v", i+1, a)
		}
	}
	for n := 1; n <= 4; n++ {
		if a, _ := r.mail(time.Minute, n, false); a.accepted != (n <= 3) || a.broken != (n > 3) {
			t.Errorf("mail %d: %+v", n, a)
		}
	}
	if r.open != 1 {
		t.Errorf("%d connections open after one was broken off", r.open)
	}
	r.mail(time.Minute, 1, false)
	r.mail(time.Minute, 1, false)
	if a, _ := r.mail(time.Minute, 1, false); a.verdict.Blame != reply.Rate {
		t.Errorf("an empty bucket says %+v", a)
	}
	if a, _ := r.mail(2*time.Minute, 1, true); !a.verdict.Unknown {
		t.Errorf("an unknown user: %+v", a)
	}
}

func TestCompareEndsWithItsContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if got := Compare(ctx, Scenarios(), 1); len(got) != 0 {
		t.Errorf("%d results", len(got))
	}
}
