package consent

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/kyodaku/kyodaku/internal/store"
)

// Difference is a place where what was stored did not follow from the log.
type Difference struct {
	Address, Topic int64
	// Suppression says that it is an entry of the suppression list, not a state.
	Suppression bool
	// Stored and Computed are the states; zero where there is none.
	Stored, Computed State
}

// Rebuilt is the outcome of a Rebuild.
type Rebuilt struct {
	Addresses, Events int64
	// Found counts the differences; Differences holds the first hundred.
	Found       int64
	Differences []Difference
}

// differencesMost bounds a report.
const differencesMost = 100

func (r *Rebuilt) add(d Difference) {
	r.Found++
	if len(r.Differences) < differencesMost {
		r.Differences = append(r.Differences, d)
	}
}

func (r *Rebuilt) merge(part Rebuilt) {
	r.Addresses += part.Addresses
	r.Events += part.Events
	r.Found += part.Found
	r.Differences = append(r.Differences, part.Differences...)
	r.Differences = r.Differences[:min(len(r.Differences), differencesMost)]
}

// rebuildAtOnce is the LIMIT of sqlRebuildAddresses.
const rebuildAtOnce = 200

// Rebuild computes a workspace's projection anew from the log, stores it where it
// differs, and reports the differences. Missing refusals are added to the
// suppression list; entries without an event are left as they are, for a no is
// never taken away by a program. It may run beside everything else.
func (l *Log) Rebuild(ctx context.Context, workspace int64) (Rebuilt, error) {
	var total Rebuilt
	for after := int64(0); ; {
		var part Rebuilt
		var last int64
		err := l.db.Write(ctx, func(tx *store.Tx) (err error) {
			part = Rebuilt{}
			last, err = l.rebuildPart(ctx, tx, workspace, after, &part)
			return err
		})
		if err != nil {
			return total, fmt.Errorf("consent: rebuild: %w", err)
		}
		total.merge(part)
		if part.Addresses < rebuildAtOnce {
			return total, nil
		}
		after = last
	}
}

func (l *Log) rebuildPart(ctx context.Context, tx *store.Tx, workspace, after int64, out *Rebuilt) (last int64, err error) {
	hashes, err := rebuildAddresses(ctx, tx, workspace, after)
	if err != nil {
		return 0, err
	}
	b := batch{l: l, tx: tx, addresses: slices.Sorted(maps.Keys(hashes)), folds: map[int64]*fold{}}
	out.Addresses = int64(len(b.addresses))
	if len(b.addresses) == 0 {
		return 0, nil
	}
	last = b.addresses[len(b.addresses)-1]
	refusals, err := b.replay(ctx, hashes, out)
	if err != nil {
		return 0, err
	}
	if err := b.compareStates(ctx, out); err != nil {
		return 0, err
	}
	return last, b.compareRefusals(ctx, workspace, hashes, refusals, out)
}

func rebuildAddresses(ctx context.Context, tx *store.Tx, workspace, after int64) (map[int64][]byte, error) {
	rows, err := tx.Query(ctx, sqlRebuildAddresses, workspace, after)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	hashes := map[int64][]byte{}
	for rows.Next() {
		var id int64
		var hash []byte
		if err := rows.Scan(&id, &hash); err != nil {
			return nil, err
		}
		hashes[id] = hash
	}
	return hashes, rows.Err()
}

// replay folds the whole history of the addresses and returns the refusals that
// must be live.
func (b *batch) replay(ctx context.Context, hashes map[int64][]byte, out *Rebuilt) (map[liveKey]*Event, error) {
	for _, id := range b.addresses {
		b.folds[id] = newFold()
	}
	rows, err := b.tx.Query(ctx, sqlReplay, store.In(b.addresses))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	live := map[liveKey]*Event{}
	for rows.Next() {
		entry, err := scanRaw(rows)
		if err != nil {
			return nil, err
		}
		e := &entry.Event
		e.AddressHash = hashes[e.Address]
		out.Events++
		switch b.folds[e.Address].apply(e) {
		case suppresses:
			live[suppressionOf(e)] = e
		case lifts:
			for _, k := range []SuppressionKind{SuppressionRefusal, SuppressionComplaint} {
				delete(live, liveKey{hash: string(e.AddressHash), kind: k, topic: e.Topic})
			}
		}
	}
	return live, rows.Err()
}

func (b *batch) compareStates(ctx context.Context, out *Rebuilt) error {
	stored := map[Subject]State{}
	err := eachState(ctx, b.tx, b.addresses, func(s *State) { stored[Subject{s.Address, s.Topic}] = *s })
	if err != nil {
		return err
	}
	for _, id := range b.addresses {
		f := b.folds[id]
		clear(f.dirty)
		for topic, s := range f.rows {
			was := stored[Subject{id, topic}]
			delete(stored, Subject{id, topic})
			if was != *s {
				f.dirty[topic] = true
				out.add(Difference{Address: id, Topic: topic, Stored: was, Computed: *s})
			}
		}
	}
	for at, was := range stored { // rows that nothing in the log explains
		out.add(Difference{Address: at.Address, Topic: at.Topic, Stored: was})
		if _, err := b.tx.Exec(ctx, sqlDropState, at.Address, at.Topic); err != nil {
			return err
		}
	}
	return b.saveStates(ctx)
}

func (b *batch) compareRefusals(ctx context.Context, workspace int64, hashes map[int64][]byte, want map[liveKey]*Event, out *Rebuilt) error {
	rows, err := b.tx.Query(ctx, sqlLiveRefusals, workspace, store.In(slices.Collect(maps.Values(hashes))))
	if err != nil {
		return err
	}
	list, err := scanSuppressions(rows)
	if err != nil {
		return err
	}
	byHash := make(map[string]int64, len(hashes))
	for id, h := range hashes {
		byHash[string(h)] = id
	}
	for _, s := range list {
		k := liveKey{hash: string(s.AddressHash), kind: s.Kind, topic: s.Topic}
		e, ok := want[k]
		if ok && e.ID == s.Event {
			delete(want, k)
		}
		if !ok && s.Event != 0 {
			out.add(Difference{Address: byHash[k.hash], Topic: s.Topic, Suppression: true})
		}
	}
	missing := slices.SortedFunc(maps.Values(want), func(a, b *Event) int { return int(a.ID - b.ID) })
	for _, e := range missing {
		out.add(Difference{Address: e.Address, Topic: e.Topic, Suppression: true})
	}
	return b.suppress(ctx, missing)
}
