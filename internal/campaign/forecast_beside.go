package campaign

import (
	"cmp"
	"context"
	"database/sql"
	"slices"

	"github.com/kyodaku/kyodaku/internal/consent"
	"github.com/kyodaku/kyodaku/internal/store"
)

// beside is what is known of a person besides the row of the topic.
type beside struct {
	flags uint8
	// every is the span that the last word about every topic dates from, asked how often
	// a permission was asked for.
	every, asked uint8
}

// What flags hold.
const (
	stopRefusal uint8 = 1 << iota
	stopComplaint
	stopBounce
	stopManual
	// stopAll: everything was refused, whether or not that covers the topic.
	stopAll
	paused
	runOut
	// full: as many messages as the person wants have gone out.
	full
)

// remark is what is beside of one address.
type remark struct {
	address int64
	beside
}

// remarks reads what there is, in the order of the addresses and one for each.
func (f *forecast) remarks(ctx context.Context, cal calendar) (all []remark, err error) {
	c := f.campaign
	var from []any
	for _, p := range [...]consent.Period{consent.Day, consent.Week, consent.Month, consent.Year, ""} {
		from = append(from, store.Micros(p.Before(f.now)))
	}
	rows, err := f.r.Query(ctx, sqlEvery, append(slices.Clip(from), c.Workspace)...)
	every := func(rows *sql.Rows) (remark, error) {
		one, since, err := f.choice(rows)
		one.every, one.flags = cal.span(since), one.flags&^runOut // permissions end by topics
		return one, err
	}
	if all, err = gather(all, rows, err, every); err != nil {
		return nil, err
	}
	choice := func(rows *sql.Rows) (remark, error) {
		one, _, err := f.choice(rows) // its date stands in the row of the state too
		return one, err
	}
	rows, err = f.r.Query(ctx, sqlChoices, append(slices.Clip(from), c.Workspace, c.Topic)...)
	if all, err = gather(all, rows, err, choice); err != nil {
		return nil, err
	}
	rows, err = f.r.Query(ctx, sqlStops, c.Topic, c.Workspace, c.Topic)
	if all, err = gather(all, rows, err, f.stop); err != nil {
		return nil, err
	}
	rows, err = f.r.Query(ctx, sqlAsked, c.Workspace)
	if all, err = gather(all, rows, err, asked); err != nil {
		return nil, err
	}
	return united(all), nil
}

// gather reads rows to their end. It takes what Query gives, its error too.
func gather(all []remark, rows *sql.Rows, err error, read func(*sql.Rows) (remark, error)) ([]remark, error) {
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		one, err := read(rows)
		if err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	return all, rows.Err()
}

// united puts the remarks of an address together.
func united(all []remark) []remark {
	slices.SortFunc(all, func(a, b remark) int { return cmp.Compare(a.address, b.address) })
	out := all[:0]
	for _, one := range all {
		if n := len(out); n > 0 && out[n-1].address == one.address {
			last := &out[n-1].beside
			last.flags |= one.flags
			last.every, last.asked = max(last.every, one.every), max(last.asked, one.asked)
			continue
		}
		out = append(out, one)
	}
	return out
}

// choice reads a row of sqlEvery or sqlChoices, and what it dates from.
func (f *forecast) choice(rows *sql.Rows) (one remark, since int64, err error) {
	var validUntil, pausedUntil, reached int64
	if err := rows.Scan(&one.address, &since, &validUntil, &pausedUntil, &reached); err != nil {
		return one, 0, err
	}
	now := store.Micros(f.now)
	if reached == 1 {
		one.flags |= full
	}
	if now < pausedUntil {
		one.flags |= paused
	}
	if validUntil > 0 && validUntil <= now {
		one.flags |= runOut
	}
	return one, since, nil
}

// stop reads a row of sqlStops, as the gate reads the list: expired entries count for
// nothing but that everything was refused.
func (f *forecast) stop(rows *sql.Rows) (one remark, err error) {
	var s consent.Suppression
	st := consent.State{Topic: f.campaign.Topic}
	var expires int64
	if err := rows.Scan(&one.address, &s.Kind, &s.Topic, &s.Event, &expires, &st.Status, &st.OwnEvent); err != nil {
		return one, err
	}
	s.ExpiresAt = store.Time(expires)
	if s.Kind.Permanent() && s.Topic == 0 {
		one.flags |= stopAll
	}
	if !consent.Covers(s, st, f.now) {
		return one, nil
	}
	switch s.Kind {
	case consent.SuppressionRefusal:
		one.flags |= stopRefusal
	case consent.SuppressionComplaint:
		one.flags |= stopComplaint
	case consent.SuppressionBounce:
		one.flags |= stopBounce
	default:
		one.flags |= stopManual
	}
	return one, nil
}

// asked reads a row of sqlAsked. More often than anybody counts is all the same.
func asked(rows *sql.Rows) (one remark, err error) {
	var n int64
	err = rows.Scan(&one.address, &n)
	one.asked = uint8(min(n, 255))
	return one, err
}
