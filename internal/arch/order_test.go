package arch

import (
	"strings"
	"testing"
)

// drivers may be imported by the store alone, so that the rest of the house cannot
// come to depend on one engine.
var drivers = []string{"modernc.org/sqlite", "github.com/jackc/pgx", "github.com/pressly/goose"}

func TestEveryPackageIsInTheHouse(t *testing.T) {
	t.Parallel()
	h := mustHouse(t)
	for _, f := range mustTree(t) {
		if _, ok := h.find(f.pkg); !ok {
			t.Errorf("%s: package %s is not in the list of docs/ARCHITECTURE.md", f.path, f.pkg)
		}
	}
}

func TestImportsPointUpwards(t *testing.T) {
	t.Parallel()
	h := mustHouse(t)
	for _, f := range mustTree(t) {
		for _, path := range f.imports() {
			name, ours := strings.CutPrefix(path, module+"/")
			if !ours {
				continue
			}
			name = strings.TrimPrefix(name, "internal/")
			if why := h.allows(f.pkg, name, f.test); why != "" {
				t.Errorf("%s imports %s: %s", f.path, name, why)
			}
		}
	}
}

func TestOnlyTheStoreKnowsDrivers(t *testing.T) {
	t.Parallel()
	for _, f := range mustTree(t) {
		if top(f.pkg) == "store" {
			continue
		}
		for _, path := range f.imports() {
			for _, driver := range drivers {
				if strings.HasPrefix(path, driver) {
					t.Errorf("%s imports %s: only internal/store knows a driver", f.path, path)
				}
			}
		}
	}
}
