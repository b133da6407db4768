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

// Set is a version of all rules, ready to judge. It is safe for concurrent use.
type Set struct {
	version string
	rules   []*Rule
	byID    map[RuleID]*Rule
	doubt   *Rule

	collection *bench[CollectionFacts]
	imports    *bench[ImportFacts]
	template   *bench[TemplateFacts]
	send       *bench[SendFacts]
	handoff    *bench[HandoffFacts]
	provision  *bench[ProvisionFacts]
	retention  *bench[RetentionFacts]
}

// doubtful is the rule that answers when a fact cannot be read.
const doubtful RuleID = "FACT-01"

//go:embed rules/*.toml
var files embed.FS

// Load reads the rules that come with the program. An unknown field, a missing
// citation, overlapping dates or an impossible condition is an error that names file
// and line.
func Load() (*Set, error) { return load(files) }

func load(from fs.FS) (*Set, error) {
	names, err := fs.Glob(from, "rules/*.toml")
	if err != nil || len(names) == 0 {
		return nil, errors.Join(errors.New("law: no rule files"), err)
	}
	s := &Set{
		byID:       map[RuleID]*Rule{},
		collection: newBench(AtCollection, collectionChecks),
		imports:    newBench(AtImport, importChecks),
		template:   newBench(AtTemplate, templateChecks),
		send:       newBench(AtSend, sendChecks),
		handoff:    newBench(AtHandoff, handoffChecks),
		provision:  newBench(AtProvision, provisionChecks),
		retention:  newBench(AtRetention, retentionChecks),
	}
	sum := sha256.New()
	var order []string
	for _, name := range names {
		body, err := fs.ReadFile(from, name)
		if err != nil {
			return nil, fmt.Errorf("law: %w", err)
		}
		sum.Write(body)
		families, err := s.addFile(name, string(body))
		if err != nil {
			return nil, fmt.Errorf("law: %w", err)
		}
		order = append(order, families...)
	}
	s.version = "r" + hex.EncodeToString(sum.Sum(nil))[:12]
	return s, s.finish(order)
}

// finish puts the rules in their order and makes sure of the rule of doubt.
func (s *Set) finish(order []string) error {
	rank := map[string]int{}
	for i, f := range order {
		rank[f] = i + 1
	}
	for _, r := range s.rules {
		if rank[family(r.ID)] == 0 {
			return fmt.Errorf("law: %s:%d: family %s has no place in any file's order", r.File, r.Line, family(r.ID))
		}
	}
	for _, b := range s.benches() {
		b.sort(rank)
	}
	if s.doubt = s.byID[doubtful]; s.doubt == nil {
		return fmt.Errorf("law: rule %s is missing", doubtful)
	}
	return nil
}

func (s *Set) benches() []interface {
	add(r *Rule) error
	sort(rank map[string]int)
} {
	return []interface {
		add(r *Rule) error
		sort(rank map[string]int)
	}{s.collection, s.imports, s.template, s.send, s.handoff, s.provision, s.retention}
}

// addFile adds the rules of a file and returns the order of families it states.
func (s *Set) addFile(name, body string) ([]string, error) {
	var f struct {
		Order []string `toml:"order"`
		Rule  []*Rule  `toml:"rule"`
	}
	meta, err := toml.Decode(body, &f)
	if err != nil {
		var p toml.ParseError
		if errors.As(err, &p) {
			return nil, fmt.Errorf("%s:%d: %s", name, p.Position.Line, p.Message)
		}
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	lines := headers(body)
	if extra := unknown(meta); extra != "" {
		return nil, fmt.Errorf("%s:%d: unknown field %s", name, lineOf(body, extra), extra)
	}
	for i, r := range f.Rule {
		r.File, r.Line = name, lines[i]
		if err := s.add(r); err != nil {
			return nil, fmt.Errorf("%s:%d: rule %q: %w", name, r.Line, r.ID, err)
		}
	}
	return f.Order, nil
}

func (s *Set) add(r *Rule) error {
	if err := r.settle(); err != nil {
		return err
	}
	for _, o := range s.rules {
		if r.overlaps(o) {
			return fmt.Errorf("is in force at the same time as the one at %s:%d", o.File, o.Line)
		}
	}
	for _, b := range s.benches() {
		if err := b.add(r); err != nil {
			return err
		}
	}
	s.rules = append(s.rules, r)
	if s.byID[r.ID] == nil {
		s.byID[r.ID] = r
	}
	return nil
}

// unknown is the first field that no rule has; tables under `when` hold facts.
func unknown(meta toml.MetaData) string {
	for _, key := range meta.Undecoded() {
		return key[len(key)-1]
	}
	return ""
}

// headers are the lines on which the rules of a file begin.
func headers(body string) []int {
	var out []int
	for i, line := range strings.Split(body, "\n") {
		if strings.TrimSpace(line) == "[[rule]]" {
			out = append(out, i+1)
		}
	}
	return out
}

// lineOf is the first line on which a field is set.
func lineOf(body, field string) int {
	for i, line := range strings.Split(body, "\n") {
		name, _, _ := strings.Cut(line, "=")
		if strings.TrimSpace(name) == field {
			return i + 1
		}
	}
	return 1
}

// family is the part of an id before its number.
func family(id RuleID) string {
	f, _, _ := strings.Cut(string(id), "-")
	return f
}

// Version names this set; permits, refusals and findings carry it.
func (s *Set) Version() string { return s.version }

// Rule looks a rule up. Of several entries of one id it is the first in the files;
// findings carry the very entry.
func (s *Set) Rule(id RuleID) (*Rule, bool) {
	r, ok := s.byID[id]
	return r, ok
}

// Entry looks up the first entry of a rule that has an effect: one id may warn and,
// later, forbid, in other words.
func (s *Set) Entry(id RuleID, e Effect) (*Rule, bool) {
	for _, r := range s.rules {
		if r.ID == id && r.Effect == e {
			return r, true
		}
	}
	return nil, false
}

// Turns lists the days on which some rule of sending comes into force or ends.
func (s *Set) Turns() []time.Time {
	var out []time.Time
	for i := range s.send.entries {
		r := s.send.entries[i].rule
		if out = append(out, r.from); !r.until.IsZero() {
			out = append(out, r.until)
		}
	}
	return out
}

// Rules lists all entries in the order of their files.
func (s *Set) Rules() []*Rule { return s.rules }
