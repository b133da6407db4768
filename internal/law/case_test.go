package law

import (
	"bytes"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/BurntSushi/toml"
)

// TestCases holds each rule against its cases, cases/<RULE>.toml: facts, and whether
// the rule is found in them. Nobody needs Go to add one. Every rule must be found in one
// case and not be found in another. What the program does by its shape, and no facts can
// tell, names the tests that show both: its stories.
func TestCases(t *testing.T) {
	t.Parallel()
	set, program := must(Load()), readProgram(t)
	base := readBase(t)
	for _, r := range set.Rules() {
		t.Run(string(r.ID), func(t *testing.T) {
			t.Parallel()
			cases := readCases(t, r.ID)
			for _, found := range []bool{true, false} {
				if !slices.ContainsFunc(cases, func(c lawCase) bool { return c.Found == found }) {
					t.Errorf("no case in which the rule is found = %v", found)
				}
			}
			for _, c := range cases {
				switch {
				case c.Story == "":
					c.run(t, set, base, r.ID)
				case !program.tests[c.Story]:
					t.Errorf("%s: there is no test %s", c.Name, c.Story)
				case c.Facts != nil:
					t.Errorf("%s: a story and facts too", c.Name)
				}
			}
		})
	}
}

// TestNoCaseIsOrphaned fails for case files of rules that do not exist.
func TestNoCaseIsOrphaned(t *testing.T) {
	t.Parallel()
	set := must(Load())
	for _, name := range must(filepath.Glob("cases/*.toml")) {
		id := RuleID(strings.TrimSuffix(filepath.Base(name), ".toml"))
		if _, ok := set.Rule(id); !ok && id != "base" {
			t.Errorf("%s: no such rule", name)
		}
	}
}

// lawCase is one case of one rule.
type lawCase struct {
	Name string `toml:"name"`
	At   Place  `toml:"at"`
	// Found is whether the rule is to be found; Effect which entry of it, "" for any.
	Found  bool   `toml:"found"`
	Effect Effect `toml:"effect"`
	// Story names a test, "internal/room TestName", that shows it where no facts can.
	Story string `toml:"story"`
	// Reach are the legal orders; sending tells its own from nexus.
	Reach []string       `toml:"reach"`
	Facts map[string]any `toml:"facts"`
}

func readBase(t testing.TB) map[Place]map[string]any {
	t.Helper()
	var out map[Place]map[string]any
	if _, err := toml.DecodeFile("cases/base.toml", &out); err != nil {
		t.Fatal(err)
	}
	return out
}

func readCases(t *testing.T, id RuleID) []lawCase {
	t.Helper()
	var f struct {
		Case []lawCase `toml:"case"`
	}
	meta, err := toml.DecodeFile("cases/"+string(id)+".toml", &f)
	if err != nil {
		t.Fatal(err)
	}
	for _, extra := range meta.Undecoded() {
		if !slices.Contains(extra, "facts") { // what stands there is checked when it is laid over the facts
			t.Fatalf("cases/%s.toml: unknown field %s", id, extra)
		}
	}
	return f.Case
}

func (c lawCase) run(t *testing.T, set *Set, base map[Place]map[string]any, id RuleID) {
	t.Helper()
	reach := JP
	if c.Reach != nil {
		reach = must(ParseJurisdictions(c.Reach))
	}
	found := c.judge(t, set, base[c.At], reach)
	got := slices.ContainsFunc(found, func(f Finding) bool {
		return f.Rule.ID == id && (c.Effect == "" || f.Rule.Effect == c.Effect)
	})
	if got != c.Found {
		t.Errorf("%s: found = %v, want %v; all findings: %v", c.Name, got, c.Found, ids(found))
	}
	if slices.Contains(ids(found), doubtful) && id != doubtful {
		t.Errorf("%s: a fact cannot be read", c.Name)
	}
}

func (c lawCase) judge(t *testing.T, set *Set, base map[string]any, reach Jurisdictions) Findings {
	t.Helper()
	switch c.At {
	case AtSend:
		return set.SendFindings(fill[SendFacts](t, c, base))
	case AtHandoff:
		return set.HandoffFindings(fill[HandoffFacts](t, c, base))
	case AtTemplate:
		f := fill[TemplateFacts](t, c, base)
		return within(set.Template, f, &f.Reach, reach)
	case AtCollection:
		f := fill[CollectionFacts](t, c, base)
		return within(set.Collection, f, &f.Reach, reach)
	case AtImport:
		f := fill[ImportFacts](t, c, base)
		return within(set.Import, f, &f.Reach, reach)
	case AtProvision:
		f := fill[ProvisionFacts](t, c, base)
		return within(set.Provision, f, &f.Reach, reach)
	case AtRetention:
		f := fill[RetentionFacts](t, c, base)
		return within(set.Retention, f, &f.Reach, reach)
	}
	t.Fatalf("%s: %q is no place", c.Name, c.At)
	return nil
}

// within asks about facts that lie within the reach of legal orders.
func within[F any](ask func(*F) Findings, f *F, at *Jurisdictions, reach Jurisdictions) Findings {
	*at = reach
	return ask(f)
}

// fill lays a case's facts over those that nothing objects to.
func fill[F any](t testing.TB, c lawCase, base map[string]any) *F {
	t.Helper()
	var f F
	for _, layer := range []map[string]any{base, c.Facts} {
		var body bytes.Buffer
		if err := toml.NewEncoder(&body).Encode(layer); err != nil {
			t.Fatal(err)
		}
		meta, err := toml.Decode(body.String(), &f)
		if err != nil {
			t.Fatalf("%s: %v", c.Name, err)
		}
		if extra := meta.Undecoded(); len(extra) > 0 {
			t.Fatalf("%s: no fact is named %s", c.Name, extra[0])
		}
	}
	return &f
}

func ids(f Findings) []RuleID {
	out := make([]RuleID, len(f))
	for i := range f {
		out[i] = f[i].Rule.ID
	}
	return out
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}
