package web

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/kyodaku/kyodaku/internal/browsertest"
	"github.com/kyodaku/kyodaku/internal/campaign"
	"github.com/kyodaku/kyodaku/internal/i18n"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/store/storetest"
)

// signedIn opens a window of the owner in a language.
func (h *house) signedIn(lang i18n.Lang) *browsertest.Page {
	h.Helper()
	p := browsertest.Open(h.T)
	p.Lang(string(lang))
	p.Size(1280, 900)
	p.Go(h.server.URL + "/admin/sign-in")
	p.Fill("#email", ownerMail)
	p.Fill("#password", ownerPassword)
	p.Follow("main .button-main")
	if p.Attribute("html", "lang") != string(lang) {
		p.Follow(`.whoami button[lang="` + string(lang) + `"]`)
	}
	return p
}

// TestPagesAboutMailInABrowser looks at every page at a desk and on a phone, in
// light and in dark, by the rules of axe-core.
func TestPagesAboutMailInABrowser(t *testing.T) {
	t.Parallel()
	w := newTown(t, storetest.SQLite(t))
	for _, lang := range i18n.Langs() {
		p := w.signedIn(lang)
		for i, path := range shownPost {
			name := string(lang) + "-mail-" + strings.NewReplacer("/admin/", "", "/", "-", "{", "", "}", "", "?", "-", "=", "-").Replace(path)
			p.Dark(i%2 == 1)
			p.Size(1280, 900)
			p.Go(w.server.URL + w.path(path))
			p.Axe()
			picture(p, name)
			p.Dark(i%2 == 0)
			p.Size(390, 844)
			p.Go(w.server.URL + w.path(path))
			p.Axe()
			picture(p, name+"-phone")
			var wide int
			p.Eval("document.documentElement.scrollWidth", &wide)
			if wide > 390 {
				t.Errorf("%s, %s: %d pixels wide on a phone", lang, path, wide)
			}
		}
	}
}

// TestCampaignInABrowser is the way of a marketer, with the module's help.
func TestCampaignInABrowser(t *testing.T) {
	t.Parallel()
	w := newTown(t, storetest.SQLite(t))
	for _, lang := range i18n.Langs() {
		p := w.signedIn(lang)
		p.Go(w.server.URL + "/admin/campaigns/new")
		p.Fill("#name", "秋の特集 "+string(lang))
		p.Follow("main .button-main")
		p.WaitFor(".finding-red") // nothing is written yet
		p.Fill("#subject", "秋のご案内 "+string(lang))
		p.Fill("#body", "{{ contact.name }}様\n\nこんにちは。")
		p.WaitFor(`button[value^="use_honorific body"]`) // the check follows the typing
		p.Axe()
		picture(p, string(lang)+"-write-finding")
		p.Follow(`button[value^="use_honorific body"]`)
		if got := p.Value("#body"); !strings.Contains(got, `honorific: "様"`) {
			t.Errorf("after the repair: %q", got)
		}
		p.WaitFor(".finding-green")
		p.Click(`button[value="blocks"]`)
		p.WaitFor(`[id="body/blocks/0/text"]`)
		p.Click(`button[value="add:button:body/blocks"]`)
		p.WaitFor(`[id="body/blocks/1/url"]`)
		p.Fill(`[id="body/blocks/1/text"]`, "見る")
		p.Fill(`[id="body/blocks/1/url"]`, "https://midori.example/")
		p.Click(`button[value="up:body/blocks/1"]`)
		p.WaitFor(`[id="body/blocks/0/url"]`)
		p.WaitFor(".finding-green")
		p.Axe()
		picture(p, string(lang)+"-write-blocks")
		p.Follow(`.page-head button[value="send"]`)
		p.Axe()
		picture(p, string(lang)+"-send")
		p.Set("#hold", "1")
		p.Follow(".button-big")
		p.WaitFor(".countdown:not([hidden])")
		p.Axe()
		picture(p, string(lang)+"-hold")
		id, err := store.ParsePublic(campaign.Prefix, filepath.Base(p.URL()))
		if err != nil {
			t.Fatal(err)
		}
		p.Follow(`form[action$="/recall"] button`)
		p.Follow(`a[href$="/write"]`)
		p.Follow(`.page-head button[value="send"]`)
		p.Set("#hold", "0")
		p.Follow(".button-big")
		w.await(campaign.Campaign{ID: id, Workspace: w.workspace.ID}, campaign.Done)
		p.Go(p.URL())
		p.WaitFor(".live[data-done]")
		p.Axe()
		picture(p, string(lang)+"-report")
		p.Follow(`a.tile[href*="withheld"]`)
		p.Follow("tbody a")
		p.Axe()
		picture(p, string(lang)+"-message")
	}
}

// TestFormInABrowser adds a field and sees it in the preview at once.
func TestFormInABrowser(t *testing.T) {
	t.Parallel()
	w := newTown(t, storetest.SQLite(t))
	for _, lang := range i18n.Langs() {
		p := w.signedIn(lang)
		p.Go(w.server.URL + w.path("/admin/forms/{frm}/edit"))
		p.Click(`button[value="add:tel"]`)
		p.WaitFor(`[id="fields[2].label.ja"]`)
		p.Fill(`[id="fields[2].label.en"]`, "連絡先の番号")
		p.Fill(`[id="fields[2].label.ja"]`, "連絡先の番号")
		inPreview := func(words string) {
			t.Helper()
			p.Eval(`new Promise((done) => { const look = () => document.querySelector("iframe").contentDocument?.body?.textContent.includes(`+quoted(words)+`) ? done() : setTimeout(look, 50); look(); })`, nil)
		}
		inPreview("連絡先の番号")
		p.Axe()
		picture(p, string(lang)+"-form-edit")
		p.Click(`button[value="up:fields[2]"]`)
		p.WaitText(`[id="fields[1]"] .block-head`, "連絡先の番号")
		var focused string
		p.Eval(`document.activeElement.value`, &focused)
		if focused != "up:fields[1]" {
			t.Errorf("the focus is on %q", focused)
		}
		p.Set(`[id="offers[0].mode"]`, "single")
		p.Click(`button[value="remove:fields[1]"]`)
		p.WaitGone(`[id="fields[2]"]`)
		p.Axe()
	}
}

func quoted(text string) string { return `"` + text + `"` }
