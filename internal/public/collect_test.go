package public

import (
	"crypto/sha256"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/kyodaku/kyodaku/internal/collect"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/store/storetest"
)

// solve finds a proof of work of twelve bits, as the page's script does.
func solve(challenge string) string {
	for i := 0; ; i++ {
		sum := sha256.Sum256(fmt.Appendf(nil, "%s:%d", challenge, i))
		if sum[0] == 0 && sum[1] < 16 {
			return fmt.Sprint(i)
		}
	}
}

func TestSigningUpOverHTTP(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		page := w.get("/f/newsletter")
		if page.status != http.StatusOK || len(page.body) > 50_000 || strings.Contains(page.body, "checked") {
			t.Fatalf("%d\n%s", page.status, page.body)
		}
		if got := w.post("/f/newsletter", w.fill("newsletter", "hana@example.jp", w.topic)); got.status != http.StatusOK || !strings.Contains(got.body, "hana@example.jp") {
			t.Fatalf("%d\n%s", got.status, got.body)
		}
		link := w.link()
		for _, method := range []string{http.MethodGet, http.MethodHead} {
			got := w.do(method, link, nil)
			if got.status != http.StatusOK || got.header.Get("Referrer-Policy") != "no-referrer" || got.header.Get("X-Robots-Tag") != "noindex" {
				t.Errorf("%s: %d %v", method, got.status, got.header)
			}
		}
		if n := w.events(); n != 1 {
			t.Fatalf("%d events after opening the link", n)
		}
		for range 2 {
			if got := w.post(link, url.Values{}); got.status != http.StatusOK || !strings.Contains(got.body, "登録が完了しました") || !strings.Contains(got.body, "/preferences/") {
				t.Fatalf("%d\n%s", got.status, got.body)
			}
		}
		if n := w.events(); n != 2 {
			t.Errorf("%d events after the button", n)
		}
		if got := w.get(link); !strings.Contains(got.body, "登録が完了しました") {
			t.Errorf("the link afterwards\n%s", got.body)
		}
	})
}

// nonces are what differs between two answers to the same.
var nonces = regexp.MustCompile(`value="[A-Za-z0-9_-]{20,}"`)

func TestAnswersAreEqualForKnownAndUnknown(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		w.post("/f/newsletter", w.fill("newsletter", "aaa@example.jp", w.topic))
		w.post(w.link(), url.Values{})
		for _, slug := range []string{"newsletter", "whitepaper", "event"} {
			known := w.post("/f/"+slug, w.fill(slug, "aaa@example.jp", w.topic))
			unknown := w.post("/f/"+slug, w.fill(slug, slug[:3]+"@example.jp", w.topic))
			plain := func(r reply, address string) string {
				return fmt.Sprint(r.status, len(r.body), nonces.ReplaceAllString(strings.ReplaceAll(r.body, address, "X"), "N"))
			}
			if a, b := plain(known, "aaa@example.jp"), plain(unknown, slug[:3]+"@example.jp"); a != b {
				t.Errorf("%s: the answers differ\n%s\n%s", slug, a, b)
			}
			for name := range known.header {
				if name != "Date" && known.header.Get(name) != unknown.header.Get(name) {
					t.Errorf("%s: header %s differs", slug, name)
				}
			}
		}
	})
}

func TestBadInputGetsAClearAnswer(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.SQLite(t))
	good := func() url.Values { return w.fill("event", "hana@example.jp", w.topic) }
	for name, c := range map[string]struct {
		reply  reply
		status int
		text   string
	}{
		"no address": {w.post("/f/event", url.Values{"render": {good().Get("render")}, "proof": {"x"}}), 422, "お手数ですが"},
		"line break": {func() reply {
			v := good()
			v.Set("f.family_name", "森\r\nBcc: a@example.com")
			return w.post("/f/event", v)
		}(), 422, "使えない文字"},
		"ten megabytes": {func() reply {
			v := good()
			v.Set("f.family_name", strings.Repeat("x", 10<<20))
			return w.post("/f/event", v)
		}(), 413, "大きすぎます"},
		"json":          {w.do(http.MethodPost, "/f/event", good(), func(r *http.Request) { r.Header.Set("Content-Type", "application/json") }), 422, "受け付けていません"},
		"forged page":   {func() reply { v := good(); v.Set("render", "AAAA"); return w.post("/f/event", v) }(), 422, "もう一度送信"},
		"unknown form":  {w.post("/f/nobody", good()), 404, ""},
		"forged token":  {w.get("/confirm/AAAA"), 422, ""},
		"forged press":  {w.post("/confirm/AAAA", url.Values{}), 422, ""},
		"forged file":   {w.get("/confirm/AAAA/file"), 422, ""},
		"forged resend": {w.post("/f/event/resend", url.Values{"token": {"AAAA"}}), 422, ""},
		"not utf-8":     {func() reply { v := good(); v.Set("f.family_name", "\xff\xfe"); return w.post("/f/event", v) }(), 200, ""},
		"unknown path":  {w.get("/nothing"), 404, ""},
	} {
		if c.reply.status != c.status || !strings.Contains(c.reply.body, c.text) {
			t.Errorf("%s: %d\n%s", name, c.reply.status, c.reply.body)
		}
		if !strings.Contains(c.reply.header.Get("Content-Type"), "text/html") || c.reply.header.Get("Content-Security-Policy") == "" {
			t.Errorf("%s: header %v", name, c.reply.header)
		}
	}
	// What was typed is still there, and escaped.
	v := good()
	v.Set("f.given_name", `"><script>alert(1)</script>`)
	v.Set("f.family_name", "")
	if got := w.post("/f/event", v); strings.Contains(got.body, "<script>alert") || !strings.Contains(got.body, "&lt;script&gt;") || !strings.Contains(got.body, "checked") {
		t.Errorf("%s", got.body)
	}
}

func TestOnlyTheFormTakesPostsOfOtherSites(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.SQLite(t))
	foreign := func(r *http.Request) {
		r.Header.Set("Sec-Fetch-Site", "cross-site")
		r.Header.Set("Origin", "https://shop.example")
		r.Header.Set("Referer", "https://shop.example/page?member=4711&utm_source=card")
	}
	v := w.fill("newsletter", "hana@example.jp", w.topic)
	v.Set("view", "part")
	got := w.do(http.MethodPost, "/f/newsletter", v, foreign)
	if got.status != http.StatusOK || got.header.Get("Access-Control-Allow-Origin") != "*" || strings.Contains(got.body, "<html") || strings.Contains(got.body, `name="token"`) {
		t.Errorf("%d %v\n%s", got.status, got.header, got.body)
	}
	var place string
	if err := w.db.QueryRow(w.ctx, `SELECT page FROM signup`).Scan(&place); err != nil || place != "https://shop.example/page?utm_source=card" {
		t.Errorf("evidence keeps %q, %v", place, err)
	}
	for _, path := range []string{"/f/newsletter/resend", "/f/newsletter/correct"} {
		if got := w.do(http.MethodPost, path, v, foreign); got.status != http.StatusForbidden || got.header.Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("%s: %d", path, got.status)
		}
	}
	embed := w.do(http.MethodGet, "/f/newsletter/embed?lang=en", nil, foreign)
	if embed.header.Get("Access-Control-Allow-Origin") != "*" || !strings.Contains(embed.body, w.url+"/f/newsletter") || !strings.Contains(embed.body, "Agree and subscribe") || strings.Contains(embed.body, "checked") {
		t.Errorf("%v\n%s", embed.header, embed.body)
	}
}

func TestAFormCanLeadToAPageElsewhere(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.SQLite(t))
	w.publish("newsletter-away", func(s *collect.Spec) {
		s.Redirect, s.RedirectHosts = "https://shop.example/thanks", []string{"shop.example"}
	})
	if got := w.get("/f/newsletter-away"); !strings.Contains(got.header.Get("Content-Security-Policy"), "form-action 'self' https://shop.example;") {
		t.Errorf("the browser would not follow: %v", got.header)
	}
	got := w.post("/f/newsletter-away", w.fill("newsletter-away", "hana@example.jp", w.topic))
	if got.status != http.StatusSeeOther || got.header.Get("Location") != "https://shop.example/thanks" {
		t.Errorf("%d %v", got.status, got.header)
	}
}

func TestADocumentIsHandedOut(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.SQLite(t))
	w.post("/f/whitepaper", w.fill("whitepaper", "hana@example.jp"))
	entry := w.get(w.link())
	file := regexp.MustCompile(`/confirm/[A-Za-z0-9_-]+/file`).FindString(entry.body)
	if got := w.get(file); got.status != http.StatusSeeOther || got.header.Get("Location") != "https://mori.example.jp/paper.pdf" {
		t.Errorf("%d %v\n%s", got.status, got.header, entry.body)
	}
	if n := w.events(); n != 0 {
		t.Errorf("a document made %d consent events", n)
	}
}

func TestTheWidgetIsSmallAndAlone(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.SQLite(t))
	got := w.get("/widget.js")
	if len(got.body) > 12_000 || got.header.Get("Cross-Origin-Resource-Policy") != "cross-origin" || !strings.Contains(got.header.Get("Content-Type"), "javascript") {
		t.Errorf("%d bytes, %v", len(got.body), got.header)
	}
	code := regexp.MustCompile(`(?m)^\s*//.*$`).ReplaceAllString(got.body, "")
	if strings.Contains(code, "http") || strings.Contains(code, "cookie") {
		t.Error("the widget knows of other places")
	}
}
