package delivery

import (
	"context"
	"sync"
	"testing"

	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/store/storetest"
)

// held starts an engine whose first letter of a run waits in the signer, with the
// other rows in hand behind it.
func (w *world) held(b *inbox, change ...func(*Config)) (e *Engine, reached, release chan struct{}) {
	w.Helper()
	reached, release = make(chan struct{}), make(chan struct{})
	var once sync.Once
	signer := slowSigner{func([]byte) error {
		once.Do(func() { close(reached) })
		<-release
		return nil
	}}
	e = w.run(w.engine(b.Addr(), append([]func(*Config){alone, func(c *Config) { c.Signer = signer }}, change...)...))
	return e, reached, release
}

func TestAPausedCampaignWaitsAndComesBackWhole(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		b := w.inbox(anyPort)
		e, reached, release := w.held(b)
		readers := w.readers(100)
		w.plan(e.Outbox(), bulk, 7, readers...)
		<-reached
		e.Halt(7)
		w.halt(7, true)
		w.write(func(ctx context.Context, tx *store.Tx) error { return e.Outbox().Park(ctx, tx, 7) })
		close(release)
		w.ends(map[string]int{"4": 100})
		if b.count() != 0 {
			t.Errorf("%d mails left in the pause", b.count())
		}
		if r := w.row(readers[0]); r.attempts != 0 || r.stages != 0 {
			t.Errorf("a parked row says %+v", r)
		}
		w.halt(7, false)
		w.write(func(ctx context.Context, tx *store.Tx) error { return e.Outbox().Unpark(ctx, tx, 7) })
		e.Release(7)
		w.ends(map[string]int{"3 delivered": 100})
		w.once(readers, b)
	})
}

func TestAStoppedCampaignsRowsInHandAreWithheld(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		b := w.inbox(anyPort)
		e, reached, release := w.held(b)
		w.plan(e.Outbox(), bulk, 7, w.readers(100)...)
		w.plan(e.Outbox(), bulk, 8, w.readers(5)...)
		<-reached
		// The order comes from another node: this one has not heard of it.
		w.write(func(ctx context.Context, tx *store.Tx) error {
			return e.Outbox().Withdraw(ctx, tx, 7, "CMP-STOP", w.clock.now())
		})
		close(release)
		w.ends(map[string]int{"3 delivered": 5, "3 withheld CMP-STOP": 100})
		if b.count() != 5 {
			t.Errorf("%d mails left", b.count())
		}
	})
}

// A row whose attempt was refused for now while the campaign was stopped is not
// tried again.
func TestAStoppedCampaignsRetriesEnd(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		var e *Engine
		b := w.inbox(anyPort, func(b *inbox) {
			b.accept = func(string) error {
				w.write(func(ctx context.Context, tx *store.Tx) error {
					return e.Outbox().Withdraw(ctx, tx, 7, "CMP-STOP", w.clock.now())
				})
				return errNotNow
			}
		})
		e = w.run(w.engine(b.Addr(), alone))
		readers := w.readers(1)
		w.plan(e.Outbox(), bulk, 7, readers...)
		w.ends(map[string]int{"3 withheld CMP-STOP": 1})
		if r := w.row(readers[0]); r.stages != 1 {
			t.Errorf("the row says %+v", r)
		}
	})
}

// After a restart nobody remembers a pause; the writer's word counts at the lease.
func TestAPauseOutlivesTheProcess(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		b := w.inbox(anyPort)
		e := w.engine(b.Addr())
		w.plan(e.Outbox(), bulk, 7, w.readers(3)...)
		w.plan(e.Outbox(), bulk, 8, w.readers(2)...)
		w.halt(7, true)
		w.run(e)
		w.ends(map[string]int{"4": 3, "3 delivered": 2})
		if b.count() != 2 {
			t.Errorf("%d mails left", b.count())
		}
	})
}

func TestOrdersOfAnotherNodeAreLearned(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.SQLite(t))
	e := w.engine("127.0.0.1:1")
	learn := func() {
		t.Helper()
		if err := e.learnHalted(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	e.remember([]Leased{{Campaign: 7}}, w.clock.now())
	w.halt(7, true)
	learn()
	if !e.isHalted(7) {
		t.Error("a pause elsewhere was not learned")
	}
	w.halt(7, false)
	learn()
	if e.isHalted(7) {
		t.Error("going on elsewhere was not learned")
	}
	// An order given here counts before the database has it.
	e.Halt(8)
	learn()
	if !e.isHalted(8) || e.isHalted(0) {
		t.Error("an order was forgotten before it was stored")
	}
	w.halt(8, true)
	learn()
	w.halt(8, false)
	learn()
	if e.isHalted(8) {
		t.Error("a confirmed order was never lifted")
	}
}
