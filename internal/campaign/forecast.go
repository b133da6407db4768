package campaign

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/kyodaku/kyodaku/internal/addr"
	"github.com/kyodaku/kyodaku/internal/contact"
	"github.com/kyodaku/kyodaku/internal/gate"
	"github.com/kyodaku/kyodaku/internal/law"
	"github.com/kyodaku/kyodaku/internal/store"
)

// Forecast is what the gate would say of a campaign's audience now.
type Forecast struct {
	// Asked is how many people the gate was asked about, Allowed how many may get it.
	Asked, Allowed int64
	// Reasons tell why the others may not, the most frequent first.
	Reasons []Reason
	// Complete is false when there are more people than were asked about.
	Complete bool
}

// Forecast asks the gate about a campaign's audience without planning anything. It
// stops after about most people, since somebody waits for the answer; the planner
// asks about everybody.
func (b *Book) Forecast(ctx context.Context, r store.Reader, c Campaign, most int64, now time.Time) (Forecast, error) {
	counts := map[law.RuleID]int64{}
	var f Forecast
	who := contact.Audience{Workspace: c.Workspace, Topic: c.Topic, Channel: addr.Email}
	for after := int64(0); !f.Complete && f.Asked < most; {
		members, err := b.Contacts.Audience(ctx, r, who, contact.Page{After: after, Limit: planBatch})
		if err != nil {
			return Forecast{}, fmt.Errorf("campaign: forecast: %w", err)
		}
		if err := b.ask(ctx, r, c, members, counts, now); err != nil {
			return Forecast{}, fmt.Errorf("campaign: forecast: %w", err)
		}
		f.Asked += int64(len(members))
		if f.Complete = len(members) < planBatch; !f.Complete {
			after = members[len(members)-1].Address
		}
	}
	f.Allowed = counts[""]
	delete(counts, "")
	for rule, n := range counts {
		f.Reasons = append(f.Reasons, Reason{Rule: rule, Count: n})
	}
	slices.SortFunc(f.Reasons, func(x, y Reason) int {
		return cmp.Or(cmp.Compare(y.Count, x.Count), cmp.Compare(x.Rule, y.Rule))
	})
	return f, nil
}

// ask counts the gate's answers by rule; "" counts the permitted.
func (b *Book) ask(ctx context.Context, r store.Reader, c Campaign, members []contact.Member, counts map[law.RuleID]int64, now time.Time) error {
	if len(members) == 0 {
		return nil
	}
	requests := make([]gate.Request, len(members))
	for i, m := range members {
		requests[i] = gate.Request{Address: m.Address, Topic: c.Topic, Class: c.Class}
	}
	a := gate.Audience{Workspace: c.Workspace, Profile: c.Profile, Stage: gate.Planned}
	decisions, err := b.Gate.Admit(ctx, r, a, requests, now)
	if err != nil {
		return err
	}
	for _, d := range decisions {
		if d.Refusal != nil {
			counts[d.Refusal.Rule]++
		} else {
			counts[""]++
		}
	}
	return nil
}
