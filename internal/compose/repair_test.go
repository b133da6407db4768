package compose

import (
	"strings"
	"testing"

	"github.com/kyodaku/kyodaku/internal/i18n"
)

func TestMendingLeavesNothingToMend(t *testing.T) {
	t.Parallel()
	blocks := func(text string) string {
		return Document{Blocks: []Block{
			{Type: HeadingBlock, Text: "題"},
			{Type: ColumnsBlock, Columns: [][]Block{{{Type: TextBlock, Text: text}}, {{Type: ListBlock, Items: []string{text}}}}},
		}}.Encode()
	}
	for _, tt := range []struct{ name, body, want string }{
		{"honorific behind", "{{ contact.name }}様", `{{ contact.name | honorific: "様", "お客様" }}`},
		{"honorific behind a blank", "{{contact.family_name}} さん、", `{{ contact.family_name | honorific: "さん", "お客様" }}、`},
		{"fallback lost", `{{ contact.name | default: "皆" }}様`, `{{ contact.name | honorific: "様", "お客様" }}`},
		{"honorific alone", `{{ contact.name | honorific: "様" }}`, `{{ contact.name | honorific: "様", "お客様" }}`},
		{"name alone", "こんにちは {{ contact.name }}", `こんにちは {{ contact.name | default: "お客様" }}`},
		{"two", "{{ contact.name }}様 {{ contact.given_name }}", `{{ contact.name | honorific: "様", "お客様" }} {{ contact.given_name | default: "お客様" }}`},
		{"letters", "①㈱ｶﾞ№\ufeff\ue000", "(1)(株)ガNo〓"},
	} {
		for _, kind := range []Kind{Markdown, Blocks} {
			d := Draft{Class: Ad, Lang: i18n.Ja, Subject: "件名", Kind: kind, Body: tt.body, Topic: "t", Campaign: "c"}
			if kind == Blocks {
				d.Body = blocks(tt.body)
			}
			for turn := 0; ; turn++ {
				before, moved := d, false
				for _, f := range Lint(d) {
					if d, moved = Mend(d, f); moved {
						break
					}
				}
				if d.Body == before.Body || turn > 10 {
					break
				}
			}
			for _, f := range Lint(d) {
				if f.Repair.Mechanical() {
					t.Errorf("%s, %s: still %s at %s", tt.name, kind, f.Key, f.Field)
				}
			}
			want := tt.want
			if kind == Blocks {
				want = blocks(tt.want)
			}
			if d.Body != want {
				t.Errorf("%s, %s: %s\nwant %s", tt.name, kind, d.Body, want)
			}
		}
	}
}

func TestMendingChangesOnlyWhatWasLookedAt(t *testing.T) {
	t.Parallel()
	d := Draft{Class: Ad, Lang: i18n.En, Subject: "Dear {{ contact.name }}", Kind: Blocks, Body: `{"blocks":[{"type":"text","text":"{{ contact.name }}"}]}`}
	for _, f := range []LintFinding{
		{Field: "subject", Repair: AddAlt},
		{Field: "subject", Repair: AddFallback}, // no place
		{Field: "body/blocks/1/text", Repair: AddFallback},
		{Field: "body/blocks/0/columns/0/0/text", Repair: AddFallback},
		{Field: "body/blocks/x/text", Repair: AddFallback},
		{Field: "body/blocks/0/items/9", Repair: AddFallback},
		{Field: "body/blocks", Repair: AddFallback},
		{Field: "label.name", Repair: AddFallback},
	} {
		if out, ok := Mend(d, f); ok || out.Subject != d.Subject {
			t.Errorf("%+v changed the draft: %+v", f, out)
		}
	}
	for _, f := range Lint(d) {
		if f.Field == "subject" && f.Repair == AddFallback {
			d, _ = Mend(d, f)
		}
	}
	if !strings.Contains(d.Subject, `default: "Customer"`) || strings.Contains(d.Body, "Customer") {
		t.Errorf("subject %q, body %q", d.Subject, d.Body)
	}
}
