package campaign

import (
	"context"
	"errors"
	"fmt"

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
	// Rule is set when a rule says no; its text and citation are the rule's.
	Rule law.RuleID
	// Key and Args are the sentence of findings without a rule.
	Key    string
	Args   []any
	Repair compose.Repair
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

// Check looks over a campaign as it would go out now: text, label, sender.
func (b *Book) Check(ctx context.Context, r store.Reader, c Campaign) ([]Finding, error) {
	var out []Finding
	draft, label, err := b.parts(ctx, r, c)
	if err != nil {
		return nil, fmt.Errorf("campaign: check: %w", err)
	}
	for _, l := range compose.Lint(draft) {
		out = append(out, Finding{Severity: l.Severity, Field: l.Field, At: l.At, Key: l.Key, Args: l.Args, Repair: l.Repair})
	}
	if _, err := b.Composer.Compile(draft, label); err != nil && !Red(out) {
		out = append(out, asFindings(err)...)
	}
	sender, err := b.Gate.Sender(ctx, r, gate.Audience{Workspace: c.Workspace, Profile: c.Profile}, c.Class)
	if err != nil {
		return nil, fmt.Errorf("campaign: check: %w", err)
	}
	if sender != "" {
		out = append(out, Finding{Severity: compose.Red, Field: "profile", Rule: sender})
	}
	return out, nil
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
	return draft, labelOf(profile, c), nil
}

func labelOf(p account.Profile, c Campaign) compose.Label {
	l := compose.Label{
		LegalName: p.Label.LegalName, SenderName: p.FromName, PostalAddress: p.Label.PostalAddress,
		Phone: p.Label.Phone, Mail: p.Label.Email, URL: p.Label.URL,
	}
	if c.Lang == "en" && p.Label.LegalNameEn != "" {
		l.LegalName, l.PostalAddress = p.Label.LegalNameEn, p.Label.PostalAddressEn
	}
	return l
}
