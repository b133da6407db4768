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
	// renewEvery is how often leases that end soon are renewed, renewAt what soon is.
	renewEvery = 5 * time.Second
	renewAt    = leaseTime - 2*renewEvery
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
		case <-e.stopped:
			return
		case <-tick.C:
		}
		if now := e.Clock(); now.Sub(renewed) >= renewEvery {
			renewed = now
			e.complain("leases cannot be renewed", e.renewLeases(ctx, now))
			e.complain("what was learned of receivers cannot be stored", e.keepLearned(ctx))
		}
		e.relieve()
		e.complain("lost leases cannot be taken up", e.reap(ctx))
		e.complain("halted campaigns cannot be read", e.learnHalted(ctx))
	}
}

// relieve makes room in the memory when lanes that do not move hold most of it.
func (e *Engine) relieve() {
	if e.inHand.Load() < mostInHand/2 {
		return
	}
	now := e.Clock()
	e.mu.Lock()
	var over []job
	for _, l := range e.lanes {
		over = append(over, l.relieve(now)...)
	}
	e.mu.Unlock()
	for _, j := range over {
		e.giveBack(j.row, now.Add(leaseTime))
		e.inHand.Add(-1)
	}
}

func (e *Engine) renewLeases(ctx context.Context, now time.Time) error {
	return e.DB.Write(ctx, func(tx *store.Tx) error {
		_, err := tx.Exec(ctx, sqlRenew, store.Micros(now.Add(leaseTime)), e.node, store.Micros(now.Add(renewAt)))
		return err
	})
}

// lostRow is a row whose lease has run out.
type lostRow struct {
	Leased
	state int
}

// reap settles rows whose lease ran out on another node, or in an earlier life of
// this one: without an intent they are simply due again; with one their fate is
// unknown.
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
	rows, err := e.DB.Query(ctx, sqlLost, store.Micros(now), e.node)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []lostRow
	for rows.Next() {
		var l lostRow
		if err := rows.Scan(&l.ID, &l.lease, &l.Kind, &l.Attempts, &l.state); err != nil {
			return nil, err
		}
		out = append(out, l)
	}
	return out, rows.Err()
}

// fate is what lost rows have in common that one statement can store.
type fate struct {
	outcome Outcome
	again   int64
}

func (e *Engine) takeUp(ctx context.Context, tx *store.Tx, lost []lostRow, now time.Time) error {
	var leased []int64
	dots := map[fate][]int64{}
	for _, l := range lost {
		if l.state == stateLeased {
			leased = append(leased, l.ID)
			continue
		}
		r := record{row: l.Leased}
		e.uncertain(&r)
		f := fate{outcome: r.outcome, again: store.Micros(r.again)}
		dots[f] = append(dots[f], l.ID)
	}
	at := store.Micros(now)
	if _, err := tx.Exec(ctx, sqlReapLeased, at, at, store.In(leased), at); err != nil {
		return err
	}
	for f, ids := range dots {
		if err := f.store(ctx, tx, ids, now); err != nil {
			return err
		}
	}
	return nil
}

// lostStage is the stage of an attempt whose end nobody saw.
const lostStage = "lost"

// store settles rows of unknown fate and lists the attempts that were not seen to
// their end.
func (f fate) store(ctx context.Context, tx *store.Tx, ids []int64, now time.Time) error {
	state, finished := stateDone, store.Micros(now)
	if f.outcome == Deferred {
		state, finished = stateQueued, 0
	}
	rows, err := tx.Query(ctx, sqlReapDot, state, string(f.outcome), f.again, finished, store.In(ids), store.Micros(now))
	if err != nil {
		return err
	}
	defer rows.Close()
	var records []record
	for rows.Next() {
		r := record{outcome: f.outcome, attempt: attempt{started: now, ended: now, stage: lostStage}}
		if err := rows.Scan(&r.row.ID, &r.row.Attempts); err != nil {
			return err
		}
		records = append(records, r)
	}
	if err := rows.Err(); err != nil {
		return err
	}
	return addAttempts(ctx, tx, records)
}
