package law

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"time"
)

// RuleID names a rule for ever, such as "OUT-01".
type RuleID string

// Kind is where a rule gets its force from.
type Kind string

// The kinds of rule.
const (
	Statute   Kind = "statute"
	Guideline Kind = "guideline"
	Provider  Kind = "provider"
	Policy    Kind = "policy"
)

// Effect is what a rule does when its condition holds.
type Effect string

// The effects, the strictest first.
const (
	Block  Effect = "block"
	Warn   Effect = "warn"
	Record Effect = "record"
)

// Place is where a rule is held against facts.
type Place string

// The places.
const (
	AtCollection Place = "collection"
	AtImport     Place = "import"
	AtTemplate   Place = "template"
	AtSend       Place = "send"
	AtHandoff    Place = "handoff"
	AtProvision  Place = "provision"
	AtRetention  Place = "retention"
)

// Places lists every place in the order of the data's way.
func Places() []Place {
	return []Place{AtCollection, AtImport, AtTemplate, AtSend, AtHandoff, AtProvision, AtRetention}
}

// Certainty is how well the source of a rule was read. People see everything but
// Verified with a word of warning.
type Certainty string

// The certainties.
const (
	// Verified: the statute, guideline or official page itself was read.
	Verified Certainty = "verified"
	// Secondary: read only in what somebody else wrote about it.
	Secondary Certainty = "secondary"
	// Unverified: from memory or by our own conclusion; nobody checked it.
	Unverified Certainty = "unverified"
)

// Rule is one dated, cited rule, as it stands in its file.
type Rule struct {
	ID RuleID `toml:"id"`
	// Jurisdictions are names such as "JP"; "all" is every one.
	Jurisdictions []string  `toml:"jurisdictions"`
	At            []Place   `toml:"at"`
	Effect        Effect    `toml:"effect"`
	Kind          Kind      `toml:"kind"`
	Certainty     Certainty `toml:"certainty"`
	// From and Until bound the days it is in force; an empty Until means still.
	From  string `toml:"from"`
	Until string `toml:"until"`
	// When are the alternatives of its condition: of one table all facts must hold.
	When []map[string]any `toml:"when"`
	// Check names a function that must also say yes, for what data cannot tell.
	Check string `toml:"check"`
	// Repair names the act that mends a finding, such as "insert_label"; "" is none.
	Repair string `toml:"repair"`
	// HeldBy names tests, "internal/public TestGetChangesNothing", that hold what the
	// program does by its shape and not by asking. A rule has a condition or these.
	HeldBy []string `toml:"held_by"`
	// Awaits names what the program does not do yet and the rule is about, such as "sms":
	// it is written down and cannot be broken before.
	Awaits string `toml:"awaits"`
	// Ja and En are the sentence people see when the condition holds.
	Ja string `toml:"ja"`
	En string `toml:"en"`
	// Citation names the source; CitationJa says it the Japanese way.
	Citation   string `toml:"citation"`
	CitationJa string `toml:"citation_ja"`

	// File and Line are where it stands.
	File string `toml:"-"`
	Line int    `toml:"-"`

	from, until time.Time
	reach       Jurisdictions
}

// Text is the rule's sentence in a language ("ja" or anything else for English).
func (r *Rule) Text(lang string) string {
	if lang == "ja" {
		return r.Ja
	}
	return r.En
}

// Source is the rule's citation in a language.
func (r *Rule) Source(lang string) string {
	if lang == "ja" {
		return r.CitationJa
	}
	return r.Citation
}

// Reach is the legal orders the rule belongs to.
func (r *Rule) Reach() Jurisdictions { return r.reach }

// InForce says whether the rule counts at a time. Days begin at midnight in Japan.
func (r *Rule) InForce(at time.Time) bool {
	return !at.Before(r.from) && (r.until.IsZero() || at.Before(r.until))
}

// Japan is its time, in which the days of the rule files begin. It has no summer time.
var Japan = time.FixedZone("JST", 9*3600)

// idPattern is how rules are named: a family and a number.
var idPattern = regexp.MustCompile(`^[A-Z]+-[0-9]+$`)

// settle checks a rule as it was read and fills in what is derived.
func (r *Rule) settle() error {
	for _, f := range [...]struct{ name, value string }{
		{"id", string(r.ID)},
		{"from", r.From},
		{"ja", r.Ja},
		{"en", r.En},
		{"citation", r.Citation},
		{"citation_ja", r.CitationJa},
	} {
		if f.value == "" {
			return &wrong{f.name, fmt.Errorf("%s is missing", f.name)}
		}
	}
	if err := r.settleWords(); err != nil {
		return err
	}
	if r.When == nil && r.Check == "" && r.HeldBy == nil {
		return errors.New("neither when, check nor held_by: it could never be broken")
	}
	var err error
	if r.reach, err = ParseJurisdictions(r.Jurisdictions); err != nil {
		return &wrong{"jurisdictions", err}
	}
	return r.settleDates()
}

// settleWords checks what can only be one of some words.
func (r *Rule) settleWords() error {
	for _, f := range [...]struct {
		name, value string
		known       bool
	}{
		{"id", string(r.ID), idPattern.MatchString(string(r.ID))},
		{"effect", string(r.Effect), slices.Contains([]Effect{Block, Warn, Record}, r.Effect)},
		{"kind", string(r.Kind), slices.Contains([]Kind{Statute, Guideline, Provider, Policy}, r.Kind)},
		{"certainty", string(r.Certainty), slices.Contains([]Certainty{Verified, Secondary, Unverified}, r.Certainty)},
		{"repair", r.Repair, r.Repair == "" || slices.Contains(repairs[:], r.Repair)},
		{"awaits", r.Awaits, slices.Contains([]string{"", "sms", "line"}, r.Awaits)},
	} {
		if !f.known {
			return &wrong{f.name, fmt.Errorf("%s %q is unknown", f.name, f.value)}
		}
	}
	if len(r.At) == 0 {
		return errors.New("at names no place")
	}
	for i, p := range r.At {
		if !slices.Contains(Places(), p) {
			return &wrong{"at[" + strconv.Itoa(i) + "]", fmt.Errorf("at names %q, which is no place", p)}
		}
	}
	return nil
}

func (r *Rule) settleDates() error {
	var err error
	if r.from, err = time.ParseInLocation(time.DateOnly, r.From, Japan); err != nil {
		return &wrong{"from", fmt.Errorf("from: %w", err)}
	}
	if r.Until == "" {
		return nil
	}
	if r.until, err = time.ParseInLocation(time.DateOnly, r.Until, Japan); err != nil {
		return &wrong{"until", fmt.Errorf("until: %w", err)}
	}
	if !r.until.After(r.from) {
		return &wrong{"until", errors.New("until is not after from")}
	}
	return nil
}

// overlaps says whether two entries of one id could be in force on one day at one
// place with one effect.
func (r *Rule) overlaps(o *Rule) bool {
	if r.ID != o.ID || r.Effect != o.Effect {
		return false
	}
	shared := slices.ContainsFunc(r.At, func(p Place) bool { return slices.Contains(o.At, p) })
	return shared && r.reach.Has(o.reach) &&
		(r.until.IsZero() || o.from.Before(r.until)) && (o.until.IsZero() || r.from.Before(o.until))
}
