package web

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/kyodaku/kyodaku/internal/browsertest"
	"github.com/kyodaku/kyodaku/internal/i18n"
)

func TestMain(m *testing.M) { browsertest.Main(m) }

// picturesEnv names a folder; when set, the browser tests leave pictures of the
// pages there, for people to look at.
const picturesEnv = "KYODAKU_TEST_PICTURES"

// picture keeps what the page looks like, if anybody wants to see it.
func picture(p *browsertest.Page, name string) {
	if dir := os.Getenv(picturesEnv); dir != "" {
		p.Screenshot(filepath.Join(dir, name+".png"))
	}
}

func TestFirstRunInABrowser(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	p := browsertest.Open(t)
	p.Lang("ja")
	p.Go(h.server.URL + "/admin")
	p.Axe()
	picture(p, "setup-1")
	p.Follow("main button")
	p.Axe()
	picture(p, "setup-2")
	p.Fill("#legal_name", "株式会社みどり商会")
	if status := p.Follow("main .button-main"); status != 422 {
		t.Fatalf("an incomplete label: status %d", status)
	}
	p.Axe()
	picture(p, "setup-2-wrong")
	if got := p.Value("#legal_name"); got != "株式会社みどり商会" {
		t.Errorf("what was typed is lost: %q", got)
	}
	p.Fill("#postal_address", "東京都千代田区丸の内1-1-1 みどりビル5階")
	p.Fill("#email", "info@midori.example")
	p.Follow("main .button-main")
	p.Axe()
	picture(p, "setup-3")
	p.Fill("#admin_name", "山田 花子")
	p.Fill("#admin_email", ownerMail)
	p.Fill("#admin_password", ownerPassword)
	p.Follow("main .button-main")
	p.Axe()
	picture(p, "setup-4")
	p.Follow("main .button-main")
	if got := p.Text("h1"); got != "ホーム" {
		t.Errorf("came to %q", got)
	}
	if ok, err := h.accounts.FirstRun(t.Context()); ok || err != nil {
		t.Errorf("first run still open: %v, %v", ok, err)
	}
}

// TestPagesInABrowser opens every page at a desk and on a phone, once in light and
// once in dark, and checks it by the rules of axe-core.
func TestPagesInABrowser(t *testing.T) {
	t.Parallel()
	h := settled(t)
	h.fill()
	p := browsertest.Open(t)
	p.Size(1280, 900)
	p.Go(h.server.URL + "/admin/sign-in")
	p.Axe()
	picture(p, "sign-in")
	p.Fill("#email", ownerMail)
	p.Fill("#password", ownerPassword)
	p.Follow(".button-main")
	for _, lang := range i18n.Langs() {
		if p.Attribute("html", "lang") != string(lang) {
			p.Go(h.server.URL + "/admin/")
			p.Follow(`.whoami button[lang="` + string(lang) + `"]`)
		}
		for i, path := range shown {
			name := string(lang) + "-" + filepath.Base(filepath.Clean("/"+path[7:]))
			p.Dark(i%2 == 1)
			p.Size(1280, 900)
			p.Go(h.server.URL + h.path(path))
			p.Axe()
			picture(p, name)
			if lang != i18n.Ja {
				continue // the other language on a phone tells nothing new
			}
			p.Dark(i%2 == 0)
			p.Size(390, 844)
			p.Go(h.server.URL + h.path(path))
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

// TestTheMenuOpensWithoutScript holds that a phone needs no script to get about.
func TestTheMenuOpensWithoutScript(t *testing.T) {
	t.Parallel()
	h := settled(t)
	p := browsertest.Open(t)
	p.NoScript(true)
	p.Size(390, 844)
	p.Go(h.server.URL + "/admin/sign-in")
	p.Fill("#email", ownerMail)
	p.Fill("#password", ownerPassword)
	p.Follow(".button-main")
	p.Click(".menu > summary")
	p.Follow(`.menu-link[href="/admin/operators"]`)
	if got := p.Text("h1"); got != "運用者" {
		t.Errorf("came to %q", got)
	}
	p.Click(".menu > summary")
	picture(p, "menu-phone")
	p.Follow(`.whoami button[lang="en"]`)
	if got := p.Text("h1"); got != "Operators" {
		t.Errorf("the language stayed: %q", got)
	}
}
