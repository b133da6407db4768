package gate

import (
	"context"
	"fmt"
	"time"

	"github.com/kyodaku/kyodaku/internal/consent"
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
		out[i].Verdict = g.rules.Judge(&facts)
		if no := out[i].Verdict.Block(); no != nil {
			out[i].Refusal = g.refusal(no.ID, a.Stage, cause(no.ID, &f.standings[i]))
			continue
		}
		out[i].Permit = Permit{p: &permit{
			workspace: a.Workspace, request: q, hash: key(f.standings[i].AddressHash),
			event: f.standings[i].State.Event, rules: g.rules.Version(), at: now, seq: seq,
			promotes: a.Promotes, strip: strips(&facts),
		}}
	}
	return out, nil
}

// strips says whether a message that may go to a person goes without the advertising in
// it, because of what they said. An advertisement itself would not go at all.
func strips(f *law.SendFacts) bool {
	said := f.Permission.State == string(consent.StatusRefused) || f.Permission.State == string(consent.StatusWithdrawn) ||
		f.Permission.Paused || f.Permission.LimitReached
	return f.Class != law.Ad && f.Class != law.ConsentRequest && (f.Class == law.TxWithIncidentalAd || f.Message.Promotes) &&
		(said || f.Stop.Refusal || f.Stop.Complaint || f.Stop.All)
}

// cause is the consent event that a no rests on: that of the entry which stops,
// or the one that the permission's state rests on.
func cause(id law.RuleID, s *consent.Standing) int64 {
	for _, stop := range s.Stops {
		if stop.Event != 0 && (id == "OUT-01" && stop.Kind == consent.SuppressionRefusal || id == "OUT-12" && stop.Kind == consent.SuppressionComplaint) {
			return stop.Event
		}
	}
	return s.State.Event
}
