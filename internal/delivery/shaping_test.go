package delivery

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/kyodaku/kyodaku/internal/delivery/profile"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/store/storetest"
)

// taught sends a campaign to a receiver that hides a limit, and then another through
// an engine that was started anew: what the first has met the second must know.
func taught(t *testing.T, p *profile.Profile, h hidden, mails int, learning int) {
	t.Helper()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		r := receive(t, h)
		router := to(providers{"example.jp": {servers: []string{r.addr()}, profile: p}})
		readers := w.readers(mails)
		e := w.run(w.engine("", router))
		w.plan(e.Outbox(), bulk, 7, readers...)
		w.until("the first campaign", func() bool { return w.pulled(map[string]int{"3 delivered": mails}) })
		first := r.look()
		if first.refused == 0 || first.refused > learning {
			t.Errorf("learning took %d refusals", first.refused)
		}
		if first.mostOpen > 10 {
			t.Errorf("%d connections at once", first.mostOpen)
		}
		stop(e)

		r.forget()
		again := w.start(w.engine("", router))
		w.plan(again.Outbox(), bulk, 8, readers...)
		w.until("the second campaign", func() bool { return w.pulled(map[string]int{"3 delivered": 2 * mails}) })
		// The step between what was refused and what is allowed may still have to be found.
		if second := r.look(); second.refused > 2 {
			t.Errorf("after learning %d were refused again: %+v", second.refused, w.lane(again, "example.jp").outlets[0].control.Decisions())
		}
		for _, a := range readers {
			if n := r.look().to[mailbox(a)]; n != 2 {
				t.Errorf("a reader got %d mails of two campaigns", n)
			}
		}
	})
}

// pulled moves the clock on when all that is left are retries, and says whether the
// rows are as told.
func (w *world) pulled(want map[string]int) bool {
	w.Helper()
	got := w.outcomes()
	if fmt.Sprint(got) == fmt.Sprint(want) {
		return true
	}
	if got["1"]+got["2"] > 0 || got["0"]+got["0 deferred"] == 0 {
		return false
	}
	var next int64
	if err := w.db.QueryRow(context.Background(), `SELECT COALESCE(MIN(run_at), 0) FROM outbox WHERE state = 0`).Scan(&next); err != nil {
		w.Fatal(err)
	}
	if wait := store.Time(next).Sub(w.clock.now()); wait > 0 {
		w.clock.move(wait)
	}
	return false
}

func TestTheNumberOfConnectionsIsLearned(t *testing.T) {
	t.Parallel()
	taught(t, nil, hidden{connections: 2, tooMany: "421 4.7.0 Too many connections from your host"}, 150, 12)
}

func TestTheLengthOfAConnectionIsLearned(t *testing.T) {
	t.Parallel()
	taught(t, nil, hidden{perConnection: 7, tooLong: "421 4.7.0 Too many messages in this connection"}, 150, 15)
}

func TestTheRateIsLearned(t *testing.T) {
	t.Parallel()
	p := generous("example.jp")
	p.MailsPerSecond = profile.Range[float64]{Start: 60, Least: 1, Most: 100}
	taught(t, p, hidden{perSecond: 40, tooFast: "451 4.7.1 Rate limit exceeded"}, 150, 40)
}

// au says "slower" by a RESET.
func TestResetsOfAuAreReadAsRate(t *testing.T) {
	t.Parallel()
	au := *profiles(t).ByID("au")
	au.MailsPerSecond = profile.Range[float64]{Start: 200, Least: 1, Most: 500}
	taught(t, &au, hidden{connections: 1}, 60, 12)
}

func TestAResetOfAuInMidSessionSlowsDownAndBlamesNobody(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.SQLite(t))
	au := *profiles(t).ByID("au")
	r := receive(t, hidden{perSecond: 2})
	e := w.run(w.engine("", to(providers{"example.jp": {servers: []string{r.addr()}, profile: &au}})))
	w.plan(e.Outbox(), bulk, 7, w.readers(6)...)
	w.until("a reset", func() bool { return r.look().refused > 0 })
	w.until("the lane slows down", func() bool { return w.lane(e, "example.jp").outlets[0].control.Limits(w.clock.now()).PerSecond < 5 })
	r.change(func(h *hidden) { h.perSecond = 0 })
	w.until("all are delivered", func() bool { return w.pulled(map[string]int{"3 delivered": 6}) })
}

// lane is a lane of an engine.
func (w *world) lane(e *Engine, name string) *lane {
	w.Helper()
	e.mu.Lock()
	defer e.mu.Unlock()
	l := e.lanes[name]
	if l == nil {
		w.Fatalf("there is no lane %s", name)
	}
	return l
}

// An explicit wish is obeyed by the lane it was said to, and by no other.
func TestTryAgainInThirtyMinutesIsObeyedByOneLane(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		a := receive(t, hidden{refuse: func(string) string { return "451 4.7.1 Too fast, please try again in 30 minutes" }})
		b := receive(t, hidden{})
		e := w.run(w.engine("", to(providers{"a.example": {servers: []string{a.addr()}}, "b.example": {servers: []string{b.addr()}}})))
		readers := w.readers(240)
		w.planTo(e.Outbox(), "a.example", bulk, 7, readers[:40]...)
		w.until("a says when", func() bool { return a.look().refused+len(a.look().asked) > 0 })
		w.planTo(e.Outbox(), "b.example", bulk, 7, readers[40:]...)
		w.until("b has all", func() bool { return b.look().taken == 200 })
		asked := len(a.look().asked)
		if asked > 10 {
			t.Errorf("%d recipients were named to a receiver that wants to be left alone", asked)
		}
		l := w.lane(e, "a.example")
		if until := l.outlets[0].control.Limits(w.clock.now()).PausedUntil; until.Sub(w.clock.now()) < 29*time.Minute {
			t.Errorf("the lane pauses until %v", until)
		}
		// What a person waits for has a lane of its own and finds out for itself.
		a.change(func(h *hidden) { h.refuse = nil })
		w.planTo(e.Outbox(), "a.example", person, 0, readers[40])
		w.until("a confirmation", func() bool { return a.look().to[mailbox(readers[40])] == 1 })
		if n := len(a.look().asked); n > asked+1 {
			t.Errorf("%d more were named during the pause", n-asked-1)
		}
		w.clock.move(30 * time.Minute)
		w.until("all are delivered", func() bool {
			// A connection that broke meanwhile makes the lane rest once more.
			if wait := l.outlets[0].control.Limits(w.clock.now()).PausedUntil.Sub(w.clock.now()); wait > 0 {
				w.clock.move(wait)
			}
			return w.pulled(map[string]int{"3 delivered": 241})
		})
	})
}

// Throttling without an explicit wish slows down; only when nothing is taken in
// between the provider's usual pause is meant.
func TestThrottlingAgainAndAgainPausesAsTheProfileSays(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.SQLite(t))
	r := receive(t, hidden{refuse: func(string) string { return "451 4.7.1 Rate limit exceeded" }})
	e := w.run(w.engine("", to(providers{"example.jp": {servers: []string{r.addr()}}})))
	w.plan(e.Outbox(), bulk, 7, w.readers(50)...)
	w.until("the lane pauses", func() bool {
		e.mu.Lock()
		l := e.lanes["example.jp"]
		e.mu.Unlock()
		if l == nil {
			return false
		}
		until := l.outlets[0].control.Limits(w.clock.now()).PausedUntil
		if wait := until.Sub(w.clock.now()); wait > 29*time.Minute {
			return true
		}
		if until.After(w.clock.now()) {
			w.clock.move(until.Sub(w.clock.now()))
		}
		return false
	})
	if n := len(r.look().asked); n > 40 {
		t.Errorf("%d were tried before", n)
	}
}

// A provider out of order holds up its own mail only, however many lanes of it there are.
func TestOneProvidersOutageDoesNotSlowTheOthers(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.SQLite(t))
	dead, alive := receive(t, hidden{silent: true}), receive(t, hidden{})
	p := providers{"alive.example": {servers: []string{alive.addr()}}}
	const lanes = 2 * mostInHand / batchFirst
	single := generous("single")
	single.Connections = profile.Range[int]{Start: 1, Least: 1, Most: 1}
	for i := range lanes {
		p[fmt.Sprintf("dead%d.example", i)] = provider{servers: []string{dead.addr()}, profile: single}
	}
	w.patience = 10 * time.Minute // thousands of letters are slow under the race detector
	readers := w.readers(100)
	e := w.engine("", to(p), func(c *Config) { c.Connections = 2 * lanes })
	for i := range lanes {
		w.planTo(e.Outbox(), fmt.Sprintf("dead%d.example", i), bulk, int64(100+i), readers[:70]...)
	}
	w.run(e)
	w.until("the dead hold what they get", func() bool { return dead.look().open >= 40 })
	w.planTo(e.Outbox(), "alive.example", bulk, 7, readers...)
	looked := 0
	w.until("the letters of the dead make room", func() bool {
		if looked%500 == 0 { // time goes on, for what waits on either side
			w.clock.move(batchLate)
		}
		looked++
		return alive.look().taken == 100
	})
	if n := e.inHand.Load(); n > mostInHand+batchMost {
		t.Errorf("%d letters in hand", n)
	}
	dead.close() // what hangs is told so
}

func TestAHugeCampaignDoesNotHoldUpASmallOne(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		r := receive(t, hidden{})
		p := generous("example.jp")
		p.Connections = profile.Range[int]{Start: 2, Least: 1, Most: 2}
		e := w.run(w.engine("", to(providers{"example.jp": {servers: []string{r.addr()}, profile: p}})))
		huge, small := w.readers(2000), w.readers(30)
		w.plan(e.Outbox(), bulk, 7, huge...)
		w.until("the huge one is on its way", func() bool { return r.look().taken > 0 })
		w.plan(e.Outbox(), bulk, 8, small...)
		last := 0
		w.ends(map[string]int{"3 delivered": 2030})
		mine := map[string]bool{}
		for _, a := range small {
			mine[mailbox(a)] = true
		}
		before := 0
		for i, to := range r.look().order {
			if mine[to] {
				last, before = i, before+1
			}
		}
		if before != 30 || last > 1500 {
			t.Errorf("the small campaign ended with mail %d of 2030", last)
		}
	})
}

func TestWorkspacesShareALane(t *testing.T) {
	t.Parallel()
	flows := share([]flow{{workspace: 1, campaign: 1}, {workspace: 1, campaign: 2}, {workspace: 1, campaign: 3}, {workspace: 2, campaign: 4}})
	parts := []int{}
	for _, f := range flows {
		parts = append(parts, f.part(60))
	}
	if fmt.Sprint(parts) != "[10 10 10 30]" {
		t.Errorf("of 60 they get %v", parts)
	}
}

// However many campaigns wait for their retries, a new one has its turn.
func TestMoreCampaignsThanAreLookedAtTakeTurns(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		e := w.engine("127.0.0.1:1")
		readers := w.readers(1)
		for c := range 2*mostFlows + 10 {
			w.plan(e.Outbox(), bulk, int64(1000+c), readers...)
		}
		l := e.lane(relayLane)
		seen := map[int64]int{}
		for range 3 {
			flows, err := e.flows(t.Context(), l)
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range flows {
				seen[f.campaign]++
			}
		}
		if len(seen) != 2*mostFlows+10 {
			t.Errorf("%d of %d campaigns had their turn", len(seen), 2*mostFlows+10)
		}
	})
}

func TestAConnectionNamesAtMostAHundredRecipientsToDocomo(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.SQLite(t))
	docomo := *profiles(t).ByID("docomo")
	docomo.MailsPerSecond = profile.Range[float64]{Start: 1000, Least: 1, Most: 5000}
	docomo.MailsPerConnection = profile.Range[int]{Start: 1000, Least: 1, Most: 1000}
	docomo.UnknownUsers.LeastSample = 10000
	r := receive(t, hidden{refuse: func(string) string {
		if rand.IntN(5) == 0 { // those refused count too
			return "550 Unknown user"
		}
		return ""
	}})
	e := w.run(w.engine("", to(providers{"example.jp": {servers: []string{r.addr()}, profile: &docomo}})))
	readers := w.readers(450)
	w.plan(e.Outbox(), bulk, 7, readers...)
	w.until("all have an outcome", func() bool {
		got := w.outcomes()
		return got["3 delivered"]+got["3 failed"] == len(readers)
	})
	if s := r.look(); s.mostNames > 100 || s.mostNames < 90 {
		t.Errorf("one connection named %d recipients", s.mostNames)
	}
}
