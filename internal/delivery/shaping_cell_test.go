package delivery

import (
	"context"
	"fmt"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/kyodaku/kyodaku/internal/delivery/profile"
	"github.com/kyodaku/kyodaku/internal/delivery/shape"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/store/storetest"
)

// wary is a profile whose breaker opens soon.
func wary(id string) *profile.Profile {
	p := generous(id)
	p.UnknownUsers = profile.Breaker{Alarm: 0.1, Trip: 0.5, LeastSample: 20}
	return p
}

// leases counts how often rows of a campaign were leased.
func (w *world) leases(campaign int64) (n int) {
	w.Helper()
	if err := w.db.QueryRow(context.Background(), `SELECT SUM(lease) FROM outbox WHERE campaign_id = ?`, campaign).Scan(&n); err != nil {
		w.Fatal(err)
	}
	return n
}

// A list full of dead addresses stops where it does harm, and nothing else stops.
func TestUnknownUsersStopOneCampaignAtOneProvider(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		readers := w.readers(400)
		rotten := map[string]bool{}
		for _, a := range readers[:200] {
			rotten[mailbox(a)] = true
		}
		a := receive(t, hidden{refuse: func(to string) string {
			if rotten[to] {
				return "550 5.1.1 User unknown"
			}
			return ""
		}})
		b := receive(t, hidden{})
		e := w.run(w.engine("", to(providers{
			"a.example": {servers: []string{a.addr()}, profile: wary("a.example")},
			"b.example": {servers: []string{b.addr()}, profile: wary("b.example")},
		})))
		w.planTo(e.Outbox(), "a.example", bulk, 7, readers[:200]...)
		w.until("the breaker opens", func() bool {
			return e.mayTake(&manners{provider: "a.example"}, 7, w.clock.now()) == 0
		})
		w.planTo(e.Outbox(), "a.example", bulk, 8, readers[200:300]...)
		w.planTo(e.Outbox(), "b.example", bulk, 7, readers[300:]...)
		w.until("the others are delivered", func() bool { return w.outcomes()["3 delivered"] == 200 })
		asked := 0
		for to := range a.look().asked {
			if rotten[to] {
				asked++
			}
		}
		if asked < 20 || asked > 60 {
			t.Errorf("%d dead addresses were named before the campaign stopped", asked)
		}
		// What waits behind the breaker is left in peace.
		w.until("all of it is back", func() bool { got := w.outcomes(); return got["1"]+got["2"] == 0 })
		before := w.leases(7)
		for range 3 {
			w.clock.move(time.Minute)
			seen := e.rounds.Load()
			w.until("the lanes were looked at anew", func() bool {
				e.Nudge()
				return e.rounds.Load() > seen+1
			})
		}
		if after := w.leases(7); after != before {
			t.Errorf("rows behind an open breaker were leased %d times", after-before)
		}

		// One mail finds out that the list is clean now, and the rest follows.
		a.change(func(h *hidden) { h.refuse = nil })
		w.clock.move(shape.DefaultBreakerBounds().Rest)
		w.until("the rest is delivered", func() bool {
			got := w.outcomes()
			w.pulled(nil)
			return got["3 delivered"]+got["3 failed"] == 400
		})
	})
}

// A breaker that opened stays open over a restart.
func TestABreakerOutlivesTheProcess(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.SQLite(t))
	r := receive(t, hidden{refuse: func(string) string { return "550 5.1.1 User unknown" }})
	router := to(providers{"a.example": {servers: []string{r.addr()}, profile: wary("a.example")}})
	e := w.run(w.engine("", router))
	w.planTo(e.Outbox(), "a.example", bulk, 7, w.readers(200)...)
	w.until("the breaker opens", func() bool { return e.mayTake(&manners{provider: "a.example"}, 7, w.clock.now()) == 0 })
	stop(e)
	asked := len(r.look().asked)
	again := w.start(w.engine("", router))
	w.clock.move(time.Minute)
	w.until("the campaign is looked at", func() bool {
		again.cells.mu.Lock()
		defer again.cells.mu.Unlock()
		return again.cells.open[cell{"a.example", 7}] != nil
	})
	w.until("all is back", func() bool { got := w.outcomes(); return got["1"]+got["2"] == 0 })
	if n := len(r.look().asked); n != asked {
		t.Errorf("%d more were named after a restart", n-asked)
	}
}

// sources are a new address with a plan and an old one without.
func sources(plan shape.WarmUp, begun time.Time, names ...string) func(*Config) {
	return func(c *Config) {
		c.Sources = nil
		for i, name := range names {
			s := Source{Name: name, Addr: netip.MustParseAddr(fmt.Sprintf("127.0.0.%d", 2+i))}
			if name == "new" {
				s.WarmUp, s.Begun = plan, begun
			}
			c.Sources = append(c.Sources, s)
		}
	}
}

func TestWhatIsOverTheWarmUpCeilingGoesFromAWarmedSource(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.SQLite(t))
	r := receive(t, hidden{})
	plan := shape.WarmUp{Start: 20, Growth: 2, Days: 10}
	router := to(providers{"example.jp": {servers: []string{r.addr()}}})
	both := sources(plan, w.clock.now(), "new", "old")
	e := w.run(w.engine("", router, both))
	readers := w.readers(100)
	w.plan(e.Outbox(), bulk, 7, readers...)
	w.ends(map[string]int{"3 delivered": 100})
	// A tenth of the day is kept for what people wait for.
	if n := r.look().from["127.0.0.2"]; n != 18 {
		t.Errorf("%d mails of a campaign went from the new source on its first day", n)
	}
	stop(e)
	again := w.start(w.engine("", router, both))
	w.plan(again.Outbox(), person, 0, readers[:10]...)
	w.plan(again.Outbox(), bulk, 8, readers...)
	w.ends(map[string]int{"3 delivered": 210})
	if n := r.look().from["127.0.0.2"]; n < 18 || n > 20 {
		t.Errorf("after a restart %d mails had gone on the first day", n)
	}
	stop(again)
	w.clock.move(24 * time.Hour)
	again = w.start(w.engine("", router, both))
	w.plan(again.Outbox(), bulk, 9, readers...)
	w.ends(map[string]int{"3 delivered": 310})
	if n := r.look().from["127.0.0.2"]; n < 18+36 || n > 20+40 {
		t.Errorf("%d mails had gone on the second day", n)
	}
}

func TestWithoutAWarmedSourceTheRestWaitsForTomorrow(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.SQLite(t))
	r := receive(t, hidden{})
	plan := shape.WarmUp{Start: 20, Growth: 2, Days: 10}
	e := w.run(w.engine("", to(providers{"example.jp": {servers: []string{r.addr()}}}), sources(plan, w.clock.now(), "new")))
	readers := w.readers(40)
	w.plan(e.Outbox(), bulk, 7, readers...)
	w.until("the day's mails", func() bool { got := w.outcomes(); return got["3 delivered"] == 18 && got["1"]+got["2"] == 0 })
	w.plan(e.Outbox(), person, 0, readers[0])
	w.until("a confirmation goes all the same", func() bool { return r.look().taken == 19 })
	w.clock.move(24 * time.Hour)
	w.until("tomorrow", func() bool { return w.pulled(map[string]int{"3 delivered": 41}) })
}

// A source that cannot be used, and one of the wrong family, leave the way to the others.
func TestABrokenSourceDoesNotStopTheLane(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.SQLite(t))
	r := receive(t, hidden{})
	e := w.run(w.engine("", to(providers{"example.jp": {servers: []string{r.addr()}}}), func(c *Config) {
		c.Sources = []Source{
			{Name: "elsewhere", Addr: netip.MustParseAddr("192.0.2.77")},
			{Name: "six", Addr: netip.MustParseAddr("::1")},
			{Name: "good", Addr: netip.MustParseAddr("127.0.0.3")},
		}
	}))
	w.plan(e.Outbox(), bulk, 7, w.readers(100)...)
	w.ends(map[string]int{"3 delivered": 100})
	if n := r.look().from["127.0.0.3"]; n != 100 {
		t.Errorf("%d mails went from the good source", n)
	}
}

// A domain whose DNS fails rests alone in the lane that it shares.
func TestADomainOutOfOrderLeavesItsLaneAlone(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.SQLite(t))
	r := receive(t, hidden{})
	e := w.run(w.engine("", to(providers{
		"good.example": {servers: []string{r.addr()}, lane: "shared"},
		"bad.example":  {lane: "shared", err: fault.New(fault.Busy, "delivery.no_answer")},
	})))
	readers := w.readers(100)
	w.planTo(e.Outbox(), "bad.example", bulk, 7, readers[:50]...)
	w.until("the bad one is known", func() bool {
		e.mu.Lock()
		l := e.lanes["shared"]
		e.mu.Unlock()
		if l == nil {
			return false
		}
		_, rests := l.resting("bad.example", w.clock.now())
		return rests
	})
	if l := w.lane(e, "shared"); l.full(w.clock.now()) && len(l.queue) == 0 {
		t.Error("the lane rests for one of its domains")
	}
	w.planTo(e.Outbox(), "good.example", bulk, 8, readers[50:]...)
	w.until("the good one is delivered", func() bool { return r.look().taken == 50 })
	if got := w.outcomes(); got["0 deferred"]+got["3 failed"] > 0 {
		t.Errorf("attempts were counted: %v", got)
	}
}

// One dead server of two costs the lane nothing of its speed.
func TestADeadFirstServerDoesNotSlowTheLane(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.SQLite(t))
	r := receive(t, hidden{perConnection: 5, tooLong: "421 4.7.0 Too many messages in this connection"})
	e := w.run(w.engine("", to(providers{"example.jp": {servers: []string{"127.0.0.1:1", r.addr()}}})))
	w.plan(e.Outbox(), bulk, 7, w.readers(200)...)
	w.until("all are delivered", func() bool { return w.pulled(map[string]int{"3 delivered": 200}) })
	if n := w.lane(e, "example.jp").outlets[0].control.Limits(w.clock.now()).Connections; n < 4 {
		t.Errorf("%d connections are left", n)
	}
}

// What a server cannot take at all fails; it is not tried again and again.
func TestALetterThatIsTooLargeForTheServerFails(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.SQLite(t))
	w.body = 5000
	r := receive(t, hidden{size: 4000})
	e := w.run(w.engine("", to(providers{"example.jp": {servers: []string{r.addr()}}}), alone))
	readers := w.readers(5)
	w.plan(e.Outbox(), bulk, 7, readers...)
	w.ends(map[string]int{"3 failed": 5})
	if n := len(r.look().asked); n != 0 {
		t.Errorf("%d were named to the server", n)
	}
	if row := w.row(readers[4]); row.attempts != 1 || row.stages != 1 {
		t.Errorf("%+v", row)
	}
}

// A connection that rests makes way where another lane has none.
func TestARestingConnectionMakesWayForAnotherLane(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.SQLite(t))
	a, b := receive(t, hidden{}), receive(t, hidden{})
	patient := generous("a.example")
	patient.IdleClose = time.Hour
	e := w.run(w.engine("", to(providers{"a.example": {servers: []string{a.addr()}, profile: patient}, "b.example": {servers: []string{b.addr()}}}), alone))
	readers := w.readers(2)
	w.planTo(e.Outbox(), "a.example", bulk, 7, readers[0])
	w.until("a has its mail", func() bool { return a.look().taken == 1 })
	w.planTo(e.Outbox(), "b.example", bulk, 7, readers[1])
	w.until("b has its mail", func() bool { return b.look().taken == 1 })
}

// pause is for how long a lane with one source pauses; 0 if it is not there yet.
func (w *world) pause(e *Engine, name string) time.Duration {
	e.mu.Lock()
	defer e.mu.Unlock()
	l := e.lanes[name]
	if l == nil {
		return 0
	}
	now := w.clock.now()
	return max(0, l.outlets[0].control.Limits(now).PausedUntil.Sub(now))
}

// A pause that one mail ends is ended by one mail, not by all that wait.
func TestAfterAPauseOneMailFindsOut(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.SQLite(t))
	var calm atomic.Bool
	r := receive(t, hidden{greet: func() string {
		if calm.Load() {
			return ""
		}
		return "421 4.7.0 Blocked, try again in 20 minutes"
	}})
	e := w.run(w.engine("", to(providers{"example.jp": {servers: []string{r.addr()}}})))
	w.plan(e.Outbox(), bulk, 7, w.readers(100)...)
	before := 0
	for range 3 {
		w.until("one connection is tried", func() bool {
			if r.look().refused > before {
				return true
			}
			if rest := w.pause(e, "example.jp"); rest > 0 {
				w.clock.move(rest)
			}
			return false
		})
		w.until("the lane pauses", func() bool { return w.pause(e, "example.jp") > 0 })
		refused := r.look().refused
		if n := refused - before; n > 5 {
			t.Errorf("%d connections were tried", n)
		}
		before = refused
	}
	calm.Store(true)
	w.clock.move(w.pause(e, "example.jp"))
	w.until("all are delivered", func() bool { return w.pulled(map[string]int{"3 delivered": 100}) })
}

// Stopping while everybody waits for leave takes no longer than stopping at all, and
// gives every row back.
func TestStopWhileWaitingForLeaveGivesEverythingBack(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		r := receive(t, hidden{})
		p := generous("example.jp")
		p.MailsPerSecond = profile.Range[float64]{Start: 0.6, Least: 0.6, Most: 0.6}
		e := w.run(w.engine("", to(providers{"example.jp": {servers: []string{r.addr()}, profile: p}})))
		w.plan(e.Outbox(), bulk, 7, w.readers(50)...)
		w.until("one is taken", func() bool { return r.look().taken > 0 })
		began := time.Now()
		stop(e)
		if took := time.Since(began); took > 5*time.Second {
			t.Errorf("stopping took %v", took)
		}
		w.balanced(e)
		for what, n := range w.outcomes() {
			if n > 0 && !strings.HasPrefix(what, "0") && what != "3 delivered" {
				t.Errorf("%d rows are %q", n, what)
			}
		}
	})
}
