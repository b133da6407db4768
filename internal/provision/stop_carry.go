package provision

import (
	"context"
	"slices"
	"time"

	"github.com/kyodaku/kyodaku/internal/store"
)

// spread stores a stop for a person, of whom kin are all contacts and the first the living one,
// and for every address of theirs: one that is erased and comes back brings its stop along.
func (b *Book) spread(ctx context.Context, tx *store.Tx, s Stop, kin []int64, now time.Time) error {
	hashes, err := b.people.HashesOf(ctx, tx, s.Workspace, kin)
	if err != nil {
		return err
	}
	s.Hash = b.people.PersonHash(s.Workspace, kin[0])
	if err := addStop(ctx, tx, s, kin[0], now); err != nil {
		return err
	}
	s.Method = alongside
	for _, s.Hash = range hashes {
		if err := addStop(ctx, tx, s, 0, now); err != nil {
			return err
		}
	}
	return nil
}

// carry stores what was asked to stop of a person for every address that the person has by now.
func (b *Book) carry(ctx context.Context, tx *store.Tx, workspace int64, kin []int64, now time.Time) error {
	stops, err := b.toCarry(ctx, tx, workspace, kin)
	if err != nil {
		return err
	}
	for _, s := range stops {
		if err := b.spread(ctx, tx, s, kin, now); err != nil {
			return err
		}
	}
	return nil
}

// toCarry lists what was asked to stop of a person, once for each programme.
func (b *Book) toCarry(ctx context.Context, r store.Reader, workspace int64, kin []int64) ([]Stop, error) {
	rows, err := r.Query(ctx, sqlStopsToCarry, store.In(kin), workspace, store.In(kin), workspace)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []Stop
	for rows.Next() {
		s := Stop{Workspace: workspace, Method: alongside}
		var received int64
		if err := rows.Scan(&s.Programme, &received, &s.Operator); err != nil {
			return nil, err
		}
		s.Received = store.Time(received)
		out = append(out, s)
	}
	return out, rows.Err()
}

// side is one of two people who become one.
type side struct {
	kin   []int64
	stops []Stop
}

// Merged has what was asked to stop of either of two people count for all that both have, and
// owes it to the recipients of the other's data. It is called in the transaction of the merge,
// before it.
func (b *Book) Merged(ctx context.Context, tx *store.Tx, from, into int64, now time.Time) error {
	var workspace int64
	if err := tx.QueryRow(ctx, sqlWorkspaceOfPerson, into).Scan(&workspace); err != nil {
		return failed("merged", err)
	}
	if err := lockStops(ctx, tx, workspace); err != nil {
		return failed("merged", err)
	}
	var lost, kept side
	for one, of := range map[int64]*side{from: &lost, into: &kept} {
		var err error
		if of.kin, err = b.people.With(ctx, tx, one); err != nil {
			return failed("merged", err)
		}
		if of.stops, err = b.toCarry(ctx, tx, workspace, of.kin); err != nil {
			return failed("merged", err)
		}
	}
	all := slices.Concat(kept.kin, lost.kin)
	if err := b.join(ctx, tx, lost.stops, kept, all, now); err != nil {
		return failed("merged", err)
	}
	return failed("merged", b.join(ctx, tx, kept.stops, lost, all, now))
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
