package campaign

import (
	"context"
	"fmt"
	"time"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/law"
	"github.com/kyodaku/kyodaku/internal/store"
)

// Launch says when a campaign goes out.
type Launch struct {
	// At is the planned time; zero or past means as soon as the hold has passed.
	At time.Time
	// Hold is the time in which a finger on the wrong button can still be taken back.
	Hold time.Duration
	// Amber says that whoever sends has read the amber findings and answers for those that
	// nobody has approved (Book.Approve), where they may (Book.Standing). Answer is why, and
	// what they have read.
	Amber bool
	Answer
}

// maxHold keeps a hold from being mistaken for a schedule.
const maxHold = 24 * time.Hour

// Send freezes a draft and sets it on its way. It refuses with the red findings
// as fields when the check is not clean, and with the field amber when nobody answers
// for the amber ones, as an Unseen when it is because nobody was shown them.
func (b *Book) Send(ctx context.Context, by account.By, c Campaign, l Launch, now time.Time) error {
	if l.Hold < 0 || l.Hold > maxHold {
		return fault.Bad("hold", "campaign.hold.bad")
	}
	findings, err := b.answerable(ctx, c, now)
	if err != nil {
		return wrap("send", err)
	}
	if err := refusal(findings); err != nil {
		return err
	}
	policy, err := b.Policy(ctx, b.DB, c.Workspace)
	if err != nil {
		return wrap("send", err)
	}
	l.Hold = max(l.Hold, policy.Hold) // what can be taken back is the workspace's to say
	state, at, hold := Holding, time.Time{}, now.Add(l.Hold)
	if l.At.After(now) {
		state, at, hold = Scheduled, l.At, later(l.At, now.Add(policy.Hold))
	}
	err = b.DB.Write(ctx, func(tx *store.Tx) error {
		who := answering{book: b, campaign: c, findings: findings, by: by, read: l.Amber, answer: l.Answer, now: now}
		if err := who.check(ctx, tx); err != nil {
			return err
		}
		version, err := b.freeze(ctx, tx, by, c, now)
		if err != nil {
			return err
		}
		measured, err := b.measure(ctx, tx, c) // the sender's label may be another by now
		if err != nil {
			return err
		}
		n, err := tx.Exec(ctx, sqlLaunch, string(state), version, int64(l.Hold/time.Second), store.Micros(at),
			store.Micros(hold), measured.Promotes, measured.Strips, measured.Tracks, int64(measured.Kilobytes), store.Micros(now), c.ID, c.Workspace, store.Micros(c.UpdatedAt), c.Flagged)
		if err != nil {
			return err
		}
		if n == 0 {
			return b.whyNot(ctx, tx, c.Workspace, c.ID)
		}
		tx.OnCommit(b.nudge)
		return b.audit(ctx, tx, by, c, "campaign.send", now)
	})
	return wrap("send", err)
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func refusal(findings []Finding) error {
	var bad fault.Fields
	for _, f := range findings {
		if f.Severity != "red" {
			continue
		}
		key := f.Key
		if f.Rule != "" {
			key = "campaign.check.rule"
		}
		bad.Add(f.Field, key, append([]any{"Rule", string(f.Rule)}, f.Args...)...)
	}
	return bad.Err()
}

// Pause stops the hand-off now; what is already past the last check goes out.
func (b *Book) Pause(ctx context.Context, by account.By, c Campaign, now time.Time) error {
	b.Engine.Halt(c.ID)
	err := b.change(ctx, by, c, "campaign.pause", now, func(tx *store.Tx) (int64, error) {
		n, err := tx.Exec(ctx, sqlPause, store.Micros(now), c.ID, c.Workspace)
		if err == nil && n > 0 {
			err = b.Engine.Outbox().Park(ctx, tx, c.ID)
		}
		return n, err
	})
	if err != nil {
		b.Engine.Release(c.ID)
	}
	return err
}

// Resume goes on where a pause stopped. What may not leave as things are now, or cannot
// from this installation as it is set up, is fault.Refused, with the rule.
func (b *Book) Resume(ctx context.Context, by account.By, c Campaign, now time.Time) error {
	if err := b.refuseForbidden(ctx, c, now); err != nil {
		return err
	}
	return b.change(ctx, by, c, "campaign.resume", now, func(tx *store.Tx) (int64, error) {
		n, err := tx.Exec(ctx, sqlResume, store.Micros(now), c.ID, c.Workspace)
		if err == nil && n > 0 {
			err = b.Engine.Outbox().Unpark(ctx, tx, c.ID)
		}
		tx.OnCommit(func() { b.Engine.Release(c.ID) })
		return n, err
	})
}

// StopRule is written to the rows of a stopped campaign that were not sent.
const StopRule law.RuleID = "CMP-STOP"

// Cancel ends a campaign for good. Those not sent yet are withheld.
func (b *Book) Cancel(ctx context.Context, by account.By, c Campaign, now time.Time) error {
	b.Engine.Halt(c.ID)
	err := b.change(ctx, by, c, "campaign.cancel", now, func(tx *store.Tx) (int64, error) {
		n, err := tx.Exec(ctx, sqlStop, store.Micros(now), store.Micros(now), c.ID, c.Workspace)
		if err == nil && n > 0 {
			err = b.Engine.Outbox().Withdraw(ctx, tx, c.ID, StopRule, now)
		}
		return n, err
	})
	if err != nil && c.State != Paused {
		b.Engine.Release(c.ID)
	}
	return err
}

// Recall takes a campaign back to its draft while it is scheduled or held.
func (b *Book) Recall(ctx context.Context, by account.By, c Campaign, now time.Time) error {
	return b.change(ctx, by, c, "campaign.recall", now, func(tx *store.Tx) (int64, error) {
		return tx.Exec(ctx, sqlBackToDraft, store.Micros(now), c.ID, c.Workspace)
	})
}

// change runs a conditional update of the state with its audit entry.
func (b *Book) change(ctx context.Context, by account.By, c Campaign, action string, now time.Time, do func(*store.Tx) (int64, error)) error {
	err := b.DB.Write(ctx, func(tx *store.Tx) error {
		n, err := do(tx)
		if err != nil {
			return err
		}
		if n == 0 {
			return fault.New(fault.Refused, "campaign.state.bad")
		}
		tx.OnCommit(b.nudge)
		return b.audit(ctx, tx, by, c, action, now)
	})
	return wrap(action, err)
}

func (b *Book) nudge() {
	select {
	case b.wake <- struct{}{}:
	default:
	}
}

func wrap(verb string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("campaign: %s: %w", verb, err)
}
