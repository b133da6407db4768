package public

import (
	"net/http"
	"strings"
	"testing"

	"github.com/kyodaku/kyodaku/internal/browsertest"
	"github.com/kyodaku/kyodaku/internal/consent"
	"github.com/kyodaku/kyodaku/internal/keyring"
	"github.com/kyodaku/kyodaku/internal/store/storetest"
)

func TestEveryWayOutInABrowserWithoutScript(t *testing.T) {
	t.Parallel()
	w := newExits(t, storetest.SQLite(t))
	p := browsertest.Open(t)
	p.NoScript(true)
	p.Size(360, 800)
	pages := []string{w.unsubscribe(), w.centre(), w.path("why", keyring.Why), "/preferences", "/s/mori"}
	for _, lang := range []string{"ja", "en"} {
		p.Lang(lang)
		for _, path := range pages {
			p.Go(w.url + path)
			p.Axe()
			p.Dark(true)
			p.Axe()
			p.Dark(false)
		}
	}
	w.ask()
	for _, lang := range []string{"en", "ja"} {
		p.Lang(lang)
		p.Go(w.url + w.centre())
		p.Axe()
	}
	follow(t, p, ".renewal .button", "引き続きお送りします")
	p.Go(w.url + w.unsubscribe())
	follow(t, p, ".buttons form:first-child .button", "週刊・新刊案内")
	follow(t, p, "[action*='/undo'] .button", "もう一度お届けします")
	p.Go(w.url + w.centre())
	p.Click("[name=topic]:not(:checked)")
	p.Set("#limit-all", "1-week")
	follow(t, p, "main form:first-of-type .button", "設定を保存しました")
	if w.status(w.sale) != consent.StatusGiven {
		t.Error(w.status(w.sale))
	}
	follow(t, p, "[action*='/stop'] .button", "このメールアドレスへの配信をすべて停止しました")
	if w.status(w.sale) != consent.StatusWithdrawn || w.status(w.topic) != consent.StatusWithdrawn {
		t.Error("something is still on")
	}
}

// follow presses a button and looks at the page that comes.
func follow(t *testing.T, p *browsertest.Page, selector, words string) {
	t.Helper()
	if status := p.Follow(selector); status != http.StatusOK || !strings.Contains(p.Text("main"), words) {
		t.Fatalf("%s: %d %s", selector, status, p.Text("main"))
	}
	p.Axe()
}
