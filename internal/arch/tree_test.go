package arch

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// source is one Go file of the repository.
type source struct {
	path  string // from the root of the repository, with slashes
	pkg   string // as in the house list: without internal/
	test  bool
	lines int
	ast   *ast.File
	fset  *token.FileSet
}

// skipped are folders that hold nothing of ours.
var skipped = map[string]bool{".git": true, "node_modules": true, "bin": true, "dist": true, "testdata": true, "tools": true}

// loadTree parses every Go file once for all tests.
var loadTree = sync.OnceValues(func() ([]source, error) {
	var files []source
	fset := token.NewFileSet()
	err := filepath.WalkDir(root, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && skipped[d.Name()] {
			return fs.SkipDir
		}
		if d.IsDir() || !strings.HasSuffix(p, ".go") {
			return nil
		}
		f, err := parser.ParseFile(fset, p, nil, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, p)
		if err != nil {
			return err
		}
		rel = filepath.ToSlash(rel)
		files = append(files, source{
			path: rel, pkg: strings.TrimPrefix(path.Dir(rel), "internal/"),
			test: strings.HasSuffix(rel, "_test.go"), lines: fset.File(f.Pos()).LineCount(), ast: f, fset: fset,
		})
		return nil
	})
	return files, err
})

func mustTree(t *testing.T) []source {
	t.Helper()
	files, err := loadTree()
	if err != nil {
		t.Fatal(err)
	}
	if len(files) == 0 {
		t.Fatal("no Go files found")
	}
	return files
}

// line is the line of a position in its file.
func (s source) line(p token.Pos) int { return s.fset.Position(p).Line }

// imports lists what the file imports.
func (s source) imports() []string {
	var all []string
	for _, spec := range s.ast.Imports {
		all = append(all, strings.Trim(spec.Path.Value, `"`))
	}
	return all
}

// calledAs is the name under which the file knows an imported package, or "".
func (s source) calledAs(importPath string) string {
	for _, spec := range s.ast.Imports {
		if strings.Trim(spec.Path.Value, `"`) != importPath {
			continue
		}
		if spec.Name != nil {
			return spec.Name.Name
		}
		return path.Base(importPath)
	}
	return ""
}

// functions lists the functions of the file that have a body.
func (s source) functions() []*ast.FuncDecl {
	var all []*ast.FuncDecl
	for _, decl := range s.ast.Decls {
		if f, ok := decl.(*ast.FuncDecl); ok && f.Body != nil {
			all = append(all, f)
		}
	}
	return all
}

// exception returns the reason of an //arch:kind line in a comment.
func exception(doc *ast.CommentGroup, kind string) (string, bool) {
	if doc == nil {
		return "", false
	}
	for _, c := range doc.List {
		if reason, ok := strings.CutPrefix(c.Text, "//arch:"+kind+" "); ok && strings.TrimSpace(reason) != "" {
			return strings.TrimSpace(reason), true
		}
	}
	return "", false
}

// data returns the reason why a file is data, not code: a line //arch:data above
// its package clause.
func (s source) data() (string, bool) {
	for _, group := range s.ast.Comments {
		if group.Pos() > s.ast.Package {
			break
		}
		if reason, ok := exception(group, "data"); ok {
			return reason, true
		}
	}
	return "", false
}

// receiver is the name of a method's type, or "".
func receiver(f *ast.FuncDecl) string {
	if f.Recv == nil || len(f.Recv.List) == 0 {
		return ""
	}
	expr := f.Recv.List[0].Type
	for {
		switch x := expr.(type) {
		case *ast.StarExpr:
			expr = x.X
		case *ast.IndexExpr:
			expr = x.X
		case *ast.IndexListExpr:
			expr = x.X
		case *ast.Ident:
			return x.Name
		default:
			return ""
		}
	}
}
