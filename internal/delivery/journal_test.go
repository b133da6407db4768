package delivery

import (
	"context"
	"testing"

	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/store/storetest"
)

// fail makes every statement fail that stores what the condition names, as a full
// disk would, and returns how to end that.
func (w *world) failIntents() (end func()) {
	w.Helper()
	w.write(func(ctx context.Context, tx *store.Tx) error {
		if tx.Engine() == store.SQLite {
			_, err := tx.Exec(ctx, `CREATE TRIGGER full_disk BEFORE UPDATE ON outbox WHEN NEW.state = 2 BEGIN SELECT RAISE(ABORT, 'full'); END`)
			return err
		}
		_, err := tx.Exec(ctx, `CREATE TRIGGER full_disk BEFORE UPDATE ON outbox FOR EACH ROW WHEN (NEW.state = 2) EXECUTE FUNCTION append_only()`)
		return err
	})
	return func() { w.write(w.dropOn("outbox")) }
}

func (w *world) failOutcomes() (end func()) {
	w.Helper()
	w.write(func(ctx context.Context, tx *store.Tx) error {
		if tx.Engine() == store.SQLite {
			_, err := tx.Exec(ctx, `CREATE TRIGGER full_disk BEFORE INSERT ON attempt BEGIN SELECT RAISE(ABORT, 'full'); END`)
			return err
		}
		_, err := tx.Exec(ctx, `CREATE TRIGGER full_disk BEFORE INSERT ON attempt FOR EACH STATEMENT EXECUTE FUNCTION append_only()`)
		return err
	})
	return func() { w.write(w.dropOn("attempt")) }
}

func (w *world) dropOn(table string) func(context.Context, *store.Tx) error {
	return func(ctx context.Context, tx *store.Tx) (err error) {
		switch {
		case tx.Engine() == store.SQLite:
			_, err = tx.Exec(ctx, `DROP TRIGGER full_disk`)
		case table == "outbox":
			_, err = tx.Exec(ctx, `DROP TRIGGER full_disk ON outbox`)
		default:
			_, err = tx.Exec(ctx, `DROP TRIGGER full_disk ON attempt`)
		}
		return err
	}
}

func TestWithoutAStoredIntentNoDotIsSent(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		b := w.inbox(anyPort)
		readers := w.readers(40)
		e := w.engine(b.Addr())
		w.plan(e.Outbox(), bulk, 7, readers...)
		end := w.failIntents()
		w.run(e)
		w.until("tried and given back", func() bool {
			var n int
			if err := db.QueryRow(t.Context(), `SELECT COUNT(*) FROM outbox WHERE lease > 1`).Scan(&n); err != nil {
				t.Fatal(err)
			}
			return n > 0
		})
		if b.count() != 0 {
			t.Fatalf("%d mails left", b.count())
		}
		end()
		w.ends(map[string]int{"3 delivered": 40})
		w.once(readers, b)
		if r := w.row(readers[0]); r.attempts != 1 || r.stages != 1 {
			t.Errorf("a row says %+v", r)
		}
	})
}

// The outcomes of mails that are out cannot be stored: at most the mails under way
// leave, everything waits, and when the disk is free again nothing is lost or sent
// twice.
func TestDeliveryWaitsWhileOutcomesCannotBeStored(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		b := w.inbox(anyPort)
		readers := w.readers(200)
		e := w.engine(b.Addr())
		w.plan(e.Outbox(), bulk, 7, readers...)
		end := w.failOutcomes()
		w.run(e)
		w.until("some are out", func() bool { return b.count() > 0 })
		w.until("everybody waits", func() bool { return len(e.journal.intents) > 0 })
		out := b.count()
		if o := w.outcomes(); o["3 delivered"] != 0 || o["2"] < out || o["2"] > 2*e.Connections {
			t.Errorf("%d mails are out, rows are %v", out, o)
		}
		end()
		w.ends(map[string]int{"3 delivered": 200})
		w.once(readers, b)
	})
}

func TestStopDoesNotWaitForADeadDatabase(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.SQLite(t))
	b := w.inbox(anyPort)
	e := w.engine(b.Addr())
	w.plan(e.Outbox(), bulk, 7, w.readers(20)...)
	end := w.failOutcomes()
	w.run(e)
	w.until("some are out", func() bool { return b.count() > 0 })
	out := b.count()
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	e.Stop(ctx)
	end()
	// The next life lists those that were out, and sends the others.
	w.start(w.engine(b.Addr()))
	w.until("all have an outcome", func() bool {
		o := w.outcomes()
		return o["3 delivered"]+o["3 uncertain"] == 20
	})
	if o := w.outcomes(); o["3 uncertain"] < out || b.count() > 20 {
		t.Errorf("%d were out, rows are %v, %d mails", out, o, b.count())
	}
}

func TestDeliveryWaitsForALockedDatabase(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		other := storetest.Open(t, db.URL())
		b := w.inbox(anyPort)
		readers := w.readers(100)
		e, reached, release := w.held(b, func(c *Config) { c.Connections = 3 })
		w.plan(e.Outbox(), bulk, 7, readers...)
		<-reached
		locked, unlock, done := make(chan struct{}), make(chan struct{}), make(chan error, 1)
		go func() {
			done <- other.Write(context.Background(), func(tx *store.Tx) (err error) {
				if tx.Engine() == store.PostgreSQL {
					_, err = tx.Exec(context.Background(), `LOCK TABLE outbox IN EXCLUSIVE MODE`)
				}
				close(locked)
				<-unlock
				return err
			})
		}()
		<-locked
		close(release)
		w.until("the next intent waits behind the first", func() bool { return len(e.journal.intents) > 0 })
		if n := b.count(); n != 0 {
			t.Errorf("%d mails left while nothing could be stored", n)
		}
		close(unlock)
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		w.ends(map[string]int{"3 delivered": 100})
		w.once(readers, b)
	})
}
