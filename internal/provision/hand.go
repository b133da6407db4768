package provision

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/law"
	"github.com/kyodaku/kyodaku/internal/store"
)

// MediaType is what the data set is.
func (f Format) MediaType() string {
	if f == JSONLines {
		return "application/jsonl"
	}
	return "text/csv; charset=utf-8"
}

// FileName is what an operator's copy of the data set is called.
func (r Run) FileName() string { return r.Public() + "." + string(r.Format) }

// begin makes a data set ready to leave. Whoever stopped, withdrew or was erased since
// they were judged is taken out, with a row that says so; only then, in the same
// transaction, does the run say that an octet may leave. What an interrupted attempt
// may have carried is told from what nobody can have got.
func (s *Runs) begin(ctx context.Context, by account.By, workspace, id int64, now time.Time) (*parcel, error) {
	var run Run
	p := &parcel{}
	err := s.Book.db.Write(ctx, func(tx *store.Tx) (err error) {
		if err := lockStops(ctx, tx, workspace); err != nil {
			return err
		}
		if run, err = s.held(ctx, tx, workspace, id); err != nil {
			return err
		}
		if err := s.mayHand(ctx, tx, run, now); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, sqlEndOpen, store.Micros(now), id); err != nil {
			return err
		}
		var tried int64
		if err := tx.QueryRow(ctx, sqlLastTried, id).Scan(&tried); err != nil {
			return err
		}
		if err := s.takeOut(ctx, tx, &run, tried, now); err != nil {
			return err
		}
		if run.Counts.in() == 0 {
			return fault.New(fault.Refused, "provision.run.nobody")
		}
		counts, err := json.Marshal(run.Counts)
		if err != nil {
			return err
		}
		at, keep := store.Micros(now), store.Micros(run.clock(now).Until)
		if _, err = tx.Exec(ctx, sqlHand, string(counts), tried == 0, at, keep, keep, at, id); err != nil {
			return err
		}
		p.run = run
		return p.begin(ctx, tx, by, now)
	})
	if err != nil {
		return nil, err
	}
	p.open = func() io.Reader { return &pieces{ctx: ctx, r: s.Book.db, run: id, n: -1} }
	if err := s.measure(ctx, p); err != nil {
		return nil, errors.Join(err, s.end(ctx, p, notSent, "provision.attempt.not_begun", now))
	}
	return p, nil
}

// lockStops has stops and hand-overs of a workspace take turns: a stop either is seen by
// the hand-over, or sees it.
func lockStops(ctx context.Context, tx *store.Tx, workspace int64) error {
	return tx.Lock(ctx, fmt.Sprint("provision stops ", workspace))
}

// clock is how long the records of a provision at a time must stay (APPI-R 21).
func (r Run) clock(at time.Time) law.Clock {
	way := law.EachTime
	if r.ByContract {
		way = law.ByContract
	}
	return law.ProvisionClock(way, at, at)
}

// mayHand asks whether a data set may leave now: everything that was asked of the run
// when it was approved is asked again.
func (s *Runs) mayHand(ctx context.Context, tx *store.Tx, run Run, now time.Time) error {
	if run.State != Prepared && !run.Counted() {
		return fault.New(fault.Refused, "provision.run.state", "State", string(run.State))
	}
	if run.done(now) {
		return fault.New(fault.Refused, "provision.run.gone")
	}
	// A step that is just being taken back, such as the notice, is gone before the data leave, or stays.
	if err := hold(ctx, tx, run.Workspace, run.Plan.Programme); err != nil {
		return err
	}
	if err := s.stands(ctx, tx, run, now); err != nil {
		return err
	}
	findings, err := s.RunFindings(ctx, tx, run, now)
	if err != nil {
		return err
	}
	if no := findings.Block(); no != nil {
		return &RefusedError{Rule: no}
	}
	if run.lapsed(now) {
		return fault.New(fault.Refused, keyLapsed)
	}
	var n int64
	if err := tx.QueryRow(ctx, sqlHasFirstPiece, run.ID).Scan(&n); err != nil {
		return err
	}
	if n == 0 {
		return fault.New(fault.Refused, "provision.run.gone")
	}
	return nil
}
