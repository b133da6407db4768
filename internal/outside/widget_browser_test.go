package outside

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/kyodaku/kyodaku/internal/browsertest"
)

// shop is a page of another site, strict about whom it talks to: its own policy
// turns every call to a third party into a complaint of the browser.
func shop(t *testing.T, kyodaku, attributes string) string {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Content-Security-Policy", "default-src 'none'; img-src data:; script-src "+kyodaku+"; connect-src "+kyodaku)
		fmt.Fprintf(w, `<!doctype html><html lang="ja"><title>店</title><link rel="icon" href="data:,"><meta name="viewport" content="width=device-width">
<main><h1>店</h1><p><input id="search" aria-label="検索"></p>%s<p><button id="end">終わり</button></p></main>
<script src="%s/widget.js" data-form="midori" %s></script>`, strings.Repeat("<p>野菜</p>\n", 200), kyodaku, attributes)
	}))
	t.Cleanup(s.Close)
	return s.URL
}

// widgetShown is the element that the widget adds to the page.
const widgetShown = "body > div:last-child"

// parted reads something in the widget's own part of the page.
func parted(p *browsertest.Page, script string) (said string) {
	p.Eval(`(() => { const root = document.querySelector("body > div:last-child").shadowRoot; return String(`+script+`) })()`, &said)
	return said
}

// still gives the widget time to appear where it must not.
func still(p *browsertest.Page) (appeared bool) {
	p.Eval(`new Promise(done => setTimeout(() => done(!!document.querySelector("body > div:last-child")), 700))`, &appeared)
	return appeared
}

func TestTheWidgetInAStrangersPage(t *testing.T) {
	t.Parallel()
	o := newOffice(t, "")
	o.proveDomain()
	o.makeTopic("weekly", "週刊みどりだより")
	o.makeForm("weekly", "midori")
	for _, lang := range []string{"ja", "en"} {
		t.Run("after a while, politely, "+lang, func(t *testing.T) {
			p := browsertest.Open(t)
			p.Size(390, 844)
			host := shop(t, o.url, `data-delay="0.3" data-lang="`+lang+`"`)
			p.Go(host)
			p.Click("#search")
			p.WaitFor(widgetShown)
			look(p, lang+"-widget")
			var focused string
			if p.Eval(`document.activeElement.id`, &focused); focused != "search" {
				t.Errorf("the focus was taken to %q", focused)
			}
			if got := parted(p, `root.querySelector("section").lang`); got != lang {
				t.Errorf("the widget speaks %q", got)
			}
			if got := parted(p, `Math.round(root.querySelector(".close").getBoundingClientRect().width)`); got != "44" {
				t.Errorf("the button for closing is %s pixels wide", got)
			}
			parted(p, `root.querySelector(".close").click()`)
			p.WaitGone(widgetShown)
			p.Go(host)
			if still(p) {
				t.Error("who closed it sees it again at once")
			}
			var others int
			p.Eval(`performance.getEntriesByType("resource").filter(e => ![location.origin, "`+o.url+`"].includes(new URL(e.name).origin) && !e.name.startsWith("data:")).length`, &others)
			if others != 0 {
				t.Errorf("%d calls to third parties", others)
			}
			var cookies string
			if p.Eval(`document.cookie`, &cookies); cookies != "" {
				t.Errorf("cookies were set: %s", cookies)
			}
		})
	}
	t.Run("after scrolling, and Escape", func(t *testing.T) {
		p := browsertest.Open(t)
		p.Go(shop(t, o.url, `data-delay="9999" data-scroll="60" data-every="0"`))
		if still(p) {
			t.Error("it comes before anything was read")
		}
		p.Eval(`scrollTo(0, document.documentElement.scrollHeight * 0.7)`, nil)
		p.WaitFor(widgetShown)
		p.Escape()
		p.WaitGone(widgetShown)
	})
	t.Run("on leaving, as a banner", func(t *testing.T) {
		p := browsertest.Open(t)
		p.Go(shop(t, o.url, `data-delay="9999" data-exit data-mode="banner"`))
		p.Eval(`document.documentElement.dispatchEvent(new MouseEvent("mouseleave", {clientY: -1}))`, nil)
		p.WaitFor(widgetShown)
		look(p, "banner")
		if got := parted(p, `root.querySelectorAll("form").length`); got != "0" {
			t.Error("a banner shows the whole form unasked")
		}
	})
	t.Run("signing up without leaving the page", func(t *testing.T) {
		p := browsertest.Open(t)
		p.Go(shop(t, o.url, `data-delay="9999" data-open="#end"`))
		p.Click("#end")
		p.WaitFor(widgetShown)
		reader := "widget@" + mailDomain
		var said string
		p.Eval(`(async () => {
			const root = document.querySelector("body > div:last-child").shadowRoot;
			for (let i = 0; i < 100 && !root.querySelector("form"); i++) await new Promise(r => setTimeout(r, 50));
			root.querySelector("#kf-email").value = "`+reader+`";
			root.querySelector("[name=topic]").click();
			root.querySelector(".button-main").click();
			for (let i = 0; i < 200 && root.querySelector("form"); i++) await new Promise(r => setTimeout(r, 50));
			return root.textContent;
		})()`, &said)
		if !strings.Contains(said, reader) {
			t.Fatalf("the answer is %s", said)
		}
		newPerson(t, o.url).open(o.link(reader, "/confirm/")).is(http.StatusOK).form("form[action^='/confirm/']:not([action$='disown'])").press().is(http.StatusOK)
	})
	o.quiet()
}
