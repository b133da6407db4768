package arch

import (
	"context"
	"errors"
	"fmt"
	"go/ast"
	"go/constant"
	"go/types"
	"strings"
	"testing"

	"golang.org/x/tools/go/packages"

	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/store/storetest"
)

// statement is one SQL text of the program, where it is used, and the one engine
// it is for, if not both.
type statement struct {
	where, text string
	only        store.Engine
}

// TestEveryStatementPreparesOnBothEngines finds every constant that is given to the
// store, by the type of the parameter, and prepares it on a migrated database.
func TestEveryStatementPreparesOnBothEngines(t *testing.T) {
	t.Parallel()
	var all []statement
	for _, p := range mustTypes(t) {
		found, wrong := statements(p)
		for _, w := range wrong {
			t.Error(w)
		}
		all = append(all, found...)
	}
	if len(all) == 0 {
		t.Fatal("no statement found: has the store's type of statements another name?")
	}
	t.Logf("%d statements", len(all))
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		for _, s := range all {
			if s.only != "" && s.only != db.Engine() {
				continue
			}
			if err := db.Check(context.Background(), s.text); err != nil {
				t.Errorf("%s: %v\n%s", s.where, err, s.text)
			}
		}
	})
}

// statements lists the statements that one package gives to the store, and what is
// wrong with those that cannot be held.
func statements(p *packages.Package) (found []statement, wrong []error) {
	inStore := p.PkgPath == module+"/internal/store"
	for _, f := range p.Syntax {
		ast.Inspect(f, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			args := textArguments(p, call)
			if len(args) == 0 {
				return true
			}
			s, err := read(p, call, args)
			switch {
			case err == nil:
				if inStore {
					s.only = onlyFor(args[0])
				}
				found = append(found, s)
			case !inStore: // the store itself hands texts on
				wrong = append(wrong, fmt.Errorf("%s: %w", s.where, err))
			}
			return true
		})
	}
	return found, wrong
}

// read makes one statement of a call's constants: one text, or the head and the
// tail around the tuples of InsertRows.
func read(p *packages.Package, call *ast.CallExpr, args []ast.Expr) (statement, error) {
	s := statement{where: p.Fset.Position(call.Pos()).String()}
	var texts []string
	for _, arg := range args {
		value := p.TypesInfo.Types[arg].Value
		if value == nil || value.Kind() != constant.String {
			return s, errors.New("a statement that is no constant")
		}
		texts = append(texts, constant.StringVal(value))
	}
	if len(texts) == 1 {
		s.text = texts[0]
		return s, nil
	}
	columns := columnsOf(texts[0])
	s.text = texts[0] + " (?" + strings.Repeat(",?", columns-1) + ") " + texts[1]
	for _, arg := range call.Args {
		value := p.TypesInfo.Types[arg].Value
		if value == nil || value.Kind() != constant.Int {
			continue
		}
		if width, ok := constant.Int64Val(value); ok && width != int64(columns) {
			return s, fmt.Errorf("%d columns are named, rows of %d given", columns, width)
		}
	}
	return s, nil
}

// onlyFor reads the engine from a constant's name, as sqlNextIDsPostgres. Only the
// store may have statements for one engine.
func onlyFor(arg ast.Expr) store.Engine {
	name, ok := arg.(*ast.Ident)
	switch {
	case !ok:
		return ""
	case strings.HasSuffix(name.Name, "SQLite"):
		return store.SQLite
	case strings.HasSuffix(name.Name, "Postgres"):
		return store.PostgreSQL
	}
	return ""
}

// textArguments lists the arguments whose parameter is a statement.
func textArguments(p *packages.Package, call *ast.CallExpr) []ast.Expr {
	sig, ok := p.TypesInfo.TypeOf(call.Fun).(*types.Signature)
	if !ok {
		return nil
	}
	var args []ast.Expr
	for i := range min(sig.Params().Len(), len(call.Args)) {
		if isText(sig.Params().At(i).Type()) {
			args = append(args, call.Args[i])
		}
	}
	return args
}

// isText says whether a type is the store's unexported type of statements.
func isText(t types.Type) bool {
	named, ok := types.Unalias(t).(*types.Named)
	if !ok {
		return false
	}
	obj := named.Obj()
	return obj.Name() == "text" && obj.Pkg() != nil && obj.Pkg().Path() == module+"/internal/store"
}

// columnsOf counts the columns that "INSERT INTO t (a, b) VALUES" names.
func columnsOf(head string) int {
	_, rest, _ := strings.Cut(head, "(")
	columns, _, _ := strings.Cut(rest, ")")
	return strings.Count(columns, ",") + 1
}
