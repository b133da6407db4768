package provision

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"slices"
	"time"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/job"
	"github.com/kyodaku/kyodaku/internal/store"
)

// saltSize is that of the salt of a run's address marks, in octets.
const saltSize = 16

// Plan stores an order and has it counted. Items that were not notified are refused by
// name (rule PRV-17); nothing leaves before another person approves.
func (s *Runs) Plan(ctx context.Context, by account.By, p Plan, now time.Time) (Run, error) {
	run := Run{Plan: p, State: Counting, CreatedAt: now, UpdatedAt: now, salt: make([]byte, saltSize)}
	_, _ = rand.Read(run.salt) // never fails, by its documentation
	err := s.Book.db.Write(ctx, func(tx *store.Tx) (err error) {
		if err := s.may(ctx, tx, by, p.Workspace); err != nil {
			return err
		}
		if run.CreatedBy, err = s.author(ctx, tx, by, p); err != nil {
			return err
		}
		if err := s.settle(ctx, tx, &run); err != nil {
			return err
		}
		if run.ID, err = tx.NewID(ctx); err != nil {
			return err
		}
		if run.Job, err = s.Jobs.Enqueue(ctx, tx, job.New{Workspace: p.Workspace, Kind: jobCount, Payload: order{Run: run.ID}, CreatedBy: by.Operator()}); err != nil {
			return err
		}
		if err := s.insert(ctx, tx, run); err != nil {
			return err
		}
		return s.note(ctx, tx, by, run.subject("provision.run.plan", map[string]any{"recipient": run.Recipient, "fields": run.Fields, "author": run.CreatedBy}), now)
	})
	return run, failed("plan", err)
}

// author is who answers for a plan.
func (s *Runs) author(ctx context.Context, r store.Reader, by account.By, p Plan) (int64, error) {
	if by.Actor.Kind != account.ActorCLI || p.Author == 0 {
		return s.Book.accounts.Behind(ctx, r, by, p.Workspace)
	}
	by.Actor = account.Actor{Kind: account.ActorOperator, ID: p.Author}
	return p.Author, s.may(ctx, r, by, p.Workspace)
}

// settle fills in what the plan leaves open and refuses what cannot be.
func (s *Runs) settle(ctx context.Context, tx *store.Tx, run *Run) error {
	p, err := s.Book.ByID(ctx, tx, run.Workspace, run.Plan.Programme)
	if err != nil {
		return err
	}
	v := p.providing(run.CreatedAt)
	if v == nil {
		return fault.New(fault.Refused, "provision.run.no_version")
	}
	to, err := s.Recipient(ctx, tx, run.Workspace, run.Recipient)
	if err != nil {
		return err
	}
	if !to.ArchivedAt.IsZero() {
		return fault.Bad("recipient", "provision.run.archived")
	}
	run.Version, run.RecipientVersion, run.To = v.Number, to.Version, to.RecipientTerms
	run.ProgrammeName, run.Class = p.Name, p.Class
	if err := run.settleFields(v.Items); err != nil {
		return err
	}
	return s.Book.mayPick(ctx, tx, run.Workspace, run.Segment)
}

// providing is the version that a provision now goes by: the one that counts, or, by opt-out
// where none does yet, the latest that was frozen, so that the rules say what is missing. It is
// nil when the provision has ceased.
func (p Programme) providing(now time.Time) *Version {
	v := p.Serving(now)
	if v == nil && p.Class == OptOut {
		v = p.latest()
	}
	if v == nil || p.ceased(v) {
		return nil
	}
	return v
}

// ceased says whether the provision by a version has ended: its own end, or that of one before
// it from which it differs only in item 1, when that end came to be known after the version was
// frozen.
func (p Programme) ceased(v *Version) bool {
	for n := v.Number - 1; n >= 0; n-- {
		at := &p.Versions[n]
		if !onlyAfter(at.Items, v.Items) {
			return false
		}
		if end := at.did(Ended); end != nil && (at.Number == v.Number || !end.At.Before(v.CreatedAt)) {
			return true
		}
	}
	return false
}

func (run *Run) settleFields(items Items) error {
	var bad fault.Fields
	if run.Fields == nil {
		run.Fields = items.fields()
	}
	for i, f := range run.Fields {
		if !items.has(f) {
			bad.Add("fields", "provision.run.not_notified", "Field", f)
		}
		if slices.Contains(run.Fields[:i], f) {
			bad.Add("fields", "provision.data.twice")
		}
	}
	if len(run.Fields) == 0 {
		bad.Add("fields", "provision.data.empty")
	}
	if run.Format == "" {
		run.Format = CSV
	}
	if run.Format != CSV && run.Format != JSONLines {
		bad.Add("format", "provision.run.format")
	}
	if len(run.Reason) > mostText {
		bad.Add("reason", "provision.text.bad")
	}
	if run.ByContract && run.Class != Consent {
		bad.Add("by_contract", "provision.run.by_contract")
	}
	return bad.Err()
}

// has says whether a field is among the notified items.
func (i Items) has(field string) bool {
	return slices.ContainsFunc(i.Data, func(d DataItem) bool { return d.Field == field })
}

// order is the payload of the jobs.
type order struct {
	Run int64 `json:"run"`
	// Approved is the count by which a data set is prepared.
	Approved counted `json:"approved,omitzero"`
}

// filed is a plan as it is stored.
func (s *Runs) insert(ctx context.Context, tx *store.Tx, r Run) error {
	plan, err := json.Marshal(r.Plan)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, sqlAddRun, r.ID, r.Workspace, r.Plan.Programme, r.Version, r.Recipient, r.RecipientVersion, string(plan), r.salt,
		store.Micros(r.CreatedAt), r.CreatedBy, string(r.State), r.Job, store.Micros(r.UpdatedAt))
	return err
}
