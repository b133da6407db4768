package api

import (
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/store/storetest"
)

var update = flag.Bool("update", false, "write the golden file anew")

// listed is one operation as the description tells it.
type listed struct {
	Method, Path, ID string
	Scope            account.Scope
	Status           string
	raw              map[string]any
}

// operations reads all operations from the served description.
func (w *world) operations() []listed {
	w.Helper()
	doc := w.do(request{method: http.MethodGet, path: documentPath, key: "none"}).is(http.StatusOK)
	paths, _ := doc.json["paths"].(map[string]any)
	var all []listed
	for _, path := range slices.Sorted(maps.Keys(paths)) {
		methods, _ := paths[path].(map[string]any)
		for _, method := range slices.Sorted(maps.Keys(methods)) {
			op, _ := methods[method].(map[string]any)
			o := listed{Method: strings.ToUpper(method), Path: path, raw: op}
			o.ID, _ = op["operationId"].(string)
			o.Scope = scopeOf(w.T, op)
			for _, code := range slices.Sorted(maps.Keys(op["responses"].(map[string]any))) {
				if strings.HasPrefix(code, "2") {
					o.Status += code
				}
			}
			all = append(all, o)
		}
	}
	return all
}

func scopeOf(t *testing.T, op map[string]any) account.Scope {
	t.Helper()
	security, _ := op["security"].([]any)
	if len(security) != 1 {
		t.Fatalf("%v names no security", op["operationId"])
	}
	scopes, ok := security[0].(map[string]any)["key"].([]any)
	if !ok {
		t.Fatalf("%v does not ask for a key", op["operationId"])
	}
	if len(scopes) == 0 {
		return anyKey
	}
	return account.Scope(scopes[0].(string))
}

func TestTheListOfOperationsChangesOnPurpose(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.SQLite(t))
	var b strings.Builder
	for _, o := range w.operations() {
		fmt.Fprintf(&b, "%-6s %-32s %-20s %-16s %s\n", o.Method, strings.TrimPrefix(o.Path, prefix), o.ID, o.Scope, o.Status)
	}
	const golden = "testdata/operations.txt"
	if *update {
		must(t, os.WriteFile(golden, []byte(b.String()), 0o600))
	}
	want, err := os.ReadFile(golden)
	must(t, err)
	if b.String() != string(want) {
		t.Errorf("the operations are others than in %s (go test ./internal/api -update):\n%s", golden, b.String())
	}
}

// filled puts an id that nobody has into a path.
func filled(path string) string {
	prefixes := map[string]string{"topics": "tpc", "contacts": "con", "imports": "job", "campaigns": "cmp", "provisions": "prg"}
	kind, _, _ := strings.Cut(strings.TrimPrefix(path, prefix+"/"), "/")
	return strings.ReplaceAll(path, "{id}", store.Public(prefixes[kind], 1))
}

func TestEveryOperationNeedsAKeyWithItsScope(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		for _, o := range w.operations() {
			q := request{method: o.Method, path: filled(o.Path)}
			for _, key := range []string{"none", "kyk_forged", "kys_session"} {
				q.key = key
				r := w.do(q).problem(http.StatusUnauthorized, "api.key.unknown")
				if r.header.Get("WWW-Authenticate") == "" {
					t.Errorf("%s: no WWW-Authenticate", o.ID)
				}
			}
			if o.Scope == anyKey {
				continue
			}
			rest := slices.DeleteFunc(account.Scopes(), func(s account.Scope) bool { return s == o.Scope })
			q.key = w.keyOf(w.ws, rest...)
			if r := w.do(q).problem(http.StatusForbidden, scopeMissing); !strings.Contains(r.text("detail"), string(o.Scope)) {
				t.Errorf("%s: %s", o.ID, r.raw)
			}
			q.key = w.keyOf(w.ws, o.Scope)
			if r := w.do(q); r.status == http.StatusUnauthorized || r.status == http.StatusForbidden {
				t.Errorf("%s: the scope is not enough: %s", o.ID, r.raw)
			}
		}
	})
}

func TestTheDescriptionIsSound(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.SQLite(t))
	doc := w.do(request{method: http.MethodGet, path: documentPath, key: "none"}).is(http.StatusOK)
	if !strings.HasPrefix(doc.text("openapi"), "3.1.") || doc.text("info", "title") == "" || doc.text("info", "version") == "" {
		t.Errorf("head: %s", doc.text("openapi"))
	}
	if doc.text("components", "securitySchemes", "key", "scheme") != "bearer" {
		t.Error("the way to show a key is not described")
	}
	schemas, _ := doc.at("components", "schemas").(map[string]any)
	eachRef(doc.json, func(ref string) {
		name, ok := strings.CutPrefix(ref, "#/components/schemas/")
		if _, known := schemas[name]; !ok || !known {
			t.Errorf("reference to nothing: %s", ref)
		}
	})
	for name := range schemas {
		if strings.HasPrefix(name, "Error") {
			t.Errorf("a schema that no answer has: %s", name)
		}
	}
	ids := map[string]bool{}
	for _, o := range w.operations() {
		if o.ID == "" || ids[o.ID] || o.raw["summary"] == "" {
			t.Errorf("%s %s: operation %q", o.Method, o.Path, o.ID)
		}
		ids[o.ID] = true
		checkParameters(t, o)
	}
}

// checkParameters holds that what stands in a path is described, and that every
// error has our shape.
func checkParameters(t *testing.T, o listed) {
	t.Helper()
	described := 0
	parameters, _ := o.raw["parameters"].([]any)
	for _, p := range parameters {
		if m, ok := p.(map[string]any); ok && m["in"] == "path" && m["required"] == true {
			described++
		}
	}
	if described != strings.Count(o.Path, "{") {
		t.Errorf("%s: %d path parameters are described", o.ID, described)
	}
	responses, _ := o.raw["responses"].(map[string]any)
	for code, r := range responses {
		text, err := json.Marshal(r)
		must(t, err)
		if !strings.HasPrefix(code, "2") && !strings.Contains(string(text), `"#/components/schemas/Problem"`) {
			t.Errorf("%s: the answer %s is no problem: %s", o.ID, code, text)
		}
	}
	for _, code := range []string{"401", "403", "422", "429"} {
		if responses[code] == nil {
			t.Errorf("%s: %s is not described", o.ID, code)
		}
	}
}

// eachRef calls f with every reference in a document.
func eachRef(v any, f func(string)) {
	switch x := v.(type) {
	case map[string]any:
		if ref, ok := x["$ref"].(string); ok {
			f(ref)
		}
		for _, inner := range x {
			eachRef(inner, f)
		}
	case []any:
		for _, inner := range x {
			eachRef(inner, f)
		}
	}
}
