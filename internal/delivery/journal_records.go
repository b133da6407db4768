package delivery

import (
	"context"
	"time"

	"github.com/kyodaku/kyodaku/internal/store"
)

// settlement is what records have in common that one statement can store.
type settlement struct {
	state    int
	outcome  Outcome
	again    int64
	rule     string
	stage    string
	returned bool
}

// attemptWidth is the number of columns of sqlAttempts.
const attemptWidth = 11

func (j *journal) writeRecords(ctx context.Context, tx *store.Tx, records []record, now time.Time) error {
	if len(records) == 0 {
		return nil
	}
	alike := map[settlement][]int64{}
	var attempts []any
	for _, r := range records {
		s := r.settlement()
		alike[s] = append(alike[s], r.row.ID)
		if r.returned || r.attempt.started.IsZero() {
			continue
		}
		id, err := tx.NewID(ctx)
		if err != nil {
			return err
		}
		a := r.attempt
		attempts = append(attempts, id, r.row.ID, r.row.Attempts, store.Micros(a.started), store.Micros(a.ended),
			a.remote, a.stage, a.code, a.enhanced, a.reply, string(r.outcome))
	}
	for s, ids := range alike {
		if err := j.settle(ctx, tx, s, ids, now); err != nil {
			return err
		}
	}
	return tx.InsertRows(ctx, sqlAttempts, "", attemptWidth, attempts)
}

func (r record) settlement() settlement {
	s := settlement{outcome: r.outcome, rule: r.rule, stage: r.stage, again: store.Micros(r.again), returned: r.returned}
	switch {
	case r.parked:
		s.state = stateParked
	case r.again.IsZero():
		s.state = stateDone
	default:
		s.state = stateQueued
	}
	return s
}

func (j *journal) settle(ctx context.Context, tx *store.Tx, s settlement, ids []int64, now time.Time) error {
	finished := int64(0)
	if s.state == stateDone {
		finished = store.Micros(now)
	}
	_, err := tx.Exec(ctx, sqlSettle, s.state, string(s.outcome), s.again, finished, s.rule, s.stage,
		store.Micros(now), store.In(ids), j.node)
	if err == nil && s.returned && s.state == stateQueued {
		_, err = tx.Exec(ctx, sqlUncount, store.In(ids))
	}
	return err
}
