package public

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/kyodaku/kyodaku/internal/browsertest"
	"github.com/kyodaku/kyodaku/internal/store/storetest"
)

func TestSigningUpInABrowser(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.SQLite(t))
	for _, lang := range []string{"ja", "en"} {
		p := browsertest.Open(t)
		p.Lang(lang)
		p.Go(w.url + "/f/event")
		p.Axe()
		p.Dark(true)
		p.Axe()
		p.Dark(false)
		p.Fill("#kf-email", lang+"@gmial.com")
		p.Fill("#kf-family_name", "森")
		p.Fill("#kf-given_name", "花")
		p.Click("#kf-topic-0")
		if status := p.Follow(".button-main"); status != http.StatusUnprocessableEntity || !p.Has("[value='"+lang+"@gmail.com']") {
			t.Fatalf("%d: no question about the address", status)
		}
		p.Axe()
		if status := p.Follow("[name=mail_choice]"); status != http.StatusOK || !strings.Contains(p.Text("main"), lang+"@gmail.com") {
			t.Fatalf("%d %s", status, p.Text("main"))
		}
		p.Axe()
		p.Go(w.url + w.link())
		p.Axe()
		if status := p.Follow(".button-main"); status != http.StatusOK || !p.Has(".stamp") {
			t.Fatalf("%d %s", status, p.Text("main"))
		}
		p.Axe()
	}
}

func TestSigningUpWithoutScript(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.SQLite(t))
	p := browsertest.Open(t)
	p.NoScript(true)
	p.Lang("ja")
	p.Go(w.url + "/f/newsletter")
	p.Fill("#kf-email", "hana@example.jp")
	p.Click("#kf-topic-0")
	// A browser is faster than any reader; the page asks to press once more.
	status := p.Follow(".button-main")
	if status != http.StatusUnprocessableEntity || p.Value("#kf-email") != "hana@example.jp" {
		t.Fatalf("%d %s", status, p.Text("main"))
	}
	p.Axe()
}

// shop is a page of another site that shows the widget.
func shop(t *testing.T, script string) string {
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) {
		rw.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprintf(rw, `<!doctype html><html lang="ja"><title>店</title><link rel="icon" href="data:,"><main><h1>店</h1><p><input id="search" aria-label="検索"></p>
<p><button id="join">登録</button></p></main>%s`, script)
	}))
	t.Cleanup(server.Close)
	return server.URL
}

func TestThePopupIsPoliteAndWorks(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.SQLite(t))
	host := shop(t, `<script src="`+w.url+`/widget.js" data-form="newsletter" data-delay="0.2"></script>`)
	p := browsertest.Open(t)
	p.Go(host)
	p.Click("#search")
	p.WaitFor("body > div:last-child")
	var focused string
	p.Eval(`document.activeElement.id`, &focused)
	if focused != "search" {
		t.Errorf("the popup took the focus to %q", focused)
	}
	p.Axe()
	p.Escape()
	p.WaitGone("body > div:last-child")
	p.Go(host)
	var shown bool
	p.Eval(`new Promise(done => setTimeout(() => done(!!document.body.querySelector(":scope > div")), 600))`, &shown)
	if shown {
		t.Error("a closed popup comes back at once")
	}
}

func TestTheInlineWidgetSignsUp(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.SQLite(t))
	host := shop(t, `<script src="`+w.url+`/widget.js" data-form="newsletter" data-mode="inline"></script>`)
	p := browsertest.Open(t)
	p.Go(host)
	p.WaitFor("body > div:last-child")
	var said string
	p.Eval(`(async () => {
		const root = document.querySelector("body > div:last-child").shadowRoot;
		root.querySelector("#kf-email").value = "hana@example.jp";
		root.querySelector("[name=topic]").click();
		root.querySelector(".button-main").click();
		for (let i = 0; i < 100 && root.querySelector("form"); i++) await new Promise(r => setTimeout(r, 50));
		return root.textContent;
	})()`, &said)
	if !strings.Contains(said, "hana@example.jp") || !strings.Contains(said, "確認メール") || w.events() != 1 {
		t.Errorf("%d events, %s", w.events(), said)
	}
}

func TestTheWidgetOpensWhereAsked(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.SQLite(t))
	host := shop(t, `<script src="`+w.url+`/widget.js" data-form="newsletter" data-delay="9999" data-open="#join"></script>`)
	p := browsertest.Open(t)
	p.Go(host)
	p.Click("#join")
	p.WaitFor("body > div:last-child")
	var inside string
	p.Eval(`document.activeElement.shadowRoot?.activeElement?.id || ""`, &inside)
	if inside != "kf-email" {
		t.Errorf("who asked is led to %q", inside)
	}
	p.Escape()
	p.WaitGone("body > div:last-child")
	p.Eval(`document.activeElement.id`, &inside)
	if inside != "join" {
		t.Errorf("the focus comes back to %q", inside)
	}
}
