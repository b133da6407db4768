package duty

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/law"
	"github.com/kyodaku/kyodaku/internal/store"
)

// Step is something that is done about an incident.
type Step string

// The steps.
const (
	ToldPrincipal Step = "principal"
	Preliminary   Step = "preliminary"
	Final         Step = "final"
	ToldPersons   Step = "persons"
	Closed        Step = "closed"
)

// Steps lists all steps in their order.
func Steps() []Step { return []Step{ToldPrincipal, Preliminary, ToldPersons, Final, Closed} }

// Evidenced says whether a step is recorded only with what proves it: a report to the commission.
func (s Step) Evidenced() bool { return s == Preliminary || s == Final }

// Taken is a step as it was written down: taken, corrected, or taken back.
type Taken struct {
	Step Step
	// On is the day on which it was done; the zero time takes the step back.
	On time.Time
	// Evidence is the commission's receipt number, or how it was sent.
	Evidence string
	// Reason says why something owed is missing, or why what was written down is changed.
	Reason string
	// At is when it was written down, By the operator who did; 0 where that was not kept.
	At time.Time
	By int64
}

// On is the day on which a step was taken; the zero time where it was not.
func (i Incident) On(step Step) time.Time {
	switch step {
	case ToldPrincipal:
		return i.PrincipalToldAt
	case Preliminary:
		return i.PreliminaryAt
	case Final:
		return i.FinalAt
	case ToldPersons:
		return i.PersonsToldAt
	case Closed:
		return i.ClosedAt
	}
	return time.Time{}
}

// Lacking is what stands against a step: items of the report that are empty, or steps that are
// owed and were not taken.
type Lacking struct {
	Items []string
	Steps []Step
}

// Error implements error.
func (l *Lacking) Error() string { return "lacking " + fmt.Sprint(l.Items, l.Steps) }

// Unwrap makes it fault.Refused.
func (l *Lacking) Unwrap() error {
	switch {
	case len(l.Steps) == 0:
		return fault.New(fault.Refused, "duty.incident.items")
	case len(l.Items) == 0:
		return fault.New(fault.Refused, "duty.incident.steps")
	}
	return fault.New(fault.Refused, "duty.incident.lacking")
}

// lacking is what a step of a day waits for: the final report for its items and the preliminary
// one (APPI-R 8), the close for the final report and the notice to the persons, or, of entrusted
// data, to the principal (APPI 26, APPI-R 9).
func (i Incident) lacking(t Taken) *Lacking {
	var l Lacking
	switch {
	case t.Step == Final:
		l.Items = i.Report.Missing()
		l.Steps = i.without(t.On, Preliminary)
	case t.Step == Closed && i.Reportable() && (!i.Entrusted || i.PrincipalToldAt.IsZero()):
		l.Steps = i.without(t.On, Final, ToldPersons)
	}
	if len(l.Items)+len(l.Steps) == 0 {
		return nil
	}
	return &l
}

// without lists which steps were not taken by the end of a day.
func (i Incident) without(day time.Time, steps ...Step) (out []Step) {
	for _, s := range steps {
		if on := i.On(s); on.IsZero() || law.IncidentDay(day, on) > 1 {
			out = append(out, s)
		}
	}
	return out
}

// fits refuses a day on which a step cannot have been taken: one that has not come, one before
// anybody knew, or a final report before the preliminary one (APPI-R 8).
func (i Incident) fits(bad *fault.Fields, t Taken, now time.Time) {
	before := func(day time.Time) bool { return !day.IsZero() && law.IncidentDay(day, t.On) < 1 }
	switch {
	case t.On.IsZero() || t.On.After(now):
		bad.Add("on", "duty.past")
	case before(i.KnownAt):
		bad.Add("on", "duty.incident.before_known")
	case t.Step == Final && before(i.PreliminaryAt):
		bad.Add("on", "duty.incident.before_preliminary")
	case t.Step == Preliminary && !i.FinalAt.IsZero() && law.IncidentDay(i.FinalAt, t.On) > 1:
		bad.Add("on", "duty.incident.after_final")
	}
	if t.Step.Evidenced() && t.Evidence == "" {
		bad.Add("evidence", "duty.incident.evidence")
	}
}

// Take records that a step of an incident was taken, on its day; of the incident only its id and
// workspace count. What it waits for is *Lacking, unless a reason is given why it is taken
// without, which the audit log keeps. After the close what was still owed can be recorded.
func (d *Desk) Take(ctx context.Context, by account.By, of Incident, t Taken, now time.Time) error {
	t, err := t.trim(false)
	if err != nil {
		return err
	}
	e := account.Entry{
		Workspace: of.Workspace, Action: "incident." + string(t.Step), Subject: account.Subject{Kind: "incident", ID: of.ID}, Reason: t.Reason,
		Detail: map[string]string{"on": t.On.Format(time.DateOnly), "evidence": t.Evidence},
	}
	return d.step(ctx, by, e, t, now, func(_ *store.Tx, known Incident) error {
		if !known.On(t.Step).IsZero() {
			return fault.New(fault.Refused, "duty.incident.taken")
		}
		var bad fault.Fields
		known.fits(&bad, t, now)
		if err := bad.Err(); err != nil {
			return err
		}
		if no := known.lacking(t); no != nil && t.Reason == "" {
			return no
		}
		return nil
	})
}

// Correct changes what is written of a step that was taken, or takes it back where it has no day:
// of a close, that reopens the incident. It asks for a reason; what was written stays on the list
// of StepsOf.
func (d *Desk) Correct(ctx context.Context, by account.By, of Incident, t Taken, now time.Time) error {
	t, err := t.trim(true)
	if err != nil {
		return err
	}
	detail := map[string]string{"step": string(t.Step)}
	e := account.Entry{
		Workspace: of.Workspace, Action: "incident.correct", Subject: account.Subject{Kind: "incident", ID: of.ID}, Reason: t.Reason, Detail: detail,
	}
	if t.Step == Closed && t.On.IsZero() {
		e.Action = "incident.reopen"
	}
	return d.step(ctx, by, e, t, now, func(tx *store.Tx, known Incident) error {
		if known.On(t.Step).IsZero() {
			return fault.New(fault.Refused, "duty.incident.not_taken")
		}
		all, err := d.StepsOf(ctx, tx, known)
		if err != nil {
			return err
		}
		had := Latest(all, t.Step)
		detail["on_before"], detail["evidence_before"] = had.On.Format(time.DateOnly), had.Evidence
		if t.On.IsZero() {
			return nil
		}
		detail["on"], detail["evidence"] = t.On.Format(time.DateOnly), t.Evidence
		var bad fault.Fields
		known.fits(&bad, t, now)
		return bad.Err()
	})
}

// trim refuses what no step can be.
func (t Taken) trim(reasoned bool) (Taken, error) {
	var bad fault.Fields
	if !slices.Contains(Steps(), t.Step) {
		return t, fault.New(fault.NotFound, "fault.not_found")
	}
	if t.Reason != "" || reasoned {
		t.Reason = line(&bad, "reason", t.Reason)
	}
	if t.Evidence != "" {
		t.Evidence = line(&bad, "evidence", t.Evidence)
	}
	return t, bad.Err()
}

// step writes a step down once it may be.
func (d *Desk) step(ctx context.Context, by account.By, e account.Entry, t Taken, now time.Time, may func(*store.Tx, Incident) error) error {
	_, err := d.write(ctx, by, e, now, func(tx *store.Tx, id int64) error {
		known, err := d.heldIncident(ctx, tx, e.Workspace, id)
		if err != nil {
			return err
		}
		if err := may(tx, known); err != nil {
			return err
		}
		on := store.Micros(t.On)
		if t.On.IsZero() {
			on = 0
		}
		if err := setStep(ctx, tx, t.Step, on, id); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, sqlAddIncidentStep, id, string(t.Step), on, t.Evidence, t.Reason, store.Micros(now), by.Actor.ID, id)
		return err
	})
	return err
}

// setStep keeps at the incident what counts now.
func setStep(ctx context.Context, tx *store.Tx, s Step, on, id int64) (err error) {
	switch s {
	case ToldPrincipal:
		_, err = tx.Exec(ctx, sqlSetPrincipal, on, id)
	case Preliminary:
		_, err = tx.Exec(ctx, sqlSetPreliminary, on, id)
	case Final:
		_, err = tx.Exec(ctx, sqlSetFinal, on, id)
	case ToldPersons:
		_, err = tx.Exec(ctx, sqlSetPersons, on, id)
	case Closed:
		_, err = tx.Exec(ctx, sqlSetClosed, on, id)
	}
	return err
}

// StepsOf lists what was written down about the steps of an incident, in that order.
func (d *Desk) StepsOf(ctx context.Context, r store.Reader, of Incident) ([]Taken, error) {
	rows, err := r.Query(ctx, sqlIncidentSteps, of.ID, of.Workspace)
	all, err := collect(rows, err, func(scan func(...any) error) (Taken, error) {
		var t Taken
		var on, at int64
		err := scan(&t.Step, &on, &t.Evidence, &t.Reason, &at, &t.By)
		t.On, t.At = store.Time(on), store.Time(at)
		return t, err
	})
	return all, failed("steps of", err)
}

// Latest is what counts of a step, of those that StepsOf lists: what was written down last.
func Latest(all []Taken, step Step) (out Taken) {
	for _, t := range all {
		if t.Step == step {
			out = t
		}
	}
	return out
}
