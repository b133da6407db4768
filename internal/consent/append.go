package consent

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/kyodaku/kyodaku/internal/addr"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/store"
)

// appendAtOnce is how many events are read for and written together.
const appendAtOnce = 1024

// Append records events in their order, and what follows from them: the
// projection, the suppression list, the feed. It fills in ids and what Event says
// it fills in. The refusals it returns must be fenced after the commit and before
// anybody is told that they count.
//
// All events are of one workspace. A malformed event is fault.Invalid with the field "events[i].name", an address
// that the workspace does not have fault.NotFound; then nothing is written.
func (l *Log) Append(ctx context.Context, tx *store.Tx, events []*Event) ([]Refused, error) {
	if err := check(events); err != nil {
		return nil, fmt.Errorf("consent: append: %w", err)
	}
	var all []Refused
	for rest := events; len(rest) > 0; {
		part := rest[:partOf(rest)]
		rest = rest[len(part):]
		refused, err := l.appendPart(ctx, tx, part)
		if err != nil {
			return nil, fmt.Errorf("consent: append: %w", err)
		}
		all = append(all, refused...)
	}
	if len(events) > 0 {
		tx.OnCommit(l.pending)
	}
	return all, nil
}

// partOf tells how many events to append at once. What is said of a fresh address stays
// together, for a later part does not look up what an earlier one said of it.
func partOf(events []*Event) int {
	n := min(len(events), appendAtOnce)
	for n < len(events) && events[n].fresh && events[n].Address == events[n-1].Address {
		n++
	}
	return n
}

func (l *Log) appendPart(ctx context.Context, tx *store.Tx, events []*Event) ([]Refused, error) {
	b := batch{l: l, tx: tx, events: events, folds: map[int64]*fold{}}
	for _, step := range []func(context.Context) error{
		b.holdAddresses, b.number, b.record, b.loadStates, b.project,
	} {
		if err := step(ctx); err != nil {
			return nil, err
		}
	}
	return b.refused, nil
}

// batch is one part of an Append under way.
type batch struct {
	l      *Log
	tx     *store.Tx
	events []*Event
	// addresses are those of the events, known those of them that are not fresh; both
	// ascend.
	addresses, known []int64
	folds            map[int64]*fold
	refused          []Refused
}

// check refuses malformed events, all of them at once.
func check(events []*Event) error {
	var bad fault.Fields
	for i, e := range events {
		if e.ReceivedAt.IsZero() {
			e.ReceivedAt = e.OccurredAt
		}
		for _, t := range []*time.Time{&e.OccurredAt, &e.ReceivedAt, &e.ValidUntil, &e.PausedUntil} {
			*t = store.Time(store.Micros(*t)) // what is committed to is what is stored
		}
		if e.Workspace != events[0].Workspace {
			bad.Add("events["+strconv.Itoa(i)+"].workspace", "consent.workspace.mixed")
		}
		if name, key := e.wrong(); key != "" {
			bad.Add("events["+strconv.Itoa(i)+"]."+name, key)
		}
	}
	return bad.Err()
}

// wrong names the first field of an event that cannot be, and says what to change.
func (e *Event) wrong() (field, key string) {
	k := e.Action.kind()
	switch {
	case k == unknown:
		return "action", "consent.action.unknown"
	case !e.Method.Valid():
		return "method", "consent.method.unknown"
	case e.Workspace <= 0 || e.Address <= 0:
		return "address", "consent.address.unknown"
	case !storable(e.OccurredAt) || !storable(e.ReceivedAt):
		return "occurred_at", "consent.time.needed"
	case !e.ValidUntil.IsZero() && !storable(e.ValidUntil), !e.PausedUntil.IsZero() && !storable(e.PausedUntil):
		return "valid_until", "consent.time.needed"
	case (k == granting || k == requesting) && e.Topic <= 0:
		return "topic", "consent.topic.needed"
	case e.Topic < 0:
		return "topic", "consent.topic.needed"
	case k == granting && !e.Method.Tells():
		return "method", "consent.method.silent"
	case k == granting && !e.Basis.Valid(), e.Basis != "" && !e.Basis.Valid():
		return "basis", "consent.basis.needed"
	case e.Action == ActionPaused && e.PausedUntil.IsZero():
		return "paused_until", "consent.pause.needed"
	case e.Frequency.Count < 0, e.Frequency.Count > 0 && !e.Frequency.Period.Valid(), e.Frequency.Count == 0 && e.Frequency.Period != "":
		return "frequency", "consent.frequency.bad"
	case e.Grade != "" && e.Grade != GradeA && e.Grade != GradeB && e.Grade != GradeC && e.Grade != GradeD:
		return "grade", "consent.grade.unknown"
	}
	return "", ""
}

// storable bounds times to years that every format can write.
func storable(t time.Time) bool { return !t.IsZero() && t.Year() >= 1970 && t.Year() <= 9999 }

// holdAddresses locks the addresses against other appends and takes from them
// what the events need: nobody's word about another workspace's address counts.
func (b *batch) holdAddresses(ctx context.Context) error {
	b.addresses, b.known = distinct(b.events)
	type known struct {
		workspace, contact int64
		channel            addr.Channel
		hash               []byte
	}
	found := make(map[int64]known, len(b.known))
	if len(b.known) == 0 {
		return nil
	}
	rows, err := b.tx.Query(ctx, sqlHoldAddresses, store.In(b.known))
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var id int64
		var k known
		if err := rows.Scan(&id, &k.workspace, &k.contact, &k.channel, &k.hash); err != nil {
			return err
		}
		found[id] = k
	}
	for _, e := range b.events {
		if e.fresh {
			continue
		}
		k, ok := found[e.Address]
		if !ok || k.workspace != e.Workspace || (len(e.AddressHash) > 0 && !bytes.Equal(e.AddressHash, k.hash)) {
			return fault.New(fault.NotFound, "consent.address.unknown")
		}
		e.Channel, e.AddressHash = k.channel, k.hash
		if e.Contact == 0 {
			e.Contact = k.contact
		}
	}
	return rows.Err()
}

// distinct lists the addresses of events, and those that are not fresh, in ascending order.
func distinct(events []*Event) (all, known []int64) {
	all = make([]int64, 0, len(events))
	for _, e := range events {
		all = append(all, e.Address)
		if !e.fresh {
			known = append(known, e.Address)
		}
	}
	slices.Sort(all)
	slices.Sort(known)
	return slices.Compact(all), slices.Compact(known)
}

// number gives ids that are higher than those of every earlier event of these
// addresses. Nodes reserve ids in blocks, so a node may have to leave the rest of
// an old block: a new block is beyond every id given out anywhere.
func (b *batch) number(ctx context.Context) error {
	var floor int64
	if len(b.known) > 0 {
		if err := b.tx.QueryRow(ctx, sqlLastEvent, store.In(b.known)).Scan(&floor); err != nil {
			return err
		}
	}
	for _, e := range b.events {
		for e.ID = 0; e.ID <= floor; {
			id, err := b.tx.NewID(ctx)
			if err != nil {
				return err
			}
			e.ID = id
		}
		floor = e.ID
	}
	return nil
}

func (b *batch) loadStates(ctx context.Context) error {
	for _, id := range b.addresses {
		b.folds[id] = newFold()
	}
	if len(b.known) == 0 {
		return nil
	}
	return eachState(ctx, b.tx, b.known, func(s *State) { b.folds[s.Address].rows[s.Topic] = s })
}
