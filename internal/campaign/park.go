package campaign

import (
	"context"
	"time"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/compose"
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
	if rule := b.unfit(c, now); rule != nil {
		return true, b.park(ctx, c, rule.ID, now)
	}
	return false, nil
}

// park pauses a campaign for a rule.
func (b *Book) park(ctx context.Context, c Campaign, rule law.RuleID, now time.Time) error {
	b.Engine.Halt(c.ID)
	return b.DB.Write(ctx, func(tx *store.Tx) error {
		n, err := tx.Exec(ctx, sqlParkAs, string(rule), store.Micros(now), c.ID)
		if err != nil || n == 0 { // somebody was faster
			return err
		}
		if err := b.Engine.Outbox().Park(ctx, tx, c.ID); err != nil {
			return err
		}
		b.Log.Warn("a campaign was paused: its letters may not leave", "campaign", c.PublicID(), "rule", string(rule))
		return b.Accounts.Audit(ctx, tx, account.Entry{
			Workspace: c.Workspace, Actor: account.Actor{Kind: account.ActorSystem}, Action: "campaign.park",
			Subject: account.Subject{Kind: "campaign", ID: c.ID}, Detail: map[string]any{"rule": string(rule)},
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

// forbidden is the rule that forbids a campaign on its way as things are now, nil when none
// does: the law may be another than on the day when somebody answered for it, a page that
// its label leads to may have gone, a domain may have lost its proof.
func (b *Book) forbidden(ctx context.Context, c Campaign, now time.Time) (*law.Rule, error) {
	if rule := b.unfit(c, now); rule != nil {
		return rule, nil
	}
	findings, err := b.checkMessage(ctx, b.DB, c, 0, now)
	if err != nil {
		return nil, err
	}
	for _, f := range findings {
		switch {
		case f.Severity != compose.Red:
		case f.Law != nil:
			return f.Law, nil
		default: // it cannot even be read
			rule, _ := b.Gate.Rules().Rule(ruleUnread)
			return rule, nil
		}
	}
	return nil, nil
}

// ruleUnread is the rule of what cannot be decided.
const ruleUnread law.RuleID = "FACT-01"

// begin has a campaign go out whose time has come, unless it is forbidden by now; then it
// rests with the rule until somebody mends that and lets it go on.
func (b *Book) begin(ctx context.Context, c Campaign, now time.Time) (begun bool, err error) {
	rule, err := b.forbidden(ctx, c, now)
	if err != nil {
		return false, err
	}
	if rule != nil {
		return false, b.park(ctx, c, rule.ID, now)
	}
	return true, b.DB.Write(ctx, func(tx *store.Tx) error {
		_, err := tx.Exec(ctx, sqlStart, store.Micros(now), store.Micros(now), c.ID, store.Micros(c.UpdatedAt))
		return err
	})
}

// refuseForbidden refuses to go on with a campaign that would be paused again at once.
func (b *Book) refuseForbidden(ctx context.Context, c Campaign, now time.Time) error {
	rule, err := b.forbidden(ctx, c, now)
	if err == nil && rule != nil {
		err = fault.New(fault.Refused, "law.finding", rule.Args()...)
	}
	return wrap("resume", err)
}
