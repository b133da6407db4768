package provision

import (
	"context"
	"slices"
	"time"

	"github.com/kyodaku/kyodaku/internal/store"
)

// side is one of two people who become one.
type side struct {
	kin   []int64
	stops []Stop
}

// Merged has what was asked to stop of either of two people, who turn out to be one person, count
// for all that both have, and makes a task of each recipient of the one's data that the other stopped
// or withdrew the consent to. It is called in the transaction of the merge, before it.
func (s *Runs) Merged(ctx context.Context, tx *store.Tx, from, into int64, now time.Time) error {
	return failed("merged", s.merged(ctx, tx, from, into, now))
}

func (s *Runs) merged(ctx context.Context, tx *store.Tx, from, into int64, now time.Time) error {
	var workspace int64
	if err := tx.QueryRow(ctx, sqlWorkspaceOfPerson, into).Scan(&workspace); err != nil {
		return err
	}
	if err := lockStops(ctx, tx, workspace); err != nil {
		return err
	}
	var lost, kept side
	for one, of := range map[int64]*side{from: &lost, into: &kept} {
		var err error
		if of.kin, err = s.Book.people.With(ctx, tx, one); err != nil {
			return err
		}
		if of.stops, err = s.Book.toCarry(ctx, tx, workspace, of.kin); err != nil {
			return err
		}
	}
	all := slices.Concat(kept.kin, lost.kin)
	if err := s.Book.join(ctx, tx, lost.stops, kept, all, now); err != nil {
		return err
	}
	if err := s.Book.join(ctx, tx, kept.stops, lost, all, now); err != nil {
		return err
	}
	return s.joinWords(ctx, tx, workspace, lost, kept, now)
}

// join stores the stops of one side for all, and tells them to who has the other's data.
func (b *Book) join(ctx context.Context, tx *store.Tx, stops []Stop, other side, all []int64, now time.Time) error {
	for _, s := range stops {
		if err := b.spread(ctx, tx, s, all, now); err != nil {
			return err
		}
		if slices.ContainsFunc(other.stops, func(had Stop) bool { return had.Programme == s.Programme || had.Programme == 0 }) {
			continue
		}
		if err := b.oweRecipients(ctx, tx, s, other.kin[0], 0, now); err != nil {
			return err
		}
	}
	return nil
}

// joinWords tells the withdrawals of either side to who has the data of one of them.
func (s *Runs) joinWords(ctx context.Context, tx *store.Tx, workspace int64, lost, kept side, now time.Time) error {
	all, err := readWords(tx.Query(ctx, sqlWordsOf, store.In(slices.Concat(lost.kin, kept.kin)), workspace))
	if err != nil {
		return err
	}
	for i := range all {
		w := &all[i]
		if w.Given || !w.withdraws(all) {
			continue
		}
		stop := Stop{Workspace: workspace, Programme: w.Programme}
		for _, one := range []side{lost, kept} {
			if err := s.Book.oweRecipients(ctx, tx, stop, one.kin[0], w.Recipient, now); err != nil {
				return err
			}
		}
	}
	return nil
}
