package duty

import (
	"errors"
	"slices"
	"testing"

	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/store/storetest"
)

// TestALeakIsNotClosedWithHoles holds that the final report waits for its items and the close for
// what is owed, each unless a reason is given.
func TestALeakIsNotClosedWithHoles(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		id, err := w.OpenIncident(t.Context(), officer, Incident{Workspace: w.ws, Title: "誤送信", KnownAt: w.now, Many: true}, w.now)
		if err != nil {
			t.Fatal(err)
		}
		i := Incident{ID: id, Workspace: w.ws}
		take := func(step Step, reason string) error { return w.Take(t.Context(), officer, i, step, reason, w.now) }
		refused := func(step Step, items, steps int) {
			t.Helper()
			err := take(step, "")
			if no, ok := errors.AsType[*Lacking](err); !ok || len(no.Items) != items || len(no.Steps) != steps {
				t.Errorf("%s: %v", step, err)
			}
		}
		refused(Final, 8, 0)
		refused(Closed, 0, 2)
		i.Report = Report{Outline: "a", Items: "b", Persons: "c", Cause: "d", Damage: "e", Response: "f", Publication: "g"}
		if err := w.Tell(t.Context(), officer, i, w.now); err != nil {
			t.Fatal(err)
		}
		refused(Final, 1, 0)
		if err := take(Final, "再発防止策は後日追完する"); err != nil {
			t.Error(err)
		}
		refused(Closed, 0, 1)
		if err := take(ToldPersons, ""); err != nil {
			t.Error(err)
		}
		if err := take(Closed, ""); err != nil {
			t.Error(err)
		}
		got, err := w.Incident(t.Context(), db, w.ws, id)
		if err != nil || got.FinalAt.IsZero() || got.ClosedAt.IsZero() || !slices.Equal(got.Report.Missing(), []string{"prevention"}) {
			t.Errorf("%+v, %v", got, err)
		}
	})
}
