package provision

import (
	"slices"
	"testing"

	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/store/storetest"
)

// TestADraftTakesNothingDown holds that what is published and how it goes on are told by what was
// frozen, whatever the draft says meanwhile.
func TestADraftTakesNothingDown(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		p := w.create(LegalDuty, studied(func(*Items) {}))
		w.freeze(p.ID)
		if p = w.read(p.ID); !p.Announces() {
			t.Fatalf("a study asks for a notice: %+v", p.Course())
		}
		w.take(p.ID, 1, "noticed", "2026-10-01")
		before := w.book.Findings(w.read(p.ID), w.now)
		w.edit(p.ID, func(i *Items) { i.Terms.Exception, i.Abroad, i.Agent = ByLaw, true, "" })
		p = w.read(p.ID)
		n, err := w.book.Notice(t.Context(), p.Public(), w.now)
		if err != nil || !n.Research() || n.Now.Number != 1 {
			t.Errorf("the notice of the study: %+v, %v", n.Now, err)
		}
		if !slices.Equal(p.Course(), []StepKind{Noticed, Ended}) || !p.Announces() || len(p.Differences(w.now)) != 0 {
			t.Errorf("course %v, differences %+v", p.Course(), p.Differences(w.now))
		}
		if after := w.book.Findings(p, w.now); len(after) != len(before) {
			t.Errorf("the draft is judged: %+v, before %+v", after, before)
		}
		// Frozen, it counts, and a duty by law asks for no notice.
		w.freeze(p.ID)
		if _, err := w.book.Notice(t.Context(), p.Public(), w.now); !fault.Is(err, fault.NotFound) {
			t.Errorf("a duty by law shows a notice: %v", err)
		}
		if p = w.read(p.ID); p.Announces() || !slices.Equal(p.CourseOf(p.Versions[0]), []StepKind{Noticed, Ended}) {
			t.Errorf("course %v, of the first version %v", p.Course(), p.CourseOf(p.Versions[0]))
		}
	})
}
