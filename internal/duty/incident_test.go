package duty

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/store/storetest"
)

// leak is an incident of a world that became known some days ago.
type leak struct {
	*world
	of Incident
}

func (w *world) leak(days int) leak {
	w.Helper()
	i := Incident{Workspace: w.ws, Title: "誤送信", KnownAt: w.now.AddDate(0, 0, -days), Many: true}
	id, err := w.OpenIncident(w.Context(), officer, i, w.now)
	if err != nil {
		w.Fatal(err)
	}
	return leak{w, Incident{ID: id, Workspace: w.ws}}
}

// ago is the day that lies some days back.
func (l leak) ago(days int) time.Time { return l.now.AddDate(0, 0, -days) }

func (l leak) take(step Step, on time.Time, evidence, reason string) error {
	return l.Take(l.Context(), officer, l.of, Taken{Step: step, On: on, Evidence: evidence, Reason: reason}, l.now)
}

func (l leak) correct(step Step, on time.Time, evidence, reason string) error {
	return l.Correct(l.Context(), officer, l.of, Taken{Step: step, On: on, Evidence: evidence, Reason: reason}, l.now)
}

func (l leak) must(err error) {
	l.Helper()
	if err != nil {
		l.Fatal(err)
	}
}

// wrong holds that a field is refused with a text.
func (l leak) wrong(err error, field, key string) {
	l.Helper()
	got, ok := errors.AsType[*fault.Error](err)
	if !ok || !slices.ContainsFunc(got.Fields, func(f fault.Field) bool { return f.Name == field && f.Key == key }) {
		l.Errorf("%s is not refused with %s: %v", field, key, err)
	}
}

func (l leak) tell(prevention string) {
	l.Helper()
	l.of.Report = Report{Outline: "a", Items: "b", Persons: "c", Cause: "d", Damage: "e", Response: "f", Publication: "g", Prevention: prevention}
	l.must(l.Tell(l.Context(), officer, l.of, l.now))
}

// TestALeakIsNotClosedWithHoles holds that the final report waits for its items and the
// preliminary one, and the close for what is owed, each unless a reason is given.
func TestALeakIsNotClosedWithHoles(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		l := newWorld(t, db).leak(3)
		refused := func(step Step, items, steps int) {
			t.Helper()
			err := l.take(step, l.now, "R-1", "")
			if no, ok := errors.AsType[*Lacking](err); !ok || len(no.Items) != items || len(no.Steps) != steps {
				t.Errorf("%s: %v", step, err)
			}
		}
		refused(Final, 8, 1)
		refused(Closed, 0, 2)
		l.tell("")
		refused(Final, 1, 1)
		l.must(l.take(Preliminary, l.ago(1), "R-0", ""))
		refused(Final, 1, 0)
		l.must(l.take(Final, l.now, "R-1", "再発防止策は後日追完する"))
		refused(Closed, 0, 1)
		l.must(l.take(ToldPersons, l.now, "", ""))
		if no, ok := errors.AsType[*Lacking](l.take(Closed, l.ago(1), "", "")); !ok || len(no.Steps) != 2 {
			t.Errorf("closed on a day on which neither was done: %v", no)
		}
		l.must(l.take(Closed, l.now, "", ""))
		got, err := l.Incident(t.Context(), db, l.ws, l.of.ID)
		if err != nil || got.FinalAt.IsZero() || got.ClosedAt.IsZero() || !slices.Equal(got.Report.Missing(), []string{"prevention"}) {
			t.Errorf("%+v, %v", got, err)
		}
	})
}

// TestAStepOfALeakHasItsDayAndItsProof holds each step against the calendar, and a report to the
// commission against its receipt number (APPI-R 8).
func TestAStepOfALeakHasItsDayAndItsProof(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		l := newWorld(t, db).leak(10)
		l.tell("h")
		for _, step := range []Step{Preliminary, Final, ToldPersons, ToldPrincipal, Closed} {
			l.wrong(l.take(step, time.Time{}, "R-1", "x"), "on", "duty.past")
			l.wrong(l.take(step, l.ago(-1), "R-1", "x"), "on", "duty.past")
			l.wrong(l.take(step, l.ago(11), "R-1", "x"), "on", "duty.incident.before_known")
		}
		l.wrong(l.take(Preliminary, l.now, "", ""), "evidence", "duty.incident.evidence")
		l.wrong(l.take(Final, l.now, " ", "x"), "evidence", "duty.needed")
		if err := l.take("other", l.now, "", ""); !fault.Is(err, fault.NotFound) {
			t.Errorf("another step: %v", err)
		}
		l.must(l.take(Preliminary, l.ago(7), "R-1", ""))
		if err := l.take(Preliminary, l.ago(6), "R-2", ""); !fault.Is(err, fault.Refused) {
			t.Errorf("taken twice: %v", err)
		}
		l.wrong(l.take(Final, l.ago(8), "R-2", ""), "on", "duty.incident.before_preliminary")
		l.must(l.take(Final, l.ago(7), "R-2", ""))
		got, err := l.Incident(t.Context(), db, l.ws, l.of.ID)
		if err != nil || !got.PreliminaryAt.Equal(l.ago(7)) || !got.FinalAt.Equal(l.ago(7)) {
			t.Errorf("%+v, %v", got, err)
		}
		all, err := l.StepsOf(t.Context(), db, got)
		if err != nil || len(all) != 2 || Latest(all, Final).Evidence != "R-2" || !all[0].At.Equal(l.now) || all[0].Evidence != "R-1" {
			t.Errorf("the steps: %+v, %v", all, err)
		}
		if strange, err := l.StepsOf(t.Context(), db, Incident{ID: l.of.ID, Workspace: l.ws + 1}); err != nil || len(strange) != 0 {
			t.Errorf("another company sees %v, %v", strange, err)
		}
	})
}

// TestAStepOfALeakIsCorrected holds that a wrong day is put right with a reason, that what was
// written stays, and that a closed incident can be completed and reopened.
func TestAStepOfALeakIsCorrected(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		l := newWorld(t, db).leak(10)
		if err := l.correct(Preliminary, l.ago(5), "R-1", "x"); !fault.Is(err, fault.Refused) {
			t.Errorf("what was not taken is corrected: %v", err)
		}
		l.must(l.take(Closed, l.ago(2), "", "委託元が行う"))
		l.must(l.take(Preliminary, l.ago(1), "R-1", "")) // what was still owed
		l.tell("h")
		if err := l.Judge(t.Context(), officer, l.of, "", l.now); !fault.Is(err, fault.NotFound) {
			t.Errorf("a closed one is judged anew: %v", err)
		}
		l.wrong(l.correct(Preliminary, l.ago(6), "R-1", ""), "reason", "duty.needed")
		l.wrong(l.correct(Preliminary, l.ago(11), "R-1", "x"), "on", "duty.incident.before_known")
		l.wrong(l.correct(Preliminary, l.ago(-1), "R-1", "x"), "on", "duty.past")
		l.wrong(l.correct(Preliminary, l.ago(6), "", "x"), "evidence", "duty.incident.evidence")
		l.must(l.correct(Preliminary, l.ago(6), "R-9", "書き誤り"))
		l.must(l.take(Final, l.ago(4), "R-2", ""))
		l.wrong(l.correct(Preliminary, l.ago(3), "R-9", "x"), "on", "duty.incident.after_final")
		l.wrong(l.correct(Final, l.ago(7), "R-2", "x"), "on", "duty.incident.before_preliminary")
		l.must(l.correct(Closed, time.Time{}, "", "追加の事実が分かった"))
		got, err := l.Incident(t.Context(), db, l.ws, l.of.ID)
		if err != nil || !got.ClosedAt.IsZero() || !got.PreliminaryAt.Equal(l.ago(6)) {
			t.Errorf("reopened: %+v, %v", got, err)
		}
		none := l.of
		none.Sensitive, none.Financial, none.Wrongful, none.Many, none.Undecided = false, false, false, false, false
		l.wrong(l.Judge(t.Context(), officer, none, "", l.now), "reason", "duty.incident.lowered")
		principal := l.of
		principal.Entrusted = true
		l.wrong(l.Judge(t.Context(), officer, principal, "", l.now), "reason", "duty.incident.lowered")
		l.must(l.Judge(t.Context(), officer, none, "該当する事実がなかった", l.now))
		l.must(l.Judge(t.Context(), officer, l.of, "", l.now))
		l.must(l.take(Closed, l.now, "", ""))
		all, err := l.StepsOf(t.Context(), db, got)
		if err != nil || len(all) != 6 || all[1].Evidence != "R-1" || all[2].Reason != "書き誤り" || !all[4].On.IsZero() {
			t.Errorf("the steps: %+v, %v", all, err)
		}
		for what, forge := range map[string]func(*store.Tx) (int64, error){
			"changed": func(tx *store.Tx) (int64, error) {
				return tx.Exec(t.Context(), `UPDATE incident_step SET evidence = 'x'`)
			},
			"deleted": func(tx *store.Tx) (int64, error) { return tx.Exec(t.Context(), `DELETE FROM incident_step`) },
		} {
			if err := db.Write(t.Context(), func(tx *store.Tx) error { _, err := forge(tx); return err }); err == nil {
				t.Errorf("what was written down was %s", what)
			}
		}
		seen := map[string]int{}
		lines, err := l.Accounts.AuditList(t.Context(), db, account.AuditQuery{Workspace: l.ws, Limit: 50})
		for _, line := range lines {
			seen[line.Action]++
		}
		if err != nil || seen["incident.correct"] != 1 || seen["incident.reopen"] != 1 || seen["incident.closed"] != 2 {
			t.Errorf("the audit log: %v, %v", seen, err)
		}
	})
}
