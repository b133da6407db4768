package web

import (
	"strings"
	"testing"

	"github.com/kyodaku/kyodaku/internal/browsertest"
	"github.com/kyodaku/kyodaku/internal/i18n"
	"github.com/kyodaku/kyodaku/internal/store/storetest"
)

// lawWords are what a person reads in each language.
type lawWords struct{ yes, no, cited string }

// TestMayIMailThisPersonInABrowser is the way of a legal officer who is asked about
// somebody: from the list to the answer, before and after a refusal by telephone, and on
// to the compliance home.
func TestMayIMailThisPersonInABrowser(t *testing.T) {
	t.Parallel()
	for lang, say := range map[i18n.Lang]lawWords{
		i18n.Ja: {yes: "送れます", no: "個別の連絡だけ送れます", cited: "特定電子メール法 第3条第3項"},
		i18n.En: {yes: "Yes", no: "Only individually", cited: "Act on Specified Electronic Mail, Art. 3(3)"},
	} {
		t.Run(string(lang), func(t *testing.T) {
			t.Parallel()
			h := newVillage(t, storetest.SQLite(t))
			p := browsertest.Open(t)
			p.Lang(string(lang))
			h.enter(p)
			if p.Attribute("html", "lang") != string(lang) {
				p.Follow(`.whoami button[lang="` + string(lang) + `"]`)
			}
			answer := func() string {
				p.Go(h.server.URL + "/admin/contacts?q=sato")
				p.Follow(`main a[href^="/admin/contacts/con_"]`)
				p.Follow(`main a[href$="/answer"]`)
				p.Axe()
				return p.Text("main")
			}
			if got := answer(); !strings.Contains(got, say.yes) {
				t.Errorf("before: %q", got)
			}
			picture(p, string(lang)+"-answer-yes")
			h.write(h.satoLeaves)
			got := answer()
			if !strings.Contains(got, say.no) || !strings.Contains(got, say.cited) || !strings.Contains(got, "OUT-01") {
				t.Errorf("after: %q", got)
			}
			picture(p, string(lang)+"-answer-no")
			p.Go(h.server.URL + "/admin/compliance")
			p.Axe()
			picture(p, string(lang)+"-compliance")
			p.Size(390, 844)
			p.Go(h.server.URL + "/admin/compliance")
			p.Axe()
			var wide int
			p.Eval("document.documentElement.scrollWidth", &wide)
			if wide > 390 {
				t.Errorf("the compliance home is %d pixels wide on a phone", wide)
			}
			p.Follow(`main a[href$="/compliance/holds"]`)
			p.Axe()
		})
	}
}
