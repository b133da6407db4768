package consent

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"time"

	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/store"
)

// Entry is an event as it stands in the log.
type Entry struct {
	Event
	Commitment []byte
	// Seq is the number of its leaf, -1 while it is not yet in the tree.
	Seq int64
	// Erased says that evidence and salt were destroyed.
	Erased bool
	salt   []byte
	record string
}

// Encoding is the canonical encoding of the event, which was committed to; nil
// for an erased one.
func (e *Entry) Encoding() []byte {
	if e.Erased {
		return nil
	}
	return canonical(nil, &e.Event, e.record)
}

// Record is the evidence as it is stored, a JSON object; empty for an erased event.
func (e *Entry) Record() string { return e.record }

// State lists the states of an address by topic; topic 0 is what was said about
// every topic.
func (l *Log) State(ctx context.Context, r store.Reader, address int64) (map[int64]State, error) {
	states := map[int64]State{}
	err := eachState(ctx, r, []int64{address}, func(s *State) { states[s.Topic] = *s })
	if err != nil {
		return nil, fmt.Errorf("consent: state: %w", err)
	}
	return states, nil
}

// Of names whose events are asked for: one contact's addresses, or one address.
type Of struct{ Workspace, Contact, Address int64 }

// addresses lists the address rows that are meant.
func (of Of) addresses(ctx context.Context, r store.Reader) ([]int64, error) {
	if of.Contact == 0 {
		return []int64{of.Address}, nil
	}
	return store.IDs(r.Query(ctx, sqlAddressesOf, of.Contact, of.Workspace))
}

// History goes through events in the order of the log, oldest first, with their
// evidence. It ends with the first error.
func (l *Log) History(ctx context.Context, r store.Reader, of Of) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		addresses, err := of.addresses(ctx, r)
		if err != nil {
			yield(Entry{}, fmt.Errorf("consent: history: %w", err))
			return
		}
		for after := int64(0); ; {
			page, err := entries(ctx, r, of.Workspace, addresses, after)
			if err != nil {
				yield(Entry{}, fmt.Errorf("consent: history: %w", err))
				return
			}
			for _, e := range page {
				if !yield(e, nil) {
					return
				}
				after = e.ID
			}
			if len(page) < entriesPage {
				return
			}
		}
	}
}

// EventByID reads one event; fault.NotFound if the workspace has none such.
func (l *Log) EventByID(ctx context.Context, r store.Reader, workspace, id int64) (Entry, error) {
	e, err := scanEntry(r.QueryRow(ctx, sqlEntry, id, workspace))
	if err != nil {
		return Entry{}, fmt.Errorf("consent: event: %w", err)
	}
	return e, nil
}

// entriesPage is the LIMIT of sqlEntries.
const entriesPage = 500

func entries(ctx context.Context, r store.Reader, workspace int64, addresses []int64, after int64) ([]Entry, error) {
	rows, err := r.Query(ctx, sqlEntries, store.In(addresses), workspace, after)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var page []Entry
	for rows.Next() {
		e, err := scanEntry(rows)
		if err != nil {
			return nil, err
		}
		page = append(page, e)
	}
	return page, rows.Err()
}

// scanEntry reads a row of the columns that sqlEntries names.
func scanEntry(row scanner) (Entry, error) {
	e, err := scanRaw(row)
	if err == nil && !e.Erased {
		e.Evidence, err = decodeEvidence(e.record)
	}
	return e, err
}

// scanRaw is scanEntry without making the evidence readable.
func scanRaw(row scanner) (Entry, error) {
	var e Entry
	var occurred, received, until, paused int64
	err := row.Scan(&e.ID, &e.Workspace, &e.Contact, &e.Address, &e.Channel, &e.Topic, &e.Action, &e.Basis, &e.Method,
		&occurred, &received, &until, &e.Frequency.Count, &e.Frequency.Period, &paused, &e.RefersTo, &e.Operator,
		&e.Grade, &e.Commitment, &e.AddressHash, &e.salt, &e.record, &e.Seq)
	if err != nil {
		return Entry{}, err
	}
	e.OccurredAt, e.ReceivedAt = store.Time(occurred), store.Time(received)
	e.ValidUntil, e.PausedUntil = store.Time(until), store.Time(paused)
	e.Erased = len(e.salt) == 0
	return e, nil
}

// Subject is one question of a batch: an address and a topic.
type Subject struct{ Address, Topic int64 }

// Standing is what the log says about a subject.
type Standing struct {
	// Known is false for an address that the workspace does not have or has erased.
	Known       bool
	AddressHash []byte
	// State is that of the topic, Every what was said about every topic; their zero
	// values (with Address and Topic set) if there is none.
	State, Every State
	// Stops are the live entries of the suppression list that cover the topic.
	Stops []Suppression
	// RefusedAll says that a refusal of everything is on file, covering or not.
	RefusedAll bool
}

// Standings answers a batch with three statements, in the order of the subjects.
func (l *Log) Standings(ctx context.Context, r store.Reader, workspace int64, subjects []Subject, now time.Time) ([]Standing, error) {
	ids := make([]int64, len(subjects))
	for i, s := range subjects {
		ids[i] = s.Address
	}
	slices.Sort(ids)
	ids = slices.Compact(ids)
	hashes, err := hashesOf(ctx, r, workspace, ids)
	if err != nil {
		return nil, fmt.Errorf("consent: standings: %w", err)
	}
	states := map[Subject]State{}
	err = eachState(ctx, r, ids, func(s *State) { states[Subject{s.Address, s.Topic}] = *s })
	if err != nil {
		return nil, fmt.Errorf("consent: standings: %w", err)
	}
	live, err := liveOf(ctx, r, workspace, hashes)
	if err != nil {
		return nil, fmt.Errorf("consent: standings: %w", err)
	}
	out := make([]Standing, len(subjects))
	for i, q := range subjects {
		s := &out[i]
		s.State, s.Every = State{Address: q.Address, Topic: q.Topic}, State{Address: q.Address}
		if s.AddressHash, s.Known = hashes[q.Address]; !s.Known {
			continue
		}
		if st, ok := states[q]; ok {
			s.State = st
		}
		if st, ok := states[Subject{q.Address, 0}]; ok {
			s.Every = st
		}
		s.judge(live[string(s.AddressHash)], now)
	}
	return out, nil
}

func (s *Standing) judge(live []Suppression, now time.Time) {
	for _, entry := range live {
		s.RefusedAll = s.RefusedAll || (entry.Kind.Permanent() && entry.Topic == 0)
		if Covers(entry, s.State, now) {
			s.Stops = append(s.Stops, entry)
		}
	}
}

// hashesOf reads the hashes of those addresses that the workspace has and has not erased.
func hashesOf(ctx context.Context, r store.Reader, workspace int64, ids []int64) (map[int64][]byte, error) {
	rows, err := r.Query(ctx, sqlHashes, store.In(ids), workspace)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	hashes := make(map[int64][]byte, len(ids))
	for rows.Next() {
		var id, erased int64
		var hash []byte
		if err := rows.Scan(&id, &hash, &erased); err != nil {
			return nil, err
		}
		if erased == 0 {
			hashes[id] = hash
		}
	}
	return hashes, rows.Err()
}

func liveOf(ctx context.Context, r store.Reader, workspace int64, hashes map[int64][]byte) (map[string][]Suppression, error) {
	list := make([][]byte, 0, len(hashes))
	for _, h := range hashes {
		list = append(list, h)
	}
	rows, err := r.Query(ctx, sqlLive, workspace, store.In(list))
	if err != nil {
		return nil, err
	}
	found, err := scanSuppressions(rows)
	live := make(map[string][]Suppression, len(found))
	for _, s := range found {
		live[string(s.AddressHash)] = append(live[string(s.AddressHash)], s)
	}
	return live, err
}

// Suppressed says which address hashes of a workspace have a live entry without
// end, for all topics or for some, as a set keyed by string(hash).
func (l *Log) Suppressed(ctx context.Context, r store.Reader, workspace int64, hashes [][]byte) (map[string]bool, error) {
	found := map[string]bool{}
	for part := range slices.Chunk(hashes, appendAtOnce) {
		if err := suppressedPart(ctx, r, workspace, part, found); err != nil {
			return nil, fmt.Errorf("consent: suppressed: %w", err)
		}
	}
	return found, nil
}

func suppressedPart(ctx context.Context, r store.Reader, workspace int64, hashes [][]byte, found map[string]bool) error {
	rows, err := r.Query(ctx, sqlSuppressed, workspace, store.In(hashes))
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var hash []byte
		if err := rows.Scan(&hash); err != nil {
			return err
		}
		found[string(hash)] = true
	}
	return rows.Err()
}

// noSuch says whether an error means that there is nothing yet.
func noSuch(err error) bool { return fault.Is(err, fault.NotFound) }
