package page

import (
	"bytes"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"testing/fstest"
	"time"
)

func TestTheClientIsKnownOnlyBehindTrustedProxies(t *testing.T) {
	t.Parallel()
	proxies, err := ParseProxies([]string{"10.0.0.0/8", "192.0.2.7", "fd00::/8"})
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		peer   string
		chain  []string
		want   string
		trusts Proxies
	}{
		{"203.0.113.9:1234", []string{"198.51.100.1"}, "203.0.113.9", proxies},
		{"10.1.2.3:1234", []string{"198.51.100.1"}, "198.51.100.1", proxies},
		{"10.1.2.3:1234", []string{"1.2.3.4, 198.51.100.1"}, "198.51.100.1", proxies},
		{"10.1.2.3:1234", []string{"1.2.3.4", "198.51.100.1, 192.0.2.7"}, "198.51.100.1", proxies},
		{"10.1.2.3:1234", []string{"rubbish"}, "10.1.2.3", proxies},
		{"10.1.2.3:1234", nil, "10.1.2.3", proxies},
		{"[::ffff:10.1.2.3]:1234", []string{"2001:db8::1"}, "2001:db8::1", proxies},
		{"[fd00::1%eth0]:1234", []string{"198.51.100.1"}, "198.51.100.1", proxies},
		{"10.1.2.3:1234", []string{"198.51.100.1"}, "10.1.2.3", nil},
	}
	for _, tt := range tests {
		r := httptest.NewRequest("GET", "/", nil)
		r.RemoteAddr = tt.peer
		for _, hop := range tt.chain {
			r.Header.Add("X-Forwarded-For", hop)
		}
		if got := tt.trusts.Client(r); got != netip.MustParseAddr(tt.want) {
			t.Errorf("%s %v: %s, want %s", tt.peer, tt.chain, got, tt.want)
		}
	}
	if _, err := ParseProxies([]string{"proxy.example"}); err == nil {
		t.Error("a name is a network")
	}
}

func TestHTTPSIsBelievedOnlyFromProxies(t *testing.T) {
	t.Parallel()
	proxies, err := ParseProxies([]string{"10.0.0.0/8"})
	if err != nil {
		t.Fatal(err)
	}
	cfg := config(t, nil)
	cfg.Proxies = proxies
	e := mustEngine(t, cfg)
	for peer, secure := range map[string]bool{"10.0.0.1:1": true, "203.0.113.9:1": false} {
		r := httptest.NewRequest("GET", "/", nil)
		r.RemoteAddr = peer
		r.Header.Set("X-Forwarded-Proto", "https")
		w := serve(t, e, r, func(v *Visit) error {
			v.SetCookie("a", "b", time.Hour)
			return v.Redirect("/")
		})
		c := w.Result().Cookies()[0]
		if c.Secure != secure || (c.Name == "__Host-a") != secure || (w.Header().Get("Strict-Transport-Security") != "") != secure {
			t.Errorf("%s: %v %v", peer, c, w.Header())
		}
	}
}

func TestAnHTTPSAddressMakesCookiesSecure(t *testing.T) {
	t.Parallel()
	for base, secure := range map[string]bool{"https://mail.midori.example": true, "http://mail.midori.example": false, "": false} {
		cfg := config(t, nil)
		cfg.BaseURL = base
		w := serve(t, mustEngine(t, cfg), httptest.NewRequest("GET", "/", nil), func(v *Visit) error {
			v.SetCookie("a", "b", time.Hour)
			return v.Redirect("/")
		})
		if c := w.Result().Cookies()[0]; c.Secure != secure || (c.Name == "__Host-a") != secure {
			t.Errorf("%q: %v", base, c)
		}
	}
}

func TestABrokenHandlerIsAnsweredAndTheLogKeepsSecrets(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	mux := http.NewServeMux()
	mux.HandleFunc("GET /why/{token}", func(http.ResponseWriter, *http.Request) { panic("lost") })
	mux.HandleFunc("GET /ok/{token}", func(w http.ResponseWriter, r *http.Request) {
		_, _ = w.Write([]byte(RequestID(r.Context())))
	})
	h := Outer(slog.New(slog.NewTextHandler(&log, nil)), time.Now, mux)
	get := func(path string) *httptest.ResponseRecorder {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest("GET", path+"?mail=hanako@example.jp", nil))
		return w
	}
	if w := get("/why/verysecret"); w.Code != 500 || strings.Contains(w.Body.String(), "lost") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	ok := get("/ok/verysecret")
	if id := ok.Header().Get("X-Request-Id"); id == "" || ok.Body.String() != id {
		t.Errorf("request id %q, body %q", id, ok.Body)
	}
	text := log.String()
	for _, want := range []string{`route="GET /why/{token}"`, `route="GET /ok/{token}"`, "status=500", "status=200", "panic=lost"} {
		if !strings.Contains(text, want) {
			t.Errorf("log lacks %s:\n%s", want, text)
		}
	}
	for _, secret := range []string{"verysecret", "hanako"} {
		if strings.Contains(text, secret) {
			t.Errorf("log holds %s:\n%s", secret, text)
		}
	}
}

func TestAssetsAreKeptByTheirHash(t *testing.T) {
	t.Parallel()
	one, err := NewAssets("/s/", fstest.MapFS{"a.css": {Data: []byte("a{}")}, "m/b.js": {Data: []byte("1")}})
	if err != nil {
		t.Fatal(err)
	}
	two, err := NewAssets("/s/", fstest.MapFS{"a.css": {Data: []byte("a{}")}, "m/b.js": {Data: []byte("2")}})
	if err != nil {
		t.Fatal(err)
	}
	now, err := one.URL("m/b.js")
	if err != nil {
		t.Fatal(err)
	}
	old, err := two.URL("m/b.js")
	if err != nil || old == now {
		t.Fatalf("%s %v", old, err)
	}
	if _, err := one.URL("none.css"); err == nil {
		t.Error("a missing file has an address")
	}
	if _, err := NewAssets("/s/", fstest.MapFS{"a.exe": {}}); err == nil {
		t.Error("a file of unknown type passed")
	}
	mux := http.NewServeMux()
	mux.Handle(one.Pattern(), one)
	for path, want := range map[string]string{now: "public, max-age=31536000, immutable", old: "no-cache"} {
		w := httptest.NewRecorder()
		mux.ServeHTTP(w, httptest.NewRequest("GET", path, nil))
		if w.Code != 200 || w.Body.String() != "1" || w.Header().Get("Cache-Control") != want || w.Header().Get("Content-Type") != "text/javascript; charset=utf-8" {
			t.Errorf("%s: %d %q %v", path, w.Code, w.Body, w.Header())
		}
	}
	w := httptest.NewRecorder()
	mux.ServeHTTP(w, httptest.NewRequest("GET", "/s/x/none.css", nil))
	if w.Code != 404 {
		t.Errorf("a missing file: %d", w.Code)
	}
}

func TestSecretPagesAndPreviews(t *testing.T) {
	t.Parallel()
	e := mustEngine(t, config(t, map[string]string{"v.html": view("x")}))
	w := serve(t, e, httptest.NewRequest("GET", "/", nil), func(v *Visit) error {
		v.Secret()
		v.Framed()
		return v.Render("v", nil)
	})
	if w.Header().Get("Referrer-Policy") != "no-referrer" || w.Header().Get("X-Robots-Tag") != "noindex" ||
		!strings.Contains(w.Header().Get("Content-Security-Policy"), "frame-ancestors 'self'") {
		t.Errorf("%v", w.Header())
	}
}

func TestOtherSitesCannotPost(t *testing.T) {
	t.Parallel()
	e := mustEngine(t, config(t, nil))
	for header, value := range map[string]string{"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"} {
		r := httptest.NewRequest("POST", "/", nil)
		r.Header.Set(header, value)
		w := serve(t, e, r, func(*Visit) error {
			t.Error("the handler was reached")
			return nil
		})
		if w.Code != 403 || w.Header().Get("Content-Security-Policy") == "" {
			t.Errorf("%s: %d", header, w.Code)
		}
	}
}
