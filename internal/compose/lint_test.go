package compose_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kyodaku/kyodaku/internal/compose"
)

func TestLint(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		change func(*compose.Draft)
		want   []string
	}{
		{"a good draft", func(*compose.Draft) {}, nil},
		{"long subject", func(d *compose.Draft) { d.Subject = strings.Repeat("あ", 36) }, []string{"amber subject 0:0 subject_long "}},
		{"narrow letters count half", func(d *compose.Draft) { d.Subject = strings.Repeat("a", 70) }, nil},
		{"no subject", func(d *compose.Draft) { d.Subject = " " }, []string{"red subject 0:0 subject_empty "}},
		{"no body", func(d *compose.Draft) { d.Body = "\n　\n" }, []string{"red body 0:0 body_empty "}},
		{"lonely honorific", func(d *compose.Draft) { d.Body = "一\n{{ contact.name }} 様" }, []string{"red body 2:1 lonely_honorific use_honorific"}},
		{"no fallback", func(d *compose.Draft) { d.Body = "{{ contact.company }}{{ contact.given_name }}さ" }, []string{"amber body 1:22 no_fallback add_fallback"}},
		{"guarded name", func(d *compose.Draft) {
			d.Body = "a{% if contact.name %}{{ contact.name }}{% endif %}{{ contact.name }}"
		}, []string{"amber body 1:52 no_fallback add_fallback"}},
		{"honorific without fallback", func(d *compose.Draft) { d.Body = `{{ contact.name | honorific: "様" }}` }, []string{"amber body 1:1 honorific_fallback add_fallback"}},
		{"machine-dependent", func(d *compose.Draft) { d.Body = "①㈱ｱ髙①" }, []string{"amber body 0:0 machine_dependent replace_characters"}},
		{"private use", func(d *compose.Draft) { d.Body = "a\ue000" }, []string{"red body 0:0 private_characters replace_characters"}},
		{"invisible", func(d *compose.Draft) { d.Body = "a\u202eb" }, []string{"amber body 0:0 invisible_characters replace_characters"}},
		{"image without a description", func(d *compose.Draft) { d.Body = "x ![](https://a.example/x.png)" }, []string{"red body 0:0 no_alt add_alt"}},
		{"long line", func(d *compose.Draft) { d.Body = strings.Repeat("あ", 331) }, []string{"amber body 0:0 line_long break_line"}},
		{"large", func(d *compose.Draft) {
			d.Body = strings.Repeat("ああああああああああああああああ\n", 2200)
		}, []string{"amber body 0:0 html_large "}},
		{"dropped HTML", func(d *compose.Draft) { d.Body = "<b>x</b>" }, []string{"amber body 0:0 html_dropped "}},
		{"what Compile refuses", func(d *compose.Draft) { d.Body = "a\n{{ who }}" }, []string{"red body 2:1 compose.merge.unknown_name "}},
		{"block without alt", blocksOf(`{"blocks":[{"type":"image","src":"https://a.example/x.png"}]}`), []string{"red body/blocks/0/alt 0:0 compose.block.alt add_alt"}},
		{"block text", blocksOf(`{"blocks":[{"type":"columns","columns":[[{"type":"text","text":"①"}],[]]}]}`), []string{"amber body/blocks/0/columns/0/0/text 0:0 machine_dependent replace_characters"}},
	} {
		d := draft()
		d.Body = "こんにちは。"
		tt.change(&d)
		var got []string
		for _, f := range compose.Lint(d) {
			got = append(got, fmt.Sprintf("%s %s %d:%d %s %s", f.Severity, f.Field, f.At.Line, f.At.Column, strings.TrimPrefix(f.Key, "compose.lint."), f.Repair))
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s: %s", tt.name, diff)
		}
	}
}

// FuzzCompileDraft holds that no draft stops the program or hides the label.
func FuzzCompileDraft(f *testing.F) {
	for _, s := range []string{markdown, blocks, "{% if contact.name %}\n- a\n{% endif %}", "kdk0b kdk1v {{ contact.name }}", "<!-- {{ contact.name }} -->", "[a]({{ links.why }} \"t\")", "| {{ contact.name }} |\n|-|", "`{{ contact.name }}`"} {
		f.Add(s, true)
		f.Add(s, false)
	}
	c := composer()
	f.Fuzz(func(t *testing.T, body string, md bool) {
		d := draft()
		d.Body = body
		if !md {
			d.Kind = compose.Blocks
		}
		compose.Lint(d)
		p, err := c.Compile(d, label())
		if err != nil {
			return
		}
		var out compose.Rendered
		r := reader()
		r.FamilyName, r.Company = "<script qz", "javascript:qz"
		if err := p.Render(&out, r); err != nil {
			t.Fatal(err)
		}
		html := string(out.HTML)
		if strings.Contains(html, "<script") || strings.Contains(html, `"javascript:`) || strings.Contains(html, "<!--") || strings.Count(html, `<table class="foot"`) != 1 {
			t.Fatalf("markup came through or the label is covered:\n%s", html)
		}
	})
}
