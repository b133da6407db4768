package provision

import (
	"context"
	"testing"
	"time"

	"github.com/kyodaku/kyodaku/internal/duty"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/store/storetest"
)

// heldFor is how long somebody is watched who must not get through.
const heldFor = 300 * time.Millisecond

// TestNoDataLeaveBesideAStepThatIsTakenBack: what a step of the programme says while a data set
// leaves is what it says afterwards.
func TestNoDataLeaveBesideAStepThatIsTakenBack(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHall(t, db)
		h.person("青木", "aoki@example.jp")
		p := h.running()
		run := h.prepared(Plan{Programme: p.ID, Recipient: h.recipient().ID})
		h.write(func(tx *store.Tx) error {
			if err := hold(t.Context(), tx, h.ws, p.ID); err != nil { // as whoever corrects a step does
				return err
			}
			short, cancel := context.WithTimeout(t.Context(), heldFor)
			defer cancel()
			if _, _, err := h.runs.Fetch(short, h.other, h.ws, run.ID, h.now); err == nil {
				t.Error("a data set left while its notice was being put right")
			}
			return nil
		})
		if h.run(run.ID).State != Prepared {
			t.Errorf("%s", h.run(run.ID).State)
		}
		h.download(run)
	})
}

// TestNoRecordGoesBesideAHold: records that a legal officer is just placing a hold over stay.
func TestNoRecordGoesBesideAHold(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHall(t, db)
		h.person("青木", "aoki@example.jp")
		run := h.prepared(Plan{Programme: h.running().ID, Recipient: h.recipient().ID})
		if err := h.runs.Discard(t.Context(), h.planner, h.ws, run.ID, "取りやめ", h.now); err != nil {
			t.Fatal(err)
		}
		h.write(func(tx *store.Tx) error {
			if err := duty.LockKeeping(t.Context(), tx); err != nil { // as whoever places a hold does
				return err
			}
			short, cancel := context.WithTimeout(t.Context(), heldFor)
			defer cancel()
			if err := h.runs.DropRecords(short, h.planner, h.ws, run.ID, h.now.AddDate(4, 0, 0)); err == nil {
				t.Error("records went while a hold over them was being placed")
			}
			return nil
		})
		if h.records() != 1 {
			t.Errorf("%d records", h.records())
		}
	})
}
