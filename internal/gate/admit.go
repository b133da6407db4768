package gate

import (
	"context"
	"fmt"
	"time"

	"github.com/kyodaku/kyodaku/internal/law"
	"github.com/kyodaku/kyodaku/internal/store"
)

// Admit answers a batch of requests from facts read now, in the order of the
// requests. It fails as a whole when facts cannot be read: no answer is a no.
func (g *Gate) Admit(ctx context.Context, r store.Reader, a Audience, requests []Request, now time.Time) ([]Decision, error) {
	// The position comes first: what is committed after this line reaches the
	// permits through the feed, what came before is in the facts.
	seq := g.feed.position()
	f, err := g.facts(ctx, r, a, requests, now)
	if err != nil {
		return nil, fmt.Errorf("gate: admit: %w", err)
	}
	out := make([]Decision, len(requests))
	for i, q := range requests {
		facts := f.of(i, q, now)
		if id := law.Send(facts); id != "" {
			out[i].Refusal = g.refusal(id, a.Stage, cause(id, facts))
			continue
		}
		out[i].Permit = Permit{p: &permit{
			workspace: a.Workspace, request: q, hash: key(f.standings[i].AddressHash),
			event: facts.Permission.Event, rules: g.rules.Version(), at: now, seq: seq,
		}}
	}
	return out, nil
}

// cause is the consent event that a no rests on: that of the entry which stops,
// or the one that the permission's state rests on.
func cause(id law.RuleID, f law.SendFacts) int64 {
	for _, s := range f.Stops {
		if s.Event != 0 && (id == "OUT-01" && s.Kind == law.StopRefusal || id == "OUT-12" && s.Kind == law.StopComplaint) {
			return s.Event
		}
	}
	return f.Permission.Event
}
