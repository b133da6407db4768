package consent

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"github.com/kyodaku/kyodaku/internal/store"
)

// project folds the events in and writes what changed.
func (b *batch) project(ctx context.Context) error {
	var changes []*Event
	var outdated []notice
	seen := map[int64]effect{}
	for _, e := range b.events {
		f := b.folds[e.Address]
		if e.fresh {
			f.person = e.person
		}
		does := f.apply(e)
		if e.Action.kind() == changing { // no refusal, but permits given before are out of date
			outdated = append(outdated, notice{workspace: e.Workspace, hash: e.AddressHash, topic: e.Topic, event: e.ID, at: e.ReceivedAt, lifted: true})
		}
		if does == none {
			continue
		}
		// Within one go an address only refuses or only grants, so that the order
		// between the rows of the suppression list stays that of the events.
		if before, ok := seen[e.Address]; ok && before != does {
			if err := b.suppress(ctx, changes); err != nil {
				return err
			}
			changes, seen = nil, map[int64]effect{}
		}
		changes, seen[e.Address] = append(changes, e), does
	}
	if err := b.saveStates(ctx); err != nil {
		return err
	}
	if _, err := b.l.feed(ctx, b.tx, outdated); err != nil {
		return err
	}
	return b.suppress(ctx, changes)
}

// Widths of the rows of sqlPutStates and sqlPutPlain.
const (
	stateWidth = 17
	plainWidth = 13
)

// saveStates writes the rows that changed, in the order of their keys.
func (b *batch) saveStates(ctx context.Context) error {
	plain, choosy := make([]any, 0, plainWidth*len(b.addresses)), []any(nil)
	for _, id := range b.addresses {
		f := b.folds[id]
		for _, topic := range slices.Sorted(maps.Keys(f.dirty)) {
			s := f.rows[topic]
			if s.plain() {
				plain = b.stateRow(plain, s, f.person)
				continue
			}
			choosy = append(b.stateRow(choosy, s, f.person),
				store.Micros(s.ValidUntil), int64(s.Frequency.Count), string(s.Frequency.Period), store.Micros(s.PausedUntil))
		}
	}
	if err := b.tx.InsertRows(ctx, sqlPutPlain, sqlPutStatesTail, plainWidth, plain); err != nil {
		return err
	}
	return b.tx.InsertRows(ctx, sqlPutStates, sqlPutStatesTail, stateWidth, choosy)
}

// plain says that nothing was chosen: how often, until when, or a pause.
func (s *State) plain() bool {
	return s.ValidUntil.IsZero() && s.Frequency == Frequency{} && s.PausedUntil.IsZero()
}

// stateRow appends a row of sqlPutPlain. What the row rests on is sorted here if it is one
// of the events just appended, which are in the order of their ids, else later (SortKinds).
func (b *batch) stateRow(args []any, s *State, person int64) []any {
	kind, at := int64(0), int64(0)
	if i, ok := slices.BinarySearchFunc(b.events, s.Event, func(e *Event, id int64) int { return cmp.Compare(e.ID, id) }); ok {
		kind, at = groundOf(s, b.events[i].Evidence.Facts)
	}
	return append(args, s.Address, s.Topic, s.Workspace, s.Contact, string(s.Status), string(s.Basis), string(s.Grade),
		s.Event, s.OwnEvent, store.Micros(s.Since), person, kind, at)
}

// suppress writes the suppression rows of refusals and lifts those that own acts end.
func (b *batch) suppress(ctx context.Context, events []*Event) error {
	var notices []notice
	var own, no []*Event
	for _, e := range events {
		if e.Action.Refuses() {
			no = append(no, e)
			notices = append(notices, notice{workspace: e.Workspace, hash: e.AddressHash, topic: e.Topic, event: e.ID, at: e.ReceivedAt})
			continue
		}
		own = append(own, e)
	}
	lifted, err := b.lift(ctx, own)
	if err != nil {
		return err
	}
	if err := b.addRefusals(ctx, no); err != nil {
		return err
	}
	refused, err := b.l.feed(ctx, b.tx, append(notices, lifted...))
	b.refused = append(b.refused, refused...)
	return err
}

// liveKey is what a live suppression row is unique by, within its workspace.
type liveKey struct {
	hash  string
	kind  SuppressionKind
	topic int64
}

func suppressionOf(e *Event) liveKey {
	k := liveKey{hash: string(e.AddressHash), kind: SuppressionRefusal, topic: e.Topic}
	if e.Action == ActionComplained {
		k.kind = SuppressionComplaint
	}
	return k
}

// addRefusals writes a live row for each refusal; the last of several counts.
func (b *batch) addRefusals(ctx context.Context, events []*Event) error {
	last := make(map[liveKey]int, len(events))
	for i, e := range events {
		last[suppressionOf(e)] = i
	}
	var args []any
	for i, e := range events {
		k := suppressionOf(e)
		if last[k] != i {
			continue
		}
		id, err := b.tx.NewID(ctx)
		if err != nil {
			return err
		}
		args = append(args, id, e.Workspace, string(e.Channel), e.AddressHash, string(k.kind), e.Topic, e.ID,
			string(e.Method), e.Operator, store.Micros(e.ReceivedAt))
	}
	return b.tx.InsertRows(ctx, sqlAddRefusals, sqlAddRefusalsTail, 10, args)
}

// lift ends the refusals of the very topics that own acts grant, and tells which
// topics the gates may open again.
func (b *batch) lift(ctx context.Context, own []*Event) ([]notice, error) {
	if len(own) == 0 {
		return nil, nil
	}
	hashes := make([][]byte, 0, len(own))
	for _, e := range own {
		hashes = append(hashes, e.AddressHash)
	}
	live := map[string][]Suppression{}
	rows, err := b.tx.Query(ctx, sqlLiveRefusals, own[0].Workspace, store.In(hashes))
	if err != nil {
		return nil, err
	}
	list, err := scanSuppressions(rows)
	if err != nil {
		return nil, err
	}
	for _, s := range list {
		live[string(s.AddressHash)] = append(live[string(s.AddressHash)], s)
	}
	var notices []notice
	for _, e := range own {
		opened := false
		for _, s := range live[string(e.AddressHash)] {
			opened = opened || s.Topic == 0 || s.Topic == e.Topic
			if s.Topic != e.Topic {
				continue
			}
			// Rare: one person who comes back.
			if _, err := b.tx.Exec(ctx, sqlLift, store.Micros(e.ReceivedAt), e.ID, s.ID); err != nil {
				return nil, err
			}
		}
		if opened {
			notices = append(notices, notice{workspace: e.Workspace, hash: e.AddressHash, topic: e.Topic, event: e.ID, at: e.ReceivedAt, lifted: true})
		}
	}
	return notices, nil
}

func eachState(ctx context.Context, r store.Reader, addresses []int64, fn func(*State)) error {
	rows, err := r.Query(ctx, sqlStates, store.In(addresses))
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		s, err := scanState(rows)
		if err != nil {
			return err
		}
		fn(&s)
	}
	return rows.Err()
}

// scanner is a row that can be read.
type scanner interface{ Scan(dest ...any) error }

func scanState(row scanner) (State, error) {
	var s State
	var since, until, paused int64
	err := row.Scan(&s.Address, &s.Topic, &s.Workspace, &s.Contact, &s.Status, &s.Basis, &s.Grade, &s.Event, &s.OwnEvent,
		&since, &until, &s.Frequency.Count, &s.Frequency.Period, &paused)
	s.Since, s.ValidUntil, s.PausedUntil = store.Time(since), store.Time(until), store.Time(paused)
	return s, err
}
