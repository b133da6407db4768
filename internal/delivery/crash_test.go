package delivery

import (
	"context"
	"testing"
	"time"

	"github.com/kyodaku/kyodaku/internal/delivery/catcher"
	"github.com/kyodaku/kyodaku/internal/delivery/smtptest"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/store/storetest"
)

func TestStopLetsTheDotBeAnswered(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		readers := w.readers(10)
		release := make(chan struct{})
		b := w.inbox(anyPort, func(b *inbox) {
			b.keep = func(catcher.Mail) error { <-release; return nil }
		})
		e := w.run(w.engine(b.Addr(), alone))
		w.plan(e.Outbox(), bulk, 7, readers...)
		w.until("one is past its dot", func() bool { return w.outcomes()["2"] == 1 })
		stopped := make(chan struct{})
		go func() { stop(e); close(stopped) }()
		w.until("stopping", e.stopping.Load)
		select {
		case <-stopped:
			t.Fatal("Stop did not wait for the answer")
		default:
		}
		close(release)
		<-stopped
		w.ends(map[string]int{"0": 9, "3 delivered": 1})
		if r := w.row(readers[9]); r.attempts != 0 {
			t.Errorf("a row that was given back says %+v", r)
		}
		w.start(w.engine(b.Addr()))
		w.ends(map[string]int{"3 delivered": 10})
		w.once(readers, b)
	})
}

// Whoever stops in a hurry gets an honest list instead of an answer.
func TestStopInAHurryLeavesNothingLeased(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		readers := w.readers(3)
		dot := make(chan struct{})
		srv := smtptest.Start(t, smtptest.Script(smtptest.Greet("PIPELINING"), smtptest.Envelope(), []smtptest.Step{
			smtptest.Message(), smtptest.Do(func() { close(dot) }), smtptest.Idle(),
		}))
		e := w.run(w.engine(srv.Addr(), alone))
		w.plan(e.Outbox(), bulk, 7, readers...)
		<-dot
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		e.Stop(ctx)
		w.ends(map[string]int{"0": 2, "3 uncertain": 1})
	})
}

// What a killed process had in hand: rows it had leased, and rows whose intent was
// stored. Only the latter are uncertain.
func TestStartTakesUpWhatACrashLeft(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		b := w.inbox(anyPort)
		dead := w.engine(b.Addr())
		readers := w.readers(8)
		w.plan(dead.Outbox(), bulk, 7, readers[:6]...)
		w.plan(dead.Outbox(), person, 0, readers[6:]...)
		// The crashed engine leased everything and stored the intent for three.
		for l, campaign := range map[string]int64{relayLane: 7, urgent + relayLane: 0} {
			w.write(func(ctx context.Context, tx *store.Tx) error {
				_, err := dead.claim(ctx, tx, l, flow{workspace: w.ws, campaign: campaign}, 100)
				return err
			})
		}
		w.write(func(ctx context.Context, tx *store.Tx) error {
			_, err := tx.Exec(ctx, `UPDATE outbox SET state = 2 WHERE address_id IN (?...)`, store.In([]int64{readers[0], readers[1], readers[6]}))
			return err
		})
		w.ends(map[string]int{"1": 5, "2": 3})
		if db.Engine() == store.PostgreSQL {
			w.clock.move(leaseTime + time.Second) // others may be alive there
		}
		w.run(w.engine(b.Addr()))
		w.ends(map[string]int{"3 delivered": 5, "3 uncertain": 2, "0 deferred": 1})
		w.once(append(readers[2:6:6], readers[7]), b)
		if r := w.row(readers[0]); r.attempts != 1 || r.stages != 1 {
			t.Errorf("an uncertain row says %+v", r)
		}
		if r := w.row(readers[2]); r.attempts != 1 || r.stages != 1 {
			t.Errorf("a row taken up says %+v", r)
		}
		w.clock.move(PersonPolicy().Retry[0])
		w.ends(map[string]int{"3 delivered": 6, "3 uncertain": 2})
	})
}

func TestALeaseOfTheLivingIsLeftAlone(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.PostgreSQL(t))
	b := w.inbox(anyPort)
	other := w.engine(b.Addr())
	w.plan(other.Outbox(), bulk, 7, w.readers(3)...)
	w.write(func(ctx context.Context, tx *store.Tx) error {
		_, err := other.claim(ctx, tx, relayLane, flow{workspace: w.ws, campaign: 7}, 100)
		return err
	})
	e := w.run(w.engine(b.Addr()))
	w.clock.move(leaseTime - renewEvery)
	if err := other.renewLeases(t.Context(), w.clock.now()); err != nil {
		t.Fatal(err)
	}
	w.clock.move(leaseTime - renewEvery)
	if err := e.reap(t.Context()); err != nil {
		t.Fatal(err)
	}
	if o := w.outcomes(); o["1"] != 3 || b.count() != 0 {
		t.Errorf("rows are %v, %d mails", o, b.count())
	}
}

// A node comes back to the database after its rows were taken up: what it knows
// for certain counts, what it does not know changes nothing.
func TestALateWordCounts(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		slow, other := w.engine("127.0.0.1:1"), w.engine("127.0.0.1:1")
		readers := w.readers(4)
		w.plan(slow.Outbox(), bulk, 7, readers...)
		var rows []Leased
		w.write(func(ctx context.Context, tx *store.Tx) (err error) {
			rows, err = slow.claim(ctx, tx, relayLane, flow{workspace: w.ws, campaign: 7}, 100)
			return err
		})
		w.write(func(ctx context.Context, tx *store.Tx) error {
			_, err := tx.Exec(ctx, `UPDATE outbox SET state = 2 WHERE id IN (?...)`, store.In([]int64{rows[0].ID, rows[1].ID}))
			return err
		})
		w.clock.move(leaseTime + time.Second)
		if err := slow.reap(t.Context()); err != nil {
			t.Fatal(err)
		}
		w.ends(map[string]int{"1": 2, "2": 2}) // never one's own
		if err := other.reap(t.Context()); err != nil {
			t.Fatal(err)
		}
		w.ends(map[string]int{"0": 2, "3 uncertain": 2})
		// The third is leased by another by now; the fourth waits.
		w.write(func(ctx context.Context, tx *store.Tx) error {
			_, err := other.claim(ctx, tx, relayLane, flow{workspace: w.ws, campaign: 7}, 1)
			return err
		})
		if err := slow.journal.intendNow(place{rows[3].ID, rows[3].lease}); err == nil {
			t.Error("a lost lease was granted an intent")
		}
		late := []record{
			{row: rows[0], outcome: Delivered, stage: "dot"},
			{row: rows[1]},
			{row: rows[2], outcome: Delivered, stage: "dot"},
			{row: rows[3]},
		}
		for range 2 { // twice, as after a commit whose answer was lost
			w.write(func(ctx context.Context, tx *store.Tx) error { return writeRecords(ctx, tx, late, w.clock.now()) })
			w.ends(map[string]int{"0": 1, "1": 1, "3 delivered": 1, "3 uncertain": 1})
		}
		for _, id := range readers {
			if r := w.row(id); r.attempts < 0 || r.attempts > 1 {
				t.Errorf("a row says %+v", r)
			}
		}
	})
}

// intendNow stores one intent without a running journal.
func (j *journal) intendNow(p place) error {
	in := intent{row: p, granted: make(chan error, 1)}
	j.store(&group{intents: []intent{in}})
	return <-in.granted
}
