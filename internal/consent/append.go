package consent

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/kyodaku/kyodaku/internal/addr"
	"github.com/kyodaku/kyodaku/internal/consent/ledger"
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
	for part := range slices.Chunk(events, appendAtOnce) {
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
	l         *Log
	tx        *store.Tx
	events    []*Event
	addresses []int64
	folds     map[int64]*fold
	refused   []Refused
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
	b.addresses = distinct(b.events)
	type known struct {
		workspace, contact int64
		channel            addr.Channel
		hash               []byte
	}
	found := make(map[int64]known, len(b.addresses))
	rows, err := b.tx.Query(ctx, sqlHoldAddresses, store.In(b.addresses))
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

// distinct lists the addresses of events in ascending order.
func distinct(events []*Event) []int64 {
	ids := make([]int64, len(events))
	for i, e := range events {
		ids[i] = e.Address
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// number gives ids that are higher than those of every earlier event of these
// addresses. Nodes reserve ids in blocks, so a node may have to leave the rest of
// an old block: a new block is beyond every id given out anywhere.
func (b *batch) number(ctx context.Context) error {
	var floor int64
	if err := b.tx.QueryRow(ctx, sqlLastEvent, store.In(b.addresses)).Scan(&floor); err != nil {
		return err
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

// record writes events, evidence and the sequencer's work list.
func (b *batch) record(ctx context.Context) error {
	n := len(b.events)
	events, evidence, pending := make([]any, 0, 19*n), make([]any, 0, 3*n), make([]any, 0, 2*n)
	salts := ledger.Salts(n)
	var encoded []byte
	for i, e := range b.events {
		if e.Action.Grants() && e.Grade == "" {
			e.Grade = gradeOf(e)
		}
		text, err := encodeEvidence(&e.Evidence)
		if err != nil {
			return err
		}
		encoded = canonical(encoded[:0], e, text)
		events = append(events, e.ID, e.Workspace, e.Contact, e.Address, string(e.Channel), e.Topic, string(e.Action),
			string(e.Basis), string(e.Method), store.Micros(e.OccurredAt), store.Micros(e.ReceivedAt),
			store.Micros(e.ValidUntil), e.Frequency.Count, string(e.Frequency.Period), store.Micros(e.PausedUntil),
			e.RefersTo, e.Operator, string(e.Grade), ledger.Commit(salts[i], encoded))
		evidence = append(evidence, e.ID, salts[i], text)
		pending = append(pending, e.ID, e.Workspace)
	}
	if err := b.tx.InsertRows(ctx, sqlAddEvents, "", 19, events); err != nil {
		return err
	}
	if err := b.tx.InsertRows(ctx, sqlAddEvidence, "", 3, evidence); err != nil {
		return err
	}
	return b.tx.InsertRows(ctx, sqlAddPending, "", 2, pending)
}

func (b *batch) loadStates(ctx context.Context) error {
	for _, id := range b.addresses {
		b.folds[id] = newFold()
	}
	return eachState(ctx, b.tx, b.addresses, func(s *State) { b.folds[s.Address].rows[s.Topic] = s })
}
