package api

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/i18n"
	"github.com/kyodaku/kyodaku/internal/store/storetest"
)

var (
	guideCall  = regexp.MustCompile("`(GET|POST|PATCH|DELETE) (/api/v1/[a-z/{}_-]+)")
	guideScope = regexp.MustCompile("`([a-z]+:(?:read|write|send))`")
	guideCode  = regexp.MustCompile(`\b(api\.[a-z_]+(?:\.[a-z_]+)?)\b`)
)

// TestTheGuideTellsTheTruth holds the calls, scopes and codes that the developers'
// guides name against the program, and that both languages name the same.
func TestTheGuideTellsTheTruth(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.SQLite(t))
	known := map[string]bool{}
	for _, o := range w.operations() {
		known[o.Method+" "+o.Path] = true
	}
	named := map[i18n.Lang][]string{}
	for _, lang := range i18n.Langs() {
		raw, err := os.ReadFile("../../docs/guides/developer." + string(lang) + ".md")
		must(t, err)
		text := string(raw)
		var all []string
		for _, m := range guideCall.FindAllStringSubmatch(text, -1) {
			all = append(all, m[1]+" "+m[2])
			if !known[m[1]+" "+m[2]] {
				t.Errorf("%s: %s %s is no operation", lang, m[1], m[2])
			}
		}
		for _, m := range guideScope.FindAllStringSubmatch(text, -1) {
			all = append(all, m[1])
			if !account.Scope(m[1]).Valid() {
				t.Errorf("%s: %s is no scope", lang, m[1])
			}
		}
		for _, m := range guideCode.FindAllStringSubmatch(text, -1) {
			all = append(all, m[1])
			if !w.Texts.For(lang).Has(m[1]) && !strings.HasSuffix(m[1], ".json") {
				t.Errorf("%s: %s is no code", lang, m[1])
			}
		}
		slices.Sort(all)
		named[lang] = slices.Compact(all)
	}
	if !slices.Equal(named[i18n.Ja], named[i18n.En]) {
		t.Errorf("the guides name different things:\n%v\n%v", named[i18n.Ja], named[i18n.En])
	}
}
