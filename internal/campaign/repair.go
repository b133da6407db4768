package campaign

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/compose"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/law"
	"github.com/kyodaku/kyodaku/internal/store"
)

// The repairs of findings that the rules of writing make. Each is done by a button, is
// on record, and can be taken back by editing.
const (
	// InsertLabel fills what the label lacks from the workspace's.
	InsertLabel compose.Repair = "insert_label"
	// FixClass changes the class to what the contents fit.
	FixClass compose.Repair = "fix_class"
	// RemoveAds takes the ad blocks out.
	RemoveAds compose.Repair = "remove_ads"
	// RemoveMark takes 未承諾広告※ off the subject, MendSubject what pretends to answer.
	RemoveMark  compose.Repair = "remove_mark"
	MendSubject compose.Repair = "mend_subject"
	// SplitAudience makes two campaigns: those whom the rule objects to, and the rest.
	SplitAudience compose.Repair = "split_audience"
	// CheckPages looks at the pages now.
	CheckPages compose.Repair = "check_pages"
)

// Repairs are the acts that mend a finding of a draft, the most fitting first.
func (c Campaign) Repairs(f Finding) (out []compose.Repair) {
	if f.Repair.Mechanical() {
		return []compose.Repair{f.Repair}
	}
	if c.canDo(f.Repair) {
		out = append(out, f.Repair)
	}
	if f.Rule == "SCOPE-02" && c.draft().Ads() > 0 {
		out = append(out, RemoveAds)
	}
	if f.Law != nil && c.splits(f.Law) {
		out = append(out, SplitAudience)
	}
	if f.Severity == compose.Amber && c.RequestedAt.IsZero() && !slices.Contains(out, RequestApproval) {
		out = append(out, RequestApproval)
	}
	return out
}

// canDo says whether a repair would change something.
func (c Campaign) canDo(r compose.Repair) bool {
	switch r {
	case InsertLabel:
		return !c.FillLabel
	case FixClass:
		return c.Class != "" // an unknown one is asked for
	case RemoveAds:
		return c.draft().Ads() > 0
	case RemoveMark:
		return oldMark.MatchString(c.Subject)
	case MendSubject:
		return answerMark.MatchString(c.Subject)
	case CheckPages, RequestApproval:
		return r == CheckPages || c.RequestedAt.IsZero()
	}
	return false
}

// splits says whether an audience can be split by a rule: it holds for some legal
// orders and not for Japan, where everything is sent from.
func (c Campaign) splits(rule *law.Rule) bool {
	return c.Part.Mode == Everybody && !rule.Reach().Has(law.JP)
}

func (c Campaign) draft() compose.Draft {
	return compose.Draft{Class: c.Class, Lang: c.Lang, Subject: c.Subject, Preheader: c.Preheader, Kind: c.Kind, Body: c.Body}
}

// fitting is the class that a message of a class with advertising in it is.
func fitting(c compose.Class) compose.Class {
	if c == compose.Tx {
		return compose.TxWithIncidentalAd
	}
	return compose.Ad
}

// Repair does the repair of a finding on a draft as it was looked at (c.UpdatedAt), and
// returns the draft as it is then. One that would change nothing is Refused.
func (b *Book) Repair(ctx context.Context, by account.By, c Campaign, r compose.Repair, rule law.RuleID, now time.Time) (Campaign, error) {
	content := c.Content
	switch r {
	case RequestApproval:
		if err := b.Request(ctx, by, c, now); err != nil {
			return c, err
		}
		return b.Get(ctx, b.DB, c.Workspace, c.ID)
	case CheckPages:
		return c, b.lookNow(ctx, c, now)
	case SplitAudience:
		return b.split(ctx, by, c, rule, now)
	case InsertLabel:
		content.FillLabel = true
	case FixClass:
		content.Class = fitting(c.Class)
	case RemoveAds:
		content.Body = c.draft().WithoutAds().Body
	case RemoveMark:
		content.Subject = oldMark.ReplaceAllString(c.Subject, "")
	case MendSubject:
		content.Subject = answerMark.ReplaceAllString(c.Subject, "")
	}
	if content == c.Content {
		return c, fault.New(fault.Refused, "campaign.repair.nothing")
	}
	as := account.Entry{Action: "campaign.repair", Detail: map[string]any{"repair": string(r), "rule": string(rule)}}
	return b.edit(ctx, by, c, content, as, now)
}

// ChooseClass sets the class that the answers lead to.
func (b *Book) ChooseClass(ctx context.Context, by account.By, c Campaign, a Answers, now time.Time) (Campaign, error) {
	if !a.Valid() {
		return c, fault.Bad("promotes", "campaign.class.answer")
	}
	as := account.Entry{Action: "campaign.repair", Detail: map[string]any{
		"repair": "choose_class", "asks_only": a.AsksOnly, "needed": a.Needed, "promotes": string(a.Promotes), "class": string(a.Class()),
	}}
	content := c.Content
	content.Class = a.Class()
	return b.edit(ctx, by, c, content, as, now)
}

func (b *Book) lookNow(ctx context.Context, c Campaign, now time.Time) error {
	if b.Pages == nil {
		return fault.New(fault.Refused, "campaign.repair.nothing")
	}
	ws, err := b.Accounts.WorkspaceByID(ctx, b.DB, c.Workspace)
	if err != nil {
		return wrap("look at pages", err)
	}
	return wrap("look at pages", b.lookAt(ctx, ws, now))
}

// split leaves those in the draft to whom the rule does not apply, and makes a second
// one for the others, with the same text. Nobody is in both or in none.
func (b *Book) split(ctx context.Context, by account.By, c Campaign, id law.RuleID, now time.Time) (Campaign, error) {
	var reach law.Jurisdictions
	for _, rule := range b.Gate.Rules().Rules() {
		if rule.ID == id && slices.Contains(rule.At, law.AtTemplate) && c.splits(rule) {
			reach |= rule.Reach()
		}
	}
	if reach == 0 {
		return c, fault.New(fault.Refused, "campaign.repair.nothing")
	}
	rest, those := c.Content, c.Content
	rest.Part, those.Part = Part{AllBut, reach}, Part{OnlyThose, reach}
	those.Name = shortened(those.Name) + " (" + strings.Join(reach.Names(), ", ") + ")"
	err := b.DB.Write(ctx, func(tx *store.Tx) error {
		other, err := b.insert(ctx, tx, by, Campaign{Workspace: c.Workspace, Content: those}, now)
		if err != nil {
			return err
		}
		as := account.Entry{Action: "campaign.repair", Actor: by.Actor, Network: by.Network, Detail: map[string]any{
			"repair": string(SplitAudience), "rule": string(id), "other": other.PublicID(), "reach": reach.Names(),
		}}
		return b.replace(ctx, tx, c, rest, as, now)
	})
	if err != nil {
		return c, wrap("split", err)
	}
	return b.Get(ctx, b.DB, c.Workspace, c.ID)
}

// shortened leaves room in a name for what a copy adds.
func shortened(name string) string {
	const room = 150
	if r := []rune(name); len(r) > room {
		return string(r[:room])
	}
	return name
}
