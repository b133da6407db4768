package preference

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/addr"
	"github.com/kyodaku/kyodaku/internal/consent"
	"github.com/kyodaku/kyodaku/internal/contact"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/law"
	"github.com/kyodaku/kyodaku/internal/store"
)

// Way is how a refusal reached the sender's staff. Any way counts (特定電子メール法
// 3条3項、施行規則5条).
type Way string

// The ways.
const (
	ByPhone   Way = "phone"
	ByLetter  Way = "letter"
	ByReply   Way = "reply"
	AtCounter Way = "counter"
	OtherWays Way = "other"
)

// Ways lists the ways in the order in which they are offered.
func Ways() []Way { return []Way{ByPhone, ByLetter, ByReply, AtCounter, OtherWays} }

// Valid says whether the way is one of ours.
func (w Way) Valid() bool {
	return w == ByPhone || w == ByLetter || w == ByReply || w == AtCounter || w == OtherWays
}

// WayKey is the catalogue key of a way's text.
func (w Way) WayKey() string { return "preference.way." + string(w) }

// Refusal is a refusal that staff enter for somebody. The names of wrong fields
// are channel, address, topics, way, note and received.
type Refusal struct {
	Workspace int64
	Channel   addr.Channel
	// Address is as the person gave it; it need not be known.
	Address string
	// Topics are what was refused; none is everything.
	Topics []int64
	Way    Way
	// Note is what was said, in the staff's words; it may be empty.
	Note string
	// Received is when the person said so: it may be earlier than now.
	Received time.Time
}

// maxNote is the longest note, in characters.
const maxNote = 1000

func (f Refusal) check(now time.Time) (addr.Address, error) {
	var wrong fault.Fields
	a, err := addr.Parse(f.Channel, strings.TrimSpace(f.Address))
	if e, ok := errors.AsType[*fault.Error](err); ok {
		for _, field := range e.Fields {
			wrong.Add(field.Name, field.Key, field.Args...)
		}
	}
	if !f.Way.Valid() {
		wrong.Add("way", "preference.enter.way")
	}
	if len([]rune(f.Note)) > maxNote {
		wrong.Add("note", "preference.enter.note", "Max", maxNote)
	}
	if f.Received.IsZero() || f.Received.After(now.Add(time.Minute)) || f.Received.Year() < 1990 {
		wrong.Add("received", "preference.enter.received")
	}
	if err := wrong.Err(); err != nil {
		return nil, err
	}
	return a, err
}

// Entered is what a Refusal became.
type Entered struct {
	// Address is the address row, Contact the person it belongs to (0: nobody known).
	Address, Contact int64
	// Events are the recorded refusals, one for each topic.
	Events []int64
}

// Enter records a refusal that a person gave by telephone, letter or otherwise. It
// is binding when Enter returns. An address that is not known yet is refused all
// the same, so that a later import does not mail it.
func (d *Desk) Enter(ctx context.Context, by account.By, f Refusal, now time.Time) (Entered, error) {
	a, err := f.check(now)
	if err != nil {
		return Entered{}, failed("enter", err)
	}
	ctx, cancel := lasting(ctx)
	defer cancel()
	var out Entered
	var refused []consent.Refused
	err = d.DB.Write(ctx, func(tx *store.Tx) (err error) {
		out, refused, err = d.enter(ctx, tx, by, f, a, now)
		return err
	})
	if err != nil {
		return Entered{}, failed("enter", err)
	}
	return out, failed("enter", d.Gate.Fence(ctx, refused))
}

func (d *Desk) enter(ctx context.Context, tx *store.Tx, by account.By, f Refusal, a addr.Address, now time.Time) (Entered, []consent.Refused, error) {
	row, err := d.addressFor(ctx, tx, f.Workspace, a, now)
	if err != nil {
		return Entered{}, nil, err
	}
	if _, err := hold(ctx, tx, row.ID); err != nil {
		return Entered{}, nil, err
	}
	s, err := d.standing(ctx, tx, row, now)
	if err != nil {
		return Entered{}, nil, err
	}
	events, err := d.refusals(ctx, tx, by, f, row, s)
	if err != nil {
		return Entered{}, nil, err
	}
	for _, e := range events {
		e.ReceivedAt = now
	}
	refused, err := d.Consents.Append(ctx, tx, events)
	if err != nil {
		return Entered{}, nil, err
	}
	out := Entered{Address: row.ID, Contact: row.Contact}
	ids, topics := []string{}, []string{}
	for _, e := range events {
		out.Events = append(out.Events, e.ID)
		ids, topics = append(ids, store.Public("evt", e.ID)), append(topics, publicTopic(e.Topic))
	}
	return out, refused, d.Accounts.Audit(ctx, tx, account.Entry{
		Workspace: f.Workspace, Actor: by.Actor, Action: "refusal.enter", Network: by.Network,
		Subject: account.Subject{Kind: "address", ID: row.ID}, Reason: string(f.Way),
		Detail: map[string]any{"events": ids, "topics": topics},
	}, now)
}

func publicTopic(id int64) string {
	if id == 0 {
		return "all"
	}
	return store.Public(topicPrefix, id)
}

// addressFor finds the row of an address, and makes one of nobody if there is none.
// One that was erased stays erased: its hash is enough to refuse by.
func (d *Desk) addressFor(ctx context.Context, tx *store.Tx, workspace int64, a addr.Address, now time.Time) (contact.Address, error) {
	row, err := d.People.AddressByHash(ctx, tx, workspace, d.People.Hash(workspace, a))
	if fault.Is(err, fault.NotFound) {
		row, _, err = d.People.EnsureAddress(ctx, tx, workspace, a, now)
	}
	return row, err
}

func (d *Desk) refusals(ctx context.Context, tx *store.Tx, by account.By, f Refusal, row contact.Address, s standing) ([]*consent.Event, error) {
	topics := f.Topics
	if len(topics) == 0 {
		topics = []int64{0}
	}
	events := make([]*consent.Event, 0, len(topics))
	for _, topic := range topics {
		e := no{topic: topic, method: consent.MethodOperator}.event(s, f.Received)
		if topic != 0 {
			if _, err := d.Consents.TopicByID(ctx, tx, f.Workspace, topic); err != nil {
				return nil, fault.Bad("topics", "preference.enter.topic")
			}
		}
		e.Workspace, e.Address = f.Workspace, row.ID
		e.Evidence.Source, e.Evidence.Note = string(f.Way), strings.TrimSpace(f.Note)
		e.Evidence.Rule = string(d.Gate.Rules().RefusalRule(law.RefusalFacts{Way: string(f.Way)}, f.Received))
		if by.Actor.Kind == account.ActorOperator {
			e.Operator = by.Actor.ID
		}
		events = append(events, e)
	}
	return events, nil
}
