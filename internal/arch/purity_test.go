package arch

import (
	"go/ast"
	"slices"
	"strings"
	"testing"
)

// outside is what a pure room may not import, with everything below it. Embedded
// files are part of the program and therefore inside; chance is not.
var outside = []string{"database/sql", "net", "os", "io/ioutil", "syscall", "math/rand", "crypto/rand"}

// harmless stands below an outside path but touches nothing: parsing and types.
var harmless = []string{"net/mail", "net/textproto", "net/url", "net/netip"}

// readers of the clock in package time.
var clockNames = []string{"Now", "Since", "Until", "After", "AfterFunc", "Tick", "NewTicker", "NewTimer", "Sleep"}

func TestPureRoomsTouchNothing(t *testing.T) {
	t.Parallel()
	h := mustHouse(t)
	for _, f := range mustTree(t) {
		r, ok := h.find(f.pkg)
		if !ok || r.mark != "pure" || f.test {
			continue
		}
		for _, path := range f.imports() {
			if impure(path) {
				t.Errorf("%s imports %s, but %s is pure", f.path, path, r.name)
			}
		}
	}
}

// impure says whether an import reaches the world.
func impure(path string) bool {
	if slices.Contains(harmless, path) {
		return false
	}
	return slices.ContainsFunc(outside, func(o string) bool { return path == o || strings.HasPrefix(path, o+"/") })
}

func TestOnlyClockRoomsAskTheTime(t *testing.T) {
	t.Parallel()
	h := mustHouse(t)
	for _, f := range mustTree(t) {
		r, ok := h.find(f.pkg)
		name := f.calledAs("time")
		if !ok || f.test || name == "" || h.kit(f.pkg) || r.mark == "clock" {
			continue
		}
		for _, decl := range f.ast.Decls {
			fn, isFunc := decl.(*ast.FuncDecl)
			if isFunc && r.mark != "pure" {
				if _, excepted := exception(fn.Doc, "clock"); excepted {
					continue
				}
			}
			for _, use := range clockUses(decl, name) {
				t.Errorf("%s:%d: time.%s: in %s time is an argument", f.path, f.line(use.Pos()), use.Sel.Name, f.pkg)
			}
		}
	}
}

// clockUses finds where a declaration reads the clock or waits by it.
func clockUses(decl ast.Decl, name string) []*ast.SelectorExpr {
	var all []*ast.SelectorExpr
	ast.Inspect(decl, func(n ast.Node) bool {
		sel, ok := n.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		if x, ok := sel.X.(*ast.Ident); ok && x.Name == name && slices.Contains(clockNames, sel.Sel.Name) {
			all = append(all, sel)
		}
		return true
	})
	return all
}
