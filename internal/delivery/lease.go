package delivery

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/kyodaku/kyodaku/internal/gate"
	"github.com/kyodaku/kyodaku/internal/store"
)

// lease takes due rows of a lane, puts those of halted campaigns aside and asks
// the gate again about the others, all in one transaction; then it has the
// permitted ones written and hands them to the lane.
func (e *Engine) lease(ctx context.Context, l *lane, f flow, most int) (int, error) {
	var rows []Leased
	var permits []gate.Permit
	claimed := 0
	err := e.DB.Write(ctx, func(tx *store.Tx) (err error) {
		if rows, err = e.claim(ctx, tx, l.name, f, most); err != nil || len(rows) == 0 {
			return err
		}
		claimed = len(rows)
		if rows, err = e.putAside(ctx, tx, rows); err != nil {
			return err
		}
		permits, err = e.askAgain(ctx, tx, rows, e.Clock())
		return err
	})
	if err != nil || claimed == 0 {
		return 0, err
	}
	now := e.Clock()
	l.gave(now)
	e.remember(rows, now)
	e.hand(ctx, l, rows, permits)
	return claimed, nil
}

func (e *Engine) claim(ctx context.Context, tx *store.Tx, lane string, f flow, most int) ([]Leased, error) {
	now := e.Clock()
	rows, err := tx.Query(ctx, sqlLease, lane, f.workspace, f.campaign, store.Micros(now), most, store.Micros(now.Add(leaseTime)), e.node,
		store.Micros(now), e.Gate.Rules().Version())
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []Leased
	for rows.Next() {
		var w Leased
		var created int64
		if err := rows.Scan(&w.ID, &w.lease, &w.Kind, &w.Workspace, &w.Profile, &w.Campaign, &w.Version, &w.Contact, &w.Domain,
			&w.Request.Address, &w.Request.Topic, &w.Request.Class, &w.priority, &w.event, &w.Payload, &w.Attempts, &created); err != nil {
			return nil, err
		}
		w.Request.Message, w.CreatedAt = w.ID, store.Time(created)
		out = append(out, w)
	}
	// RETURNING has no order.
	slices.SortFunc(out, func(a, b Leased) int {
		return cmp.Or(cmp.Compare(a.priority, b.priority), cmp.Compare(a.ID, b.ID))
	})
	return out, rows.Err()
}

// putAside parks the rows of campaigns that must not go out now and returns the
// others. Unpark brings the parked back.
func (e *Engine) putAside(ctx context.Context, tx *store.Tx, rows []Leased) ([]Leased, error) {
	halted, err := e.haltedOf(ctx, tx, campaignsOf(rows))
	if err != nil || len(halted) == 0 {
		return rows, err
	}
	if err := lockParked(ctx, tx); err != nil {
		return nil, err
	}
	// Asked again under the lock: it may have been let go in the meantime.
	if halted, err = e.haltedOf(ctx, tx, campaignsOf(rows)); err != nil {
		return nil, err
	}
	var aside []int64
	kept := rows[:0]
	for _, w := range rows {
		if halted[w.Campaign] {
			aside = append(aside, w.ID)
			continue
		}
		kept = append(kept, w)
	}
	_, err = tx.Exec(ctx, sqlPutAside, store.In(aside))
	return kept, err
}

func campaignsOf(rows []Leased) []int64 {
	var ids []int64
	for _, w := range rows {
		if w.Campaign != 0 && !slices.Contains(ids, w.Campaign) {
			ids = append(ids, w.Campaign)
		}
	}
	return ids
}

// haltedOf asks the writers which campaigns must not go out now.
func (e *Engine) haltedOf(ctx context.Context, r store.Reader, campaigns []int64) (map[int64]bool, error) {
	all := map[int64]bool{}
	if len(campaigns) == 0 {
		return all, nil
	}
	for _, w := range e.writers {
		halted, err := w.Halted(ctx, r, campaigns)
		if err != nil {
			return nil, err
		}
		for c, is := range halted {
			all[c] = all[c] || is
		}
	}
	return all, nil
}

// measure asks the writers what is known of the letters of campaigns. One of which
// nothing is known may advertise.
func (e *Engine) measure(ctx context.Context, r store.Reader, rows []Leased) error {
	campaigns := campaignsOf(rows)
	if len(campaigns) == 0 {
		return nil
	}
	for i := range rows {
		rows[i].Measure.Promotes = rows[i].Campaign != 0
	}
	for _, w := range e.measurers() {
		known, err := w.Measures(ctx, r, campaigns)
		if err != nil {
			return err
		}
		for i := range rows {
			if m, ok := known[rows[i].Campaign]; ok {
				rows[i].Measure = m
			}
		}
	}
	return nil
}

// measurers are the writers that know their letters beforehand, each once.
func (e *Engine) measurers() (out []Measurer) {
	for _, w := range e.writers {
		if m, ok := w.(Measurer); ok && !slices.Contains(out, m) {
			out = append(out, m)
		}
	}
	return out
}

// askAgain is the gate's second asking. Those refused are settled as withheld in
// the same transaction; their permit stays zero.
func (e *Engine) askAgain(ctx context.Context, tx *store.Tx, rows []Leased, now time.Time) ([]gate.Permit, error) {
	permits := make([]gate.Permit, len(rows))
	if err := e.measure(ctx, tx, rows); err != nil {
		return nil, err
	}
	byAudience := map[gate.Audience][]int{}
	for i, w := range rows {
		a := w.Measure.Audience(w.Workspace, w.Profile, gate.Leased)
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
			rows[i].StripAds = permits[i].StripAds()
			if no := decisions[n].Refusal; no != nil {
				withheld = append(withheld, withhold(rows[i], no))
			}
		}
	}
	return permits, writeRecords(ctx, tx, withheld, now)
}
