package campaign

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/kyodaku/kyodaku/internal/gate"
	"github.com/kyodaku/kyodaku/internal/law"
	"github.com/kyodaku/kyodaku/internal/store"
)

// ForecastPatience is how long a forecast may keep a person waiting: what it has not
// counted by then, it leaves out and says so.
const ForecastPatience = 5 * time.Second

// ForecastMost is how many kinds, and how many people of no kind, the gate is asked about
// while somebody waits: more than it answers for within ForecastPatience.
const ForecastMost = 200_000

// Forecast is what the gate would say of a campaign's audience now.
type Forecast struct {
	// Asked is how many people the answer is about, Allowed how many may get it.
	Asked, Allowed int64
	// Reasons tell why the others may not, the most frequent first; Warnings what
	// somebody answers for who sends all the same.
	Reasons, Warnings []Reason
	// Complete is false when it is not about everybody.
	Complete bool
	// Reach is which legal orders the people bring in.
	Reach law.Jurisdictions
}

// forecast is one being made.
type forecast struct {
	Forecast
	book     *Book
	r        store.Reader
	campaign Campaign
	counts   map[law.RuleID]int64
	// warned counts those who may get it, by warning.
	warned map[law.RuleID]int64
	now    time.Time
}

// Forecast tells what the gate would say of a campaign's audience, without planning
// anything: it sorts people into kinds whom the gate cannot tell apart, and asks it about
// two of each. It asks about at most so many kinds, and about at most so many people who
// are of none. When ctx has a deadline, it ends by then with what it has.
func (b *Book) Forecast(ctx context.Context, r store.Reader, c Campaign, most int64, now time.Time) (Forecast, error) {
	c, err := b.measured(ctx, r, c)
	if err != nil {
		return Forecast{}, wrap("forecast", err)
	}
	f := &forecast{book: b, r: r, campaign: c, counts: map[law.RuleID]int64{}, warned: map[law.RuleID]int64{}, now: now.Truncate(time.Microsecond)}
	f.Complete = true
	if err := f.ask(ctx, most); err != nil {
		if !errors.Is(ctx.Err(), context.DeadlineExceeded) {
			return Forecast{}, wrap("forecast", err)
		}
		f.Complete = false
	}
	f.Allowed = f.counts[""]
	delete(f.counts, "")
	f.Reasons, f.Warnings = ranked(f.counts), ranked(f.warned)
	return f.Forecast, nil
}

// ask sorts everybody and asks about each kind and whoever is of none.
func (f *forecast) ask(ctx context.Context, most int64) error {
	s, err := f.sort(ctx, most)
	if err != nil {
		return err
	}
	f.Complete = !s.overflow
	for batch := range slices.Chunk(s.list(), planBatch/2) {
		if err := f.judge(ctx, batch); err != nil {
			return err
		}
	}
	for batch := range slices.Chunk(s.alone, planBatch) {
		inside, err := f.inside(ctx, batch)
		if err != nil {
			return err
		}
		if err := f.judge(ctx, inside); err != nil {
			return err
		}
	}
	return nil
}

// inside are those of some addresses that are in an audience at all.
func (f *forecast) inside(ctx context.Context, addresses []int64) ([]kind, error) {
	ids, err := store.IDs(f.r.Query(ctx, sqlInside, store.In(addresses)))
	if err != nil {
		return nil, err
	}
	alone := make([]kind, len(ids))
	for i, id := range ids {
		alone[i] = kind{count: 1, first: id, last: id}
	}
	return alone, nil
}

// judge asks the gate about the first and the last of each kind and counts their answer
// for all of it. Where the two differ, their kind is counted nowhere.
func (f *forecast) judge(ctx context.Context, kinds []kind) error {
	if len(kinds) == 0 {
		return nil
	}
	answers, err := f.answers(ctx, kinds)
	if err != nil {
		return err
	}
	for _, k := range kinds {
		a, b := answers[k.first], answers[k.last]
		if k.first != k.last && !a.same(b) {
			f.Complete = false
			continue
		}
		if !f.campaign.Part.Has(a.reach) {
			continue
		}
		f.counts[a.rule] += k.count
		f.Asked += k.count
		for _, rule := range a.warnings {
			f.warned[rule] += k.count
		}
		f.Reach |= a.reach
	}
	return nil
}

// answer is what the gate says of one person.
type answer struct {
	// rule is the one that says no, "" for a yes; warnings are those of a yes.
	rule     law.RuleID
	warnings []law.RuleID
	reach    law.Jurisdictions
}

func (a answer) same(b answer) bool {
	return a.rule == b.rule && a.reach == b.reach && slices.Equal(a.warnings, b.warnings)
}

// answers are the gate's about the first and the last of some kinds, by address.
func (f *forecast) answers(ctx context.Context, kinds []kind) (map[int64]answer, error) {
	ids := make([]int64, 0, 2*len(kinds))
	for _, k := range kinds {
		ids = append(ids, k.first, k.last)
	}
	slices.Sort(ids)
	ids = slices.Compact(ids)
	reach, err := f.book.places(ctx, f.r, f.campaign.Workspace, ids)
	if err != nil {
		return nil, err
	}
	requests := make([]gate.Request, len(ids))
	for i, id := range ids {
		requests[i] = gate.Request{Address: id, Topic: f.campaign.Topic, Class: f.campaign.Class}
	}
	decisions, err := f.book.Gate.Admit(ctx, f.r, f.campaign.audience(), requests, f.now)
	if err != nil {
		return nil, err
	}
	out := make(map[int64]answer, len(ids))
	for i, id := range ids {
		out[id] = answerOf(decisions[i], reach[id])
	}
	return out, nil
}

func answerOf(d gate.Decision, reach law.Jurisdictions) answer {
	a := answer{reach: reach}
	if d.Refusal != nil {
		a.rule = d.Refusal.Rule
		return a
	}
	for _, found := range d.Verdict.Findings() {
		if found.Rule.Effect == law.Warn && !slices.Contains(a.warnings, found.Rule.ID) {
			a.warnings = append(a.warnings, found.Rule.ID)
		}
	}
	return a
}
