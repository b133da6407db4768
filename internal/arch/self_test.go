package arch

import (
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"slices"
	"testing"

	"golang.org/x/tools/go/packages"
)

// faulty breaks every rule that is read from the source; the comments say which.
const faulty = `package faulty

import clock "time"

type Bare struct{}

// Table is explained, and changed by three functions below.
var Table = map[string]int{}

var Unexplained, hidden = 1, 2

// Group explains both.
const (
	One = 1
	Two = 2
)

var when = clock.Now

func (Bare) Method() {}

func (h lower) Method() {}

type lower struct{}

// Change is explained.
//
//arch:long a reason
func Change() { Table["x"]++; delete(Table, "y"); hidden = 3; local := 1; local++; panic(clock.Second) }
`

func parseFaulty(t *testing.T) (*token.FileSet, *ast.File) {
	t.Helper()
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, "faulty.go", faulty, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	return fset, f
}

// TestRulesNoticeFaults holds the rules themselves: one that finds nothing would
// let everything pass.
func TestRulesNoticeFaults(t *testing.T) {
	t.Parallel()
	_, f := parseFaulty(t)
	var bareNames, clocks, panics []string
	for _, decl := range f.Decls {
		for _, name := range uncommented(decl) {
			bareNames = append(bareNames, name.Name)
		}
		for _, use := range clockUses(decl, "clock") {
			clocks = append(clocks, use.Sel.Name)
		}
		ast.Inspect(decl, func(n ast.Node) bool {
			if call, ok := n.(*ast.CallExpr); ok {
				if what := ends(call, false); what != "" {
					panics = append(panics, what)
				}
			}
			return true
		})
	}
	if want := []string{"Bare", "Unexplained", "Method"}; !slices.Equal(bareNames, want) {
		t.Errorf("names without comment %v, want %v", bareNames, want)
	}
	if want := []string{"Now"}; !slices.Equal(clocks, want) {
		t.Errorf("uses of the clock %v, want %v", clocks, want)
	}
	if len(panics) != 1 {
		t.Errorf("panics %v, want one", panics)
	}
}

func TestChangedVariablesAreNoticed(t *testing.T) {
	t.Parallel()
	fset, f := parseFaulty(t)
	p := &packages.Package{Fset: fset, TypesInfo: &types.Info{Uses: map[*ast.Ident]types.Object{}, Defs: map[*ast.Ident]types.Object{}}}
	config := types.Config{Importer: importer.ForCompiler(fset, "source", nil)}
	pkg, err := config.Check("faulty", fset, []*ast.File{f}, p.TypesInfo)
	if err != nil {
		t.Fatal(err)
	}
	p.Types = pkg
	var changed []string
	ast.Inspect(f, func(n ast.Node) bool {
		for _, v := range assigned(p, n) {
			changed = append(changed, v.Name())
		}
		return true
	})
	if want := []string{"Table", "Table", "hidden"}; !slices.Equal(changed, want) {
		t.Errorf("changed variables %v, want %v", changed, want)
	}
}

func TestExceptionsNeedReasons(t *testing.T) {
	t.Parallel()
	for comment, wrong := range map[string]bool{
		"//arch:long the route table": false,
		"//arch:long":                 true,
		"//arch:long ":                true,
		"//arch:lang a reason":        true,
		"// arch is a word":           false,
	} {
		if bare(comment) != wrong {
			t.Errorf("%q: noticed %v, want %v", comment, !wrong, wrong)
		}
	}
}

func TestImpurity(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]bool{
		"net": true, "net/http": true, "net/mail": false, "os": true, "os/exec": true, "database/sql": true,
		"database/sql/driver": true, "embed": false, "strings": false, "crypto/rand": true, "crypto/sha256": false,
	} {
		if impure(path) != want {
			t.Errorf("%s: impure %v, want %v", path, !want, want)
		}
	}
}
