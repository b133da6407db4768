package public

import (
	"math"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/kyodaku/kyodaku/internal/collect"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/store/storetest"
)

// The notice says in both languages what our own pages send and, once it is published,
// what others receive.
func TestTheNoticeOfExternalTransmission(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		path := collect.NoticePath(w.ws.Slug)
		tag := collect.Tag{
			Name: "アクセス解析", Party: "株式会社解析", Content: collect.Words{Ja: "ご覧になったページ", En: "Pages you looked at"},
			Purpose: collect.Words{Ja: "利用状況を知るため", En: "To learn how the site is used"},
		}
		save := func(publish bool) {
			told := collect.Transmission{Scope: collect.InScope, Tags: []collect.Tag{tag}}
			if err := w.desk.SaveTransmission(t.Context(), w.by, w.ws.ID, told, publish, time.Now()); err != nil {
				t.Fatal(err)
			}
		}
		save(false)
		if r := w.get(path + "?lang=ja"); r.status != http.StatusOK || !strings.Contains(r.body, "ご覧のページのアドレス") || strings.Contains(r.body, "株式会社解析") {
			t.Errorf("unpublished: %d %s", r.status, r.body)
		}
		save(true)
		for lang, words := range map[string][]string{
			"ja": {"ご覧のページのアドレス", "端末の中だけに残り", "クッキーを使わず", "株式会社解析", "ご覧になったページ", "利用状況を知るため"},
			"en": {"address of the page", "stays on your device", "sets no cookie", "株式会社解析", "Pages you looked at", "To learn how the site is used"},
		} {
			r := w.get(path + "?lang=" + lang)
			for _, word := range words {
				if !strings.Contains(r.body, word) {
					t.Errorf("%s: %q is missing", lang, word)
				}
			}
			if strings.Contains(r.body, "<details") {
				t.Errorf("%s: something can be read only after an operation", lang)
			}
		}
		if r := w.get("/s/nobody/transmission"); r.status != http.StatusNotFound {
			t.Errorf("of nobody: %d", r.status)
		}
	})
}

// What widget.js asks for, and keeps, is what the notice tells and no more.
func TestTheNoticeTellsAllThatTheWidgetSends(t *testing.T) {
	t.Parallel()
	code := string(widget)
	if n := len(regexp.MustCompile(`\bfetch\(`).FindAllString(code, -1)); n != 2 {
		t.Errorf("the widget sends %d times; the notice tells of loading and sending", n)
	}
	for _, other := range []string{"document.cookie", "sendBeacon", "XMLHttpRequest", "new Image", "WebSocket", "sessionStorage", "indexedDB"} {
		if strings.Contains(code, other) {
			t.Errorf("the widget uses %s, of which the notice says nothing", other)
		}
	}
	if !strings.Contains(code, "localStorage") {
		t.Error("the notice tells of a memory that the widget does not have")
	}
}

// The lint of forms believes collect.ReaderLook; the style sheet keeps it (rule COL-05).
func TestConsentTextsAreAsLegibleAsTheLintBelieves(t *testing.T) {
	t.Parallel()
	text, err := static.ReadFile("static/reader.css")
	if err != nil {
		t.Fatal(err)
	}
	css, look := string(text), collect.ReaderLook()
	inks, grounds := colours(css, "ink-soft"), [][]string{colours(css, "sheet"), colours(css, "sunken"), colours(css, "accent-wash")}
	if len(inks) != 2 {
		t.Fatalf("%d inks; light and dark have one each", len(inks))
	}
	for mode, ink := range inks {
		for _, ground := range grounds {
			if got := contrast(ink, ground[mode]); got < look.Contrast {
				t.Errorf("%s on %s: %.2f", ink, ground[mode], got)
			}
		}
	}
	for _, rule := range []string{".help { font-size: ", ".topic .often { color: var(--ink-soft); font-size: ", ".topic > :not(input, label) { grid-column: 2; font-size: "} {
		_, rest, ok := strings.Cut(css, rule)
		size, err := strconv.ParseFloat(strings.SplitN("0"+rest, "rem", 2)[0], 64)
		if !ok || err != nil || size*16 < look.Font {
			t.Errorf("%s %v %v", rule, size, err)
		}
	}
}

func colours(css, name string) (list []string) {
	for _, m := range regexp.MustCompile(`--`+name+`: (#[0-9a-f]{6})`).FindAllStringSubmatch(css, -1) {
		list = append(list, m[1])
	}
	return list
}

// contrast is that of WCAG 2.2, 1.4.3.
func contrast(a, b string) float64 {
	x, y := luminance(a), luminance(b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

func luminance(colour string) float64 {
	var parts [3]float64
	for i := range parts {
		n, _ := strconv.ParseUint(colour[1+2*i:3+2*i], 16, 8)
		if c := float64(n) / 255; c <= 0.04045 {
			parts[i] = c / 12.92
		} else {
			parts[i] = math.Pow((c+0.055)/1.055, 2.4)
		}
	}
	return 0.2126*parts[0] + 0.7152*parts[1] + 0.0722*parts[2]
}
