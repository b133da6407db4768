package preference

import (
	"context"
	"time"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/consent"
	"github.com/kyodaku/kyodaku/internal/store"
)

// How long each step of consent ageing takes: the sender sees what is coming before
// anybody is asked, and people have the same time to answer.
const (
	ageingNotice = 30 * 24 * time.Hour
	ageingAnswer = 30 * 24 * time.Hour
)

// ageingBatch bounds what one transaction of ageing takes.
const ageingBatch = 500

// aged is a permission whose person has been silent for too long.
type aged struct{ address, topic, event int64 }

// Age moves the permissions of silent people on, in every workspace that wants it
// (account.Policy.AgeingMonths): first the sender is warned, then the person is asked
// once whether mail is still wanted, and then the permission rests until the person
// gives it anew. A sign of life on the way ends it. It is run every few hours.
func (d *Desk) Age(ctx context.Context, now time.Time) error {
	all, err := d.Accounts.Workspaces(ctx, d.DB)
	if err != nil {
		return failed("age", err)
	}
	for _, ws := range all {
		policy, err := d.Accounts.Policy(ctx, d.DB, ws.ID)
		if err != nil {
			return failed("age", err)
		}
		a := ageing{Desk: d, workspace: ws, now: now, silent: now.AddDate(0, -policy.AgeingMonths, 0)}
		if err := a.run(ctx, policy.AgeingMonths > 0); err != nil {
			return failed("age", err)
		}
	}
	return nil
}

// ageing is one workspace's turn.
type ageing struct {
	*Desk
	workspace account.Workspace
	now       time.Time
	// silent is the day since when somebody has to have been silent.
	silent time.Time
}

func (a *ageing) run(ctx context.Context, wanted bool) error {
	if err := a.forgive(ctx, wanted); err != nil || !wanted {
		return err
	}
	topics, err := a.Consents.Topics(ctx, a.DB, a.workspace.ID, false)
	if err != nil {
		return err
	}
	if err := a.rest(ctx); err != nil {
		return err
	}
	if err := a.ask(ctx, topics); err != nil {
		return err
	}
	for _, t := range topics {
		if err := a.warn(ctx, t.ID); err != nil {
			return err
		}
	}
	return nil
}

// forgive takes those off who gave a sign of life, who are not silent for long enough any
// more since the policy changed, and who came back. Whose question did not leave waits
// for another.
func (a *ageing) forgive(ctx context.Context, wanted bool) error {
	ws, silent := a.workspace.ID, store.Micros(a.silent)
	if !wanted {
		silent = 0 // nobody is
	}
	return a.DB.Write(ctx, func(tx *store.Tx) error {
		if _, err := tx.Exec(ctx, sqlAgeingAlive, ws); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, sqlAgeingSooner, ws, silent, silent); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, sqlAgeingUnsent, ws); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, sqlAgeingBack, ws)
		return err
	})
}

// warn notes the permissions of a topic that are to be asked about.
func (a *ageing) warn(ctx context.Context, topic int64) error {
	return a.pages(ctx, func(after int64) ([]aged, error) {
		silent := store.Micros(a.silent)
		return readAged(a.DB.Query(ctx, sqlAgeingSilent, topic, a.workspace.ID, topic, after, silent, silent, silent, silent, ageingBatch))
	}, func(tx *store.Tx, page []aged) error {
		var rows []any
		for _, p := range page {
			rows = append(rows, p.address, p.topic, a.workspace.ID, p.event, "warned", store.Micros(a.now))
		}
		return tx.InsertRows(ctx, sqlAgeingWarn, sqlAgeingOnce, 6, rows)
	})
}

// rest ends the permissions of those who had the question and did not answer, when the
// last day that it named is over; and anew those that somebody else's old word brought
// back after they had come to rest.
func (a *ageing) rest(ctx context.Context) error {
	asked := store.Micros(a.now.Add(-ageingAnswer - 24*time.Hour))
	if err := a.pages(ctx, func(after int64) ([]aged, error) {
		return readAged(a.DB.Query(ctx, sqlAgeingRelapsed, a.workspace.ID, after, ageingBatch))
	}, func(tx *store.Tx, page []aged) error { return a.expire(ctx, tx, page) }); err != nil {
		return err
	}
	return a.pages(ctx, func(after int64) ([]aged, error) {
		return readAged(a.DB.Query(ctx, sqlAgeingUnanswered, asked, asked, a.workspace.ID, asked, after, ageingBatch))
	}, func(tx *store.Tx, page []aged) error { return a.restThem(ctx, tx, page, asked) })
}

// restThem ends the permissions of those of a page who are silent still: who said something
// since it was read keeps theirs. Nobody's word can come in between (sqlHoldAll).
func (a *ageing) restThem(ctx context.Context, tx *store.Tx, page []aged, asked int64) error {
	if _, err := store.IDs(tx.Query(ctx, sqlHoldAll, store.In(addressesOf(page)))); err != nil {
		return err
	}
	silent, err := readAged(tx.Query(ctx, sqlAgeingStillSilent, asked, asked, a.workspace.ID, store.In(addressesOf(page))))
	if err != nil || len(silent) == 0 {
		return err
	}
	if err := a.expire(ctx, tx, silent); err != nil {
		return err
	}
	_, err = tx.Exec(ctx, sqlAgeingRest, store.Micros(a.now), a.workspace.ID, asked, store.In(addressesOf(silent)))
	return err
}

func addressesOf(page []aged) []int64 {
	ids := make([]int64, len(page))
	for i, p := range page {
		ids[i] = p.address
	}
	return ids
}

func (a *ageing) expire(ctx context.Context, tx *store.Tx, page []aged) error {
	events := make([]*consent.Event, len(page))
	for i, p := range page {
		events[i] = &consent.Event{
			Workspace: a.workspace.ID, Address: p.address, Topic: p.topic, Action: consent.ActionExpired,
			Method: consent.MethodTimer, OccurredAt: a.now, RefersTo: p.event,
		}
	}
	_, err := a.Consents.Append(ctx, tx, events)
	return err
}

// pages goes through those found in the order of their addresses, a transaction a page;
// what was found of one address lies in one page.
func (a *ageing) pages(ctx context.Context, find func(after int64) ([]aged, error), do func(*store.Tx, []aged) error) error {
	for after := int64(0); ; {
		page, err := find(after)
		if err != nil || len(page) == 0 {
			return err
		}
		after = page[len(page)-1].address
		if err := a.DB.Write(ctx, func(tx *store.Tx) error { return do(tx, page) }); err != nil {
			return err
		}
	}
}

type cursor interface {
	Next() bool
	Scan(dest ...any) error
	Close() error
	Err() error
}

func readAged(rows cursor, err error) (all []aged, _ error) {
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var p aged
		if err := rows.Scan(&p.address, &p.topic, &p.event); err != nil {
			return nil, err
		}
		all = append(all, p)
	}
	return all, rows.Err()
}

// Ageing tells how many permissions of a workspace are on their way to rest.
type Ageing struct {
	// Warned are those that nobody was asked about yet, the first of them from From on, which
	// is never past; Barred those whose time has come and whose people may not be asked;
	// Asked have a mail and time to answer; Rested gave no answer.
	Warned, Barred, Asked, Rested int64
	From                          time.Time
}

// ageingLag is how long after its time somebody is asked at the latest who may be: Age is
// run every few hours.
const ageingLag = 24 * time.Hour

// Ageing counts a workspace's ageing permissions.
func (d *Desk) Ageing(ctx context.Context, r store.Reader, workspace int64, now time.Time) (Ageing, error) {
	var out Ageing
	var first int64
	over := store.Micros(now.Add(-ageingNotice - ageingLag))
	err := r.QueryRow(ctx, sqlAgeingCounts, over, over, over, workspace).Scan(&out.Warned, &out.Barred, &out.Asked, &out.Rested, &first)
	if err == nil && out.Warned > 0 {
		if out.From = store.Time(first).Add(ageingNotice); out.From.Before(now) {
			out.From = now
		}
	}
	return out, failed("ageing", err)
}
