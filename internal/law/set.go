package law

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/BurntSushi/toml"
)

// Set is a version of all rules, ready to judge. It is safe for concurrent use.
type Set struct {
	version string
	rules   []*Rule
	byID    map[RuleID]*Rule
	// rank is the place of each family in the order of the answers.
	rank  map[string]int
	doubt *Rule

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
		rank:       map[string]int{},
		collection: newBench(AtCollection, collectionChecks),
		imports:    newBench(AtImport, importChecks),
		template:   newBench(AtTemplate, templateChecks),
		send:       newBench(AtSend, sendChecks),
		handoff:    newBench(AtHandoff, handoffChecks),
		provision:  newBench(AtProvision, provisionChecks),
		retention:  newBench(AtRetention, retentionChecks),
	}
	sum := sha256.New()
	for _, name := range names {
		body, err := fs.ReadFile(from, name)
		if err != nil {
			return nil, fmt.Errorf("law: %w", err)
		}
		sum.Write(body)
		if err := s.addFile(name, string(body)); err != nil {
			return nil, fmt.Errorf("law: %w", err)
		}
	}
	s.version = "r" + hex.EncodeToString(sum.Sum(nil))[:12]
	return s, s.finish()
}

// finish puts the rules in their order and makes sure of the rule of doubt.
func (s *Set) finish() error {
	for _, r := range s.rules {
		if s.rank[family(r.ID)] == 0 {
			return fmt.Errorf("law: %s:%d: family %s has no place in any file's order", r.File, r.Line, family(r.ID))
		}
	}
	for _, b := range s.benches() {
		b.sort(s.rank)
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

// addFile adds the rules of a file and the order of families that it states.
func (s *Set) addFile(name, body string) error {
	var all map[string]any
	if _, err := toml.Decode(body, &all); err != nil {
		var p toml.ParseError
		if errors.As(err, &p) {
			return fmt.Errorf("%s:%d: %s", name, max(p.Position.Line, 1), p.Message)
		}
		return fmt.Errorf("%s:1: %w", name, err)
	}
	lines := lay(body)
	for _, key := range slices.Sorted(maps.Keys(all)) {
		if key != "order" && key != "rule" {
			return fmt.Errorf("%s:%d: unknown field %s", name, lines.top.of(key), key)
		}
	}
	if order, ok := all["order"]; ok {
		if err := s.addOrder(order); err != nil {
			return fmt.Errorf("%s:%d: order: %w", name, lines.top.of("order"), err)
		}
	}
	tables, _ := all["rule"].([]map[string]any)
	if _, some := all["rule"]; some && (len(tables) == 0 || len(tables) != len(lines.rules)) {
		return fmt.Errorf("%s:%d: a rule begins with [[rule]] on a line of its own", name, lines.top.of("rule"))
	}
	for i, table := range tables {
		if err := s.addTable(name, table, lines.rules[i]); err != nil {
			return err
		}
	}
	return nil
}

func (s *Set) addOrder(order any) error {
	var families []string
	if err := takeList(reflect.ValueOf(&families).Elem(), order); err != nil {
		return err
	}
	for _, f := range families {
		if s.rank[f] != 0 {
			return fmt.Errorf("family %s has a place already", f)
		}
		s.rank[f] = len(s.rank) + 1
	}
	return nil
}

// addTable adds the rule of a table, or says in which line of the file it is at fault.
func (s *Set) addTable(file string, table map[string]any, lines fieldLines) error {
	r, err := ruleOf(table)
	r.File, r.Line = file, lines.of("")
	if err == nil {
		err = s.add(r)
	}
	if err == nil {
		return nil
	}
	var w *wrong
	line := r.Line
	if errors.As(err, &w) {
		line = lines.of(w.field)
	}
	return fmt.Errorf("%s:%d: rule %q: %w", file, line, r.ID, err)
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
