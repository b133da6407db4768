package provision

import (
	"context"
	"strings"
	"time"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/job"
	"github.com/kyodaku/kyodaku/internal/law"
	"github.com/kyodaku/kyodaku/internal/store"
)

// countStands is for how long a count can be approved (our policy): then people are counted anew,
// for nobody approves whom they did not see.
const countStands = 24 * time.Hour

// Approval is somebody's word that a run may go on.
type Approval struct {
	Workspace, Run int64
	// Seen is when the count was made that was looked at, zero for the one that stands.
	Seen time.Time
	// Reason is why it goes on where a rule warns and the plan gives none.
	Reason string
}

// Approve starts a run that was counted. It takes a person who may answer for it and who
// did not plan it (a second pair of eyes). A rule that blocks is *RefusedError; one that
// warns asks for a reason, the plan's or the approval's. A count that is too old is made anew, and
// the approval refused until somebody has looked at it. Who came since the count is not provided.
func (s *Runs) Approve(ctx context.Context, by account.By, a Approval, now time.Time) error {
	again, workspace, id := false, a.Workspace, a.Run
	a.Reason = strings.TrimSpace(a.Reason)
	err := s.Book.db.Write(ctx, func(tx *store.Tx) error {
		if err := s.Book.accounts.Require(ctx, tx, by, workspace, account.ApproveAmber); err != nil {
			return err
		}
		run, err := s.held(ctx, tx, workspace, id)
		if err != nil {
			return err
		}
		if err := s.mayApprove(ctx, tx, by, run, a, now); err != nil {
			return err
		}
		if again = now.Sub(store.Time(run.counted.At)) >= countStands; again {
			return s.recount(ctx, tx, by, run, now)
		}
		next, err := s.Jobs.Enqueue(ctx, tx, job.New{
			Workspace: workspace, Kind: jobPrepare, Payload: order{id, run.counted}, Total: run.Counts.Seen, CreatedBy: by.Operator(),
		})
		if err != nil {
			return err
		}
		at := store.Micros(now)
		if _, err := tx.Exec(ctx, sqlApprove, at, by.Operator(), a.Reason, next, at, id); err != nil {
			return err
		}
		run.Reason = a.Reason
		return s.note(ctx, tx, by, run.subject("provision.run.approve", map[string]any{"persons": run.Counts.Provided}), now)
	})
	if err == nil && again {
		err = fault.New(fault.Refused, "provision.run.look_again")
	}
	return failed("approve", err)
}

// recount has the people of a run counted anew.
func (s *Runs) recount(ctx context.Context, tx *store.Tx, by account.By, run Run, now time.Time) error {
	next, err := s.Jobs.Enqueue(ctx, tx, job.New{Workspace: run.Workspace, Kind: jobCount, Payload: order{Run: run.ID}, CreatedBy: by.Operator()})
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, sqlRecount, next, store.Micros(now), run.ID)
	return err
}

// held reads a run and keeps it to the end of the transaction.
func (s *Runs) held(ctx context.Context, tx *store.Tx, workspace, id int64) (Run, error) {
	var state string
	if err := tx.QueryRow(ctx, sqlHoldRun, id, workspace).Scan(&state); err != nil {
		return Run{}, err
	}
	return s.Run(ctx, tx, workspace, id)
}

func (s *Runs) mayApprove(ctx context.Context, r store.Reader, by account.By, run Run, a Approval, now time.Time) error {
	switch {
	case run.State != Planned:
		return fault.New(fault.Refused, "provision.run.state", "State", string(run.State))
	case by.Operator() == 0:
		return fault.New(fault.Refused, "provision.run.person")
	case run.CreatedBy == 0:
		return fault.New(fault.Refused, "provision.run.author")
	case by.Operator() == run.CreatedBy:
		return fault.New(fault.Refused, "provision.run.second")
	case !a.Seen.IsZero() && !a.Seen.Equal(run.CountedAt()):
		return fault.New(fault.Refused, "provision.run.count_unseen")
	case broken(a.Reason):
		return fault.Bad("reason", "provision.text.bad")
	case run.Counts.Provided == 0:
		return fault.New(fault.Refused, "provision.run.nobody")
	}
	if err := s.stands(ctx, r, run, now); err != nil {
		return err
	}
	findings, err := s.RunFindings(ctx, r, run, now)
	if err != nil {
		return err
	}
	if no := findings.Block(); no != nil {
		return &RefusedError{Rule: no}
	}
	for _, f := range findings {
		if f.Rule.Effect == law.Warn && blank(run.Reason) && blank(a.Reason) {
			return fault.Bad("reason", "provision.run.reason", "Rule", string(f.Rule.ID))
		}
	}
	return nil
}

// Discard ends a run of which nothing left; its data set is deleted, its records stand
// for nothing.
func (s *Runs) Discard(ctx context.Context, by account.By, workspace, id int64, reason string, now time.Time) error {
	return failed("discard", s.Book.db.Write(ctx, func(tx *store.Tx) error {
		if err := s.may(ctx, tx, by, workspace); err != nil {
			return err
		}
		run, err := s.held(ctx, tx, workspace, id)
		if err != nil {
			return err
		}
		n, err := tx.Exec(ctx, sqlDiscard, store.Micros(now), id, workspace)
		if err == nil && n == 0 {
			err = fault.New(fault.Refused, "provision.run.state", "State", string(run.State))
		}
		if err != nil {
			return err
		}
		if err := letGo(ctx, tx, run); err != nil {
			return err
		}
		run.Reason = reason
		return s.note(ctx, tx, by, run.subject("provision.run.discard", nil), now)
	}))
}
