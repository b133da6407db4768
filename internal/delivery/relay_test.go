package delivery

import (
	"errors"
	"testing"
	"time"

	"github.com/kyodaku/kyodaku/internal/delivery/smtp"
	"github.com/kyodaku/kyodaku/internal/delivery/smtptest"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/store/storetest"
)

func relays(t *testing.T, now *time.Time, weights ...int) *Relays {
	t.Helper()
	var all []RelayTarget
	for i, w := range weights {
		all = append(all, RelayTarget{Target: smtp.Target{Addr: string(rune('a' + i))}, Weight: w})
	}
	r, err := NewRelays(all, func() time.Time { return *now })
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func order(t *testing.T, r *Relays) (names string, targets []smtp.Target) {
	t.Helper()
	targets, err := r.Targets(t.Context(), "example.jp")
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range targets {
		names += x.Addr
	}
	return names, targets
}

func TestRelaysShareByWeight(t *testing.T) {
	t.Parallel()
	now := time.Unix(1_800_000_000, 0)
	r := relays(t, &now, 3, 1, 0)
	first := map[byte]int{}
	for range 4000 {
		names, _ := order(t, r)
		if len(names) != 3 || names[2] != 'c' {
			t.Fatalf("order is %s", names)
		}
		first[names[0]]++
	}
	if first['a'] < 2800 || first['a'] > 3200 {
		t.Errorf("first are %v", first)
	}
	if r.Lane("x") != relayLane || !r.SameServers("a", "b") || r.Profile("x") != nil {
		t.Error("relays are one lane")
	}
	if site, err := r.Site(t.Context(), "x"); site != relayLane || err != nil {
		t.Error(site, err)
	}
	for _, bad := range [][]RelayTarget{nil, {{Weight: -1}}} {
		if _, err := NewRelays(bad, nil); err == nil {
			t.Errorf("%v is taken", bad)
		}
	}
}

func TestARelayThatIsDownComesLast(t *testing.T) {
	t.Parallel()
	now := time.Unix(1_800_000_000, 0)
	r := relays(t, &now, 1, 0)
	broken := smtp.Dialled{Err: errors.New("down")}
	fail := func(i int) {
		_, targets := order(t, r)
		targets[i].Tell(broken)
	}
	if fail(0); r.States()[0].DownUntil.IsZero() {
		t.Error("it counts as up")
	}
	if names, _ := order(t, r); names != "ba" {
		t.Errorf("order is %s", names)
	}
	if fail(0); true {
		if names, _ := order(t, r); names != "ab" {
			t.Errorf("with both down the order is %s", names)
		}
	}
	now = now.Add(time.Minute)
	if names, _ := order(t, r); names != "ab" || !r.States()[0].DownUntil.IsZero() {
		t.Errorf("after the rest the order is %s", names)
	}
	fail(0)
	now = now.Add(relayRest + time.Second)
	if names, _ := order(t, r); names != "ba" {
		t.Errorf("the second rest is as short as the first: %s", names)
	}
	_, targets := order(t, r)
	targets[1].Tell(smtp.Dialled{Err: &smtp.Error{Kind: smtp.KindCanceled}})
	targets[1].Tell(smtp.Dialled{})
	if names, _ := order(t, r); names != "ab" {
		t.Errorf("a connection proves life: %s", names)
	}
}

// One relay is gone and one does not let us in: mail goes on over the third.
func TestMailGoesRoundRelaysThatAreDown(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		b := w.inbox(anyPort)
		locked := smtptest.Start(t, smtptest.Script(smtptest.Greet("AUTH PLAIN"), []smtptest.Step{smtptest.Expect("AUTH PLAIN"), smtptest.Say("535 5.7.8 no")}))
		target := func(addr string) smtp.Target {
			return smtp.Target{Addr: addr, Hello: "out.cafe.example", TLS: smtp.TLSNever}
		}
		closed := target(locked.Addr())
		closed.Auth = &smtp.Auth{Username: "u", Password: "p"}
		r, err := NewRelays([]RelayTarget{{target("127.0.0.77:9"), 50}, {closed, 50}, {target(b.Addr()), 0}}, w.clock.now)
		if err != nil {
			t.Fatal(err)
		}
		e := w.run(w.engine("", alone, func(c *Config) { c.Router = r }))
		readers := w.readers(5)
		w.plan(e.Outbox(), bulk, 7, readers...)
		w.ends(map[string]int{"3 delivered": 5})
		w.once(readers, b)
	})
}
