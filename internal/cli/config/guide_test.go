package config

import (
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/kyodaku/kyodaku/internal/i18n"
)

var update = flag.Bool("update", false, "write the tables of settings in the guides anew")

// TestTheGuidesListEverySetting holds the tables in the operators' guides against
// the settings that there are.
func TestTheGuidesListEverySetting(t *testing.T) {
	t.Parallel()
	const begin, end = "<!-- settings: begin -->\n", "<!-- settings: end -->"
	texts, err := i18n.Load()
	if err != nil {
		t.Fatal(err)
	}
	for _, lang := range i18n.Langs() {
		path := "../../../docs/guides/operator." + string(lang) + ".md"
		raw, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		before, rest, found := strings.Cut(string(raw), begin)
		table, after, closed := strings.Cut(rest, end)
		if !found || !closed {
			t.Fatalf("%s has no place for the settings", path)
		}
		want := Markdown(texts.For(lang))
		if *update {
			if err := os.WriteFile(path, []byte(before+begin+want+end+after), 0o600); err != nil {
				t.Fatal(err)
			}
			continue
		}
		if table != want {
			t.Errorf("%s does not list the settings as they are (go test ./internal/cli/config -update):\n%s", path, want)
		}
	}
}
