package duty

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/kyodaku/kyodaku/internal/fault"
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

// TestAnIncidentIsJudgedAndToldInTurns: nobody lowers without a reason what somebody else has just
// raised, and of two reports written at one moment the audit log keeps the one that is replaced.
func TestAnIncidentIsJudgedAndToldInTurns(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		for range 15 {
			id, err := w.OpenIncident(t.Context(), officer, Incident{Workspace: w.ws, Title: "誤送信", KnownAt: w.now}, w.now)
			if err != nil {
				t.Fatal(err)
			}
			var all sync.WaitGroup
			for _, many := range []bool{true, false} {
				all.Go(func() {
					err := w.Judge(t.Context(), officer, Incident{ID: id, Workspace: w.ws, Many: many}, "", w.now)
					if err != nil && (many || !fault.Is(err, fault.Invalid)) {
						t.Error(err)
					}
				})
			}
			for _, text := range []string{"一人目の報告", "二人目の報告"} {
				all.Go(func() {
					if err := w.Tell(t.Context(), officer, Incident{ID: id, Workspace: w.ws, Report: Report{Outline: text}}, w.now); err != nil {
						t.Error(err)
					}
				})
			}
			all.Wait()
			got, err := w.Incident(t.Context(), db, w.ws, id)
			if err != nil || !got.Reportable() {
				t.Fatalf("an incident was lowered without a reason, %v", err)
			}
			replaced := "一人目の報告"
			if got.Report.Outline == replaced {
				replaced = "二人目の報告"
			}
			var kept int
			err = db.QueryRow(t.Context(), `SELECT COUNT(*) FROM audit WHERE action = 'incident.report' AND subject_id = ? AND detail LIKE ?`, id, "%"+replaced+"%").Scan(&kept)
			if err != nil || kept != 1 {
				t.Fatalf("the report that was replaced stands %d times in the audit log, %v", kept, err)
			}
		}
	})
}
