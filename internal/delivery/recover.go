package delivery

import (
	"context"
	"time"

	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/store"
)

// isPermanent says whether an error of routing will stay as it is.
func isPermanent(err error) bool {
	return err != nil && (fault.Is(err, fault.Invalid) || fault.Is(err, fault.Refused) || fault.Is(err, fault.NotFound))
}

const (
	// renewEvery keeps leases alive well within leaseTime.
	renewEvery = 20 * time.Second
	// tidyEvery is how often halted campaigns and lost leases are looked for.
	tidyEvery = time.Second
)

// recover settles what a process that is gone had leased. On SQLite there is no
// other process, so every lease is from an earlier life; on PostgreSQL leases run out.
func (e *Engine) recover(ctx context.Context) error {
	if e.DB.Engine() == store.SQLite {
		if err := e.DB.Write(ctx, func(tx *store.Tx) error {
			_, err := tx.Exec(ctx, sqlAbandon)
			return err
		}); err != nil {
			return err
		}
	}
	return e.reap(ctx)
}

// housekeep renews leases, takes up lost ones and learns of halted campaigns.
func (e *Engine) housekeep(ctx context.Context) {
	tick := time.NewTicker(tidyEvery)
	defer tick.Stop()
	renewed := e.Clock()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if now := e.Clock(); now.Sub(renewed) >= renewEvery {
			renewed = now
			e.tidy("leases cannot be renewed", e.renewLeases(ctx, now))
		}
		e.tidy("lost leases cannot be taken up", e.reap(ctx))
		e.tidy("halted campaigns cannot be read", e.learnHalted(ctx))
	}
}

func (e *Engine) tidy(what string, err error) {
	if err != nil && !e.stopping.Load() {
		e.Log.Error(what, "error", err)
	}
}

func (e *Engine) renewLeases(ctx context.Context, now time.Time) error {
	return e.DB.Write(ctx, func(tx *store.Tx) error {
		_, err := tx.Exec(ctx, sqlRenew, store.Micros(now.Add(leaseTime)), e.node)
		return err
	})
}

// lostRow is a row whose lease has run out.
type lostRow struct {
	Leased
	state int
}

// reap settles rows whose lease ran out: without an intent they are simply due
// again; with one their fate is unknown.
func (e *Engine) reap(ctx context.Context) error {
	for {
		now := e.Clock()
		lost, err := e.lost(ctx, now)
		if err != nil || len(lost) == 0 {
			return err
		}
		if err := e.DB.Write(ctx, func(tx *store.Tx) error { return e.takeUp(ctx, tx, lost, now) }); err != nil {
			return err
		}
		e.Nudge()
	}
}

func (e *Engine) lost(ctx context.Context, now time.Time) ([]lostRow, error) {
	rows, err := e.DB.Query(ctx, sqlLost, store.Micros(now))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []lostRow
	for rows.Next() {
		var l lostRow
		var created int64
		if err := rows.Scan(&l.ID, &l.Kind, &l.Attempts, &l.state, &created); err != nil {
			return nil, err
		}
		out = append(out, l)
	}
	return out, rows.Err()
}

func (e *Engine) takeUp(ctx context.Context, tx *store.Tx, lost []lostRow, now time.Time) error {
	type fate struct {
		from, to int
		outcome  Outcome
	}
	alike := map[fate][]int64{}
	for _, l := range lost {
		f := fate{from: l.state, to: stateQueued}
		if l.state == stateDot {
			r := record{row: l.Leased}
			if e.uncertain(&r); r.again.IsZero() {
				f.to = stateDone
			}
			f.outcome = r.outcome
		}
		alike[f] = append(alike[f], l.ID)
	}
	for f, ids := range alike {
		finished := int64(0)
		if f.to == stateDone {
			finished = store.Micros(now)
		}
		if _, err := tx.Exec(ctx, sqlReap, f.to, string(f.outcome), store.Micros(now), finished, store.In(ids), f.from, store.Micros(now)); err != nil {
			return err
		}
	}
	return nil
}

// learnHalted asks the writers which of the campaigns in hand are paused or
// stopped, for orders that were given on another node.
func (e *Engine) learnHalted(ctx context.Context) error {
	campaigns := e.inHand()
	if len(campaigns) == 0 {
		return nil
	}
	for _, w := range e.writers {
		halted, err := w.Halted(ctx, e.DB, campaigns)
		if err != nil {
			return err
		}
		for c := range halted {
			e.Halt(c)
		}
	}
	return nil
}
