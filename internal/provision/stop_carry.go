package provision

import (
	"context"
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
