package provision

import (
	"context"
	"errors"
	"time"

	"github.com/kyodaku/kyodaku/internal/store"
)

// sweepEvery is how often data sets that arrived are deleted and recipients are told.
const sweepEvery = time.Minute

// tend does what comes round.
func (s *Runs) tend(ctx context.Context, now time.Time) error {
	return errors.Join(s.tell(ctx, now), s.lapse(ctx, now), s.sweep(ctx, now))
}

// keepData is how long an operator may fetch a data set again. What was brought to its
// target is deleted at once: it is a copy of many people's data.
const keepData = 24 * time.Hour

// sweep deletes data sets that nobody needs any more. Their records stay.
func (s *Runs) sweep(ctx context.Context, now time.Time) error {
	with, err := pairs(s.Book.db.Query(ctx, sqlWithPieces))
	if err != nil {
		return failed("sweep", err)
	}
	for _, one := range with {
		run, err := s.Run(ctx, s.Book.db, one[0], one[1])
		if err != nil {
			return err
		}
		if !run.done(now) && !run.lapsedFor(keepData, now) { // what is just on its way when it lapses may come to its end
			continue
		}
		if err := s.dropPieces(ctx, run.ID); err != nil {
			return failed("sweep", err)
		}
	}
	return nil
}

// done says whether the data set of a run is of no more use.
func (r Run) done(now time.Time) bool {
	switch r.State {
	case Given:
		return r.To.Target.Kind != ByFile || !now.Before(r.ProvidedAt.Add(keepData))
	case NotGiven, Discarded, Broken:
		return true
	}
	return false
}

// dropPieces deletes some pieces a transaction, so that a large data set holds up nobody.
func (s *Runs) dropPieces(ctx context.Context, run int64) error {
	for {
		var n int64
		err := s.Book.db.Write(ctx, func(tx *store.Tx) (err error) {
			n, err = tx.Exec(ctx, sqlDropPieces, run, run)
			return err
		})
		if err != nil || n == 0 {
			return err
		}
	}
}
