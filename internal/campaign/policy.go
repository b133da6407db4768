package campaign

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/compose"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/store"
)

// Policy is when a workspace wants a second person's approval, and how it guards
// against sending wrongly. The zero Policy asks for no second person.
type Policy struct {
	// Every campaign, every request for consent, one to more than Over people (0: no
	// bound), or one of these topics needs a second person.
	Every, ConsentRequests bool
	Over                   int64
	Topics                 []int64
	// Role is who may approve, besides an owner.
	Role account.Role
	// Hold is how long a campaign waits at least before it begins.
	Hold time.Duration
	// Times is how many times the usual audience of a topic raises a question.
	Times int64
}

// usualPolicy is that of a workspace that has not set one.
func usualPolicy() Policy { return Policy{Role: account.Legal, Times: 10} }

// Policy reads a workspace's policy.
func (b *Book) Policy(ctx context.Context, r store.Reader, workspace int64) (Policy, error) {
	p := usualPolicy()
	var topics string
	var hold int64
	err := r.QueryRow(ctx, sqlPolicy, workspace).Scan(&p.Every, &p.ConsentRequests, &p.Over, &topics, &p.Role, &hold, &p.Times)
	if fault.Is(err, fault.NotFound) {
		return usualPolicy(), nil
	}
	if err == nil {
		err = json.Unmarshal([]byte(topics), &p.Topics)
	}
	p.Hold = time.Duration(hold) * time.Second
	return p, wrap("policy", err)
}

// SetPolicy replaces a workspace's policy; only who manages the workspace may.
func (b *Book) SetPolicy(ctx context.Context, by account.By, workspace int64, p Policy, now time.Time) error {
	if err := p.check(); err != nil {
		return err
	}
	slices.Sort(p.Topics)
	if p.Topics == nil {
		p.Topics = []int64{}
	}
	topics, err := json.Marshal(p.Topics)
	if err != nil {
		return wrap("set policy", err)
	}
	return wrap("set policy", b.DB.Write(ctx, func(tx *store.Tx) error {
		if err := b.Accounts.Require(ctx, tx, by, workspace, account.ManageSettings); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, sqlPutPolicy, workspace, p.Every, p.ConsentRequests, p.Over, string(topics), string(p.Role),
			int64(p.Hold/time.Second), p.Times, store.Micros(now)); err != nil {
			return err
		}
		return b.Accounts.Audit(ctx, tx, account.Entry{
			Workspace: workspace, Actor: by.Actor, Action: "campaign.policy", Network: by.Network,
			Subject: account.Subject{Kind: "workspace", ID: workspace},
			Detail: map[string]any{
				"every": p.Every, "consent_requests": p.ConsentRequests, "over": p.Over, "topics": len(p.Topics),
				"role": string(p.Role), "hold_seconds": int64(p.Hold / time.Second), "times": p.Times,
			},
		}, now)
	}))
}

func (p Policy) check() error {
	var bad fault.Fields
	if p.Over < 0 {
		bad.Add("over", "campaign.policy.over")
	}
	if p.Role != account.Legal && p.Role != account.Owner && p.Role != account.Marketer {
		bad.Add("role", "campaign.policy.role")
	}
	if p.Hold < 0 || p.Hold > maxHold {
		bad.Add("hold", "campaign.hold.bad")
	}
	if p.Times < 2 || p.Times > 1000 {
		bad.Add("times", "campaign.policy.times")
	}
	return bad.Err()
}

// wants says why a campaign to that many people needs a second person: a catalogue key
// and its arguments, or "" when it does not.
func (p Policy) wants(c Campaign, people int64) (key string, args []any) {
	switch {
	case p.Every:
		return "campaign.guard.second_every", nil
	case p.ConsentRequests && c.Class == compose.ConsentRequest:
		return "campaign.guard.second_consent", nil
	case slices.Contains(p.Topics, c.Topic):
		return "campaign.guard.second_topic", nil
	case p.Over > 0 && people > p.Over:
		return "campaign.guard.second_size", []any{"People", people, "Over", p.Over}
	}
	return "", nil
}
