package duty

import (
	"context"
	"time"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/law"
	"github.com/kyodaku/kyodaku/internal/store"
)

// keeping is evidence that outlives its person.
type keeping struct {
	address, workspace, contact int64
	apply                       law.Jurisdictions
	ended                       time.Time
}

// sweepMost is how many addresses one transaction looks at.
const sweepMost = 200

// Sweep destroys evidence whose clocks have all ended. Each is counted anew before: an
// order or a hold may have come since. It is run daily.
func (d *Desk) Sweep(ctx context.Context, now time.Time) error {
	for {
		n := 0
		err := d.DB.Write(ctx, func(tx *store.Tx) error {
			if err := LockKeeping(ctx, tx); err != nil {
				return err
			}
			rows, err := tx.Query(ctx, sqlDueKept, store.Micros(now), sweepMost)
			due, err := collect(rows, err, func(scan func(...any) error) (keeping, error) {
				var k keeping
				var ended, apply int64
				err := scan(&k.address, &k.workspace, &k.contact, &apply, &ended)
				k.ended, k.apply = store.Time(ended), law.Jurisdictions(apply)
				return k, err
			})
			if n = len(due); err != nil {
				return err
			}
			for _, k := range due {
				if err := d.review(ctx, tx, k, now); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil || n < sweepMost {
			return failed("sweep", err)
		}
	}
}

// review destroys one address's evidence from before the erasure, or says anew how long it
// stays. Whoever came back has an address with the same number, and evidence of their own.
func (d *Desk) review(ctx context.Context, tx *store.Tx, k keeping, now time.Time) error {
	facts, err := d.fill(ctx, tx, k.workspace, k.address, law.Kept{Ended: k.ended, Apply: k.apply})
	if err != nil {
		return err
	}
	if facts.Holds, err = d.held(ctx, tx, k.workspace, k.contact); err != nil {
		return err
	}
	if clocks := d.forbidding(facts, now); len(clocks) > 0 {
		until := clocks[0].Until
		if until.IsZero() { // a hold has no end: asked again tomorrow
			until = now.AddDate(0, 0, 1)
		}
		_, err := tx.Exec(ctx, sqlKeepUntil, store.Micros(until), string(clocks[0].Rule), k.address)
		return err
	}
	if err := d.Consents.ForgetErased(ctx, tx, []int64{k.address}); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, sqlDropKept, k.address); err != nil {
		return err
	}
	return d.Accounts.Audit(ctx, tx, account.Entry{
		Workspace: k.workspace, Actor: account.Actor{Kind: account.ActorSystem}, Action: "evidence.destroy", Subject: account.Subject{Kind: "address", ID: k.address},
	}, now)
}

// KeptSum is evidence that outlives its person, by the rule that keeps it longest.
type KeptSum struct {
	Rule      law.RuleID
	Addresses int64
	// First and Last are when the first and the last of it may go.
	First, Last time.Time
}

// KeptEvidence sums up what is kept of people who were erased.
func (d *Desk) KeptEvidence(ctx context.Context, r store.Reader, workspace int64) ([]KeptSum, error) {
	rows, err := r.Query(ctx, sqlKeptSums, workspace)
	all, err := collect(rows, err, func(scan func(...any) error) (KeptSum, error) {
		var s KeptSum
		var first, last int64
		err := scan(&s.Rule, &s.Addresses, &first, &last)
		s.First, s.Last = store.Time(first), store.Time(last)
		return s, err
	})
	return all, failed("kept evidence", err)
}
