package page

import (
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/kyodaku/kyodaku/internal/fault"
)

// every is one of each part, as a page would use them.
type every struct {
	Form     Form
	Choices  []Option
	Findings []Finding
	Timeline []Happening
	Progress []Progress
	Steps    []Step
	Badges   []Badge
	Pager    Pager
}

const everyPart = `
{{template "form_errors" .Form}}
{{range list "text" "email" "password" "file" "textarea" "select" "radio" "checkboxes" "checkbox"}}
{{template "field" (field $.Form . "label" "page.form.required" "help" "page.file.drop" "type" . "options" $.Choices "required" true)}}{{end}}
<ul>{{range .Findings}}{{template "finding" .}}{{end}}</ul>
{{template "timeline" .Timeline}}
{{range .Progress}}{{template "progress" .}}{{end}}
{{template "steps" .Steps}}
{{range .Badges}}{{template "badge" .}}{{end}}
{{template "pager" .Pager}}
{{template "copy" (args "label" "page.copy.button" "value" "v=DKIM1 <p>")}}
{{template "empty" (args "icon" "people" "title" "page.form.required" "text" "page.file.drop" "href" "/x" "action" "page.copy.button")}}
{{template "empty" (args "title" "page.form.required")}}
{{template "reload"}}`

func TestEveryPartInBothLanguages(t *testing.T) {
	t.Parallel()
	e := mustEngine(t, config(t, map[string]string{"v.html": view(everyPart)}))
	form := FormOf("f", "text", `<x>`, "select", "b", "radio", "b", "checkbox", "1")
	form.Take(fieldErrors("text", "radio", "file"))
	p := every{
		Form: form, Choices: []Option{{Value: "a", Key: "page.copy.button", Help: "page.copy.done"}, {Value: "b", Text: "<B>"}},
		Findings: []Finding{{Level: Red, Title: "t", Text: "x", Citation: "c", Repair: "r", Href: "/r"}, {Level: Amber, Title: "t", Repair: "r", Post: "/p"}, {Level: Green, Title: "t"}},
		Timeline: []Happening{{At: time.Unix(1e9, 0), Title: "t", Href: "/t"}, {Title: "u", Text: "x", Note: "n"}},
		Progress: []Progress{{At: 1, Total: 3, Text: "t", Refresh: "/f", Note: "n"}, {At: 5, Text: "t"}, {Done: true, Text: "t"}},
		Steps:    StepsAt(2, "page.copy.button", "page.copy.done", "page.form.required"),
		Badges:   []Badge{{Tone: "strong", Key: "page.copy.done"}, {Tone: "plain", Text: "<t>"}},
		Pager:    Pager{First: "/?a=1", Next: "/?after=2"},
	}
	for _, lang := range []string{"ja", "en"} {
		w := serve(t, e, httptest.NewRequest("GET", "/?lang="+lang, nil), func(v *Visit) error { return v.Render("v", p) })
		body := w.Body.String()
		if w.Code != 200 || strings.Contains(body, "page.") || strings.Contains(body, "<x>") || strings.Contains(body, "<B>") || strings.Contains(body, "ZgotmplZ") {
			t.Errorf("%s: %d %s", lang, w.Code, body)
		}
		for _, want := range []string{
			`href="#f-text"`, `aria-describedby="f-text-help f-text-error"`, `value="b" selected`, `value="b" checked`, `data-refresh="/f"`, `data-done`,
			`aria-current="step"`, `finding-amber`, `action="/p"`, `<progress max="3" value="1"`, `33.3%`, `v=DKIM1 &lt;p&gt;`,
		} {
			if !strings.Contains(body, want) {
				t.Errorf("%s: %s is missing in %s", lang, want, body)
			}
		}
	}
}

func fieldErrors(names ...string) error {
	var wrong fault.Fields
	for _, name := range names {
		wrong.Add(name, "page.unreadable")
	}
	return wrong.Err()
}

func TestPagerKeepsTheFilter(t *testing.T) {
	t.Parallel()
	e := mustEngine(t, config(t, nil))
	for url, want := range map[string]string{
		"/l?q=a":           "{ /l?after=c%261&q=a}",
		"/l?q=a&after=old": "{/l?q=a /l?after=c%261&q=a}",
	} {
		serve(t, e, httptest.NewRequest("GET", url, nil), func(v *Visit) error {
			if got := fmt.Sprint(v.Pager("c&1")); got != want {
				t.Errorf("%s: %s, want %s", url, got, want)
			}
			if got := v.Pager(""); got.Next != "" {
				t.Errorf("%s: leads on to %s", url, got.Next)
			}
			return v.Redirect("/")
		})
	}
}
