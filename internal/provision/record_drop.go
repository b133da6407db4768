package provision

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/duty"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/law"
	"github.com/kyodaku/kyodaku/internal/store"
)

// KeptError is a period of keeping that is not over.
type KeptError struct {
	Rule  *law.Rule
	Until time.Time
}

// Error implements error.
func (e *KeptError) Error() string {
	return fmt.Sprintf("rule %s: kept until %s", e.Rule.ID, e.Until.Format(time.DateOnly))
}

// Unwrap gives what people are told: the day, and the rule with its source.
func (e *KeptError) Unwrap() error {
	return fault.New(fault.Refused, "provision.record.kept", append(e.Rule.Args(), "Until", e.Until.In(law.Japan).Format(time.DateOnly))...)
}

// HeldError is a legal hold over records.
type HeldError struct {
	Rule  *law.Rule
	Holds []duty.Hold
}

// Error implements error.
func (e *HeldError) Error() string { return fmt.Sprintf("rule %s: %d holds", e.Rule.ID, len(e.Holds)) }

// Unwrap gives what people are told: each hold by its id and reason, and the rule with its
// source.
func (e *HeldError) Unwrap() error {
	var names []string
	for _, h := range e.Holds {
		names = append(names, fmt.Sprintf("%s (%s)", store.Public(duty.HoldPrefix, h.ID), h.Reason))
	}
	return fault.New(fault.Refused, "provision.record.held", append(e.Rule.Args(), "Holds", strings.Join(names, ", "))...)
}

// keptUntil is when the records of a run may go. Of records by contract the latest
// provision to the same recipient counts (APPI-R 21(i)).
func (s *Runs) keptUntil(ctx context.Context, r store.Reader, run Run) (time.Time, error) {
	if !run.ByContract {
		return run.KeepUntil, nil
	}
	var last int64
	err := r.QueryRow(ctx, sqlLastKeep, run.Plan.Programme, run.Recipient).Scan(&last)
	return store.Time(last), err
}

// dropMost is how many records a transaction deletes.
const dropMost = 5000

// DropRecords deletes the records of a run whose period is over, and refuses it earlier
// (*KeptError, rule RET-04) or while a legal officer holds any of them (*HeldError, rule
// RET-08). Runs of which nothing left have no period, and nothing is deleted of those whose data
// may still leave or of which nobody knows whether they arrived.
func (s *Runs) DropRecords(ctx context.Context, by account.By, workspace, id int64, now time.Time) error {
	if err := s.release(ctx, by, workspace, id, now); err != nil {
		return failed("drop records", err)
	}
	for {
		var n int64
		err := s.Book.db.Write(ctx, func(tx *store.Tx) error {
			run, err := s.held(ctx, tx, workspace, id)
			if err != nil {
				return err
			}
			if err := duty.LockKeeping(ctx, tx); err != nil {
				return err
			}
			if err := s.mayDrop(ctx, tx, run, now); err != nil { // a hold may have come since
				return err
			}
			n, err = tx.Exec(ctx, sqlDropRecords, id, id, dropMost)
			return err
		})
		if err != nil || n == 0 {
			return failed("drop records", err)
		}
	}
}

func (s *Runs) release(ctx context.Context, by account.By, workspace, id int64, now time.Time) error {
	return s.Book.db.Write(ctx, func(tx *store.Tx) error {
		if err := s.Book.accounts.Require(ctx, tx, by, workspace, account.Erase); err != nil {
			return err
		}
		run, err := s.held(ctx, tx, workspace, id)
		if err != nil {
			return err
		}
		if err := s.mayDrop(ctx, tx, run, now); err != nil {
			return err
		}
		n, err := tx.Exec(ctx, sqlRelease, id, store.Micros(now), by.Actor.ID)
		if err != nil || n == 0 {
			return err // it was released before: go on deleting
		}
		return s.note(ctx, tx, by, run.subject("provision.record.drop", nil), now)
	})
}

// mayDrop asks the law whether the records of a run may be destroyed.
func (s *Runs) mayDrop(ctx context.Context, r store.Reader, run Run, now time.Time) error {
	clock := run.clock(run.HandedAt)
	var err error
	if clock.Until, err = s.keptUntil(ctx, r, run); err != nil {
		return err
	}
	holds, err := s.holdsOver(ctx, r, run)
	if err != nil {
		return err
	}
	f := law.RetentionFacts{
		Now: now, Reach: law.JP, Act: "destroy_provision", HashKept: true,
		// What never left has no period.
		Clocks: law.RunningClocks{Provision: !run.KeepUntil.IsZero() && clock.Runs(now), Hold: len(holds) > 0},
	}
	no := s.Book.rules.Retention(&f).Block()
	switch {
	case no == nil && !run.done(now): // it would leave, or have left, with no record
		return fault.New(fault.Refused, "provision.run.state", "State", string(run.State))
	case no == nil:
		return nil
	case no.ID == clock.Rule:
		return &KeptError{Rule: no, Until: clock.Until}
	case f.Clocks.Hold:
		return &HeldError{Rule: no, Holds: holds}
	}
	return &RefusedError{Rule: no}
}

// holdsOver lists the live holds over records of a run: of everything, or of a person in it.
func (s *Runs) holdsOver(ctx context.Context, r store.Reader, run Run) ([]duty.Hold, error) {
	all, err := duty.LiveHolds(ctx, r, run.Workspace)
	if err != nil {
		return nil, err
	}
	var out []duty.Hold
	for _, h := range all { // a company has a handful
		if h.Contact != 0 {
			ids, err := s.Book.people.With(ctx, r, h.Contact)
			if err != nil {
				return nil, err
			}
			var n int64
			if err := r.QueryRow(ctx, sqlHasRecords, run.ID, store.In(ids)).Scan(&n); err != nil {
				return nil, err
			}
			if n == 0 {
				continue
			}
		}
		out = append(out, h)
	}
	return out, nil
}
