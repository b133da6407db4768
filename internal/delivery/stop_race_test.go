package delivery

import (
	"context"
	"testing"
	"time"

	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/store/storetest"
)

// stopWatched is how long a stop is watched that must wait.
const stopWatched = 300 * time.Millisecond

// TestAStoppedCampaignMissesNoRowThatIsGivenBack: a row that its node gives back at the
// moment at which its campaign is stopped ends with the others.
func TestAStoppedCampaignMissesNoRowThatIsGivenBack(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		e := w.engine("127.0.0.1:1")
		w.plan(e.Outbox(), bulk, 7, w.readers(2)...)
		w.write(func(ctx context.Context, tx *store.Tx) error {
			_, err := tx.Exec(ctx, `UPDATE outbox SET state = 1`)
			return err
		})
		stopped := make(chan error, 1)
		w.write(func(ctx context.Context, tx *store.Tx) error {
			if _, err := tx.Exec(ctx, `UPDATE outbox SET state = 0 WHERE id = (SELECT MIN(id) FROM outbox)`); err != nil {
				return err
			}
			go func() {
				stopped <- db.Write(ctx, func(tx *store.Tx) error { return e.Outbox().Withdraw(ctx, tx, 7, "CMP-STOP", w.clock.now()) })
			}()
			select {
			case err := <-stopped:
				t.Fatalf("a stop went by a row that was being given back: %v", err)
			case <-time.After(stopWatched):
			}
			return nil
		})
		if err := <-stopped; err != nil {
			t.Fatal(err)
		}
		rows, err := store.IDs(db.Query(t.Context(), `SELECT state FROM outbox WHERE rule = 'CMP-STOP' AND (state = 3) = (outcome = 'withheld') ORDER BY id`))
		if err != nil || len(rows) != 2 || rows[0] != stateDone || rows[1] != stateLeased {
			t.Errorf("%v, %v", rows, err)
		}
	})
}
