package provision

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/job"
	"github.com/kyodaku/kyodaku/internal/store"
)

// firstRows is how many people a preview shows.
const firstRows = 5

// ordered reads the run that a job is about.
func (s *Runs) ordered(ctx context.Context, j *job.Run) (Run, error) {
	var o order
	if err := j.DecodePayload(&o); err != nil {
		return Run{}, err
	}
	return s.Run(ctx, s.Book.db, j.Workspace, o.Run)
}

// count is the handler of the jobs that make previews: of the people it writes down only who was counted.
func (s *Runs) count(ctx context.Context, j *job.Run) error {
	run, err := s.ordered(ctx, j)
	if err != nil || run.State != Counting {
		return err
	}
	counts, preview, err := s.countAll(ctx, j, run)
	if err != nil {
		return s.fail(ctx, run, err, j.Now())
	}
	return failed("count", s.Book.db.Write(ctx, func(tx *store.Tx) error {
		if err := s.unshowErased(ctx, tx, run.Workspace, &preview); err != nil {
			return err
		}
		shown, err := json.Marshal(preview)
		if err != nil {
			return err
		}
		sums, err := json.Marshal(counts)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, sqlCounted, string(Planned), string(shown), string(sums), store.Micros(j.Now()), run.ID); err != nil {
			return err
		}
		return j.Advance(ctx, tx, job.Progress{Done: counts.Seen, Total: counts.Seen})
	}))
}

// unshowErased takes out of a preview who was erased while it was made: from here on an erasure
// finds it.
func (s *Runs) unshowErased(ctx context.Context, tx *store.Tx, workspace int64, p *kept) error {
	if err := lockStops(ctx, tx, workspace); err != nil {
		return err
	}
	gone, err := store.IDs(tx.Query(ctx, sqlErasedOf, store.In(p.People)))
	p.drop(gone)
	return err
}

func (s *Runs) countAll(ctx context.Context, j *job.Run, run Run) (Counts, kept, error) {
	var counts Counts
	g, err := s.newGatherer(ctx, run, j.Now())
	if err != nil {
		return counts, kept{}, err
	}
	preview := kept{Preview{Columns: g.scribe.names, Rows: [][]string{}, People: []int64{}}, counted{At: store.Micros(j.Now())}}
	r := roll{run: run.ID}
	if err := r.begin(ctx, s.Book.db, j); err != nil {
		return counts, preview, err
	}
	for after := int64(0); ; {
		if j.StopWanted() {
			return counts, preview, job.ErrStopped
		}
		some, err := g.page(ctx, after, firstRows-len(preview.Rows))
		if err != nil {
			return counts, preview, err
		}
		preview.Counted.Last = max(preview.Counted.Last, some.last)
		counts, preview.Rows, preview.People = counts.plus(some.counts), append(preview.Rows, some.rows...), append(preview.Preview.People, some.shown...)
		if err := r.note(ctx, s.Book.db, j, some, counts.Seen); err != nil {
			return counts, preview, err
		}
		if after = some.next; after == 0 {
			return counts, preview, nil
		}
	}
}

// fail notes why a run could not be counted or prepared. What may go through later is
// left to be tried again.
func (s *Runs) fail(ctx context.Context, run Run, why error, now time.Time) error {
	if fault.Temporary(why) && !errors.Is(why, job.ErrStopped) {
		return why
	}
	ctx = context.WithoutCancel(ctx)
	err := s.Book.db.Write(ctx, func(tx *store.Tx) error {
		n, err := tx.Exec(ctx, sqlFail, keyOf(why), store.Micros(now), run.ID)
		if err != nil || n == 0 { // it has come further without this worker, or was discarded
			return err
		}
		return letGo(ctx, tx, run)
	})
	return errors.Join(why, err)
}

// keyOf is the text to store for an error: a rule's id, or a key of the catalogue.
func keyOf(err error) string {
	if no, ok := errors.AsType[*RefusedError](err); ok {
		return string(no.Rule.ID)
	}
	if e, ok := errors.AsType[*fault.Error](err); ok && e.Key != "" {
		return e.Key
	}
	return "fault." + fault.Of(err).String()
}
