package law

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"time"

	"github.com/BurntSushi/toml"
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

// The effects.
const (
	Block  Effect = "block"
	Warn   Effect = "warn"
	Record Effect = "record"
)

// Rule is one dated, cited rule.
type Rule struct {
	ID           RuleID   `toml:"id"`
	Jurisdiction string   `toml:"jurisdiction"`
	At           []string `toml:"at"`
	Effect       Effect   `toml:"effect"`
	Kind         Kind     `toml:"kind"`
	// From and Until bound the days it is in force; an empty Until means still.
	From  string `toml:"from"`
	Until string `toml:"until"`
	// Ja and En are the sentence people see when the rule says no.
	Ja string `toml:"ja"`
	En string `toml:"en"`
	// Citation names the source; CitationJa says it the Japanese way.
	Citation   string `toml:"citation"`
	CitationJa string `toml:"citation_ja"`
}

// Text is the rule's sentence in a language ("ja" or anything else for English).
func (r Rule) Text(lang string) string {
	if lang == "ja" {
		return r.Ja
	}
	return r.En
}

// Source is the rule's citation in a language.
func (r Rule) Source(lang string) string {
	if lang == "ja" {
		return r.CitationJa
	}
	return r.Citation
}

// Set is a version of all rules.
type Set struct {
	version string
	rules   map[RuleID]Rule
	order   []RuleID
}

//go:embed rules/*.toml
var files embed.FS

// Load reads the rules that come with the program. An unknown field, a missing
// citation or a doubled id is an error that names file and rule.
func Load() (*Set, error) { return load(files) }

func load(from fs.FS) (*Set, error) {
	names, err := fs.Glob(from, "rules/*.toml")
	if err != nil || len(names) == 0 {
		return nil, errors.Join(errors.New("law: no rule files"), err)
	}
	s := &Set{rules: map[RuleID]Rule{}}
	sum := sha256.New()
	for _, name := range names {
		body, err := fs.ReadFile(from, name)
		if err != nil {
			return nil, fmt.Errorf("law: %w", err)
		}
		sum.Write(body)
		if err := s.add(name, string(body)); err != nil {
			return nil, err
		}
	}
	s.version = "r" + hex.EncodeToString(sum.Sum(nil))[:12]
	return s, nil
}

func (s *Set) add(name, body string) error {
	var f struct {
		Rule []Rule `toml:"rule"`
	}
	meta, err := toml.Decode(body, &f)
	if err != nil {
		return fmt.Errorf("law: %s: %w", name, err)
	}
	if extra := meta.Undecoded(); len(extra) > 0 {
		return fmt.Errorf("law: %s: unknown field %s", name, extra[0])
	}
	for _, r := range f.Rule {
		if err := r.check(); err != nil {
			return fmt.Errorf("law: %s: rule %q: %w", name, r.ID, err)
		}
		if _, twice := s.rules[r.ID]; twice {
			return fmt.Errorf("law: %s: rule %q stands twice", name, r.ID)
		}
		s.rules[r.ID] = r
		s.order = append(s.order, r.ID)
	}
	return nil
}

func (r Rule) check() error {
	for field, v := range map[string]string{
		"id": string(r.ID), "jurisdiction": r.Jurisdiction, "from": r.From,
		"ja": r.Ja, "en": r.En, "citation": r.Citation, "citation_ja": r.CitationJa,
	} {
		if strings.TrimSpace(v) == "" {
			return fmt.Errorf("%s is missing", field)
		}
	}
	if r.Effect != Block && r.Effect != Warn && r.Effect != Record {
		return fmt.Errorf("effect %q is unknown", r.Effect)
	}
	switch r.Kind {
	case Statute, Guideline, Provider, Policy:
	default:
		return fmt.Errorf("kind %q is unknown", r.Kind)
	}
	from, err := time.Parse(time.DateOnly, r.From)
	if err != nil {
		return fmt.Errorf("from: %w", err)
	}
	if r.Until == "" {
		return nil
	}
	until, err := time.Parse(time.DateOnly, r.Until)
	if err == nil && !until.After(from) {
		err = errors.New("until is not after from")
	}
	return err
}

// Version names this set; permits, refusals and findings carry it.
func (s *Set) Version() string { return s.version }

// Rule looks a rule up.
func (s *Set) Rule(id RuleID) (Rule, bool) {
	r, ok := s.rules[id]
	return r, ok
}

// Rules lists all rules in the order of their files.
func (s *Set) Rules() []Rule {
	out := make([]Rule, 0, len(s.order))
	for _, id := range s.order {
		out = append(out, s.rules[id])
	}
	return out
}
