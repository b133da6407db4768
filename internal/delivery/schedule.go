package delivery

import (
	"context"
	"time"

	"github.com/kyodaku/kyodaku/internal/gate"
	"github.com/kyodaku/kyodaku/internal/store"
)

const (
	// lookEvery is how often the engine looks for due messages without a nudge:
	// retries fall due, and other nodes put messages in.
	lookEvery = 250 * time.Millisecond
	// leaseBatch is how many rows are leased, checked and written at a time.
	leaseBatch = 256
	// leaseTime is how long a row stays with a node that does not renew.
	leaseTime = 2 * time.Minute
)

func (e *Engine) schedule(ctx context.Context) {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		case <-e.wake:
		}
		if e.stopping.Load() {
			continue
		}
		if err := e.fill(ctx); err != nil && ctx.Err() == nil {
			e.Log.Error("due messages cannot be leased", "error", err)
		}
	}
}

// fill gives every lane with room its next due messages.
func (e *Engine) fill(ctx context.Context) error {
	for name := ""; ; {
		err := e.DB.QueryRow(ctx, sqlNextLane, name).Scan(&name)
		if notFound(err) {
			return nil
		}
		if err != nil {
			return err
		}
		l := e.lane(name)
		for l.wants(e.Clock()) {
			n, err := e.lease(ctx, l)
			if err != nil {
				return err
			}
			if n < leaseBatch {
				break
			}
		}
	}
}

// lease takes due rows of a lane, asks the gate again in the same transaction,
// has the permitted ones written and hands them to the lane.
func (e *Engine) lease(ctx context.Context, l *lane) (int, error) {
	var rows []Leased
	var permits []gate.Permit
	err := e.DB.Write(ctx, func(tx *store.Tx) (err error) {
		now := e.Clock()
		if rows, err = e.claim(ctx, tx, l.name, now); err != nil || len(rows) == 0 {
			return err
		}
		permits, err = e.askAgain(ctx, tx, rows, now)
		return err
	})
	if err != nil {
		return 0, err
	}
	e.remember(rows, e.Clock())
	e.hand(ctx, l, rows, permits)
	return len(rows), nil
}

func (e *Engine) claim(ctx context.Context, tx *store.Tx, lane string, now time.Time) ([]Leased, error) {
	rows, err := tx.Query(ctx, sqlLease, store.Micros(now.Add(leaseTime)), e.node, store.Micros(now),
		e.Gate.Rules().Version(), lane, store.Micros(now), leaseBatch)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []Leased
	for rows.Next() {
		var w Leased
		var created int64
		if err := rows.Scan(&w.ID, &w.Kind, &w.Workspace, &w.Profile, &w.Campaign, &w.Version, &w.Contact, &w.Domain,
			&w.Request.Address, &w.Request.Topic, &w.Request.Class, &w.Payload, &w.Attempts, &created); err != nil {
			return nil, err
		}
		w.Request.Message, w.CreatedAt = w.ID, store.Time(created)
		out = append(out, w)
	}
	return out, rows.Err()
}

// askAgain is the gate's second asking. Those refused are settled as withheld in
// the same transaction; their permit stays zero.
func (e *Engine) askAgain(ctx context.Context, tx *store.Tx, rows []Leased, now time.Time) ([]gate.Permit, error) {
	permits := make([]gate.Permit, len(rows))
	byAudience := map[gate.Audience][]int{}
	for i, w := range rows {
		a := gate.Audience{Workspace: w.Workspace, Profile: w.Profile, Stage: gate.Leased}
		byAudience[a] = append(byAudience[a], i)
	}
	var withheld []record
	for a, at := range byAudience {
		requests := make([]gate.Request, len(at))
		for n, i := range at {
			requests[n] = rows[i].Request
		}
		decisions, err := e.Gate.Admit(ctx, tx, a, requests, now)
		if err != nil {
			return nil, err
		}
		for n, i := range at {
			permits[i] = decisions[n].Permit
			if no := decisions[n].Refusal; no != nil {
				withheld = append(withheld, withhold(rows[i], no))
			}
		}
	}
	return permits, e.journal.writeRecords(ctx, tx, withheld, now)
}

func withhold(w Leased, no *gate.Refusal) record {
	return record{row: w, outcome: Withheld, rule: string(no.Rule), stage: string(no.Stage)}
}

// hand has the permitted rows written and queues them. Rows that cannot be
// written now go back.
func (e *Engine) hand(ctx context.Context, l *lane, rows []Leased, permits []gate.Permit) {
	byKind := map[Kind][]int{}
	for i, p := range permits {
		if p.Address() != 0 {
			byKind[rows[i].Kind] = append(byKind[rows[i].Kind], i)
		}
	}
	for kind, at := range byKind {
		batch := make([]Leased, len(at))
		for n, i := range at {
			batch[n] = rows[i]
		}
		letters, err := e.write(ctx, kind, batch)
		if err != nil {
			e.Log.Error("messages cannot be written", "kind", string(kind), "error", err)
			for _, w := range batch {
				e.giveBack(w, e.Clock().Add(lookEvery*20))
			}
			continue
		}
		for n, i := range at {
			e.queue(l, job{row: rows[i], permit: permits[i], letter: letters[n]})
		}
	}
}

func (e *Engine) write(ctx context.Context, kind Kind, batch []Leased) ([]Letter, error) {
	w, ok := e.writers[kind]
	if !ok {
		return nil, errNoWriter
	}
	return w.Write(ctx, e.DB, batch, e.Clock())
}

// queue puts a job before the lane's workers, or settles it when nothing can be sent.
func (e *Engine) queue(l *lane, j job) {
	switch {
	case j.letter.Err != nil:
		now := e.Clock()
		e.journal.note(record{
			row: j.row, outcome: Failed, stage: string(gate.Leased),
			attempt: attempt{started: now, ended: now, stage: "write", reply: j.letter.Err.Error()},
		})
	case !l.push(e, j):
		e.giveBack(j.row, e.Clock())
	}
}

// giveBack returns a row that was not tried; the attempt does not count.
func (e *Engine) giveBack(w Leased, again time.Time) {
	e.journal.note(record{row: w, again: again, returned: true, parked: e.isHalted(w.Campaign)})
}
