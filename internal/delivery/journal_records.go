package delivery

import (
	"context"
	"time"

	"github.com/kyodaku/kyodaku/internal/delivery/reply"
	"github.com/kyodaku/kyodaku/internal/store"
)

// record is what became of one attempt, or of one that was not made.
type record struct {
	row Leased
	// outcome is empty when nothing was tried: the row goes back to the queue and
	// the attempt does not count.
	outcome Outcome
	// again is when a row that is Deferred or goes back is due.
	again time.Time
	rule  string
	stage string
	// event is the consent event of the last decision if it is another than the
	// row's, else 0.
	event   int64
	attempt attempt
}

// attempt is the wire's side of a record; its start is zero if none was made.
type attempt struct {
	started, ended time.Time
	remote, stage  string
	code           int
	enhanced       string
	reply          string
	// verdict is what the reply means, source the address it was sent from.
	verdict reply.Verdict
	source  string
}

// settlement is what records have in common that one statement can store.
type settlement struct {
	lease   int64
	outcome Outcome
	again   int64
	rule    string
	stage   string
	event   int64
}

// attemptWidth is the number of columns of sqlAttempts.
const attemptWidth = 14

// writeRecords stores what became of rows. Storing the same records twice, after a
// commit whose answer was lost, changes nothing but that attempts are listed twice.
func writeRecords(ctx context.Context, tx *store.Tx, records []record, now time.Time) error {
	if len(records) == 0 {
		return nil
	}
	alike := map[settlement][]int64{}
	for _, r := range records {
		s := r.settlement()
		alike[s] = append(alike[s], r.row.ID)
	}
	for s, ids := range alike {
		if err := s.store(ctx, tx, ids, now); err != nil {
			return err
		}
	}
	return addAttempts(ctx, tx, records)
}

// addAttempts lists the attempts of those records that made one.
func addAttempts(ctx context.Context, tx *store.Tx, records []record) error {
	var rows []any
	for _, r := range records {
		if r.attempt.started.IsZero() {
			continue
		}
		id, err := tx.NewID(ctx)
		if err != nil {
			return err
		}
		rows = append(rows, r.attempt.columns(id, r)...)
	}
	return tx.InsertRows(ctx, sqlAttempts, "", attemptWidth, rows)
}

func (a attempt) columns(id int64, r record) []any {
	return []any{
		id, r.row.ID, r.row.Attempts, store.Micros(a.started), store.Micros(a.ended),
		a.remote, a.stage, a.code, a.enhanced, a.reply, string(r.outcome),
		string(a.verdict.Blame), a.verdict.Rule, a.source,
	}
}

func (r record) settlement() settlement {
	s := settlement{lease: r.row.lease, outcome: r.outcome, again: store.Micros(r.again)}
	if r.outcome != "" {
		s.stage, s.rule, s.event = r.stage, r.rule, r.event
	}
	return s
}

func (s settlement) store(ctx context.Context, tx *store.Tx, ids []int64, now time.Time) (err error) {
	at := store.Micros(now)
	switch s.outcome {
	case "":
		_, err = tx.Exec(ctx, sqlReturn, at, s.again, store.In(ids), s.lease)
	case Deferred:
		_, err = tx.Exec(ctx, sqlDefer, at, s.again, s.stage, at, store.In(ids), s.lease)
	default:
		_, err = tx.Exec(ctx, sqlSettle, string(s.outcome), at, s.rule, s.stage, at, s.event, s.event, store.In(ids), s.lease)
	}
	return err
}
