package consent

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/kyodaku/kyodaku/internal/contact"
	"github.com/kyodaku/kyodaku/internal/store"
)

const (
	// sortAtOnce is how many addresses one transaction sorts, sortRounds how many such
	// follow each other before others get their turn.
	sortAtOnce, sortRounds = 1000, 4
	// sortPause is the rest between turns while there is work, sortEvery while there is none.
	sortPause, sortEvery = 250 * time.Millisecond, 2 * time.Second
)

// SortKinds works out the kinds of all permissions that have none yet: those of an older
// program's rows, of people whose data changed, of acts on pages. It returns how many
// addresses it looked at.
func (l *Log) SortKinds(ctx context.Context) (int, error) {
	total := 0
	for {
		n, err := l.sortSome(ctx)
		if err != nil {
			return total, fmt.Errorf("consent: sort kinds: %w", err)
		}
		if total += n; n == 0 {
			return total, nil
		}
	}
}

// keepSorted sorts by time until the context ends, and leaves the writer to others in
// between.
//
//arch:clock a loop that paces itself
func (l *Log) keepSorted(ctx context.Context) {
	timer := time.NewTimer(sortPause)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		}
		n, err := 0, error(nil)
		for range sortRounds {
			if n, err = l.sortSome(ctx); n == 0 || err != nil {
				break
			}
		}
		if err != nil && ctx.Err() == nil {
			l.log.Error("permissions could not be sorted by kinds", "error", err)
		}
		timer.Reset(sortEvery)
		if n > 0 && err == nil {
			timer.Reset(sortPause)
		}
	}
}

// sortSome sorts the next addresses. It holds them, as all do who write about them, so
// that nothing of their people changes between reading and writing.
func (l *Log) sortSome(ctx context.Context) (n int, err error) {
	some, err := store.IDs(l.db.Query(ctx, sqlUnsorted, sortAtOnce)) // spares the writer when there is nothing to do
	if err != nil || len(some) == 0 {
		return 0, err
	}
	err = l.db.Write(ctx, func(tx *store.Tx) error {
		if _, err := tx.Exec(ctx, sqlHoldAddresses, store.In(some)); err != nil {
			return err
		}
		args, err := kindRows(tx.Query(ctx, sqlKindFacts, store.In(some)))
		if err != nil {
			return err
		}
		return tx.InsertRows(ctx, sqlPutKinds, sqlPutKindsTail, 9, args)
	})
	return len(some), err
}

// kindRows reads rows of sqlKindFacts and gives those of sqlPutKinds.
func kindRows(rows *sql.Rows, err error) (args []any, _ error) {
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var s State
		var t contact.Traits
		var f contact.BasisFacts
		var since, last, captured int64
		var known bool
		err := rows.Scan(&s.Address, &s.Topic, &s.Workspace, &s.Status, &s.Basis, &s.Grade, &s.Event, &s.OwnEvent, &since,
			&t.Channel, &t.Domain, &t.Erased, &t.Live, &t.Country, &t.Postal, &t.Lang, &t.Company, &t.Name, &t.Phone,
			&known, &f.Entity, &f.Counterparty, &f.Transaction, &last, &f.Written, &f.AdsDeclined, &f.PageURL, &captured, &f.PageRefuses,
			&f.InBusiness, &f.Express, &f.Implied, &f.RelevantToRole, &f.OwnSimilar, &f.RefusalOffered, &f.Charity, &f.DoubleOptIn)
		if err != nil {
			return nil, err
		}
		f.LastTransaction, f.PageCaptured = store.Time(last), store.Time(captured)
		facts := &f
		if !known {
			facts = nil
		}
		kind, at := groundOf(&s, facts)
		args = append(args, s.Address, s.Topic, s.Workspace, string(s.Status), s.Event, since, t.Kind(), kind, at)
	}
	return args, errors.Join(rows.Err(), rows.Close())
}
