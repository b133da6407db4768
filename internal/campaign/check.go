package campaign

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/compose"
	"github.com/kyodaku/kyodaku/internal/compose/merge"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/gate"
	"github.com/kyodaku/kyodaku/internal/law"
	"github.com/kyodaku/kyodaku/internal/store"
)

// Finding is one remark of the check before sending.
type Finding struct {
	Severity compose.Severity
	// Field is the part of the campaign it is about, At the place in its text.
	Field string
	At    merge.Position
	// Rule is set when a rule of law found it, and Law is its very entry: text, citation,
	// kind and certainty.
	Rule law.RuleID
	Law  *law.Rule
	// Key and Args are the sentence of findings without a rule.
	Key    string
	Args   []any
	Repair compose.Repair
	// People is how many people of the audience it is about, 0 for what is about the message.
	People int64
	// SecondPerson wants the approval of somebody who did not write the text.
	SecondPerson bool
}

// Red says whether any finding forbids sending.
func Red(findings []Finding) bool {
	for _, f := range findings {
		if f.Severity == compose.Red {
			return true
		}
	}
	return false
}

// Check looks over a campaign as it would go out now: text, label, sender, the rules of
// writing, and what looks like a mistake. Which legal orders its people bring in is told
// by some of them; CheckFor asks about all.
func (b *Book) Check(ctx context.Context, r store.Reader, c Campaign) ([]Finding, error) {
	out, err := b.check(ctx, r, c, 0, b.Clock())
	return out, wrap("check", err)
}

// CheckFor is everything that somebody answers for who sends a draft or approves it: the
// check under every legal order that the forecast met, and what the law warns of about the
// people (WarningsOf).
func (b *Book) CheckFor(ctx context.Context, r store.Reader, c Campaign, f Forecast) ([]Finding, error) {
	out, err := b.check(ctx, r, c, f.Reach, b.Clock())
	return append(out, b.WarningsOf(f)...), wrap("check", err)
}

// check looks over a campaign; beside are legal orders that are known to count.
func (b *Book) check(ctx context.Context, r store.Reader, c Campaign, beside law.Jurisdictions, now time.Time) ([]Finding, error) {
	out, err := b.checkMessage(ctx, r, c, beside, now)
	if err != nil {
		return nil, err
	}
	guard, err := b.guard(ctx, r, c, now)
	return append(out, guard...), err
}

// checkMessage looks over everything but what looks like a mistake: what may forbid it.
func (b *Book) checkMessage(ctx context.Context, r store.Reader, c Campaign, beside law.Jurisdictions, now time.Time) ([]Finding, error) {
	w, err := b.inspect(ctx, r, c)
	if err != nil {
		return nil, err
	}
	w.beside = beside
	facts, err := b.template(ctx, r, c, w, now)
	if err != nil {
		return nil, err
	}
	out := b.lawFindings(facts)
	lint := compose.Lint(w.draft)
	for _, l := range lint {
		if l.Field != "class" { // SCOPE-01 says it
			out = append(out, Finding{Severity: l.Severity, Field: l.Field, At: l.At, Key: l.Key, Args: l.Args, Repair: l.Repair})
		}
	}
	if w.broken != nil && !Red(out) {
		out = append(out, asFindings(w.broken)...)
	}
	sender, err := b.Gate.Sender(ctx, r, gate.Audience{Workspace: c.Workspace, Profile: c.Profile}, c.Class)
	if err != nil {
		return nil, err
	}
	if sender != "" && !slices.ContainsFunc(out, func(f Finding) bool { return f.Rule == sender }) {
		rule, _ := b.Gate.Rules().Rule(sender)
		out = append(out, Finding{Severity: compose.Red, Field: fieldOf(sender), Rule: sender, Law: rule})
	}
	return out, nil
}

// lawFindings are what the rules of writing find. Two entries of one rule are told once.
func (b *Book) lawFindings(facts *law.TemplateFacts) (out []Finding) {
	for _, found := range b.Gate.Rules().Template(facts) {
		rule := found.Rule
		if slices.ContainsFunc(out, func(f Finding) bool { return f.Rule == rule.ID }) {
			continue
		}
		f := Finding{Field: fieldOf(rule.ID), Rule: rule.ID, Law: rule, Repair: compose.Repair(rule.Repair), Severity: compose.Green}
		switch rule.Effect {
		case law.Block:
			f.Severity = compose.Red
		case law.Warn:
			f.Severity = compose.Amber
		}
		out = append(out, f)
	}
	return out
}

// fieldOf is the part of a campaign that a rule is about.
func fieldOf(rule law.RuleID) string {
	switch rule {
	case "SCOPE-01":
		return "class"
	case "SCOPE-02", "COL-10", "TRK-06":
		return "body"
	case "LBL-12", "ID-07":
		return "subject"
	case "LBL-14":
		return "advertiser"
	case "LBL-10", "OUT-07":
		return "pages"
	}
	return "profile"
}

// asFindings turns what the composer refused into red findings.
func asFindings(err error) []Finding {
	e, ok := errors.AsType[*fault.Error](err)
	if !ok || len(e.Fields) == 0 {
		return []Finding{{Severity: compose.Red, Field: "body", Key: "campaign.check.broken"}}
	}
	var out []Finding
	for _, f := range e.Fields {
		out = append(out, Finding{Severity: compose.Red, Field: f.Name, Key: f.Key, Args: f.Args})
	}
	return out
}

// parts gathers what the composer needs for a campaign's draft.
func (b *Book) parts(ctx context.Context, r store.Reader, c Campaign) (compose.Draft, compose.Label, error) {
	topic, err := b.Consent.TopicByID(ctx, r, c.Workspace, c.Topic)
	if err != nil {
		return compose.Draft{}, compose.Label{}, err
	}
	profile, err := b.Accounts.ProfileByID(ctx, r, c.Workspace, c.Profile)
	if err != nil {
		return compose.Draft{}, compose.Label{}, err
	}
	draft := compose.Draft{
		Class: c.Class, Lang: c.Lang, Subject: c.Subject, Preheader: c.Preheader, Kind: c.Kind, Body: c.Body,
		Topic: topic.Name(c.Lang), Campaign: c.Name,
	}
	var ws account.Workspace
	if c.FillLabel {
		if ws, err = b.Accounts.WorkspaceByID(ctx, r, c.Workspace); err != nil {
			return compose.Draft{}, compose.Label{}, err
		}
	}
	return draft, labelOf(profile, ws, c), nil
}

// labelOf is the label of a campaign's messages: the sender profile's, and what that
// lacks from the workspace where the campaign says so.
func labelOf(p account.Profile, ws account.Workspace, c Campaign) compose.Label {
	if c.FillLabel {
		p.Label = filled(p.Label, ws.Label)
	}
	l := p.Label.In(c.Lang)
	return compose.Label{
		Behalf: c.Advertiser, LegalName: l.LegalName, SenderName: p.FromName, PostalAddress: l.PostalAddress,
		Phone: l.Phone, Mail: l.Email, URL: l.URL,
	}
}

// filled is a label with its gaps filled from another.
func filled(l, from account.Label) account.Label {
	for _, gap := range [...][2]*string{
		{&l.LegalName, &from.LegalName},
		{&l.LegalNameEn, &from.LegalNameEn},
		{&l.PostalAddress, &from.PostalAddress},
		{&l.PostalAddressEn, &from.PostalAddressEn},
		{&l.Phone, &from.Phone},
		{&l.Email, &from.Email},
		{&l.URL, &from.URL},
	} {
		if strings.TrimSpace(*gap[0]) == "" {
			*gap[0] = *gap[1]
		}
	}
	return l
}
