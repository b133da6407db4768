package i18n

import (
	"io/fs"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/BurntSushi/toml"
)

// texts reads one language straight from its files, without the library between.
func texts(t *testing.T, l Lang) map[string]string {
	t.Helper()
	all := map[string]string{}
	files, err := fs.Glob(catalogue, "catalogue/*."+string(l)+".toml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no catalogue for %s: %v", l, err)
	}
	for _, f := range files {
		raw := map[string]any{}
		if _, err := toml.DecodeFS(catalogue, f, &raw); err != nil {
			t.Fatalf("%s: %v", f, err)
		}
		for k, v := range raw {
			switch v := v.(type) {
			case string:
				all[k] = v
			case map[string]any:
				for _, form := range slices.Sorted(maps.Keys(v)) {
					text, _ := v[form].(string)
					all[k] += text + "\n"
				}
			}
		}
	}
	return all
}

var placeholder = regexp.MustCompile(`{{\s*\.(\w+)\s*}}`)

func placeholders(s string) string {
	names := map[string]bool{}
	for _, m := range placeholder.FindAllStringSubmatch(s, -1) {
		names[m[1]] = true
	}
	return strings.Join(slices.Sorted(maps.Keys(names)), " ")
}

func TestBothLanguagesHaveTheSameKeysAndPlaceholders(t *testing.T) {
	t.Parallel()
	ja, en := texts(t, Ja), texts(t, En)
	for k, v := range ja {
		w, ok := en[k]
		if !ok {
			t.Errorf("%s is missing in English", k)
			continue
		}
		if placeholders(v) != placeholders(w) {
			t.Errorf("%s: placeholders differ: %q and %q", k, placeholders(v), placeholders(w))
		}
		if strings.TrimSpace(v) == "" || strings.TrimSpace(w) == "" {
			t.Errorf("%s is empty", k)
		}
	}
	for k := range en {
		if _, ok := ja[k]; !ok {
			t.Errorf("%s is missing in Japanese", k)
		}
	}
}

func TestPrinterFillsAndFallsBack(t *testing.T) {
	t.Parallel()
	c, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	if got := c.For(Ja).T("fault.busy"); !strings.Contains(got, "混み合って") {
		t.Errorf("ja: %q", got)
	}
	if got := c.For("xx").T("no.such.key"); got != "no.such.key" {
		t.Errorf("missing key gave %q", got)
	}
}

func TestTimeIsWrittenTheLocalWay(t *testing.T) {
	t.Parallel()
	c, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	tokyo := time.FixedZone("JST", 9*3600)
	at := time.Date(2026, 11, 21, 5, 5, 0, 0, time.UTC)
	if got := c.For(Ja).Time(at, tokyo); got != "2026年11月21日(土) 14:05" {
		t.Errorf("ja: %q", got)
	}
	if got := c.For(En).Time(at, tokyo); got != "21 Nov 2026, 14:05" {
		t.Errorf("en: %q", got)
	}
}

func TestChooseFollowsTheReader(t *testing.T) {
	t.Parallel()
	for header, want := range map[string]Lang{
		"en-GB,en;q=0.8": En, "ja": Ja, "": Ja, "fr,de;q=0.5": Ja, "fr;q=1, en;q=0.3": En, ";;;": Ja,
	} {
		if got := Choose(header, Ja); got != want {
			t.Errorf("%q: %s, want %s", header, got, want)
		}
	}
}
