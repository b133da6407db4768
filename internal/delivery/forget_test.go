package delivery

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/store/storetest"
)

// TestAnErasureEndsWhatWaits has people erased whose messages wait, are parked, are
// in hand or have gone: none of them leaves any more, and nothing in the rows names
// anybody.
func TestAnErasureEndsWhatWaits(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		b := w.inbox(anyPort)
		outbox := w.engine(b.Addr()).Outbox()
		parked, inHand, waiting, stays := w.readers(3), w.readers(5), w.readers(4), w.readers(2)
		w.plan(outbox, bulk, 7, parked...)
		w.halt(7, true)
		w.write(func(ctx context.Context, tx *store.Tx) error { return outbox.Park(ctx, tx, 7) })
		w.plan(outbox, bulk, 8, slices.Concat(inHand, stays)...)
		e, reached, release := w.held(b)
		<-reached
		w.until("the rows are in hand", func() bool { return w.outcomes()["1"] == len(inHand)+len(stays) })
		e.Halt(9)
		w.halt(9, true)
		w.plan(e.Outbox(), bulk, 9, waiting...)
		erased := slices.Concat(parked, inHand, waiting)
		w.write(func(ctx context.Context, tx *store.Tx) error {
			if _, err := tx.Exec(ctx, `UPDATE outbox SET payload = '{"name":"hanako"}'`); err != nil {
				return err
			}
			return e.Outbox().Forget(ctx, tx, erased, w.clock.now())
		})
		var named int
		err := db.QueryRow(t.Context(), `SELECT COUNT(*) FROM outbox WHERE address_id IN (?...) AND (payload <> '' OR domain <> '')`,
			store.In(erased)).Scan(&named)
		if err != nil || named != 0 {
			t.Errorf("%d rows still name somebody, %v", named, err)
		}
		close(release)
		w.ends(map[string]int{"3 delivered": len(stays), "3 withheld ERASE-01": len(erased)})
		w.once(stays, b)
	})
}

// TestAnErasureLeavesWhatWasSent holds that the numbers of the past stay.
func TestAnErasureLeavesWhatWasSent(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		e := w.run(w.engine(w.inbox(anyPort).Addr()))
		readers := w.readers(2)
		w.plan(e.Outbox(), bulk, 7, readers...)
		w.ends(map[string]int{"3 delivered": 2})
		w.write(func(ctx context.Context, tx *store.Tx) error {
			return e.Outbox().Forget(ctx, tx, readers[:1], w.clock.now().Add(time.Hour))
		})
		if got := w.outcomes(); got["3 delivered"] != 2 || len(got) != 1 {
			t.Errorf("%v", got)
		}
		var replies, late int
		err := db.QueryRow(t.Context(), `SELECT COUNT(*), COALESCE(SUM(CASE WHEN o.finished_at > ? THEN 1 ELSE 0 END), 0) FROM outbox o
			JOIN attempt a ON a.outbox_id = o.id WHERE a.reply <> ''`, store.Micros(w.clock.now())).Scan(&replies, &late)
		if err != nil || replies != 1 || late != 0 {
			t.Errorf("%d replies, %d moved, %v", replies, late, err)
		}
	})
}
