package arch

import (
	"go/ast"
	"go/token"
	"path"
	"slices"
	"strings"
	"testing"
)

func TestEveryPackageHasDocGo(t *testing.T) {
	t.Parallel()
	documented, seen := map[string]bool{}, map[string]bool{}
	for _, f := range mustTree(t) {
		seen[path.Dir(f.path)] = true
		if path.Base(f.path) == "doc.go" && f.ast.Doc != nil {
			documented[path.Dir(f.path)] = true
		}
	}
	for dir := range seen {
		if !documented[dir] {
			t.Errorf("%s has no doc.go with a package comment", dir)
		}
	}
}

func TestExportedNamesAreCommented(t *testing.T) {
	t.Parallel()
	for _, f := range mustTree(t) {
		if f.test {
			continue
		}
		for _, decl := range f.ast.Decls {
			for _, name := range uncommented(decl) {
				t.Errorf("%s:%d: %s has no comment", f.path, f.line(name.Pos()), name.Name)
			}
		}
	}
}

// uncommented lists the exported names of a declaration that nothing explains. One
// comment is enough for a group of constants or variables, not for types.
func uncommented(decl ast.Decl) []*ast.Ident {
	if fn, ok := decl.(*ast.FuncDecl); ok {
		hidden := fn.Recv != nil && !ast.IsExported(receiver(fn))
		if fn.Name.IsExported() && fn.Doc == nil && !hidden {
			return []*ast.Ident{fn.Name}
		}
		return nil
	}
	gen, ok := decl.(*ast.GenDecl)
	if !ok || gen.Tok == token.IMPORT {
		return nil
	}
	var all []*ast.Ident
	for _, spec := range gen.Specs {
		switch s := spec.(type) {
		case *ast.TypeSpec:
			if s.Name.IsExported() && s.Doc == nil && (gen.Doc == nil || gen.Lparen.IsValid()) {
				all = append(all, s.Name)
			}
		case *ast.ValueSpec:
			if gen.Doc == nil && s.Doc == nil && s.Comment == nil {
				all = append(all, slices.DeleteFunc(slices.Clone(s.Names), func(n *ast.Ident) bool { return !n.IsExported() })...)
			}
		}
	}
	return all
}

func TestNothingRunsBeforeMain(t *testing.T) {
	t.Parallel()
	for _, f := range mustTree(t) {
		for _, fn := range f.functions() {
			if fn.Recv == nil && fn.Name.Name == "init" {
				t.Errorf("%s:%d: init: build it where it is used", f.path, f.line(fn.Pos()))
			}
		}
	}
}

func TestOnlyMustPanics(t *testing.T) {
	t.Parallel()
	h := mustHouse(t)
	for _, f := range mustTree(t) {
		if f.test {
			continue
		}
		for _, fn := range f.functions() {
			if strings.HasPrefix(strings.ToLower(fn.Name.Name), "must") {
				continue
			}
			ast.Inspect(fn.Body, func(n ast.Node) bool {
				call, ok := n.(*ast.CallExpr)
				if !ok {
					return true
				}
				if what := ends(call, h.kit(f.pkg) || strings.HasPrefix(f.pkg, "cmd/")); what != "" {
					t.Errorf("%s:%d: %s: return an error", f.path, f.line(call.Pos()), what)
				}
				return true
			})
		}
	}
}

// ends names the call that would end the program, or "". Programs may exit.
func ends(call *ast.CallExpr, program bool) string {
	switch fun := call.Fun.(type) {
	case *ast.Ident:
		if fun.Name == "panic" {
			return "panic outside a Must function"
		}
	case *ast.SelectorExpr:
		x, ok := fun.X.(*ast.Ident)
		if !ok || program {
			return ""
		}
		if x.Name == "os" && fun.Sel.Name == "Exit" || x.Name == "log" && strings.HasPrefix(fun.Sel.Name, "Fatal") {
			return x.Name + "." + fun.Sel.Name
		}
	}
	return ""
}

func TestNoTestIsSkipped(t *testing.T) {
	t.Parallel()
	h := mustHouse(t)
	forbidden := []string{"Skip", "Skipf", "SkipNow", "Short"}
	for _, f := range mustTree(t) {
		if !f.test && !h.kit(f.pkg) {
			continue
		}
		ast.Inspect(f.ast, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			sel, ok := call.Fun.(*ast.SelectorExpr)
			if !ok || !slices.Contains(forbidden, sel.Sel.Name) {
				return true
			}
			if x, ok := sel.X.(*ast.Ident); ok && slices.Contains([]string{"t", "b", "f", "tb", "testing"}, x.Name) {
				t.Errorf("%s:%d: %s.%s: a test runs or fails", f.path, f.line(call.Pos()), x.Name, sel.Sel.Name)
			}
			return true
		})
	}
}
