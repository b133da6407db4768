package duty

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/law"
	"github.com/kyodaku/kyodaku/internal/store"
)

// Incident is a leak, or what may have been one (APPI 26). The thresholds are those of
// APPI-R 7: 1 sensitive data, 2 data that can be misused for money, 3 an act of wrongful
// purpose, 4 more than a thousand persons.
type Incident struct {
	ID, Workspace                        int64
	Title, Detail                        string
	KnownAt                              time.Time
	Sensitive, Financial, Wrongful, Many bool
	// Undecided says that nobody knows yet whether a threshold is met; it counts as met.
	Undecided bool
	// Entrusted says that the data are a principal's, who must be told (APPI-R 9).
	Entrusted                               bool
	PrincipalToldAt, PreliminaryAt, FinalAt time.Time
	PersonsToldAt, ClosedAt, EnteredAt      time.Time
	EnteredBy                               int64
	Report                                  Report
	Affected                                Affected
}

// Reportable says whether the commission and the persons must be told.
func (i Incident) Reportable() bool {
	return i.Sensitive || i.Financial || i.Wrongful || i.Many || i.Undecided
}

// Due is by when.
func (i Incident) Due() law.Report { return law.ReportOf(i.KnownAt, i.Wrongful) }

// facts for the law.
func (i Incident) facts(now time.Time) law.IncidentFacts {
	f := law.IncidentFacts{
		Stage: "opened", Reportable: i.Reportable() && !(i.Entrusted && !i.PrincipalToldAt.IsZero()), Wrongful: i.Wrongful,
		Days: max(0, law.IncidentDay(i.KnownAt, now)), Entrusted: i.Entrusted, Told: !i.PrincipalToldAt.IsZero(),
		Untold: i.PersonsToldAt.IsZero() && i.ClosedAt.IsZero(),
	}
	switch {
	case !i.FinalAt.IsZero() || !i.ClosedAt.IsZero():
		f.Stage = "final"
	case !i.PreliminaryAt.IsZero():
		f.Stage = "preliminary"
	}
	return f
}

// IncidentFindings is what the law says of it now.
func (d *Desk) IncidentFindings(i Incident, now time.Time) law.Findings {
	return d.Rules.Retention(&law.RetentionFacts{Now: now, Reach: law.JP, Act: "watch", HashKept: true, Incident: i.facts(now)})
}

// OpenIncident records that something happened.
func (d *Desk) OpenIncident(ctx context.Context, by account.By, i Incident, now time.Time) (int64, error) {
	var bad fault.Fields
	i.Title, i.Detail = line(&bad, "title", i.Title), block(&bad, "detail", i.Detail)
	past(&bad, "known_at", i.KnownAt, now)
	if err := bad.Err(); err != nil {
		return 0, err
	}
	e := account.Entry{Workspace: i.Workspace, Action: "incident.open", Subject: account.Subject{Kind: "incident"}}
	return d.write(ctx, by, e, now, func(tx *store.Tx, id int64) error {
		_, err := tx.Exec(ctx, sqlAddIncident, id, i.Workspace, i.Title, i.Detail, store.Micros(i.KnownAt), i.Sensitive, i.Financial, i.Wrongful, i.Many,
			i.Undecided, i.Entrusted, by.Actor.ID, store.Micros(now))
		return err
	})
}

// judgement is what the audit log is told of what an incident is taken for.
func (i Incident) judgement() map[string]bool {
	return map[string]bool{
		"sensitive": i.Sensitive, "financial": i.Financial, "wrongful": i.Wrongful, "many": i.Many, "undecided": i.Undecided, "entrusted": i.Entrusted,
	}
}

// Judge changes what an incident is taken for: its thresholds, and whose data they were. A
// judgement that stops the clocks of the report wants a reason; the audit log keeps what it was
// taken for before.
func (d *Desk) Judge(ctx context.Context, by account.By, i Incident, reason string, now time.Time) error {
	var bad fault.Fields
	if reason != "" {
		reason = line(&bad, "reason", reason)
	}
	if err := bad.Err(); err != nil {
		return err
	}
	detail := map[string]any{"after": i.judgement()}
	e := account.Entry{Workspace: i.Workspace, Action: "incident.judge", Subject: account.Subject{Kind: "incident", ID: i.ID}, Reason: reason, Detail: detail}
	_, err := d.write(ctx, by, e, now, func(tx *store.Tx, id int64) error {
		was, err := d.heldIncident(ctx, tx, i.Workspace, id)
		if err != nil {
			return err
		}
		if lowers := was.Reportable() && !i.Reportable() || i.Entrusted && !was.Entrusted; lowers && reason == "" && was.ClosedAt.IsZero() {
			return fault.Bad("reason", "duty.incident.lowered")
		}
		detail["before"] = was.judgement()
		return changed(tx.Exec(ctx, sqlJudgeIncident, i.Sensitive, i.Financial, i.Wrongful, i.Many, i.Undecided, i.Entrusted, id, i.Workspace))
	})
	return err
}

// Incidents lists incidents, open ones first.
func (d *Desk) Incidents(ctx context.Context, r store.Reader, workspace int64) ([]Incident, error) {
	rows, err := r.Query(ctx, sqlIncidents, workspace, listMost)
	all, err := collect(rows, err, scanIncident)
	return all, failed("incidents", err)
}

// Incident reads one.
func (d *Desk) Incident(ctx context.Context, r store.Reader, workspace, id int64) (Incident, error) {
	i, err := scanIncident(r.QueryRow(ctx, sqlIncident, id, workspace).Scan)
	return i, failed("incident", err)
}

func scanIncident(scan func(...any) error) (Incident, error) {
	var i Incident
	var known, principal, preliminary, final, persons, closed, entered int64
	var report, affected string
	err := scan(&i.ID, &i.Workspace, &i.Title, &i.Detail, &known, &i.Sensitive, &i.Financial, &i.Wrongful, &i.Many, &i.Undecided, &i.Entrusted,
		&principal, &preliminary, &final, &persons, &closed, &i.EnteredBy, &entered, &report, &affected)
	if err != nil {
		return i, err
	}
	i.KnownAt, i.PrincipalToldAt, i.PreliminaryAt = store.Time(known), store.Time(principal), store.Time(preliminary)
	i.FinalAt, i.PersonsToldAt, i.ClosedAt, i.EnteredAt = store.Time(final), store.Time(persons), store.Time(closed), store.Time(entered)
	return i, errors.Join(json.Unmarshal([]byte(report), &i.Report), json.Unmarshal([]byte(affected), &i.Affected))
}

// heldIncident reads an incident that nobody else changes until the transaction ends: what is
// changed, and what the audit log says stood before, is what was read.
func (d *Desk) heldIncident(ctx context.Context, tx *store.Tx, workspace, id int64) (Incident, error) {
	var held int64
	if err := tx.QueryRow(ctx, sqlHoldIncident, id, workspace).Scan(&held); err != nil {
		return Incident{}, err
	}
	return d.Incident(ctx, tx, workspace, id)
}
