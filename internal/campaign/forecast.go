package campaign

import (
	"context"
	"slices"
	"time"

	"github.com/kyodaku/kyodaku/internal/addr"
	"github.com/kyodaku/kyodaku/internal/compose"
	"github.com/kyodaku/kyodaku/internal/contact"
	"github.com/kyodaku/kyodaku/internal/gate"
	"github.com/kyodaku/kyodaku/internal/law"
	"github.com/kyodaku/kyodaku/internal/store"
)

// Forecast is what the gate would say of a campaign's audience now.
type Forecast struct {
	// Asked is how many people the answer is about, Allowed how many may get it.
	Asked, Allowed int64
	// Reasons tell why the others may not, the most frequent first; Warnings what
	// somebody answers for who sends all the same.
	Reasons, Warnings []Reason
	// Complete is false when it is not about everybody, or not certain of everybody.
	Complete bool
	// Reach is which legal orders the people bring in.
	Reach law.Jurisdictions
}

// forecast is one being made.
type forecast struct {
	Forecast
	book     *Book
	campaign Campaign
	counts   map[law.RuleID]int64
	// warned counts those who may get it, by warning.
	warned map[law.RuleID]int64
	now    time.Time
}

// Forecast tells what the gate would say of a campaign's audience, without planning
// anything: it counts people by kinds and asks the gate about one of each. About people
// of no kind it asks one by one, most at a time; the planner asks about everybody.
func (b *Book) Forecast(ctx context.Context, r store.Reader, c Campaign, most int64, now time.Time) (Forecast, error) {
	f := &forecast{book: b, campaign: c, counts: map[law.RuleID]int64{}, warned: map[law.RuleID]int64{}, now: now}
	f.Complete = true
	var err error
	if c.Class == compose.ConsentRequest {
		err = f.askAll(ctx, r, most) // who was asked before is no kind
	} else {
		err = f.askKinds(ctx, r, most)
	}
	if err != nil {
		return Forecast{}, wrap("forecast", err)
	}
	f.Allowed = f.counts[""]
	delete(f.counts, "")
	f.Reasons, f.Warnings = ranked(f.counts), ranked(f.warned)
	return f.Forecast, nil
}

// kind is a number of people for whom two of them answer.
type kind struct{ count, first, last int64 }

func (f *forecast) askKinds(ctx context.Context, r store.Reader, most int64) error {
	at, c := store.Micros(f.now), f.campaign
	var kinds []kind
	for _, state := range contact.Standings() {
		some, err := readKinds(r.Query(ctx, sqlKinds, at, at, at, c.Workspace, c.Workspace, c.Workspace, c.Topic, state))
		if err != nil {
			return err
		}
		kinds = append(kinds, some...)
	}
	stopped, err := readKinds(r.Query(ctx, sqlStoppedKinds, at, at, at, c.Topic, c.Workspace, c.Workspace, at))
	if err != nil {
		return err
	}
	for batch := range slices.Chunk(append(kinds, stopped...), planBatch/2) {
		if err := f.judge(ctx, r, batch); err != nil {
			return err
		}
	}
	apart, err := f.apart(ctx, r, most+1)
	if err != nil {
		return err
	}
	if int64(len(apart)) > most {
		f.Complete, apart = false, apart[:most]
	}
	for batch := range slices.Chunk(apart, planBatch) {
		alone := make([]kind, len(batch))
		for i, id := range batch {
			alone[i] = kind{1, id, id}
		}
		if err := f.judge(ctx, r, alone); err != nil {
			return err
		}
	}
	return nil
}

type cursor interface {
	Next() bool
	Scan(dest ...any) error
	Close() error
	Err() error
}

func readKinds(rows cursor, err error) (all []kind, _ error) {
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var k kind
		var what int64
		var place, carrier, ground string
		if err := rows.Scan(&k.count, &k.first, &k.last, &what, &place, &carrier, &ground); err != nil {
			return nil, err
		}
		all = append(all, k)
	}
	return all, rows.Err()
}

// apart are the people of no kind, at most so many.
func (f *forecast) apart(ctx context.Context, r store.Reader, most int64) ([]int64, error) {
	ws, topic := f.campaign.Workspace, f.campaign.Topic
	return store.IDs(r.Query(ctx, sqlApart, ws, topic, ws, ws, topic, ws, ws, topic, most))
}

// judge asks the gate about the first and the last of each kind and counts their answer
// for all of it. Where the two differ it is not certain.
func (f *forecast) judge(ctx context.Context, r store.Reader, kinds []kind) error {
	if len(kinds) == 0 {
		return nil
	}
	var ids []int64
	for _, k := range kinds {
		ids = append(ids, k.first, k.last)
	}
	slices.Sort(ids)
	ids = slices.Compact(ids)
	reach, err := f.book.places(ctx, r, f.campaign.Workspace, ids)
	if err != nil {
		return err
	}
	requests := make([]gate.Request, len(ids))
	at := make(map[int64]int, len(ids))
	for i, id := range ids {
		requests[i], at[id] = gate.Request{Address: id, Topic: f.campaign.Topic, Class: f.campaign.Class}, i
	}
	decisions, err := f.book.Gate.Admit(ctx, r, f.campaign.audience(), requests, f.now)
	if err != nil {
		return err
	}
	for _, k := range kinds {
		if !f.campaign.Part.Has(reach[k.first]) {
			continue
		}
		rule := ruleOf(decisions[at[k.first]])
		f.Complete = f.Complete && rule == ruleOf(decisions[at[k.last]])
		f.counts[rule] += k.count
		f.Asked += k.count
		if rule == "" {
			f.warn(decisions[at[k.first]], k.count)
		}
		f.Reach |= reach[k.first]
	}
	return nil
}

// warn counts the warnings of a yes for all of a kind.
func (f *forecast) warn(d gate.Decision, count int64) {
	var last law.RuleID
	for _, found := range d.Verdict.Findings() {
		if found.Rule.Effect == law.Warn && found.Rule.ID != last {
			last = found.Rule.ID
			f.warned[last] += count
		}
	}
}

// ruleOf is the rule that says no, "" for a yes.
func ruleOf(d gate.Decision) law.RuleID {
	if d.Refusal != nil {
		return d.Refusal.Rule
	}
	return ""
}

// askAll asks about people one by one, and stops after about most of them, since
// somebody waits for the answer.
func (f *forecast) askAll(ctx context.Context, r store.Reader, most int64) error {
	who := contact.Audience{Workspace: f.campaign.Workspace, Topic: f.campaign.Topic, Channel: addr.Email}
	for after, looked := int64(0), int64(0); looked < most; {
		members, err := f.book.Contacts.Audience(ctx, r, who, contact.Page{After: after, Limit: planBatch})
		if err != nil {
			return err
		}
		alone := make([]kind, len(members))
		for i, m := range members {
			alone[i] = kind{1, m.Address, m.Address}
		}
		if err := f.judge(ctx, r, alone); err != nil {
			return err
		}
		if looked += int64(len(members)); len(members) < planBatch {
			return nil
		}
		after = members[len(members)-1].Address
	}
	f.Complete = false
	return nil
}
