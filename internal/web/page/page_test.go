package page

import (
	"bytes"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/i18n"
	"github.com/kyodaku/kyodaku/internal/keyring"
)

const (
	layout = `{{define "layout"}}<html lang="{{lang}}">{{template "flash" .Flash}}{{template "title" .Page}}|{{template "main" .Page}}</html>{{end}}`
	broken = `{{define "title"}}{{T .Title}}{{end}}{{define "main"}}{{template "error_main" .}}{{end}}`
)

// config is a face with the given views beside layout and error page.
func config(t *testing.T, views map[string]string) Config {
	t.Helper()
	catalogue, err := i18n.Load()
	if err != nil {
		t.Fatal(err)
	}
	ring, err := keyring.New(keyring.Generate())
	if err != nil {
		t.Fatal(err)
	}
	assets, err := NewAssets("/static/", fstest.MapFS{"a.css": {Data: []byte("a{}")}})
	if err != nil {
		t.Fatal(err)
	}
	files := fstest.MapFS{"layout.html": {Data: []byte(layout)}, "error.html": {Data: []byte(broken)}}
	for name, text := range views {
		files[name] = &fstest.MapFile{Data: []byte(text)}
	}
	tokyo, err := time.LoadLocation("Asia/Tokyo")
	if err != nil {
		t.Fatal(err)
	}
	return Config{
		Catalogue: catalogue, Views: files, Assets: assets, Lang: i18n.Ja, Zone: tokyo, Ring: ring,
		Log: slog.New(slog.DiscardHandler), Clock: func() time.Time { return time.Date(2026, 11, 21, 5, 5, 0, 0, time.UTC) },
	}
}

func view(main string) string {
	return `{{define "title"}}x{{end}}{{define "main"}}` + main + `{{end}}`
}

func TestTheStartFailsOnAWrongView(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"unparsable":    view(`{{if}}`),
		"missing text":  view(`{{T "page.no.such.text"}}`),
		"missing label": view(`{{template "field" (field .Form "x" "label" "page.no.such.text")}}`),
		"no main":       `{{define "title"}}x{{end}}`,
		"no such part":  view(`{{template "no_such_part" .}}`),
		"unescapable":   view(`<a href="{{if .}}x"{{end}}>`),
		"unknown word":  view(`{{nosuchfunc}}`),
	} {
		if _, err := New(config(t, map[string]string{"v.html": text})); err == nil {
			t.Errorf("%s passed", name)
		}
	}
	cfg := config(t, nil)
	cfg.Names = []string{"v"}
	if _, err := New(cfg); err == nil {
		t.Error("a missing view passed")
	}
}

// serve renders one handler's answer.
func serve(t *testing.T, e *Engine, r *http.Request, h func(v *Visit) error) *httptest.ResponseRecorder {
	t.Helper()
	w := httptest.NewRecorder()
	e.Protect(e.Handler(h)).ServeHTTP(w, r)
	return w
}

func mustEngine(t *testing.T, cfg Config) *Engine {
	t.Helper()
	e, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestTimesAreWrittenInTheZoneOfTheVisit(t *testing.T) {
	t.Parallel()
	e := mustEngine(t, config(t, map[string]string{"v.html": view(`{{time .At}} {{number .N}}`)}))
	at := time.Date(2026, 11, 21, 20, 5, 0, 0, time.UTC)
	for zone, want := range map[string]string{"Asia/Tokyo": "2026年11月22日(日) 05:05", "Europe/London": "2026年11月21日(土) 20:05"} {
		loc, err := time.LoadLocation(zone)
		if err != nil {
			t.Fatal(err)
		}
		w := serve(t, e, httptest.NewRequest("GET", "/", nil), func(v *Visit) error {
			v.Zone = loc
			return v.Render("v", struct {
				At time.Time
				N  int64
			}{at, 1234567})
		})
		if body := w.Body.String(); !strings.Contains(body, want) || !strings.Contains(body, "1,234,567") {
			t.Errorf("%s: %s", zone, body)
		}
	}
}

func TestHalfAPageIsNeverSent(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	cfg := config(t, map[string]string{"v.html": view(`begun {{.NoSuchField}}`)})
	cfg.Log = slog.New(slog.NewTextHandler(&log, nil))
	w := serve(t, mustEngine(t, cfg), httptest.NewRequest("GET", "/secret-token", nil), func(v *Visit) error { return v.Render("v", struct{}{}) })
	if w.Code != 500 || strings.Contains(w.Body.String(), "begun") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if !strings.Contains(log.String(), "NoSuchField") || strings.Contains(log.String(), "secret-token") {
		t.Errorf("log: %s", &log)
	}
}

func TestErrorsBecomePagesByTheirKind(t *testing.T) {
	t.Parallel()
	e := mustEngine(t, config(t, nil))
	for kind, want := range map[fault.Kind]int{
		fault.Internal: 500, fault.Invalid: 422, fault.NotFound: 404, fault.Exists: 409, fault.Refused: 403,
		fault.Unauthenticated: 401, fault.Busy: 429, fault.Stale: 409,
	} {
		for _, lang := range []string{"ja", "en"} {
			r := httptest.NewRequest("GET", "/?lang="+lang, nil)
			w := serve(t, e, r, func(*Visit) error { return fault.Wrap(kind, errors.New("table users is broken"), "") })
			if w.Code != want || strings.Contains(w.Body.String(), "users") || !strings.Contains(w.Body.String(), `lang="`+lang+`"`) {
				t.Errorf("%s: %d %s", kind, w.Code, w.Body)
			}
			if strings.Contains(w.Body.String(), "page.error.") || strings.Contains(w.Body.String(), "fault.") {
				t.Errorf("%s in %s has no text: %s", kind, lang, w.Body)
			}
			if w.Header().Get("Content-Security-Policy") != StrictPolicy || w.Header().Get("X-Content-Type-Options") != "nosniff" {
				t.Errorf("%s: unguarded: %v", kind, w.Header())
			}
		}
	}
	if w := serve(t, e, httptest.NewRequest("GET", "/", nil), func(*Visit) error { return errors.New("password is hunter2") }); w.Code != 500 || strings.Contains(w.Body.String(), "hunter2") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

func TestAFlashIsSaidOnceAndCannotBeForged(t *testing.T) {
	t.Parallel()
	e := mustEngine(t, config(t, map[string]string{"v.html": view(`page`)}))
	w := serve(t, e, httptest.NewRequest("POST", "/", nil), func(v *Visit) error { return v.Done("/next", "page.error.request", "ID", 12000) })
	if w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/next" {
		t.Fatalf("%d %v", w.Code, w.Header())
	}
	show := func(cookies ...*http.Cookie) *httptest.ResponseRecorder {
		r := httptest.NewRequest("GET", "/next", nil)
		for _, c := range cookies {
			r.AddCookie(c)
		}
		return serve(t, e, r, func(v *Visit) error { return v.Render("v", nil) })
	}
	first := show(w.Result().Cookies()...)
	if !strings.Contains(first.Body.String(), "12000") {
		t.Errorf("not said: %s", first.Body)
	}
	if c := first.Result().Cookies(); len(c) != 1 || c[0].MaxAge >= 0 {
		t.Errorf("not forgotten: %v", c)
	}
	text, err := json.Marshal(Flash{Tone: "done", Key: "fault.busy"})
	if err != nil {
		t.Fatal(err)
	}
	for _, value := range []string{string(text), "AAAA", "%", w.Result().Cookies()[0].Value + "A"} {
		if got := show(&http.Cookie{Name: flashCookie, Value: value}); strings.Contains(got.Body.String(), "notice") || got.Code != 200 {
			t.Errorf("forged %q: %d %s", value, got.Code, got.Body)
		}
	}
}

func TestPathsStayOnThisSite(t *testing.T) {
	t.Parallel()
	for target, want := range map[string]string{
		"/admin/": "/admin/", "/a?b=c": "/a?b=c", "": "/x", "//evil.example": "/x", "https://evil.example": "/x",
		`/\evil.example`: "/x", "/a\nb": "/x", "mailto:a@b": "/x", "admin": "/x", "/%zz": "/x",
	} {
		if got := LocalPath(target, "/x"); got != want {
			t.Errorf("%q: %q, want %q", target, got, want)
		}
	}
}

func TestFieldsKeepWhatWasTypedButNoSecrets(t *testing.T) {
	t.Parallel()
	form := FormOf("f", "a", `<b>"`, "p", "hunter2")
	if !form.Take(fault.Bad("a", "page.unreadable")) || form.Take(errors.New("x")) || form.Take(nil) {
		t.Fatal("taken wrongly")
	}
	a, err := NewField(form, "a", "label", "page.form.required", "help", "page.form.required")
	if err != nil || a.Value != `<b>"` || a.Error == nil || a.ID != "f-a" || a.Describes() != "f-a-help f-a-error" {
		t.Errorf("%+v %v", a, err)
	}
	if p, err := NewField(form, "p", "label", "page.form.required", "type", "password"); err != nil || p.Value != "" {
		t.Errorf("%+v %v", p, err)
	}
	for _, options := range [][]any{{}, {"label", 1}, {"label", "x", "colour", "red"}, {"label", "x", "rows", "3"}} {
		if _, err := NewField(form, "a", options...); err == nil {
			t.Errorf("%v passed", options)
		}
	}
}

func TestNumbersAndSizes(t *testing.T) {
	t.Parallel()
	for n, want := range map[any]string{0: "0", 999: "999", int64(1000): "1,000", -1234567: "−1,234,567"} {
		if got, err := Number(n); err != nil || got != want {
			t.Errorf("%v: %q %v", n, got, err)
		}
	}
	if _, err := Number("x"); err == nil {
		t.Error("x is a number")
	}
	for n, want := range map[int64]string{0: "0 B", 1023: "1023 B", 1024: "1.0 KiB", 10 << 20: "10.0 MiB", 5 << 40: "5.0 TiB"} {
		if got := Bytes(n); got != want {
			t.Errorf("%d: %q, want %q", n, got, want)
		}
	}
	if Percent(1, 3) != "33.3%" || Percent(0, 0) != "—" {
		t.Error("percent")
	}
}
