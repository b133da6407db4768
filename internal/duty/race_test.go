package duty

import (
	"context"
	"testing"
	"time"

	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/store/storetest"
)

// heldFor is how long a writer is watched that must not get through.
const heldFor = 300 * time.Millisecond

// TestAHoldIsNotPlacedBesideAnErasure: whoever is told that a hold stands can rely on it; what is
// being erased at that moment is erased before, or not at all.
func TestAHoldIsNotPlacedBesideAnErasure(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		w.write(func(ctx context.Context, tx *store.Tx) error {
			if err := w.Contacts.Erase(ctx, tx, w.ws, w.person.ID, w.now); err != nil {
				return err
			}
			short, cancel := context.WithTimeout(ctx, heldFor)
			defer cancel()
			for _, whose := range []int64{w.person.ID, 0} {
				if _, err := w.PlaceHold(short, officer, Hold{Workspace: w.ws, Contact: whose, Reason: "訴訟"}, w.now); err == nil {
					t.Error("a hold was placed while the erasure it forbids went on")
				}
			}
			return nil
		})
		if holds, err := w.Holds(t.Context(), db, w.ws); err != nil || len(holds) != 0 {
			t.Errorf("%+v, %v", holds, err)
		}
	})
}
