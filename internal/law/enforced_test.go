package law

import (
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var updateTable = flag.Bool("update", false, "write docs/rules.md anew")

// tableFile maps each rule to its source, its cases and where it is enforced.
const tableFile = "../../docs/rules.md"

// TestEveryRuleIsEnforced fails for a rule that nothing in the program asks about: one
// that is held by a test which is not there, or whose condition needs a fact that no
// room fills.
func TestEveryRuleIsEnforced(t *testing.T) {
	t.Parallel()
	set, program := must(Load()), readProgram(t)
	missing := map[RuleID][]string{}
	for _, r := range set.Rules() {
		for _, test := range r.HeldBy {
			if !program.tests[test] {
				missing[r.ID] = append(missing[r.ID], "test "+test)
			}
		}
		for _, w := range wordsOfRule(r) {
			if program.fillers(w) == nil {
				missing[r.ID] = append(missing[r.ID], w.typ+"."+w.field)
			}
		}
		for _, p := range r.At {
			if (r.When != nil || r.Check != "") && program.builders(p) == nil {
				missing[r.ID] = append(missing[r.ID], "the facts of "+string(p))
			}
		}
	}
	for _, id := range slices.Sorted(maps.Keys(missing)) {
		if rule, _ := set.Rule(id); rule.Awaits == "" {
			t.Errorf("%s is enforced nowhere: nobody fills %s", id, strings.Join(slices.Compact(slices.Sorted(slices.Values(missing[id]))), ", "))
		}
	}
	for _, r := range set.Rules() {
		if r.Awaits != "" && missing[r.ID] == nil {
			t.Errorf("%s is enforced by now: it awaits nothing", r.ID)
		}
	}
}

// TestTableOfRules holds docs/rules.md (go test ./internal/law -run TestTableOfRules -update).
func TestTableOfRules(t *testing.T) {
	t.Parallel()
	got := tableOfRules(t, must(Load()), readProgram(t))
	if *updateTable {
		if err := os.WriteFile(tableFile, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if d := cmp.Diff(string(must(os.ReadFile(tableFile))), got); d != "" {
		t.Errorf("docs/rules.md is out of date (go test ./internal/law -run TestTableOfRules -update):\n%s", d)
	}
}

func tableOfRules(t *testing.T, set *Set, program *program) string {
	t.Helper()
	var b strings.Builder
	b.WriteString("# The rules\n\nWritten by `go test ./internal/law -run TestTableOfRules -update`; the rules themselves stand in\n" +
		"[internal/law/rules](../internal/law/rules), their cases in [internal/law/cases](../internal/law/cases). *Certainty* says how well the\n" +
		"source was read: `secondary` only in what others wrote, `unverified` by nobody. *Cases* counts those in which the\n" +
		"rule is found and those in which it is not.\n")
	for _, p := range Places() {
		fmt.Fprintf(&b, "\n## At %s\n\n| rule | effect | law | kind | from | source | certainty | cases | enforced by |\n|---|---|---|---|---|---|---|---|---|\n", p)
		for _, r := range set.Rules() {
			if slices.Contains(r.At, p) {
				fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s<br>%s | %s | %s | %s |\n", r.ID, r.Effect, r.Reach(), r.Kind, r.From, cell(r.CitationJa), cell(r.Citation),
					r.Certainty, casesOf(t, r, p), program.enforcers(r, p))
			}
		}
	}
	return b.String()
}

func cell(s string) string { return strings.ReplaceAll(s, "|", "\\|") }

func casesOf(t *testing.T, r *Rule, p Place) string {
	t.Helper()
	found, not := 0, 0
	for _, c := range readCases(t, r.ID) {
		switch {
		case c.At != p:
		case c.Found:
			found++
		default:
			not++
		}
	}
	return fmt.Sprintf("%d / %d", found, not)
}

// program is what the source of the program, all but this room, tells about the law.
type program struct {
	// filled are packages by the field they fill: "Permission.Basis", or ".Basis" where
	// the type cannot be seen. built are those that make a value of a type.
	filled, built map[string]map[string]bool
	// tests are "internal/gate TestName".
	tests map[string]bool
}

func readProgram(t *testing.T) *program {
	t.Helper()
	p := &program{filled: map[string]map[string]bool{}, built: map[string]map[string]bool{}, tests: map[string]bool{}}
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") {
			return err
		}
		room := "internal/" + filepath.ToSlash(filepath.Dir(strings.TrimPrefix(path, "../")))
		test := strings.HasSuffix(path, "_test.go")
		body, err := os.ReadFile(path)
		if err != nil || !test && !strings.Contains(string(body), "/internal/law\"") {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, body, parser.SkipObjectResolution)
		if err != nil {
			return nil //nolint:nilerr // a file that somebody is just writing tells nothing
		}
		if test {
			p.readTests(room, file)
		} else {
			p.readFile(room, file)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func (p *program) readTests(room string, file *ast.File) {
	for _, d := range file.Decls {
		if f, ok := d.(*ast.FuncDecl); ok && strings.HasPrefix(f.Name.Name, "Test") {
			p.tests[room+" "+f.Name.Name] = true
		}
	}
}

func note(m map[string]map[string]bool, key, room string) {
	if m[key] == nil {
		m[key] = map[string]bool{}
	}
	m[key][room] = true
}

func (p *program) readFile(room string, file *ast.File) {
	ast.Inspect(file, func(n ast.Node) bool {
		switch x := n.(type) {
		case *ast.CompositeLit:
			if name := lawType(x.Type); name != "" {
				note(p.built, name, room)
				for _, e := range x.Elts {
					if kv, ok := e.(*ast.KeyValueExpr); ok {
						if key, ok := kv.Key.(*ast.Ident); ok {
							note(p.filled, name+"."+key.Name, room)
						}
					}
				}
			}
		case *ast.CallExpr:
			if name := lawType(x.Fun); name != "" {
				note(p.filled, "call "+name, room)
			}
		case *ast.ValueSpec:
			if name := lawType(x.Type); name != "" {
				note(p.built, name, room)
			}
		case *ast.AssignStmt:
			for _, left := range x.Lhs {
				p.selected(room, left)
			}
		case *ast.IncDecStmt:
			p.selected(room, x.X)
		case *ast.UnaryExpr:
			if x.Op == token.AND {
				p.selected(room, x.X)
			}
		}
		return true
	})
}

func (p *program) selected(room string, e ast.Expr) {
	if s, ok := e.(*ast.SelectorExpr); ok {
		note(p.filled, "."+s.Sel.Name, room)
	}
}

// lawType is the name behind "law." of a type, "" for others. The law's own room fills
// nothing: what it says of facts, somebody who has them must ask.
func lawType(e ast.Expr) string {
	if s, ok := e.(*ast.SelectorExpr); ok {
		if x, ok := s.X.(*ast.Ident); ok && x.Name == "law" {
			return s.Sel.Name
		}
	}
	return ""
}

// placeFacts are the types of facts by their place.
var placeFacts = map[Place]reflect.Type{
	AtCollection: reflect.TypeFor[CollectionFacts](), AtImport: reflect.TypeFor[ImportFacts](), AtTemplate: reflect.TypeFor[TemplateFacts](),
	AtSend: reflect.TypeFor[SendFacts](), AtHandoff: reflect.TypeFor[HandoffFacts](), AtProvision: reflect.TypeFor[ProvisionFacts](), AtRetention: reflect.TypeFor[RetentionFacts](),
}

// fact is a field that a condition speaks of, by the type it stands in.
type fact struct{ typ, field string }

// wordsOfRule are the facts that a rule's condition needs, at all of its places.
func wordsOfRule(r *Rule) []fact {
	var out []fact
	for _, p := range r.At {
		words := wordsOf(placeFacts[p])
		for _, table := range r.When {
			for name := range table {
				typ, path := placeFacts[p], words[name].path
				for _, i := range path[:len(path)-1] {
					typ = typ.Field(i).Type
				}
				out = append(out, fact{typ.Name(), typ.Field(path[len(path)-1]).Name})
			}
		}
	}
	return out
}

// workedOut are the facts that the law makes of others that somebody brings: what a clock
// runs from, or the call that starts it.
var workedOut = map[fact]string{
	{"RunningClocks", "Sema"}: "Kept.LastAd", {"RunningClocks", "Scta"}: "Kept.MailOrder", {"RunningClocks", "Precaution"}: "Kept.LastAd", {"RunningClocks", "Casl"}: "Kept.Apply",
	{"RunningClocks", "Order"}: "Kept.Orders", {"RunningClocks", "Hold"}: "Kept.Holds", {"RunningClocks", "Provision"}: "call ProvisionClock",
}

func (p *program) fillers(f fact) map[string]bool {
	if source := workedOut[f]; source != "" {
		_, field, _ := strings.Cut(source, ".")
		if rooms := p.filled[source]; rooms != nil || field == "" {
			return rooms
		}
		return p.filled["."+field]
	}
	if rooms := p.filled[f.typ+"."+f.field]; rooms != nil {
		return rooms
	}
	return p.filled["."+f.field]
}

func (p *program) builders(at Place) map[string]bool { return p.built[placeFacts[at].Name()] }

// enforcers says who holds a rule at a place, for the table.
func (p *program) enforcers(r *Rule, at Place) string {
	if r.When == nil && r.Check == "" {
		return "tests: " + strings.Join(r.HeldBy, ", ")
	}
	if r.Awaits != "" {
		return "*nothing yet: there is no channel for it (" + r.Awaits + ")*"
	}
	return strings.Join(slices.Sorted(maps.Keys(p.askers(r, at))), ", ")
}

// askers are the rooms that ask a rule at a place: of those that gather its facts the ones
// that know of what it is about, and whoever hands such a fact in.
func (p *program) askers(r *Rule, at Place) map[string]bool {
	out := map[string]bool{}
	for _, f := range wordsOfRule(r) {
		if f.typ == placeFacts[at].Name() {
			continue
		}
		maps.Copy(out, p.filled[f.typ+"."+f.field])
		for room := range p.filled["."+f.field] {
			if p.builders(at)[room] {
				out[room] = true
			}
		}
	}
	if len(out) == 0 {
		return p.builders(at)
	}
	return out
}
