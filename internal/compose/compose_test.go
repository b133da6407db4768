package compose_test

import (
	"bytes"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/kyodaku/kyodaku/internal/addr"
	"github.com/kyodaku/kyodaku/internal/compose"
	"github.com/kyodaku/kyodaku/internal/compose/letter"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/i18n"
	"github.com/kyodaku/kyodaku/internal/law"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func composer() *compose.Composer { return compose.New(must(i18n.Load())) }

func label() compose.Label {
	return compose.Label{
		LegalName: "株式会社みどり茶園 {{ x }} <本店>", SenderName: "みどり茶園", PostalAddress: "〒420-0000 静岡県静岡市葵区1-2-3",
		Phone: "054-000-0000", Mail: "info@midori.example.jp", URL: "https://midori.example.jp/contact?a=1&b=2",
	}
}

func reader() compose.Recipient {
	return compose.Recipient{
		FamilyName: "山田", GivenName: "太郎", Company: "山田商店 & 子", Locale: "ja",
		Attrs: map[string]string{"rank": "gold", "likes": "煎茶\n玉露"},
		Links: compose.Links{
			Unsubscribe: "https://m.example.jp/unsubscribe/T0?a=1&b=2", Preferences: "https://m.example.jp/preferences/T1",
			Why: "https://m.example.jp/why/T2", SenderPage: "https://m.example.jp/s/midori", UnsubscribeMailto: "mailto:u+T0@m.example.jp",
		},
	}
}

const markdown = `# {{ sender.name }}の新茶

{{ contact.name | honorific: "様", "お客様" }}

いつもありがとうございます。**「新茶」**の季節です。
[くわしくはこちら](https://midori.example.jp/新茶?id={{ contact.attr.rank }})をご覧ください。
{% if contact.attr.rank == "gold" %}
ゴールド会員の方は**送料無料**です。
{% else %}
送料は500円です。
{% endif %}
お待ちしております。

{% if contact.company %}
## {{ contact.company }}の皆さまへ

- まとめ買い
- 請求書払い
{% endif %}

![茶畑](https://midori.example.jp/field.jpg)

> 香りがよい

| 品名 | 価格 |
|---|---|
| 煎茶 | 1,000円 |

<script>alert(1)</script>

{% for l in contact.attr.likes %}
- {{ l }}
{% endfor %}

[配信設定]({{ links.preferences }}) https://midori.example.jp/
`

func draft() compose.Draft {
	return compose.Draft{
		Class: compose.Ad, Lang: i18n.Ja, Subject: `【新茶】{{ contact.family_name | honorific: "様", "お客様" }}へ`,
		Preheader: "香りの便り <{{ topic.name }}>", Kind: compose.Markdown, Body: markdown, Topic: "週刊お知らせ", Campaign: "c1",
	}
}

const blocks = `{"blocks":[
{"type":"heading","level":1,"text":"New teas for {{ contact.name | default: \"you\" }}"},
{"type":"text","text":"Hello **there**.\n\nSecond paragraph with [a link](https://midori.example.jp/)."},
{"type":"image","src":"https://midori.example.jp/a.png","alt":"Tea <field>","url":"https://midori.example.jp/a"},
{"type":"columns","columns":[[{"type":"text","text":"left"}],[{"type":"button","text":"Buy & save","url":"https://midori.example.jp/buy?x=1&y=2"}]]},
{"type":"divider"},{"type":"spacer","height":16},
{"type":"list","ordered":true,"items":["one","two *em*"]},
{"type":"quote","text":"So fresh."},
{"type":"button","text":"Preferences","url":"{{ links.preferences }}"}
]}`

func TestGolden(t *testing.T) {
	t.Parallel()
	english := draft()
	english.Lang, english.Kind, english.Body, english.Class = i18n.En, compose.Blocks, blocks, compose.Notice
	english.Subject, english.Preheader = "News for {{ contact.name }}", ""
	confirm := compose.Draft{Class: compose.Tx, Lang: i18n.Ja, Kind: compose.Markdown, Subject: "ご登録の確認", Body: "下のボタンを押してください。"}
	jane := reader()
	jane.FamilyName, jane.GivenName, jane.Locale = "Doe", "Jane", "en-GB"
	bare := reader()
	bare.Links = compose.Links{}
	for name, c := range map[string]struct {
		d compose.Draft
		r compose.Recipient
	}{"ad": {draft(), reader()}, "notice": {english, jane}, "tx": {confirm, bare}} {
		p := must(composer().Compile(c.d, label()))
		var out compose.Rendered
		if err := p.Render(&out, c.r); err != nil {
			t.Fatal(err)
		}
		golden(t, name+".txt", append(append(out.Subject, "\n\n"...), out.Text...))
		golden(t, name+".html", out.HTML)
	}
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), string(got)); d != "" {
		t.Errorf("%s: %s", name, d)
	}
}

func render(t *testing.T, d compose.Draft, l compose.Label, r compose.Recipient) (html, text string) {
	t.Helper()
	p, err := composer().Compile(d, l)
	if err != nil {
		t.Fatal(err)
	}
	var out compose.Rendered
	if err := p.Render(&out, r); err != nil {
		t.Fatal(err)
	}
	return string(out.HTML), string(out.Text)
}

func TestAnAdCannotBeMadeWithoutItsLabel(t *testing.T) {
	t.Parallel()
	for _, class := range []compose.Class{compose.Ad, compose.ConsentRequest} {
		d := draft()
		d.Class = class
		_, err := composer().Compile(d, compose.Label{SenderName: "brand only"})
		want := []string{"label.legal_name", "label.postal_address", "label.contact"}
		if d := cmp.Diff(want, fieldNames(err)); d != "" {
			t.Errorf("%s: %s", class, d)
		}
		p := must(composer().Compile(d, label()))
		var out compose.Rendered
		for _, link := range []string{"", "javascript:x", "mailto:a@b.example", "/u/1"} {
			r := reader()
			r.Links.Unsubscribe = link
			if err := p.Render(&out, r); !fault.Is(err, fault.Invalid) {
				t.Errorf("%s: rendered with the way out %q: %v", class, link, err)
			}
		}
	}
}

func fieldNames(err error) []string {
	e, _ := errors.AsType[*fault.Error](err)
	var names []string
	if e != nil {
		for _, f := range e.Fields {
			names = append(names, f.Name)
		}
	}
	return names
}

func TestTheLabelStandsInBothParts(t *testing.T) {
	t.Parallel()
	for _, class := range law.Classes() {
		d := draft()
		d.Class = class
		html, text := render(t, d, label(), reader())
		for _, part := range []string{strings.NewReplacer("&lt;", "<", "&gt;", ">", "&amp;", "&").Replace(html), text} {
			if !strings.Contains(part, "株式会社みどり茶園 {{ x }} <本店>") {
				t.Errorf("%s: no legal name", class)
			}
			full := class != compose.Tx
			for _, s := range []string{"静岡市葵区1-2-3", "054-000-0000", "info@midori.example.jp", "https://m.example.jp/unsubscribe/T0?a=1&b=2"} {
				if strings.Contains(part, s) != full {
					t.Errorf("%s: %q is there: %v", class, s, !full)
				}
			}
			if full && !regexp.MustCompile(`配信を停止できます。(<br><a [^>]*href="|\n配信を停止する: )https://m\.example\.jp/unsubscribe`).MatchString(part) {
				t.Errorf("%s: the sentence does not stand directly beside the way out:\n%s", class, part[len(part)-2000:])
			}
		}
	}
}

func TestAuthorsCannotHideTheLabel(t *testing.T) {
	t.Parallel()
	for _, body := range []string{
		"{% if contact.attr.none %}", "<!-- ", "<div style=\"display:none\">", "```\nx", "<style>.foot{display:none}</style>", "</table></body>", "{{ \"<!--\" }}", "<script>",
	} {
		d := draft()
		d.Body = body
		p, err := composer().Compile(d, label())
		if err != nil {
			continue
		}
		var out compose.Rendered
		if err := p.Render(&out, reader()); err != nil {
			t.Fatal(err)
		}
		html := string(out.HTML)
		foot := strings.Index(html, `<table class="foot"`)
		if foot < 0 || strings.Contains(html[:foot], "<!--") || strings.Contains(html[strings.Index(html, "<body"):foot], "<style") ||
			strings.Count(html, "display:none") != 1 || strings.Contains(html[:foot], "</body") {
			t.Errorf("%q: the label may be hidden:\n%s", body, html)
		}
	}
}

func TestValuesNeverBecomeMarkup(t *testing.T) {
	t.Parallel()
	r := reader()
	evil := "<script>\"'&\r\nBcc: x@example.jp\x00{{ contact.company }}**x**[a](javascript:x)"
	r.FamilyName, r.Company, r.Attrs = evil, evil, map[string]string{"rank": evil, "likes": evil}
	p := must(composer().Compile(draft(), label()))
	var out compose.Rendered
	if err := p.Render(&out, r); err != nil {
		t.Fatal(err)
	}
	if bytes.ContainsAny(out.Subject, "\r\n\x00") {
		t.Errorf("subject %q", out.Subject)
	}
	if h := string(out.HTML); strings.Contains(h, "<script") || strings.Contains(h, `"javascript:`) {
		t.Errorf("markup out of a value:\n%s", h)
	}
	if bytes.Contains(out.Text, []byte("\nBcc")) {
		t.Errorf("a line out of a value:\n%s", out.Text)
	}
}

func TestMistakesNameFieldAndPlace(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		change func(*compose.Draft)
		field  string
		key    string
	}{
		{func(d *compose.Draft) { d.Subject = "a\nb" }, "subject", "compose.draft.one_line"},
		{func(d *compose.Draft) { d.Subject = "{{ who }}" }, "subject", "compose.merge.unknown_name"},
		{func(d *compose.Draft) { d.Preheader = "{{ who }}" }, "preheader", "compose.merge.unknown_name"},
		{func(d *compose.Draft) { d.Body = "{{ who }}" }, "body", "compose.merge.unknown_name"},
		{func(d *compose.Draft) { d.Body = "[x](javascript:alert)" }, "body", "compose.body.link"},
		{func(d *compose.Draft) { d.Body = "[x](/relative)" }, "body", "compose.body.link"},
		{func(d *compose.Draft) { d.Body = "[x](https://{{ contact.company }}/)" }, "body", "compose.merge.url_host"},
		{func(d *compose.Draft) { d.Body = "a {% if contact.name %}\n\n> b\n> {% endif %}" }, "body", "compose.merge.torn"},
		{func(d *compose.Draft) { d.Attributes = []string{"other"} }, "body", "compose.merge.unknown_name"},
		{func(d *compose.Draft) { d.Class = "spam" }, "class", "compose.draft.class"},
		{func(d *compose.Draft) { d.Lang = "fr" }, "lang", "compose.draft.lang"},
		{func(d *compose.Draft) { d.Kind = "word" }, "kind", "compose.draft.kind"},
		{blocksOf(`{`), "body", "compose.block.bad_json"},
		{blocksOf(`{"blocks":[{"type":"text","text":"x","onclick":"y"}]}`), "body", "compose.block.bad_json"},
		{blocksOf(`{"blocks":[{"type":"image","src":"https://a.example/x.png"}]}`), "body/blocks/0/alt", "compose.block.alt"},
		{blocksOf(`{"blocks":[{"type":"divider"},{"type":"columns","columns":[[],[{"type":"button","text":"x","url":"x"}]]}]}`), "body/blocks/1/columns/1/0/url", "compose.body.link"},
		{blocksOf(`{"blocks":[{"type":"columns","columns":[[]]}]}`), "body/blocks/0/columns", "compose.block.two_columns"},
		{blocksOf(`{"blocks":[{"type":"columns","columns":[[{"type":"columns"}],[]]}]}`), "body/blocks/0/columns/0/0/type", "compose.block.nested_columns"},
		{blocksOf(`{"blocks":[{"type":"list","items":["a","{{ who }}"]}]}`), "body/blocks/0/items/1", "compose.merge.unknown_name"},
		{blocksOf(`{"blocks":[{"type":"marquee"}]}`), "body/blocks/0/type", "compose.block.type"},
		{blocksOf(`{"blocks":[{"type":"spacer","height":-1}]}`), "body/blocks/0/height", "compose.block.range"},
		{blocksOf(`{"blocks":[{"type":"heading","text":"{% if contact.name %}"}]}`), "body/blocks/0/text", "compose.merge.not_ended"},
	} {
		d := draft()
		tt.change(&d)
		_, err := composer().Compile(d, label())
		e, ok := errors.AsType[*fault.Error](err)
		if !ok || e.Kind != fault.Invalid || e.Fields[0].Name != tt.field || e.Fields[0].Key != tt.key {
			t.Errorf("%v, want %s %s", err, tt.field, tt.key)
		}
	}
}

func blocksOf(body string) func(*compose.Draft) {
	return func(d *compose.Draft) { d.Kind, d.Body = compose.Blocks, body }
}

func TestNames(t *testing.T) {
	t.Parallel()
	d := draft()
	d.Subject = `{{ contact.name | honorific: "様", "お客様" }}`
	p := must(composer().Compile(d, label()))
	for _, tt := range []struct {
		family, given, display, locale, want string
	}{
		{"山田", "太郎", "", "ja", "山田 太郎様"},
		{"山田", "", "", "", "山田様"},
		{"", "", "", "ja", "お客様"},
		{"Smith", "John", "", "en", "John Smith"},
		{"Smith", "John", "", "en-US", "John Smith"},
		{"", "", "株式会社あおい", "ja", "株式会社あおい様"},
	} {
		r := reader()
		r.FamilyName, r.GivenName, r.DisplayName, r.Locale = tt.family, tt.given, tt.display, tt.locale
		var out compose.Rendered
		if err := p.Render(&out, r); err != nil || string(out.Subject) != tt.want {
			t.Errorf("%q %v, want %q", out.Subject, err, tt.want)
		}
	}
}

func TestEveryKeyHasItsTexts(t *testing.T) {
	t.Parallel()
	cat := must(i18n.Load())
	key := regexp.MustCompile(`"(compose\.[a-z]+\.[a-z_]+)"`)
	files, _ := filepath.Glob("*.go")
	for _, dir := range []string{"merge", "letter"} {
		more, _ := filepath.Glob(filepath.Join(dir, "*.go"))
		files = append(files, more...)
	}
	for _, f := range files {
		for _, m := range key.FindAllSubmatch(must(os.ReadFile(f)), -1) {
			for _, l := range i18n.Langs() {
				if !cat.For(l).Has(string(m[1])) {
					t.Errorf("%s: %s has no text in %s", f, m[1], l)
				}
			}
		}
	}
}

// BenchmarkRender is one message of design.md's budget: 10 KiB of Japanese HTML and
// text, rendered and written as a mail, without signing.
func BenchmarkRender(b *testing.B) {
	d := draft()
	d.Body = `{{ contact.name | honorific: "様", "お客様" }}` + "\n\n" + strings.Repeat("いつもありがとうございます。新茶の季節になりました。\n", 28) +
		"\n[くわしく](https://midori.example.jp/?r={{ contact.attr.rank }})\n"
	p := must(composer().Compile(d, label()))
	var out compose.Rendered
	if err := p.Render(&out, reader()); err != nil {
		b.Fatal(err)
	}
	b.Logf("html %d text %d", len(out.HTML), len(out.Text))
	mailbox := must(addr.ParseMail("news@m.example.jp"))
	form := must(letter.NewForm(letter.Options{
		From: must(letter.NewMailbox("みどり茶園", mailbox)), Boundary: "=_k1", OneClick: true, TextSample: out.Text, HTMLSample: out.HTML,
		ListID: must(letter.NewListID("週刊お知らせ", "weekly.example.jp")),
	}))
	l := letter.Letter{Date: time.Date(2026, 11, 21, 5, 5, 0, 0, time.UTC)}
	r := reader()
	var dst []byte
	b.ReportAllocs()
	for b.Loop() {
		if err := p.Render(&out, r); err != nil {
			b.Fatal(err)
		}
		l.To, _ = letter.NewMailbox("山田 太郎", mailbox)
		l.Subject, _ = letter.NewText("subject", string(out.Subject))
		l.ID, _ = letter.NewMessageID("01j", "m.example.jp")
		l.Unsubscribe, _ = letter.NewURI(r.Links.Unsubscribe)
		l.UnsubscribeMail, _ = letter.NewURI(r.Links.UnsubscribeMailto)
		l.HTML, l.Text = out.HTML, out.Text
		dst = form.Build(dst[:0], &l)
	}
	b.SetBytes(int64(len(dst)))
}
