package consent

import (
	"bytes"
	"context"
	"encoding/hex"
	"fmt"
	"time"

	"github.com/kyodaku/kyodaku/internal/addr"
	"github.com/kyodaku/kyodaku/internal/contact"
	"github.com/kyodaku/kyodaku/internal/store"
)

// The contacts' view of the log.
var _ contact.Ledger = (*Log)(nil)

// Imported records what the rows of a file say: a permission for each topic, or a
// refusal. A row without refusal and topic is fault.Invalid. Whoever calls it has the
// refusals fenced after the commit (gate.FenceCommitted).
func (l *Log) Imported(ctx context.Context, tx *store.Tx, grants []contact.Grant) error {
	events := make([]*Event, 0, len(grants))
	var raw []byte
	var hash string
	for i := range grants {
		g := &grants[i]
		if !bytes.Equal(raw, g.FileHash) {
			raw, hash = g.FileHash, hex.EncodeToString(g.FileHash)
		}
		topics := g.Topics
		if len(topics) == 0 {
			topics = []int64{0} // right for a refusal; Append says no to a permission
		}
		for _, topic := range topics {
			events = append(events, importedEvent(g, topic, hash))
		}
	}
	if _, err := l.Append(ctx, tx, events); err != nil {
		return fmt.Errorf("consent: imported: %w", err)
	}
	return nil
}

func importedEvent(g *contact.Grant, topic int64, hash string) *Event {
	e := &Event{
		Workspace: g.Workspace, Contact: g.Contact, Address: g.Address, AddressHash: g.Hash, Topic: topic,
		Action: ActionGranted, Basis: Basis(g.Basis), Method: MethodImport, OccurredAt: g.At, ReceivedAt: g.ReceivedAt,
		Operator: g.Operator, Channel: addr.Email, fresh: g.Fresh, person: g.Person,
		Evidence: Evidence{Address: g.Shown, File: g.File, FileHash: hash, Line: g.Line, Source: g.Source, Note: g.Evidence, Facts: g.Facts},
	}
	if !g.RefusedAt.IsZero() {
		e.Action, e.Basis, e.OccurredAt, e.Evidence.Facts = ActionRefused, "", g.RefusedAt, nil
		e.Evidence.Rule = g.Rule
	}
	return e
}

// Merged records that the addresses of one contact belong to another now. For
// each topic the strictest word counts for all of the person's addresses on the
// same channel: a refusal at one withdraws the permission at the others, a pause
// and a frequency spread likewise. A refusal of everything spreads as such unless
// the person has since asked for something again at that address. Whoever calls it has the
// refusals fenced after the commit (gate.FenceCommitted).
func (l *Log) Merged(ctx context.Context, tx *store.Tx, from, into int64, now time.Time) error {
	joint, err := jointOf(ctx, tx, from, into)
	if err != nil {
		return fmt.Errorf("consent: merged: %w", err)
	}
	var events []*Event
	for _, a := range joint {
		base := Event{Workspace: a.workspace, Contact: into, Address: a.id, Method: MethodMerge, OccurredAt: now}
		if a.contact == from {
			moved := base
			moved.Action = ActionMerged
			events = append(events, &moved)
		}
		for _, other := range joint {
			if other.id != a.id && other.channel == a.channel {
				events = append(events, a.inherit(other, base)...)
			}
		}
	}
	if _, err := l.Append(ctx, tx, events); err != nil {
		return fmt.Errorf("consent: merged: %w", err)
	}
	return nil
}

// joined is an address of two contacts that become one, with its states.
type joined struct {
	id, workspace, contact int64
	channel                string
	fold                   *fold
}

func jointOf(ctx context.Context, tx *store.Tx, from, into int64) ([]*joined, error) {
	var list []*joined
	byID := map[int64]*joined{}
	rows, err := tx.Query(ctx, sqlHoldJoined, store.In([]int64{from, into}))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var ids []int64
	for rows.Next() {
		a := &joined{fold: newFold()}
		if err := rows.Scan(&a.id, &a.workspace, &a.contact, &a.channel); err != nil {
			return nil, err
		}
		list, ids, byID[a.id] = append(list, a), append(ids, a.id), a
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	err = eachState(ctx, tx, ids, func(s *State) {
		a := byID[s.Address]
		a.fold.rows[s.Topic] = s
		if s.Contact == from {
			a.contact = from // it may have been moved just before
		}
	})
	return list, err
}

// inherit lists the events that make a as strict as other.
func (a *joined) inherit(other *joined, base Event) []*Event {
	var events []*Event
	add := func(action Action, topic int64, from *State) {
		e := base
		e.Action, e.Topic, e.RefersTo = action, topic, from.Event
		e.PausedUntil, e.Frequency = time.Time{}, Frequency{}
		switch action {
		case ActionPaused:
			e.PausedUntil = from.PausedUntil
		case ActionFrequencyChanged:
			e.Frequency = from.Frequency
		}
		events = append(events, &e)
	}
	every := other.fold.rows[0]
	if every.refusing() && !other.fold.reopened() && !a.fold.rows[0].refusing() {
		add(ActionWithdrawn, 0, every)
		return events
	}
	for topic, mine := range a.fold.rows {
		if topic != 0 && mine.Status == StatusGiven && other.fold.refused(topic) {
			no := other.fold.rows[topic]
			if !no.refusing() {
				no = every
			}
			add(ActionWithdrawn, topic, no)
		}
	}
	for topic, theirs := range other.fold.rows {
		mine := a.fold.rows[topic]
		if mine == nil && topic != 0 {
			continue
		}
		if mine == nil {
			mine = &State{}
		}
		if theirs.PausedUntil.After(mine.PausedUntil) {
			add(ActionPaused, topic, theirs)
		}
		if theirs.Frequency.Stricter(mine.Frequency) {
			add(ActionFrequencyChanged, topic, theirs)
		}
	}
	return events
}

// reopened says whether some topic is given in spite of a refusal of everything.
func (f *fold) reopened() bool {
	for topic, s := range f.rows {
		if topic != 0 && s.Status == StatusGiven && !f.refused(topic) {
			return true
		}
	}
	return false
}

// Forget destroys evidence and salt of all events of some addresses, where there is
// nothing left to prove. The events stay in the log, as commitments that can no
// longer be opened.
func (l *Log) Forget(ctx context.Context, tx *store.Tx, addresses []int64) error {
	if _, err := tx.Exec(ctx, sqlDestroyEvidence, store.In(addresses)); err != nil {
		return fmt.Errorf("consent: forget: %w", err)
	}
	if _, err := tx.Exec(ctx, sqlDestroyBasis, store.In(addresses)); err != nil {
		return fmt.Errorf("consent: forget: %w", err)
	}
	return nil
}

// Erased records the erasure as a refusal of everything and destroys evidence and
// salts of all events of the person's addresses. The commitments stay: the tree
// still verifies, and nothing says any more what they were.
func (l *Log) Erased(ctx context.Context, tx *store.Tx, c contact.Contact, now time.Time) error {
	addresses, err := Of{Workspace: c.Workspace, Contact: c.ID}.addresses(ctx, tx)
	if err != nil {
		return fmt.Errorf("consent: erased: %w", err)
	}
	if len(addresses) == 0 {
		return nil
	}
	if err := l.Forget(ctx, tx, addresses); err != nil {
		return err
	}
	events := make([]*Event, len(addresses))
	for i, id := range addresses {
		events[i] = &Event{Workspace: c.Workspace, Contact: c.ID, Address: id, Action: ActionErased, Method: MethodErasure, OccurredAt: now}
	}
	if _, err := l.Append(ctx, tx, events); err != nil {
		return fmt.Errorf("consent: erased: %w", err)
	}
	return nil
}
