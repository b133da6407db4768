package delivery

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/kyodaku/kyodaku/internal/consent"
	"github.com/kyodaku/kyodaku/internal/daemontest"
	"github.com/kyodaku/kyodaku/internal/delivery/catcher"
	"github.com/kyodaku/kyodaku/internal/delivery/reply"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/store/storetest"
)

func TestEachMessageGoesOutOnceAndIsWrittenDown(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		b := w.inbox(anyPort)
		e := w.run(w.engine(b.Addr()))
		readers := w.readers(300)
		w.refuse(w.gate, readers[299])
		w.plan(e.Outbox(), bulk, 7, readers...)
		w.plan(e.Outbox(), bulk, 7, readers...) // the same again changes nothing
		w.ends(map[string]int{"3 delivered": 299, "3 withheld OUT-01": 1})
		w.once(readers[:299], b)
		if b.count() != 299 {
			t.Errorf("%d mails arrived", b.count())
		}
		if r := w.row(readers[0]); r.attempts != 1 || r.stages != 1 || r.stage != "dot" || r.event == 0 {
			t.Errorf("a delivered row says %+v", r)
		}
		if r := w.row(readers[299]); r.attempts != 0 || r.stages != 0 || r.stage != "planned" {
			t.Errorf("a withheld row says %+v", r)
		}
	})
}

func TestAMessageWithoutADecisionIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.SQLite(t))
	e := w.engine("127.0.0.1:1")
	err := w.db.Write(t.Context(), func(tx *store.Tx) error {
		_, err := e.Outbox().Put(t.Context(), tx, []Item{{Kind: bulk, Workspace: w.ws, Domain: "example.jp"}}, w.clock.now())
		return err
	})
	if !errors.Is(err, errNoDecision) {
		t.Errorf("got %v", err)
	}
}

func TestAStaleGateHandsNothingOff(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		b := w.inbox(anyPort)
		e := w.start(w.engine(b.Addr())) // the gate does not run
		readers := w.readers(20)
		w.plan(e.Outbox(), bulk, 7, readers...)
		w.until("tried and given back", func() bool {
			var n int
			if err := db.QueryRow(t.Context(), `SELECT COUNT(*) FROM outbox WHERE lease > 0 AND state = 0`).Scan(&n); err != nil {
				t.Fatal(err)
			}
			return n == 20
		})
		if b.count() != 0 {
			t.Fatalf("%d mails left although nothing was known", b.count())
		}
		if r := w.row(readers[0]); r.attempts != 0 || r.stages != 0 {
			t.Errorf("a given back row says %+v", r)
		}
		if err := w.gate.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(w.gate.Stop)
		w.ends(map[string]int{"3 delivered": 20})
		w.once(readers, b)
	})
}

func TestTemporaryRefusalsFollowTheSchedule(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		var asked atomic.Int64
		readers := w.readers(2)
		b := w.inbox(anyPort, func(b *inbox) {
			b.accept = func(to string) error {
				if to == mailbox(readers[0]) && asked.Add(1) <= 2 || to == mailbox(readers[1]) {
					// The reader's fault: what is ours would slow the lane as well.
					return &catcher.Reply{Code: 450, Enhanced: [3]int{4, 2, 1}, Text: "Later"}
				}
				return nil
			}
		})
		e := w.run(w.engine(b.Addr()))
		w.plan(e.Outbox(), bulk, 7, readers...)
		schedule := BulkPolicy().Retry
		for n, wait := range schedule {
			w.until("an attempt", func() bool {
				r := w.row(readers[1])
				return r.stages == n+1 && r.state == stateQueued
			})
			r := w.row(readers[1])
			if until := r.again.Sub(w.clock.now()); r.outcome != "deferred" || r.attempts != n+1 || until > wait || until < wait-10*time.Second {
				t.Fatalf("after attempt %d: %+v, due in %v and not %v", n+1, r, until, wait)
			}
			w.clock.move(wait)
		}
		w.ends(map[string]int{"3 delivered": 1, "3 failed": 1})
		if r := w.row(readers[0]); r.attempts != 3 || r.stages != 3 {
			t.Errorf("4xx, 4xx, 2xx: %+v", r)
		}
		if r := w.row(readers[1]); r.attempts != len(schedule)+1 || r.stages != len(schedule)+1 {
			t.Errorf("given up: %+v", r)
		}
		w.once(readers[:1], b)
	})
}

func TestADeadRelayCostsNoAttempt(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		address := daemontest.FreeAddr(t)
		e := w.run(w.engine(address))
		readers := w.readers(30)
		w.plan(e.Outbox(), bulk, 7, readers...)
		for range 3 {
			w.until("given back", func() bool {
				r := w.row(readers[0])
				return r.state == stateQueued && r.again.After(w.clock.now())
			})
			if r := w.row(readers[0]); r.attempts != 0 || r.stages != 0 || r.outcome != "" {
				t.Fatalf("%+v", r)
			}
			w.clock.move(downMost)
		}
		b := w.inbox(address)
		w.clock.move(downMost)
		w.ends(map[string]int{"3 delivered": 30})
		w.once(readers, b)
		w.plan(e.Outbox(), bulk, 8, readers...)
		if err := b.Close(); err != nil {
			t.Fatal(err)
		}
	})
}

func TestWhoeverCannotBeReachedForDaysFails(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.SQLite(t))
	e := w.run(w.engine("127.0.0.1:1"))
	w.plan(e.Outbox(), bulk, 7, w.readers(1)...)
	w.clock.move(unreachableLimit)
	w.ends(map[string]int{"3 failed": 1})
}

func TestFinalRefusalsFail(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		readers := w.readers(3)
		b := w.inbox(anyPort, func(b *inbox) {
			b.accept = func(to string) error {
				if to == mailbox(readers[0]) {
					return &catcher.Reply{Code: 550, Enhanced: [3]int{5, 1, 1}, Text: "No such user"}
				}
				return nil
			}
			b.keep = func(m catcher.Mail) error {
				if m.To[0] == mailbox(readers[1]) {
					return &catcher.Reply{Code: 554, Enhanced: [3]int{5, 7, 1}, Text: "Not wanted"}
				}
				return nil
			}
		})
		var told sync.Map
		e := w.run(w.engine(b.Addr(), func(c *Config) {
			c.Failed = func(_ context.Context, l Leased, enhanced string, v reply.Verdict) error {
				told.Store(l.Request.Address, enhanced)
				return nil
			}
		}))
		w.plan(e.Outbox(), bulk, 7, readers...)
		w.ends(map[string]int{"3 failed": 2, "3 delivered": 1})
		if enhanced, _ := told.Load(readers[0]); enhanced != "5.1.1" {
			t.Errorf("a dead address was told as %v", enhanced)
		}
		if _, ok := told.Load(readers[1]); ok {
			t.Error("a refused text was told as a dead address")
		}
		var said, blame string
		if err := db.QueryRow(t.Context(), `SELECT a.reply, a.blame FROM attempt a JOIN outbox o ON o.id = a.outbox_id WHERE o.address_id = ?`, readers[0]).Scan(&said, &blame); err != nil || said != "No such user" || blame != string(reply.Recipient) {
			t.Errorf("the reply is %q, blamed on %q, %v", said, blame, err)
		}
	})
}

func TestAPersonsWishForFewerMailsHoldsBetweenCampaigns(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		b := w.inbox(anyPort)
		e := w.engine(b.Addr())
		readers := w.readers(5)
		w.plan(e.Outbox(), bulk, 7, readers...)
		w.plan(e.Outbox(), bulk, 8, readers...)
		for _, id := range readers { // chosen only after both were planned
			ev := w.event(id, consent.ActionFrequencyChanged)
			ev.Frequency = consent.Frequency{Count: 1, Period: consent.Week}
			if err := w.gate.Record(t.Context(), ev); err != nil {
				t.Fatal(err)
			}
		}
		w.run(e)
		w.ends(map[string]int{"3 delivered": 5, "3 withheld FREQ-01": 5})
		w.once(readers, b)
	})
}

func TestWhatAPersonWaitsForOvertakesACampaign(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.SQLite(t))
	readers := w.readers(4)
	release := make(chan struct{})
	b := w.inbox(anyPort, func(b *inbox) {
		b.keep = func(m catcher.Mail) error {
			if m.To[0] != mailbox(readers[3]) {
				<-release
			}
			return nil
		}
	})
	e := w.run(w.engine(b.Addr(), alone))
	w.plan(e.Outbox(), bulk, 7, readers[:3]...)
	w.until("the campaign holds its session", func() bool { return w.outcomes()["2"] == 1 })
	w.plan(e.Outbox(), person, 0, readers[3])
	w.until("the confirmation arrived", func() bool { return len(b.of(readers[3])) == 1 })
	close(release)
	w.ends(map[string]int{"3 delivered": 4})
}

// slowSigner lets a test act between the lease and MAIL FROM.
type slowSigner struct{ before func(message []byte) error }

func (s slowSigner) Sign(_ context.Context, _ int64, _ string, dst, message []byte, _ time.Time) ([]byte, error) {
	return append(dst, message...), s.before(message)
}

func TestWithoutASignatureNothingLeaves(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.SQLite(t))
	b := w.inbox(anyPort)
	e := w.run(w.engine(b.Addr(), func(c *Config) {
		c.Signer = slowSigner{func([]byte) error { return errNotNow }}
	}))
	w.plan(e.Outbox(), bulk, 7, w.readers(3)...)
	w.ends(map[string]int{"0 deferred": 3})
	if b.count() != 0 {
		t.Error("an unsigned mail left")
	}
}
