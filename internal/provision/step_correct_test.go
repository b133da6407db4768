package provision

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/store/storetest"
)

// whole are the steps of a version that went its way to the end, each on a day of its own and
// recorded then.
var whole = []string{
	"noticed", "2026-10-01", "filed", "2026-10-10", "published_by_ppc", "2026-10-20", "published_by_us", "2026-10-30", "ended", "2026-11-20", "end_filed", "2026-11-25",
}

// onDay is the day on which whole has a step.
func onDay(k StepKind) string { return whole[slices.Index(whole, string(k))+1] }

// right is a correction that nothing is missing from, to another day.
func right(k StepKind, on string) Correction {
	return Correction{Kind: k, On: day(on), Evidence: "受付番号 2", Reason: "受付票の読み違い"}
}

// wrong are the inputs that an error names, with their texts.
func wrong(err error) string {
	e, ok := errors.AsType[*fault.Error](err)
	if !ok {
		return fmt.Sprint(err)
	}
	out := []string{e.Key}
	if len(e.Fields) > 0 {
		out = nil
	}
	for _, f := range e.Fields {
		out = append(out, f.Name+" "+f.Key)
	}
	return strings.Join(out, ", ")
}

// TestEachStepCanBePutRight goes through every kind of step and every way to correct it.
func TestEachStepCanBePutRight(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHall(t, db)
		marketer, stranger := h.operator("marketer"), account.By{Actor: account.Actor{Kind: account.ActorOperator, ID: 1}}
		h.write(func(tx *store.Tx) error {
			_, err := tx.Exec(t.Context(), `UPDATE membership SET role = 'marketer' WHERE operator_id = ?`, marketer.Actor.ID)
			return err
		})
		p := h.create(OptOut, complete())
		h.freeze(p.ID)
		h.take(p.ID, 1, whole...)
		h.now = day("2026-12-01")
		shift := func(k StepKind, days int) Correction {
			c := right(k, onDay(k))
			c.On = c.On.AddDate(0, 0, days)
			return c
		}
		for i, k := range StepKinds() {
			with := func(change func(*Correction)) Correction {
				c := shift(k, 1)
				change(&c)
				return c
			}
			early := map[bool]string{true: "on provision.step.early", false: "on provision.step.before"}[i == 0]
			late := map[bool]string{true: "on provision.step.future", false: "on provision.step.behind"}[k == EndFiled]
			back := map[bool]string{true: "", false: "void provision.correction.last"}[k == EndFiled]
			for does, c := range map[string]struct {
				c    Correction
				by   account.By
				want string
			}{
				"before the step before it": {shift(k, -40), h.planner, early},
				"after the step behind it":  {shift(k, 40), h.planner, late},
				"in the future":             {with(func(c *Correction) { c.On = h.now.Add(time.Hour) }), h.planner, "future"},
				"on no day":                 {with(func(c *Correction) { c.On = time.Time{} }), h.planner, "on provision.step.future"},
				"without a reason":          {with(func(c *Correction) { c.Reason = "　\n" }), h.planner, "reason provision.correction.reason"},
				"without evidence":          {with(func(c *Correction) { c.Evidence = " " }), h.planner, "evidence provision.step.evidence"},
				"to what it says":           {Correction{Kind: k, On: day(onDay(k)), Evidence: "受付番号 1", Reason: "x"}, h.planner, "provision.correction.same"},
				"by a marketer":             {shift(k, 1), marketer, "account.role.may_not"},
				"by somebody else":          {shift(k, 1), stranger, "account.role.may_not"},
				"back without a reason":     {Correction{Kind: k, Void: true}, h.planner, "reason provision.correction.reason"},
			} {
				err := h.book.Correct(t.Context(), c.by, p, 1, c.c, h.now)
				if err == nil || !strings.Contains(wrong(err), c.want) {
					t.Errorf("%s %s: %v, want %s", k, does, wrong(err), c.want)
				}
			}
			if got := h.read(p.ID).Versions[0].did(k); got == nil || len(got.Past) != 0 || !got.On.Equal(day(onDay(k))) {
				t.Fatalf("%s changed: %+v", k, got)
			}
			earlier := -1
			if k == Noticed {
				earlier = 0 // the day of its record, before which it would have to have stood elsewhere
			}
			for n, days := range []int{1, earlier} {
				c := shift(k, days)
				if err := h.book.Correct(t.Context(), h.planner, p, 1, c, h.now.Add(time.Duration(n)*time.Minute)); err != nil {
					t.Errorf("%s to %s: %v", k, c.On, err)
				}
				if got := h.read(p.ID).Versions[0].did(k); !got.On.Equal(c.On) || got.Evidence != c.Evidence || !got.At.Equal(day(onDay(k))) ||
					len(got.Past) != n+1 || got.Past[n].Reason != c.Reason || !got.Past[0].On.Equal(day(onDay(k))) {
					t.Errorf("%s: %+v", k, got)
				}
			}
			err := h.book.Correct(t.Context(), h.planner, p, 1, Correction{Kind: k, Void: true, Reason: "誤記"}, h.now)
			if got := map[bool]string{true: "", false: wrong(err)}[err == nil]; got != back {
				t.Errorf("%s taken back: %q, want %q", k, got, back)
			}
		}
		v := h.read(p.ID).Versions[0]
		if len(v.Steps) != 5 || len(v.Back) != 1 || v.Back[0].Kind != EndFiled || len(v.Back[0].Past) != 3 || !v.Back[0].Past[2].Back {
			t.Errorf("taken back: %+v", v)
		}
		for does, c := range map[string]Correction{
			"what is not there":    right(EndFiled, "2026-11-26"),
			"an unknown step":      right("started", "2026-11-26"),
			"back, what was taken": {Kind: EndFiled, Void: true, Reason: "x"},
		} {
			if err := h.book.Correct(t.Context(), h.planner, p, 1, c, h.now); !fault.Is(err, fault.Invalid) {
				t.Errorf("%s: %v", does, err)
			}
		}
		if err := h.book.Correct(t.Context(), h.planner, p, 2, right(Filed, "2026-10-11"), h.now); !fault.Is(err, fault.Invalid) {
			t.Errorf("a version that is none: %v", err)
		}
		other := Programme{ID: p.ID, Workspace: h.ws + 1}
		if err := h.book.Correct(t.Context(), clerk, other, 1, right(Filed, "2026-10-11"), h.now); !fault.Is(err, fault.NotFound) {
			t.Errorf("another workspace: %v", err)
		}
		key := account.By{Actor: account.Actor{Kind: account.ActorAPIKey, ID: 1}}
		if err := h.book.Correct(t.Context(), key, p, 1, right(Filed, "2026-10-11"), h.now); err != nil {
			t.Errorf("a key, whose scope the edge asks for: %v", err)
		}
	})
}

// TestStepsAreTakenBackOneByOneAndAgain walks back from the last and takes them anew: a notice
// that was away counts from its new record.
func TestStepsAreTakenBackOneByOneAndAgain(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		p := w.create(OptOut, complete())
		w.freeze(p.ID)
		w.take(p.ID, 1, whole[:8]...)
		w.now = day("2026-12-01")
		back := func(k StepKind) error {
			return w.book.Correct(t.Context(), clerk, p, 1, Correction{Kind: k, Void: true, Reason: "別の取扱いの記録"}, w.now)
		}
		states := []State{PPCPublished, Submitted, Announced, Draft}
		for i, k := range []StepKind{PublishedByUs, PublishedByPPC, Filed, Noticed} {
			if err := back(k); err != nil {
				t.Fatalf("%s: %v", k, err)
			}
			if got := w.read(p.ID).State(w.now); got != states[i] {
				t.Errorf("without %s: %s", k, got)
			}
		}
		if _, err := w.book.Notice(t.Context(), p.Public(), w.now); !fault.Is(err, fault.NotFound) {
			t.Errorf("a notice that was taken back is read: %v", err)
		}
		taken := func(k StepKind, on string) error {
			return w.book.Take(t.Context(), clerk, p, 1, Step{Kind: k, On: day(on), Evidence: "受付番号 3"}, w.now)
		}
		if err := taken(Noticed, "2026-10-01"); wrong(err) != "on provision.step.early" {
			t.Errorf("the page was away since, and yet: %v", err)
		}
		if err := taken(Noticed, "2026-12-01"); err != nil {
			t.Fatal(err)
		}
		if err := taken(Noticed, "2026-12-01"); !fault.Is(err, fault.Exists) {
			t.Errorf("twice: %v", err)
		}
		if err := w.book.Correct(t.Context(), clerk, p, 1, right(Noticed, "2026-10-02"), w.now); wrong(err) != "on provision.step.early" {
			t.Errorf("time was gained: %v", err)
		}
		if err := taken(PublishedByPPC, "2026-12-01"); wrong(err) != "kind provision.step.order" {
			t.Errorf("out of order: %v", err)
		}
		for _, k := range []StepKind{Filed, PublishedByPPC, PublishedByUs} {
			if err := taken(k, "2026-12-01"); err != nil {
				t.Fatal(err)
			}
		}
		v := w.read(p.ID).Versions[0]
		if len(v.Steps) != 4 || len(v.Back) != 0 || v.Steps[0].Kind != Noticed || len(v.Steps[0].Past) != 1 || !v.Steps[0].At.Equal(w.now) {
			t.Errorf("taken again: %+v", v)
		}
		if told := v.Steps[0].Told(); len(told) != 1 || !told[0].Back || !told[0].On.Equal(day("2026-10-01")) {
			t.Errorf("what was taken back is not told: %+v", told)
		}
		if err := back(PublishedByUs); err != nil {
			t.Errorf("taken back once more: %v", err)
		}
	})
}

// TestOnlyWhatWasPublicIsTold holds that a correction of evidence is nobody's business outside.
func TestOnlyWhatWasPublicIsTold(t *testing.T) {
	t.Parallel()
	s := Step{On: day("2026-10-03"), Evidence: "3", Past: []Past{
		{On: day("2026-10-01"), Evidence: "1"},
		{On: day("2026-10-02"), Evidence: "1"},
		{On: day("2026-10-02"), Evidence: "2"},
		{On: day("2026-10-03"), Evidence: "2"},
		{On: day("2026-10-03"), Evidence: "2", Elsewhere: "官報"},
		{On: day("2026-10-03"), Evidence: "2"},
	}}
	var got []string
	for _, p := range s.Told() {
		got = append(got, p.On.Format("02")+p.Elsewhere)
	}
	if want := "01 02 03 03官報"; strings.Join(got, " ") != want {
		t.Errorf("%v, want %s", got, want)
	}
}

// TestACorrectionIsWrittenDown holds the audit log's line, and that nothing can be unsaid.
func TestACorrectionIsWrittenDown(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		p := w.create(OptOut, complete())
		w.freeze(p.ID)
		w.take(p.ID, 1, whole[:4]...)
		w.now = day("2026-12-01")
		if err := w.book.Correct(t.Context(), clerk, p, 1, right(Filed, "2026-10-11"), w.now); err != nil {
			t.Fatal(err)
		}
		var detail, reason string
		err := db.QueryRow(t.Context(), `SELECT detail, reason FROM audit WHERE action = 'provision.step.correct'`).Scan(&detail, &reason)
		if err != nil || reason != "受付票の読み違い" || !strings.Contains(detail, "受付番号 1") || !strings.Contains(detail, "受付番号 2") || !strings.Contains(detail, "2026-10-1") {
			t.Errorf("%s, %s, %v", detail, reason, err)
		}
		for _, act := range []func(tx *store.Tx) (int64, error){
			func(tx *store.Tx) (int64, error) {
				return tx.Exec(t.Context(), "DELETE FROM provision_step_correction")
			},
			func(tx *store.Tx) (int64, error) {
				return tx.Exec(t.Context(), "UPDATE provision_step_correction SET void = TRUE")
			},
		} {
			if err := db.Write(t.Context(), func(tx *store.Tx) error { _, err := act(tx); return err }); err == nil {
				t.Error("a correction was changed")
			}
		}
	})
}
