package delivery

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/kyodaku/kyodaku/internal/gate"
	"github.com/kyodaku/kyodaku/internal/law"
	"github.com/kyodaku/kyodaku/internal/store"
)

// Kind is what made a message; it chooses the Writer and the retry policy.
type Kind string

// Outcome is how a message ended, or Deferred while it is tried again.
type Outcome string

// The outcomes.
const (
	Delivered Outcome = "delivered"
	Deferred  Outcome = "deferred"
	Failed    Outcome = "failed"
	Withheld  Outcome = "withheld"
	Uncertain Outcome = "uncertain"
)

// The states of a row. Parked rows belong to a paused campaign.
const (
	stateQueued = 0
	stateLeased = 1
	stateDot    = 2
	stateDone   = 3
	stateParked = 4
)

// Item is one message to be put into the outbox, with the gate's answer. A
// refused one is stored too, as withheld, so that "why not?" has an answer.
type Item struct {
	Kind      Kind
	Workspace int64
	// Profile is the sender profile the gate was asked about.
	Profile  int64
	Campaign int64
	Version  int64
	Contact  int64
	// Domain is the recipient's mail domain in ASCII, by which lanes are chosen.
	Domain   string
	Request  gate.Request
	Decision gate.Decision
	// Priority orders within a lane; lower goes first.
	Priority int
	// Payload is what the Writer needs beyond the ids (JSON), or empty.
	Payload string
	RunAt   time.Time
}

// Priorities: what a person waits for goes before what was planned.
const (
	PriorityPerson = 0
	PriorityBulk   = 10
)

// Outbox is the door to the queue.
type Outbox struct {
	lanes func(domain string) string
	// nudge wakes the engine of this process; never blocks.
	nudge func()
}

// errNoDecision is a defect of the caller: it did not ask the gate.
var errNoDecision = errors.New("delivery: an item carries no decision of the gate")

// outboxWidth is the number of columns of sqlPut.
const outboxWidth = 24

// Put stores messages in the caller's transaction, with few statements, and
// returns their ids in order. Rows already there for the same campaign and
// address are left as they are.
func (o *Outbox) Put(ctx context.Context, tx *store.Tx, items []Item, now time.Time) ([]int64, error) {
	ids := make([]int64, len(items))
	args := make([]any, 0, len(items)*outboxWidth)
	for i, it := range items {
		id, err := tx.NewID(ctx)
		if err != nil {
			return nil, fmt.Errorf("delivery: put: %w", err)
		}
		row, err := o.row(id, it, now)
		if err != nil {
			return nil, err
		}
		ids[i], args = id, append(args, row...)
	}
	if err := tx.InsertRows(ctx, sqlPut, sqlPutOnce, outboxWidth, args); err != nil {
		return nil, fmt.Errorf("delivery: put: %w", err)
	}
	tx.OnCommit(o.nudge)
	return ids, nil
}

func (o *Outbox) row(id int64, it Item, now time.Time) ([]any, error) {
	state, outcome, rule, finished := stateQueued, Outcome(""), "", int64(0)
	event, rules, at := it.Decision.Permit.Event(), it.Decision.Permit.Rules(), it.Decision.Permit.At()
	switch no := it.Decision.Refusal; {
	case no != nil:
		state, outcome, rule, finished = stateDone, Withheld, string(no.Rule), store.Micros(now)
		event, rules, at = no.Event, no.Rules, now
	case it.Request.Address == 0 || it.Decision.Permit.Request() != it.Request:
		return nil, errNoDecision
	}
	return []any{
		id, it.Workspace, string(it.Kind), it.Campaign, it.Version, it.Contact, it.Request.Address,
		it.Request.Topic, string(it.Request.Class), it.Profile, it.Domain, o.lane(it), it.Priority,
		state, string(outcome), store.Micros(it.RunAt), string(gate.Planned), store.Micros(at), event, rules,
		rule, it.Payload, store.Micros(now), finished,
	}, nil
}

// Leased is a row that this node may hand off until its lease ends.
type Leased struct {
	ID        int64
	Kind      Kind
	Workspace int64
	Profile   int64
	Campaign  int64
	Version   int64
	Contact   int64
	Domain    string
	Request   gate.Request
	Payload   string
	// Attempts counts this one too.
	Attempts  int
	CreatedAt time.Time
	// StripAds says that the letter must be written without its advertising: the gate
	// lets it pass only so (gate.Permit.StripAds).
	StripAds bool
	// Measure is what is known of the letter before it is written.
	Measure Measure
	// lease counts the leases of the row up to this one.
	lease int64
	// event is the consent event that the row names so far.
	event    int64
	priority int
}

func (w Leased) place() place { return place{id: w.ID, lease: w.lease} }

// urgent begins the names of the lanes for what somebody waits for: they have
// sessions of their own, so that no campaign is in the way.
const urgent = "!"

func isUrgent(lane string) bool { return strings.HasPrefix(lane, urgent) }

func (o *Outbox) lane(it Item) string {
	if it.Priority < PriorityBulk {
		return urgent + o.lanes(it.Domain)
	}
	return o.lanes(it.Domain)
}

// Park puts a campaign's waiting rows aside; Unpark brings them back. Rows in hand
// are put aside when they come back and their Writer still calls the campaign halted.
func (o *Outbox) Park(ctx context.Context, tx *store.Tx, campaign int64) error {
	_, err := tx.Exec(ctx, sqlPark, campaign)
	return err
}

// lockParked has those who put rows aside and those who bring them back take
// turns, so that no row is put aside behind the back of an order to go on.
func lockParked(ctx context.Context, tx *store.Tx) error { return tx.Lock(ctx, "delivery.parked") }

// Unpark undoes Park.
func (o *Outbox) Unpark(ctx context.Context, tx *store.Tx, campaign int64) error {
	if err := lockParked(ctx, tx); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, sqlUnpark, campaign)
	tx.OnCommit(o.nudge)
	return err
}

// Withdraw ends a campaign's rows as withheld by a rule: those that wait at once,
// those in hand when they come back. After the commit no intent for one of them is
// granted any more; one whose dot is on its way gets the outcome it has.
func (o *Outbox) Withdraw(ctx context.Context, tx *store.Tx, campaign int64, rule law.RuleID, now time.Time) error {
	// Rows being leased are waited for here, before the lock, and may be parked by
	// the time it is ours.
	if _, err := tx.Exec(ctx, sqlStopRows, string(rule), store.Micros(now), campaign); err != nil {
		return err
	}
	if err := lockParked(ctx, tx); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, sqlStopRows, string(rule), store.Micros(now), campaign)
	return err
}
