package provision

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/job"
	"github.com/kyodaku/kyodaku/internal/store"
)

// cursor is where a prepared run goes on.
type cursor struct {
	After int64 `json:"after"`
	Piece int64 `json:"piece"`
}

// prepare is the handler of the jobs that write the data set and its records, page by
// page, each in one transaction: without its record no line is ever stored.
func (s *Runs) prepare(ctx context.Context, j *job.Run) error {
	run, err := s.ordered(ctx, j)
	if err != nil || run.State != Preparing {
		return err
	}
	if err := s.prepareAll(ctx, j, run); err != nil {
		return s.fail(ctx, run, err, j.Now())
	}
	return nil
}

func (s *Runs) prepareAll(ctx context.Context, j *job.Run, run Run) error {
	at := cursor{}
	if j.Cursor != "" {
		if err := json.Unmarshal([]byte(j.Cursor), &at); err != nil {
			return fmt.Errorf("cursor: %w", err)
		}
	}
	var o order
	if err := j.DecodePayload(&o); err != nil {
		return err
	}
	if o.Approved.At == 0 { // approved before approvals named their count
		return fault.New(fault.Refused, "provision.run.count_unknown")
	}
	g, err := s.newGatherer(ctx, run, j.Now())
	if err != nil {
		return err
	}
	g.n, g.most, g.counted = at.Piece, max(o.Approved.Last, 1), &roll{run: run.ID}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	sheaves := make(chan *sheaf, 1)
	read := make(chan error, 1)
	go func() { // reading and writing are about equally slow
		defer close(sheaves)
		read <- g.send(ctx, at.After, sheaves)
	}()
	sum := run.Counts
	for some := range sheaves {
		if err := s.store(ctx, j, g, some, &sum); err != nil {
			cancel()
			<-read
			return err
		}
	}
	return <-read
}

// send gathers pages until the last.
func (g *gatherer) send(ctx context.Context, after int64, out chan<- *sheaf) error {
	for {
		some, err := g.page(ctx, after, 0)
		if err != nil {
			return err
		}
		select {
		case out <- some:
		case <-ctx.Done():
			return ctx.Err()
		}
		if after = some.next; after == 0 {
			return nil
		}
	}
}

// store writes a page: its people's records, their lines, the counts and where to go on.
func (s *Runs) store(ctx context.Context, j *job.Run, g *gatherer, some *sheaf, so *Counts) error {
	if j.StopWanted() {
		return job.ErrStopped
	}
	sum := so.plus(some.counts)
	text, err := json.Marshal(sum)
	if err != nil {
		return err
	}
	where, err := json.Marshal(cursor{some.next, some.piece.n})
	if err != nil {
		return err
	}
	now := j.Now()
	err = s.Book.db.Write(ctx, func(tx *store.Tx) error {
		if some.next == 0 {
			if err := lockStops(ctx, tx, g.run.Workspace); err != nil {
				return err
			}
		}
		if err := tx.InsertRows(ctx, sqlAddRecords, "", recordWidth, some.records); err != nil {
			return err
		}
		if some.piece.persons > 0 {
			p := some.piece
			if _, err := tx.Exec(ctx, sqlAddPiece, g.run.ID, p.n, p.persons, p.data, p.lines); err != nil {
				return err
			}
		}
		n, err := tx.Exec(ctx, sqlProgress, string(text), store.Micros(now), g.run.ID)
		if err == nil && n == 0 {
			err = job.ErrStopped // discarded meanwhile
		}
		if err != nil {
			return err
		}
		if some.next == 0 {
			if err := s.finish(ctx, tx, g, sum, now); err != nil {
				return err
			}
		}
		return j.Advance(ctx, tx, job.Progress{Done: sum.Seen, Total: max(j.Total, sum.Seen), Cursor: string(where)})
	})
	if err == nil {
		*so = sum
	}
	return err
}

// finish makes the data set whole: the head goes before all pieces, whoever stopped or was
// erased since their page was judged is taken out, and what can be brought to its target is
// sent on its way.
func (s *Runs) finish(ctx context.Context, tx *store.Tx, g *gatherer, sum Counts, now time.Time) error {
	run := g.run
	run.Counts = sum
	if err := s.takeOut(ctx, tx, &run, 0, now); err != nil {
		return err
	}
	if err := dropRoll(ctx, tx, run.ID); err != nil {
		return err
	}
	text, err := json.Marshal(run.Counts)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, sqlAddPiece, g.run.ID, 0, 0, append([]byte{}, g.scribe.head...), []byte{}); err != nil {
		return err
	}
	next := g.run.Job
	if g.run.To.Target.Kind != ByFile {
		if next, err = s.Jobs.Enqueue(ctx, tx, job.New{Workspace: g.run.Workspace, Kind: jobHand, Payload: order{Run: g.run.ID}}); err != nil {
			return err
		}
	}
	at := store.Micros(now)
	_, err = tx.Exec(ctx, sqlPrepared, string(text), at, next, at, g.run.ID)
	return err
}
