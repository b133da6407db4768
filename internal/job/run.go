package job

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"sync/atomic"
	"time"

	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/store"
)

// ErrLost says that the lease went to another node: stop, write nothing more.
var ErrLost = errors.New("job: lease lost")

// Run is a job in the hands of its handler. The Job in it is as it was when the run
// began. It is used by one goroutine, but for StopWanted.
type Run struct {
	Job
	runner *Runner
	// holder is new for every claim, so that a node which lost the job and took it
	// again is not mistaken for the run that lost it.
	holder     string
	result     string
	total      int64
	progressed atomic.Bool
	stop       atomic.Bool
}

// Progress is how far a run has come.
type Progress struct {
	Done int64
	// Total 0 leaves the total as it is.
	Total  int64
	Cursor string
	// Result nil leaves the result as it is; it is written as JSON.
	Result any
}

// Now asks the runner's clock.
func (r *Run) Now() time.Time { return r.runner.opt.Clock() }

// StopWanted says whether somebody asked the job to end.
func (r *Run) StopWanted() bool { return r.stop.Load() }

func (r *Run) wantStop() { r.stop.Store(true) }

func (r *Run) tries() int64 {
	if r.progressed.Load() {
		return 1
	}
	return r.Tries
}

// Advance writes progress in the transaction of the work it stands for and renews
// the lease. It gives ErrLost, which must fail the transaction, when the job is no
// longer this run's.
func (r *Run) Advance(ctx context.Context, tx *store.Tx, p Progress) error {
	result, total := r.result, r.total
	if p.Result != nil {
		text, err := json.Marshal(p.Result)
		if err != nil {
			return fmt.Errorf("job: advance: %w", err)
		}
		result = string(text)
	}
	if p.Total != 0 {
		total = p.Total
	}
	until := r.runner.opt.Clock().Add(r.runner.opt.Lease)
	var stop bool
	err := tx.QueryRow(ctx, sqlAdvance, p.Done, total, p.Cursor, result, store.Micros(until), r.ID, r.holder).Scan(&stop)
	if err != nil {
		return lost(err)
	}
	tx.OnCommit(func() {
		r.result, r.total = result, total
		r.progressed.Store(true)
		if stop {
			r.wantStop()
		}
	})
	return nil
}

// Show writes how far work has come that begins anew when it is tried again, in the
// transaction of a part of it, and renews the lease; ErrLost as with Advance. It gives no
// tries back: what always fails at the same place would be tried for ever.
func (r *Run) Show(ctx context.Context, tx *store.Tx, done int64) error {
	until := r.runner.opt.Clock().Add(r.runner.opt.Lease)
	var stop bool
	if err := tx.QueryRow(ctx, sqlShow, done, store.Micros(until), r.ID, r.holder).Scan(&stop); err != nil {
		return lost(err)
	}
	if stop {
		tx.OnCommit(r.wantStop)
	}
	return nil
}

// lost turns "no such row" into ErrLost.
func lost(err error) error {
	if fault.Is(err, fault.NotFound) {
		return ErrLost
	}
	return fmt.Errorf("job: %w", err)
}

// claim takes the next due job of some kinds; nil if there is none.
func (r *Runner) claim(ctx context.Context, kinds []string) (*Run, error) {
	now := r.opt.Clock()
	var due int64
	if err := r.db.QueryRow(ctx, sqlNextDue, store.In(kinds)).Scan(&due); err != nil {
		return nil, fmt.Errorf("job: claim: %w", err)
	}
	if due == 0 || due > store.Micros(now) {
		return nil, nil // looking costs no write
	}
	run := &Run{runner: r, holder: r.opt.Node + "/" + rand.Text()}
	err := r.db.Write(ctx, func(tx *store.Tx) (err error) {
		run.Job, err = scanJob(tx.QueryRow(ctx, sqlClaim, store.Micros(now.Add(r.opt.Lease)), run.holder,
			store.In(kinds), store.Micros(now), store.Micros(now)))
		return err
	})
	if fault.Is(err, fault.NotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("job: claim: %w", err)
	}
	run.result, run.total = string(run.Result), run.Total
	run.stop.Store(run.Job.StopWanted)
	return run, nil
}

// renew keeps the lease while the handler works, and cancels it when the lease is gone.
func (r *Runner) renew(ctx context.Context, run *Run, cancel context.CancelCauseFunc) {
	tick := time.NewTicker(r.opt.Lease / 3)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		var stop bool
		err := r.db.Write(ctx, func(tx *store.Tx) error {
			until := r.opt.Clock().Add(r.opt.Lease)
			return tx.QueryRow(ctx, sqlRenew, store.Micros(until), run.ID, run.holder).Scan(&stop)
		})
		switch {
		case fault.Is(err, fault.NotFound):
			cancel(ErrLost)
			return
		case err != nil && ctx.Err() == nil:
			r.log.WarnContext(ctx, "a lease cannot be renewed", "job", run.ID, "error", err)
		case stop:
			run.wantStop()
		}
	}
}

func (r *Run) finish(ctx context.Context, s State, key string, now time.Time) error {
	return r.runner.db.Write(ctx, func(tx *store.Tx) error {
		_, err := tx.Exec(ctx, sqlFinish, string(s), key, store.Micros(now), r.ID, r.holder)
		return err
	})
}

func (r *Run) requeue(ctx context.Context, at time.Time, tries int64) error {
	return r.runner.db.Write(ctx, func(tx *store.Tx) error {
		_, err := tx.Exec(ctx, sqlRequeue, store.Micros(at), tries, r.ID, r.holder)
		return err
	})
}

// ensurePeriodic gives every periodic task its row. Its id is made of the name and
// negative, so that all nodes agree on it and no other job has it.
func (r *Runner) ensurePeriodic(ctx context.Context) error {
	err := r.db.Write(ctx, func(tx *store.Tx) error {
		now := store.Micros(r.opt.Clock())
		for _, kind := range r.ticks.kinds {
			if _, err := tx.Exec(ctx, sqlEnsurePeriodic, periodicID(kind), kind, now, now); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("job: start: %w", err)
	}
	return nil
}

func periodicID(kind string) int64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(kind)) // never fails, by its documentation
	return -int64(h.Sum64()>>1) - 1
}
