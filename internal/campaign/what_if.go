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

// Supposed is what the gate would say of a campaign's audience under other
// circumstances.
type Supposed struct {
	// Asked is how many people the gate was asked about, Allowed how many might get it.
	Asked, Allowed int64
	// Blocks tell why the others might not, Warnings what somebody would have to answer
	// for; each the most frequent first. A person counts once for each rule.
	Blocks, Warnings []Reason
	// Complete is false when there are more people than were asked about.
	Complete bool
}

// WhatIf asks the gate about a campaign's audience on another day, in another country
// or under more legal orders. It streams the audience and stops after about most
// people.
func (b *Book) WhatIf(ctx context.Context, r store.Reader, c Campaign, s gate.Supposition, most int64, now time.Time) (Supposed, error) {
	var out Supposed
	c, err := b.measured(ctx, r, c)
	if err != nil {
		return out, fmt.Errorf("campaign: what if: %w", err)
	}
	blocks, warnings := map[law.RuleID]int64{}, map[law.RuleID]int64{}
	who := contact.Audience{Workspace: c.Workspace, Topic: c.Topic, Channel: addr.Email}
	for after := int64(0); !out.Complete && out.Asked < most; {
		members, err := b.Contacts.Audience(ctx, r, who, contact.Page{After: after, Limit: planBatch})
		if err != nil {
			return out, fmt.Errorf("campaign: what if: %w", err)
		}
		verdicts, err := b.suppose(ctx, r, c, members, s, now)
		if err != nil {
			return out, fmt.Errorf("campaign: what if: %w", err)
		}
		for _, v := range verdicts {
			out.take(v, blocks, warnings)
		}
		out.Asked += int64(len(members))
		if out.Complete = len(members) < planBatch; !out.Complete {
			after = members[len(members)-1].Address
		}
	}
	out.Blocks, out.Warnings = ranked(blocks), ranked(warnings)
	return out, nil
}

func (b *Book) suppose(ctx context.Context, r store.Reader, c Campaign, members []contact.Member, s gate.Supposition, now time.Time) ([]law.Verdict, error) {
	if len(members) == 0 {
		return nil, nil
	}
	requests := make([]gate.Request, len(members))
	for i, m := range members {
		requests[i] = gate.Request{Address: m.Address, Topic: c.Topic, Class: c.Class}
	}
	return b.Gate.WhatIf(ctx, r, c.audience(), requests, s, now)
}

// take counts one verdict: by each rule once.
func (s *Supposed) take(v law.Verdict, blocks, warnings map[law.RuleID]int64) {
	if v.Block() == nil {
		s.Allowed++
	}
	var last law.RuleID
	for _, f := range v.Findings() {
		if f.Rule.ID == last {
			continue // entries of one rule stand together
		}
		switch last = f.Rule.ID; f.Rule.Effect {
		case law.Block:
			blocks[last]++
		case law.Warn:
			warnings[last]++
		}
	}
}

// ranked lists counts, the most frequent first.
func ranked(counts map[law.RuleID]int64) []Reason {
	out := make([]Reason, 0, len(counts))
	for rule, n := range counts {
		out = append(out, Reason{Rule: rule, Count: n})
	}
	slices.SortFunc(out, func(x, y Reason) int {
		return cmp.Or(cmp.Compare(y.Count, x.Count), cmp.Compare(x.Rule, y.Rule))
	})
	return out
}
