package merge

import (
	"strings"
	"testing"
	"unicode/utf8"
)

// FuzzCompile holds what no text and no value may do: stop the program, bring an
// element out of a value, or bring a line end into a header.
func FuzzCompile(f *testing.F) {
	for _, text := range []string{
		`{{ contact.name | honorific: "様", "お客様" }}`, `{% if contact.company %}<b>{{ contact.company }}</b>{% endif %}`,
		`{% for l in contact.attr.likes %}{{ l | upcase }}{% endfor %}`, `<a href="{{ contact.name }}">`, `<a href="https://a/{{ contact.name }}?{{ contact.name | url_encode }}">`,
		`<{{ contact.name }}`, `<!-- x -->{{ contact.name }}`, `<style>`, `<a title='{{ contact.name | truncate: 3 }}'`, `{{ "`, `{%`, `<scr{{ contact.name }}ipt>`,
		`<a b=c>{{contact.name|date:"%Y"}}`, "a\r\n{{ contact.name }}", `{% if contact.locale != "x" %}{% elsif contact.name %}{% else %}{% endif %}`,
	} {
		f.Add(text, `<script qz>`)
		f.Add(text, "\"'>\r\nBcc: <script qz>\x00\n")
		f.Add(text, "javascript:qz")
	}
	f.Fuzz(func(t *testing.T, text, data string) {
		data += "<script qz"
		v := Values{Slots: []string{data, data, data, data}, Open: map[string]string{"likes": data + "\n" + data}}
		for _, mode := range []Mode{HTML, Text, Header} {
			p, err := Compile(text, Options{Mode: mode, Scope: scope()})
			if err != nil {
				continue
			}
			got := string(p.Append(nil, &v))
			if mode == HTML && !strings.Contains(strings.ToLower(text), "<script") && strings.Contains(strings.ToLower(got), "<script") {
				t.Fatalf("an element came out of a value: %q", got)
			}
			if mode == Header && strings.ContainsAny(got, "\r\n\x00") {
				t.Fatalf("a header got a second line: %q", got)
			}
			if utf8.ValidString(text) && !utf8.ValidString(got) {
				t.Fatalf("broken characters: %q", got)
			}
		}
	})
}
