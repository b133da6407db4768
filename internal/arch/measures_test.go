package arch

import (
	"go/ast"
	"testing"
)

// The house measures. What is wished is reported by go test -v, what is hard fails.
const (
	fileWished, fileHard, fileData = 250, 500, 900
	funcWished, funcHard           = 40, 80
	parametersHard                 = 6
	methodsHard                    = 5
)

func TestFilesAreShort(t *testing.T) {
	t.Parallel()
	long := 0
	for _, f := range mustTree(t) {
		hard := fileHard
		if _, data := f.data(); data || f.test {
			hard = fileData
		}
		if f.lines > hard {
			t.Errorf("%s has %d lines, at most %d", f.path, f.lines, hard)
		}
		if f.lines > fileWished && !f.test {
			long++
			t.Logf("wished shorter: %s, %d lines", f.path, f.lines)
		}
	}
	t.Logf("%d files over %d lines", long, fileWished)
}

func TestFunctionsAreShort(t *testing.T) {
	t.Parallel()
	long := 0
	for _, f := range mustTree(t) {
		if f.test {
			continue
		}
		for _, fn := range f.functions() {
			lines := f.line(fn.End()) - f.line(fn.Pos()) + 1
			_, excepted := exception(fn.Doc, "long")
			if lines > funcHard && !excepted {
				t.Errorf("%s:%d: %s has %d lines, at most %d, or a line //arch:long reason above it", f.path, f.line(fn.Pos()), fn.Name.Name, lines, funcHard)
			}
			if lines > funcWished {
				long++
				t.Logf("wished shorter: %s:%d: %s, %d lines", f.path, f.line(fn.Pos()), fn.Name.Name, lines)
			}
		}
	}
	t.Logf("%d functions over %d lines", long, funcWished)
}

func TestFunctionsTakeFewParameters(t *testing.T) {
	t.Parallel()
	for _, f := range mustTree(t) {
		ast.Inspect(f.ast, func(n ast.Node) bool {
			fn, ok := n.(*ast.FuncType)
			if ok && fn.Params.NumFields() > parametersHard {
				t.Errorf("%s:%d: %d parameters, at most %d", f.path, f.line(fn.Pos()), fn.Params.NumFields(), parametersHard)
			}
			return true
		})
	}
}

func TestInterfacesAreSmall(t *testing.T) {
	t.Parallel()
	for _, f := range mustTree(t) {
		ast.Inspect(f.ast, func(n ast.Node) bool {
			in, ok := n.(*ast.InterfaceType)
			if ok && in.Methods.NumFields() > methodsHard {
				t.Errorf("%s:%d: an interface of %d methods, at most %d", f.path, f.line(in.Pos()), in.Methods.NumFields(), methodsHard)
			}
			return true
		})
	}
}

// TestExceptions fails only on an exception without a reason; its output under -v
// is the list of all of them.
func TestExceptions(t *testing.T) {
	t.Parallel()
	for _, f := range mustTree(t) {
		if reason, ok := f.data(); ok {
			t.Logf("data:  %s: %s", f.path, reason)
		}
		for _, fn := range f.functions() {
			for _, kind := range []string{"long", "clock"} {
				if reason, ok := exception(fn.Doc, kind); ok {
					t.Logf("%-6s %s:%d %s: %s", kind+":", f.path, f.line(fn.Pos()), fn.Name.Name, reason)
				}
			}
		}
		for _, group := range f.ast.Comments {
			for _, c := range group.List {
				if bare(c.Text) {
					t.Errorf("%s:%d: an exception of no known kind, or without a reason: %s", f.path, f.line(c.Pos()), c.Text)
				}
			}
		}
	}
}

// bare says whether a comment tries to be an exception and is none.
func bare(comment string) bool {
	if len(comment) < 7 || comment[:7] != "//arch:" {
		return false
	}
	group := &ast.CommentGroup{List: []*ast.Comment{{Text: comment}}}
	for _, kind := range []string{"long", "clock", "data", "shared"} {
		if _, ok := exception(group, kind); ok {
			return false
		}
	}
	return true
}
