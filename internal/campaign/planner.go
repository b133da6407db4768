package campaign

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/kyodaku/kyodaku/internal/addr"
	"github.com/kyodaku/kyodaku/internal/contact"
	"github.com/kyodaku/kyodaku/internal/delivery"
	"github.com/kyodaku/kyodaku/internal/gate"
	"github.com/kyodaku/kyodaku/internal/law"
	"github.com/kyodaku/kyodaku/internal/store"
)

// The kinds of message that this room writes.
const (
	KindCampaign delivery.Kind = "campaign"
	KindTest     delivery.Kind = "test"
)

const (
	// planBatch is how many people are asked for and put into the outbox at a time.
	planBatch = 1000
	// lookEvery is how often the planner looks without a nudge: times fall due,
	// and last outcomes come in.
	lookEvery = 300 * time.Millisecond
)

// Start begins to move campaigns along.
func (b *Book) Start(ctx context.Context) {
	run, cancel := context.WithCancel(context.WithoutCancel(ctx))
	b.cancel, b.done = cancel, make(chan struct{})
	go func() {
		defer close(b.done)
		b.run(run)
	}()
}

// Stop ends the moving; campaigns stay where they are.
func (b *Book) Stop() {
	if b.cancel != nil {
		b.cancel()
		<-b.done
	}
}

func (b *Book) run(ctx context.Context) {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		case <-b.wake:
		}
		if err := b.step(ctx); err != nil && ctx.Err() == nil {
			b.Log.Error("campaigns cannot be moved along", "error", err)
		}
	}
}

// step moves every active campaign one batch further, in turn, until none has
// anything to plan: a large one does not keep a small one waiting, nor does one that
// cannot be moved.
func (b *Book) step(ctx context.Context) error {
	var failed []error
	for more := true; more && ctx.Err() == nil; {
		failed = nil
		more = false
		active, err := b.active(ctx)
		if err != nil {
			return err
		}
		for _, c := range active {
			moved, err := b.move(ctx, c, b.Clock())
			failed = append(failed, err)
			more = more || moved && err == nil
		}
	}
	return errors.Join(failed...)
}

func (b *Book) active(ctx context.Context) ([]Campaign, error) {
	rows, err := b.DB.Query(ctx, sqlActive)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []Campaign
	for rows.Next() {
		c, err := scan(rows)
		if err != nil {
			return nil, err
		}
		out = append(out, c)
	}
	return out, rows.Err()
}

// move takes one campaign one step; true if there may be more to do at once.
func (b *Book) move(ctx context.Context, c Campaign, now time.Time) (bool, error) {
	if parked, err := b.parkUnfit(ctx, c, now); err != nil || parked {
		return false, err
	}
	switch {
	case c.State != Sending && now.Before(c.HoldUntil):
		return false, nil
	case c.State != Sending:
		return b.begin(ctx, c, now)
	case c.PlannedAt.IsZero():
		return b.plan(ctx, c, now)
	}
	return false, b.finish(ctx, c, now)
}

// errOvertaken says that another planner, or a pause, was faster.
var errOvertaken = errors.New("campaign: overtaken")

// plan asks the gate for the next people and stores the answers, whatever they
// are, together with the planner's new position.
func (b *Book) plan(ctx context.Context, c Campaign, now time.Time) (bool, error) {
	of := contact.Audience{Workspace: c.Workspace, Topic: c.Topic, Channel: addr.Email}
	members, err := b.Contacts.Audience(ctx, b.DB, of, contact.Page{After: c.cursor, Limit: planBatch})
	if err != nil {
		return false, err
	}
	next, planned, all := c.cursor, time.Time{}, len(members)
	if len(members) > 0 {
		next = members[len(members)-1].Address
	}
	if all < planBatch {
		planned = now
	}
	if members, err = b.partOf(ctx, c, members); err != nil {
		return false, err
	}
	err = b.DB.Write(ctx, func(tx *store.Tx) error {
		allowed, err := b.putAll(ctx, tx, c, members, now)
		if err != nil {
			return err
		}
		n, err := tx.Exec(ctx, sqlAdvance, next, store.Micros(planned), allowed, c.ID, c.cursor)
		if err == nil && n == 0 {
			err = errOvertaken // nothing of this is kept
		}
		return err
	})
	if errors.Is(err, errOvertaken) {
		return false, nil
	}
	return err == nil, err
}

// putAll puts everybody into the outbox, permitted or withheld, and counts the permitted.
func (b *Book) putAll(ctx context.Context, tx *store.Tx, c Campaign, members []contact.Member, now time.Time) (allowed int64, err error) {
	if len(members) == 0 {
		return 0, nil
	}
	requests := make([]gate.Request, len(members))
	for i, m := range members {
		requests[i] = gate.Request{Address: m.Address, Topic: c.Topic, Class: c.Class}
	}
	decisions, err := b.Gate.Admit(ctx, tx, c.audience(), requests, now)
	if err != nil {
		return 0, err
	}
	items := make([]delivery.Item, len(members))
	for i, m := range members {
		if decisions[i].Refusal == nil {
			allowed++
		}
		items[i] = delivery.Item{
			Kind: KindCampaign, Workspace: c.Workspace, Profile: c.Profile, Campaign: c.ID, Version: c.Version,
			Contact: m.Contact, Domain: m.Domain, Request: requests[i], Decision: decisions[i],
			Priority: delivery.PriorityBulk, RunAt: now,
		}
	}
	_, err = b.Engine.Outbox().Put(ctx, tx, items, now)
	return allowed, err
}

// audience is what the gate is asked with for a campaign's people.
func (c Campaign) audience() gate.Audience {
	return c.Measure.Audience(c.Workspace, c.Profile, gate.Planned)
}

// partOf are those of a topic's people that a campaign is for.
func (b *Book) partOf(ctx context.Context, c Campaign, members []contact.Member) ([]contact.Member, error) {
	if c.Part.Mode == Everybody || len(members) == 0 {
		return members, nil
	}
	ids := make([]int64, len(members))
	for i, m := range members {
		ids[i] = m.Address
	}
	reach, err := b.places(ctx, b.DB, c.Workspace, ids)
	if err != nil {
		return nil, err
	}
	out := make([]contact.Member, 0, len(members))
	for _, m := range members {
		if c.Part.Has(reach[m.Address]) {
			out = append(out, m)
		}
	}
	return out, nil
}

// places tells which legal orders reach some addresses, by what stands in their
// people's data. Of two halves of an audience everybody is in exactly one.
func (b *Book) places(ctx context.Context, r store.Reader, workspace int64, ids []int64) (map[int64]law.Jurisdictions, error) {
	home, err := b.home(ctx, r, workspace)
	if err != nil {
		return nil, err
	}
	rows, err := r.Query(ctx, sqlPlacesOf, store.In(ids))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := make(map[int64]law.Jurisdictions, len(ids))
	for rows.Next() {
		at, id := home, int64(0)
		if err := rows.Scan(&id, &at.Stated, &at.Postal, &at.Language, &at.Domain); err != nil {
			return nil, err
		}
		at.Stated = strings.ToUpper(at.Stated)
		out[id] = at.Reach().Apply
	}
	return out, rows.Err()
}

// finish closes a campaign when everybody has a final outcome.
func (b *Book) finish(ctx context.Context, c Campaign, now time.Time) error {
	var open int64
	if err := b.DB.QueryRow(ctx, sqlOpenRows, c.ID).Scan(&open); err != nil || open > 0 {
		return err
	}
	return b.DB.Write(ctx, func(tx *store.Tx) error {
		_, err := tx.Exec(ctx, sqlFinish, store.Micros(now), store.Micros(now), c.ID)
		return err
	})
}
