package campaign

import (
	"context"
	"time"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/law"
	"github.com/kyodaku/kyodaku/internal/store"
)

// ruleSecure wants the links of advertising to lead over https.
const ruleSecure law.RuleID = "ID-04"

// Prepare looks at the campaigns on their way before letters are handed off. It measures
// those that were sent off by a program that did not, for what is not known of a letter
// would be no reason to withhold it; and it pauses those that cannot leave from this
// installation as it is set up now: each of their letters would be refused one by one.
func (b *Book) Prepare(ctx context.Context) error {
	if err := b.measureLate(ctx); err != nil {
		return wrap("measure", err)
	}
	active, err := b.active(ctx)
	if err != nil {
		return wrap("park", err)
	}
	now := b.Clock()
	for _, c := range active {
		if _, err := b.parkUnfit(ctx, c, now); err != nil {
			return wrap("park", err)
		}
	}
	return nil
}

// parkUnfit pauses a campaign with the rule by which none of its letters could leave.
func (b *Book) parkUnfit(ctx context.Context, c Campaign, now time.Time) (parked bool, err error) {
	rule := b.unfit(c, now)
	if rule == nil {
		return false, nil
	}
	b.Engine.Halt(c.ID)
	by := account.By{Actor: account.Actor{Kind: account.ActorSystem}}
	return true, b.DB.Write(ctx, func(tx *store.Tx) error {
		n, err := tx.Exec(ctx, sqlParkAs, string(rule.ID), store.Micros(now), c.ID)
		if err != nil || n == 0 { // somebody was faster
			return err
		}
		if err := b.Engine.Outbox().Park(ctx, tx, c.ID); err != nil {
			return err
		}
		b.Log.Warn("a campaign was paused: its letters cannot leave from here", "campaign", c.PublicID(), "rule", string(rule.ID))
		return b.Accounts.Audit(ctx, tx, account.Entry{
			Workspace: c.Workspace, Actor: by.Actor, Action: "campaign.park",
			Subject: account.Subject{Kind: "campaign", ID: c.ID}, Detail: map[string]any{"rule": string(rule.ID)},
		}, now)
	})
}

// unfit is the rule by which no letter of a campaign could leave from this installation,
// nil when there is none.
func (b *Book) unfit(c Campaign, now time.Time) *law.Rule {
	if openly(b.Links.PublicURL) {
		return nil
	}
	f := law.TemplateFacts{Now: now, Reach: law.JP, Class: c.Class, Channel: "mail", Pages: unknownPages()}
	for _, found := range b.Gate.Rules().Template(&f) {
		if found.Rule.ID == ruleSecure && found.Rule.Effect == law.Block {
			return found.Rule
		}
	}
	return nil
}

// refuseUnfit refuses to go on with a campaign that would be paused again at once.
func (b *Book) refuseUnfit(c Campaign, now time.Time) error {
	if rule := b.unfit(c, now); rule != nil {
		return fault.New(fault.Refused, "law.finding", rule.Args()...)
	}
	return nil
}
