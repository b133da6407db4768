package browsertest_test

import (
	"fmt"
	"html"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/kyodaku/kyodaku/internal/browsertest"
)

func TestMain(m *testing.M) { browsertest.Main(m) }

const form = `<!doctype html><html lang="ja"><title>登録</title><meta name="viewport" content="width=device-width">
<main><h1>登録</h1><p id="width"></p><p id="lang">%s</p>
<form method="post" action="/done">
<p><label for="name">お名前</label> <input id="name" name="name" value="古い">
<p><label for="topic">トピック</label> <select id="topic" name="topic"><option value="a">A<option value="b">B</select>
<p><button id="send">送信</button></form>
<button id="later">あとで</button><p id="late"></p></main>
<script>
document.getElementById("width").textContent = innerWidth + (matchMedia("(prefers-color-scheme: dark)").matches ? " dark" : "")
document.getElementById("later").onclick = () => setTimeout(() => document.getElementById("late").textContent = "来ました", 100)
document.addEventListener("keydown", e => { if (e.key === "Escape") document.getElementById("later").remove() })
</script>`

// site is a small site: a form, what was posted, and a page with every fault.
func site(t *testing.T) string {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		http.SetCookie(w, &http.Cookie{Name: "seen", Value: "1"})
		_, err := r.Cookie("seen")
		fmt.Fprintf(w, form, html.EscapeString(fmt.Sprintf("%s cookie %v", r.Header.Get("Accept-Language"), err == nil)))
	})
	mux.HandleFunc("POST /done", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.WriteHeader(http.StatusCreated)
		fmt.Fprintf(w, `<!doctype html><html lang="ja"><title>完了</title><p id="got">%s / %s`, html.EscapeString(r.FormValue("name")), html.EscapeString(r.FormValue("topic")))
	})
	mux.HandleFunc("GET /bad", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Content-Security-Policy", "script-src 'self'; default-src 'self'")
		fmt.Fprint(w, `<!doctype html><html lang="ja"><title>悪い</title><main><h1>悪い</h1><img src="/none.png"><input></main><script>document.title = "ran"</script><script src="/throw.js"></script>`)
	})
	mux.HandleFunc("GET /throw.js", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/javascript")
		fmt.Fprint(w, `throw new Error("thrown on purpose")`)
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return server.URL
}

func TestFormIsFilledAndFollowed(t *testing.T) {
	t.Parallel()
	p := browsertest.Open(t)
	if status := p.Go(site(t) + "/"); status != http.StatusOK {
		t.Fatalf("status %d", status)
	}
	p.Axe()
	p.Fill("#name", "許諾 <太郎>")
	p.Set("#topic", "b")
	if got := p.Value("#name"); got != "許諾 <太郎>" {
		t.Errorf("the field holds %q", got)
	}
	if status := p.Follow("#send"); status != http.StatusCreated {
		t.Errorf("status %d after the form", status)
	}
	if got := p.Text("#got"); got != "許諾 <太郎> / b" {
		t.Errorf("posted %q", got)
	}
	if !strings.HasSuffix(p.URL(), "/done") || p.Has("#name") {
		t.Errorf("still on %s", p.URL())
	}
}

func TestWaitingAndKeys(t *testing.T) {
	t.Parallel()
	p := browsertest.Open(t)
	p.Go(site(t) + "/")
	p.Click("#later")
	p.WaitText("#late", "来ました")
	p.Tab()
	p.Escape()
	p.WaitGone("#later")
	p.Fill("#name", "")
	if got := p.Value("#name"); got != "" {
		t.Errorf("an emptied field holds %q", got)
	}
}

func TestSettings(t *testing.T) {
	t.Parallel()
	p := browsertest.Open(t)
	url := site(t) + "/"
	p.Size(390, 800)
	p.Dark(true)
	p.Lang("en-GB")
	p.Go(url)
	if got := p.Text("#width"); got != "390 dark" {
		t.Errorf("the page sees %q", got)
	}
	if got := p.Text("#lang"); !strings.HasPrefix(got, "en-GB") || !strings.HasSuffix(got, "cookie false") {
		t.Errorf("the server sees %q", got)
	}
	p.NoScript(true)
	p.Go(url)
	if got := p.Text("#width"); got != "" {
		t.Errorf("a script ran: %q", got)
	}
	p.Axe()
	p.Fill("#name", "x")
	p.Follow("#send")
	if got := p.Text("#got"); got != "x / a" {
		t.Errorf("posted %q without script", got)
	}
	var sum int
	p.Eval("1 + 2", &sum)
	if sum != 3 {
		t.Errorf("eval gives %d", sum)
	}
}

func TestWindowsShareNoCookies(t *testing.T) {
	t.Parallel()
	url := site(t) + "/"
	a, b := browsertest.Open(t), browsertest.Open(t)
	a.Go(url)
	a.Go(url)
	if got := a.Text("#lang"); !strings.HasSuffix(got, "cookie true") {
		t.Errorf("a cookie is lost: %q", got)
	}
	b.Go(url)
	if got := b.Text("#lang"); !strings.HasSuffix(got, "cookie false") {
		t.Errorf("a cookie is shared: %q", got)
	}
}

func TestScreenshotIsPicture(t *testing.T) {
	t.Parallel()
	p := browsertest.Open(t)
	p.Go(site(t) + "/")
	file := filepath.Join(t.TempDir(), "sub", "page.png")
	p.Screenshot(file)
	picture, err := os.ReadFile(file)
	if err != nil || !strings.HasPrefix(string(picture), "\x89PNG") {
		t.Errorf("no picture: %v", err)
	}
}

// recorder stands for a test that is expected to fail.
type recorder struct {
	testing.TB
	said []string
}

func (r *recorder) Helper()           {}
func (r *recorder) Error(args ...any) { r.said = append(r.said, fmt.Sprint(args...)) }
func (r *recorder) Log(args ...any)   {}

func TestFaultyPageIsNoticed(t *testing.T) {
	t.Parallel()
	r := &recorder{TB: t}
	p := browsertest.Open(r)
	p.Go(site(t) + "/bad")
	p.Axe()
	said := strings.Join(r.said, "\n")
	for _, rule := range []string{"image-alt", "label"} {
		if !strings.Contains(said, rule) {
			t.Errorf("axe did not notice %s:\n%s", rule, said)
		}
	}
	complaints := strings.Join(p.Complaints(), "\n")
	for _, want := range []string{"Content Security Policy", "thrown on purpose"} {
		if !strings.Contains(complaints, want) {
			t.Errorf("no complaint about %q:\n%s", want, complaints)
		}
	}
}
