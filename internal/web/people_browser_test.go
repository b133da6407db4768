package web

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/kyodaku/kyodaku/internal/browsertest"
	"github.com/kyodaku/kyodaku/internal/i18n"
	"github.com/kyodaku/kyodaku/internal/store/storetest"
)

// TestPeopleInABrowser opens every page about people at a desk and on a phone, in
// light and in dark, and checks it by the rules of axe-core.
func TestPeopleInABrowser(t *testing.T) {
	t.Parallel()
	h := newVillage(t, storetest.SQLite(t))
	p := browsertest.Open(t)
	h.enter(p)
	for _, lang := range i18n.Langs() {
		p.Size(1280, 900)
		if p.Attribute("html", "lang") != string(lang) {
			p.Go(h.server.URL + "/admin/")
			p.Follow(`.whoami button[lang="` + string(lang) + `"]`)
		}
		for i, path := range shownPeople {
			name := string(lang) + strings.NewReplacer("/admin/", "-", "/", "-", "{", "", "}", "", "?", "-", "&", "-", "=", "-").Replace(path)
			p.Dark(i%3 == 2)
			p.Size(1280, 900)
			p.Go(h.server.URL + h.path(path))
			p.Axe()
			picture(p, name)
			p.Dark(false)
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

// enter signs the owner in.
func (h *house) enter(p *browsertest.Page) {
	h.Helper()
	p.Size(1280, 900)
	p.Go(h.server.URL + "/admin/sign-in")
	p.Fill("#email", ownerMail)
	p.Fill("#password", ownerPassword)
	p.Follow(".button-main")
}

const someList = "姓,名,フリガナ,会社名,メールアドレス,会員ランク\n" +
	"田中,四郎,タナカ シロウ,株式会社海風,shiro@umikaze.example,ゴールド\n" +
	"伊藤,五月,イトウ サツキ,,satsuki@example.jp,シルバー\n" +
	"渡辺,六花,ワタナベ リッカ,,rikka＠@example,シルバー\n" +
	"高橋,三郎,タカハシ サブロウ,,saburo@example.jp,ゴールド\n"

// TestImportInABrowser takes a list from the file to the people, and looks at the
// progress as a person would.
func TestImportInABrowser(t *testing.T) {
	t.Parallel()
	h := newVillage(t, storetest.SQLite(t))
	file := filepath.Join(t.TempDir(), "展示会2026.csv")
	if err := os.WriteFile(file, []byte(someList), 0o600); err != nil {
		t.Fatal(err)
	}
	p := browsertest.Open(t)
	h.enter(p)
	p.Go(h.server.URL + "/admin/imports")
	p.Follow("main .button-main")
	p.Upload("#file", file)
	p.Follow("main .button-main")
	p.Axe()
	picture(p, "ja-import-map")
	p.Follow("main .button-main")
	p.Axe()
	picture(p, "ja-import-map-wrong")
	if got := p.Text("#purpose-error"); !strings.Contains(got, "利用目的") {
		t.Errorf("beside the purpose stands %q", got)
	}
	p.Click("#origin-0")
	p.Click("#purpose-0")
	p.Click("#basis-0")
	p.Fill("#source", "2026年春の展示会で、記入用紙により取得")
	p.Set("#at", "2026-04-10")
	p.Fill("#evidence", "記入用紙 No.1–4（本社キャビネット3）")
	p.Click("#topics-0")
	p.Follow("main .button-main")
	p.WaitFor(`form[action$="/start"]`)
	p.Axe()
	picture(p, "ja-import-dry")
	p.Size(390, 844)
	picture(p, "ja-import-dry-phone")
	p.Size(1280, 900)
	p.Follow(`form[action$="/start"] .button-main`)
	p.WaitFor(`a[href="/admin/contacts"].button-main`)
	p.Axe()
	picture(p, "ja-import-done")
	p.Go(h.server.URL + "/admin/contacts?q=tanaka")
	if got := p.Text("tbody"); !strings.Contains(got, "田中 四郎") {
		t.Errorf("nobody was imported: %q", got)
	}
}
