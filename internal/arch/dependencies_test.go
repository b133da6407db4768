package arch

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/mod/modfile"
)

func mustModfile(t *testing.T, path string) *modfile.File {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	f, err := modfile.Parse(path, text, nil)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// moduleOf finds the required module that holds an import path, or "".
func moduleOf(path string, f *modfile.File) string {
	best := ""
	for _, r := range f.Require {
		m := r.Mod.Path
		if (path == m || strings.HasPrefix(path, m+"/")) && len(m) > len(best) {
			best = m
		}
	}
	return best
}

// imported lists the modules that our own code imports.
func imported(t *testing.T, f *modfile.File) []string {
	t.Helper()
	seen := map[string]bool{}
	for _, s := range mustTree(t) {
		for _, path := range s.imports() {
			if first, _, _ := strings.Cut(path, "/"); !strings.Contains(first, ".") || strings.HasPrefix(path, module) {
				continue
			}
			m := moduleOf(path, f)
			if m == "" {
				t.Errorf("%s imports %s, which go.mod does not require", s.path, path)
				continue
			}
			seen[m] = true
		}
	}
	var all []string
	for m := range seen {
		all = append(all, m)
	}
	slices.Sort(all)
	return all
}

// TestGoModIsTidy holds that go.mod calls direct what our code imports, no more
// and no less: go mod tidy writes it so.
func TestGoModIsTidy(t *testing.T) {
	t.Parallel()
	f := mustModfile(t, filepath.Join(root, "go.mod"))
	used := imported(t, f)
	for _, r := range f.Require {
		if direct := slices.Contains(used, r.Mod.Path); direct == r.Indirect {
			t.Errorf("go.mod: %s: imported by our code %v, marked indirect %v", r.Mod.Path, direct, r.Indirect)
		}
	}
}

// TestEveryDependencyHasAReason compares docs/dependencies.md with what we import.
func TestEveryDependencyHasAReason(t *testing.T) {
	t.Parallel()
	f := mustModfile(t, filepath.Join(root, "go.mod"))
	versions := map[string]string{}
	for _, r := range f.Require {
		versions[r.Mod.Path] = r.Mod.Version
	}
	table := dependencyTable(t)
	used := imported(t, f)
	for _, m := range used {
		row, ok := table[m]
		switch {
		case !ok:
			t.Errorf("docs/dependencies.md does not name %s", m)
		case row.version != versions[m]:
			t.Errorf("docs/dependencies.md says %s %s, go.mod %s", m, row.version, versions[m])
		case row.reason == "":
			t.Errorf("docs/dependencies.md gives no reason for %s", m)
		}
	}
	for m := range table {
		if !slices.Contains(used, m) {
			t.Errorf("docs/dependencies.md names %s, which nothing imports", m)
		}
	}
}

type dependency struct{ version, reason string }

// dependencyTable reads the rows "| `module` | version | licence | reason |".
func dependencyTable(t *testing.T) map[string]dependency {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, "docs", "dependencies.md"))
	if err != nil {
		t.Fatal(err)
	}
	table := map[string]dependency{}
	for line := range strings.SplitSeq(string(text), "\n") {
		cells := strings.Split(line, "|")
		if len(cells) != 6 || !strings.HasPrefix(strings.TrimSpace(cells[1]), "`") {
			continue
		}
		table[strings.Trim(cells[1], " `")] = dependency{strings.TrimSpace(cells[2]), strings.TrimSpace(cells[4])}
	}
	if len(table) == 0 {
		t.Fatal("docs/dependencies.md has no table")
	}
	return table
}

// TestSQLiteHasItsOwnLibc holds the pair together: the SQLite driver is C turned
// into Go against one exact version of its libc, and any other may break it.
func TestSQLiteHasItsOwnLibc(t *testing.T) {
	t.Parallel()
	cmd := exec.CommandContext(t.Context(), "go", "list", "-m", "-json", "modernc.org/sqlite")
	cmd.Dir = root
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var driver struct{ GoMod string }
	if err := json.NewDecoder(bytes.NewReader(out)).Decode(&driver); err != nil {
		t.Fatal(err)
	}
	libc := func(f *modfile.File) string {
		for _, r := range f.Require {
			if r.Mod.Path == "modernc.org/libc" {
				return r.Mod.Version
			}
		}
		return ""
	}
	want, have := libc(mustModfile(t, driver.GoMod)), libc(mustModfile(t, filepath.Join(root, "go.mod")))
	if want == "" || have != want {
		t.Errorf("modernc.org/libc is %q, modernc.org/sqlite asks for %q", have, want)
	}
}
