package gate

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/kyodaku/kyodaku/internal/consent"
	"github.com/kyodaku/kyodaku/internal/law"
	"github.com/kyodaku/kyodaku/internal/store"
)

// Answer is what the gate would say of one request, with everything it rests on. It
// permits nothing: whoever wants to send must ask Admit.
type Answer struct {
	Request Request
	// Findings are all rules that hold, blocks first; warnings of a yes too.
	Findings law.Findings
	// Reach is which legal orders were applied, and what told them.
	Reach law.Reach
	// State is what the log says of the address and the topic; Event the consent event
	// that the answer rests on, 0 if none.
	State consent.State
	Event int64
	// Until is when the answer turns, as far as that is known today: a yes when the
	// permission ends, a no when a pause ends. Zero is never.
	Until time.Time
	// Rules is the version of the rule set.
	Rules string
}

// Allowed says whether the message might go.
func (a *Answer) Allowed() bool { return a.Findings.Block() == nil }

// Explain answers a batch of requests like Admit, in their order, but says everything.
func (g *Gate) Explain(ctx context.Context, r store.Reader, a Audience, requests []Request, now time.Time) ([]Answer, error) {
	f, err := g.facts(ctx, r, a, requests, now)
	if err != nil {
		return nil, fmt.Errorf("gate: explain: %w", err)
	}
	out := make([]Answer, len(requests))
	for i, q := range requests {
		facts := f.of(i, q, now)
		v := g.rules.Judge(&facts)
		s := &f.standings[i]
		out[i] = Answer{
			Request: q, Findings: v.Findings(), Reach: v.Reach, State: s.State, Event: s.State.Event, Rules: g.rules.Version(),
			Until: f.turn(g.rules, i, q, now),
		}
		if no := v.Block(); no != nil {
			out[i].Event = cause(no.ID, s)
		}
	}
	return out, nil
}

// foresight is how far ahead an answer is looked at, in months.
const foresight = 36

// turn is the first instant at which the answer is another than now, if nothing
// happens but time. Everything that time changes does so at one of a few instants: an
// end that is on file, whole months of a basis, a rule that comes or goes.
func (f *facts) turn(rules *law.Set, i int, q Request, now time.Time) time.Time {
	allowed := func(at time.Time) bool {
		facts := f.of(i, q, at)
		return rules.Send(&facts) == nil
	}
	is := allowed(now)
	for _, at := range f.instants(rules, i, now) {
		if allowed(at) != is {
			return at
		}
	}
	return time.Time{}
}

// instants are the times from now on at which something that decides may change.
func (f *facts) instants(rules *law.Set, i int, now time.Time) []time.Time {
	s := &f.standings[i]
	all := []time.Time{s.State.ValidUntil, s.State.PausedUntil, s.Every.PausedUntil}
	for _, stop := range s.Stops {
		all = append(all, stop.ExpiresAt)
	}
	for _, begun := range [...]time.Time{s.State.Since, f.bases[s.State.Event].LastTransaction} {
		if begun.IsZero() {
			continue
		}
		passed := law.Months(begun, now)
		for n := range foresight {
			all = append(all, begun.AddDate(0, passed+n+1, 0))
		}
	}
	all = append(all, rules.Turns()...)
	all = slices.DeleteFunc(all, func(t time.Time) bool { return !t.After(now) })
	slices.SortFunc(all, time.Time.Compare)
	return all
}

// Supposition is under which other circumstances a question is asked.
type Supposition struct {
	// At is the day that is supposed to be; zero is now.
	At time.Time
	// Beside are legal orders that count besides those that do anyway.
	Beside law.Jurisdictions
	// Country is where everybody is supposed to be (ISO 3166-1 alpha-2); "" leaves
	// everybody where they are.
	Country string
}

// WhatIf judges a batch under other circumstances, in the order of the requests. It
// permits nothing.
func (g *Gate) WhatIf(ctx context.Context, r store.Reader, a Audience, requests []Request, s Supposition, now time.Time) ([]law.Verdict, error) {
	if !s.At.IsZero() {
		now = s.At
	}
	f, err := g.facts(ctx, r, a, requests, now)
	if err != nil {
		return nil, fmt.Errorf("gate: what if: %w", err)
	}
	out := make([]law.Verdict, len(requests))
	for i, q := range requests {
		facts := f.of(i, q, now)
		facts.Beside = s.Beside
		if s.Country != "" {
			facts.Nexus.Stated = s.Country
		}
		out[i] = g.rules.Judge(&facts)
	}
	return out, nil
}
