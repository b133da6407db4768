package arch

import (
	"errors"
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"
	"sync"
	"testing"

	"golang.org/x/tools/go/packages"
)

// loadTypes type-checks every package of the program once for all tests. Only our
// own sources are read; what others declare comes from the build cache.
var loadTypes = sync.OnceValues(func() ([]*packages.Package, error) {
	all, err := packages.Load(&packages.Config{
		Dir: root,
		Mode: packages.NeedName | packages.NeedFiles | packages.NeedSyntax | packages.NeedTypes |
			packages.NeedTypesInfo | packages.NeedImports,
	}, "./...")
	if err != nil {
		return nil, err
	}
	var broken []error
	for _, p := range all {
		if len(p.Errors) > 0 { // the compiler tells the others
			broken = append(broken, fmt.Errorf("%s does not compile: %w", p.PkgPath, p.Errors[len(p.Errors)-1]))
		}
	}
	return all, errors.Join(broken...)
})

func mustTypes(t *testing.T) []*packages.Package {
	t.Helper()
	all, err := loadTypes()
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// changing are types whose values change under a name that is never assigned.
var changing = []string{"sync.Map", "sync.Mutex", "sync.RWMutex", "sync.Once", "sync.WaitGroup", "sync/atomic."}

func TestPackageVariablesNeverChange(t *testing.T) {
	t.Parallel()
	h := mustHouse(t)
	for _, p := range mustTypes(t) {
		if h.kit(strings.TrimPrefix(strings.TrimPrefix(p.PkgPath, module+"/"), "internal/")) {
			continue // a kit shares one browser or one template among tests
		}
		excepted := sharedOnPurpose(p)
		for _, name := range p.Types.Scope().Names() {
			v, ok := p.Types.Scope().Lookup(name).(*types.Var)
			if !ok || excepted[v] {
				continue
			}
			if kind := types.TypeString(v.Type(), nil); slices.ContainsFunc(changing, func(c string) bool { return strings.HasPrefix(kind, c) }) {
				t.Errorf("%s: variable %s is a %s: keep it in a value that somebody owns", p.Fset.Position(v.Pos()), name, kind)
			}
		}
		for _, f := range p.Syntax {
			ast.Inspect(f, func(n ast.Node) bool {
				for _, v := range assigned(p, n) {
					if !excepted[v] {
						t.Errorf("%s: package variable %s is changed", p.Fset.Position(n.Pos()), v.Name())
					}
				}
				return true
			})
		}
	}
}

// sharedOnPurpose lists the package variables with a line //arch:shared reason.
func sharedOnPurpose(p *packages.Package) map[*types.Var]bool {
	found := map[*types.Var]bool{}
	for _, f := range p.Syntax {
		for _, decl := range f.Decls {
			gen, ok := decl.(*ast.GenDecl)
			if !ok || gen.Tok != token.VAR {
				continue
			}
			_, all := exception(gen.Doc, "shared")
			for _, spec := range gen.Specs {
				value := spec.(*ast.ValueSpec)
				if _, one := exception(value.Doc, "shared"); !one && !all {
					continue
				}
				for _, name := range value.Names {
					if v, ok := p.TypesInfo.Defs[name].(*types.Var); ok {
						found[v] = true
					}
				}
			}
		}
	}
	return found
}

// assigned lists the package variables that a node assigns to, whole or in part.
func assigned(p *packages.Package, n ast.Node) []*types.Var {
	var targets []ast.Expr
	switch s := n.(type) {
	case *ast.AssignStmt:
		if s.Tok != token.DEFINE {
			targets = s.Lhs
		}
	case *ast.IncDecStmt:
		targets = []ast.Expr{s.X}
	case *ast.RangeStmt:
		if s.Tok == token.ASSIGN {
			targets = []ast.Expr{s.Key, s.Value}
		}
	case *ast.CallExpr:
		if fn, ok := s.Fun.(*ast.Ident); ok && (fn.Name == "delete" || fn.Name == "clear") && len(s.Args) > 0 {
			targets = s.Args[:1]
		}
	}
	var all []*types.Var
	for _, target := range targets {
		if v := packageVariable(p, target); v != nil {
			all = append(all, v)
		}
	}
	return all
}

// packageVariable finds the package variable at the root of x, x.f, x[i] or *x.
func packageVariable(p *packages.Package, expr ast.Expr) *types.Var {
	for {
		switch x := expr.(type) {
		case *ast.Ident:
			v, ok := p.TypesInfo.Uses[x].(*types.Var)
			if ok && v.Pkg() != nil && v.Parent() == v.Pkg().Scope() {
				return v
			}
			return nil
		case *ast.SelectorExpr:
			if v := packageVariable(p, x.Sel); v != nil {
				return v
			}
			expr = x.X
		case *ast.IndexExpr:
			expr = x.X
		case *ast.StarExpr:
			expr = x.X
		case *ast.ParenExpr:
			expr = x.X
		default:
			return nil
		}
	}
}
