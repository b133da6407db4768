package provision

import (
	"slices"
	"testing"

	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/store/storetest"
)

// studied are the items of a study's notice that nothing is missing from.
func studied() Items {
	p, _ := PresetOf(Clinic)
	i := p.Draft
	i.Name, i.Address, i.Representative = "名簿病院", "東京都千代田区1-1", "病院長 名簿 太郎"
	i.Terms.Ground, i.Terms.Recipients = Text{Ja: "共同研究機関が学術研究の目的で取り扱うため"}, Text{Ja: "みどり大学医学部"}
	r := &i.Terms.Research
	r.Subjects = Text{Ja: "2020年4月から2025年3月に当院を受診された方"}
	r.Title, r.Period, r.Leader, r.Approval = Text{Ja: "よりよい診療の研究"}, Text{Ja: "2026年4月から2028年3月まで"}, Text{Ja: "名簿病院 内科 名簿 次郎"}, "承認 12"
	return i
}

// TestADraftTakesNothingDown holds that what is published and how it goes on are told by what was
// frozen, whatever the draft says meanwhile.
func TestADraftTakesNothingDown(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		p := w.create(LegalDuty, studied())
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
