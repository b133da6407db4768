package merge

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kyodaku/kyodaku/internal/fault"
)

func scope() Scope {
	return Scope{
		Slots:     []string{"contact.name", "contact.company", "contact.locale", "links.unsubscribe"},
		Constants: map[string]string{"sender.name": "株式会社<山>", "odd": "{{ x }}"},
		Open:      "contact.attr.",
	}
}

func values() Values {
	return Values{
		Slots: []string{"山田 太郎", "A & B", "ja", "https://m.example.jp/u/T0?x=1&y=2"},
		Open: map[string]string{
			"born": "2026-11-21", "likes": "茶\n\n酒 <b>\n", "js": "javascript:alert(1)", "q": "a b&c/日",
			"long": "一二三四五六七八九十", "nl": "x\r\nBcc: y", "ＫＥＹ": "k", "rtl": "a\u202eb",
		},
	}
}

func TestPrograms(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		mode Mode
		text string
		want string
	}{
		{"honorific behind a name", HTML, `{{ contact.name | honorific: "様", "お客様" }}へ`, "山田 太郎様へ"},
		{"fallback without a name", HTML, `{{ contact.attr.none | honorific: "様", "お客様" }}へ`, "お客様へ"},
		{"never a lonely honorific", Text, `[{{ contact.attr.none | honorific: "様" }}]`, "[]"},
		{"honorific is not doubled", Text, `{{ "山田様" | honorific: "様" }}`, "山田様"},
		{"filters after an honorific see all of it", Text, `{{ contact.name | honorific: "様" | truncate: 3 }}`, "山田…"},
		{"default", Text, `{{ contact.attr.none | default: '—' }}`, "—"},
		{"escape adds nothing", HTML, `{{ contact.company | escape }}`, "A &amp; B"},
		{"constants are escaped", HTML, `{{ sender.name }}`, "株式会社&lt;山&gt;"},
		{"values are not read as tags", Text, `{{ odd }}`, "{{ x }}"},
		{"tags in literals", Text, `{{ "{{ }}" }}`, "{{ }}"},
		{"case", Text, `{{ contact.company | downcase }} {{ "x" | upcase }}`, "a & b X"},
		{"date", Text, `{{ contact.attr.born | date: "%Y年%-m月%d日(%a) %A %b %y%%" }}`, "2026年11月21日(土) 土曜日 11月 26%"},
		{"what is no date stays", Text, `{{ contact.name | date: "%Y" }}`, "山田 太郎"},
		{"truncate counts characters", Text, `{{ contact.attr.long | truncate: 4 }}|{{ contact.attr.long | truncate: 10 }}`, "一二三…|一二三四五六七八九十"},
		{"if", Text, `{% if contact.company %}c{% else %}n{% endif %}{% if contact.attr.none %}x{% endif %}.`, "c."},
		{"elsif", Text, `{% if contact.locale == "en" %}e{% elsif contact.locale == "ja" %}j{% else %}?{% endif %}`, "j"},
		{"not equal", Text, `{% if contact.locale != "en" %}y{% endif %}`, "y"},
		{"loop", HTML, `<ul>{% for l in contact.attr.likes %}<li>{{ l }}</li>{% endfor %}</ul>`, "<ul><li>茶</li><li>酒 &lt;b&gt;</li></ul>"},
		{"loop in loop", Text, `{% for a in contact.attr.likes %}{% for b in contact.attr.likes %}{{ b }}{% if a == "茶" %}!{% endif %}{% endfor %};{% endfor %}`, "茶!酒 <b>!;茶酒 <b>;"},
		{"keys in any script", Text, `{{ contact.attr.ＫＥＹ }}`, "k"},
		{"attribute", HTML, `<img src="https://a.example/x.png" alt="{{ contact.company }}">`, `<img src="https://a.example/x.png" alt="A &amp; B">`},
		{"whole address", HTML, `<a href="{{ links.unsubscribe }}">x</a>`, `<a href="https://m.example.jp/u/T0?x=1&amp;y=2">x</a>`},
		{"javascript leads nowhere", HTML, `<a href="{{ contact.attr.js }}">x</a>`, `<a href="#">x</a>`},
		{"query", HTML, `<a href="https://a.example/p?q={{ contact.attr.q }}">x</a>`, `<a href="https://a.example/p?q=a%20b%26c%2F%E6%97%A5">x</a>`},
		{"query encoded by hand", HTML, `<a href="https://a.example/p?q={{ contact.attr.q | url_encode }}">x</a>`, `<a href="https://a.example/p?q=a%20b%26c%2F%E6%97%A5">x</a>`},
		{"path", HTML, `<a href='https://a.example/{{ contact.attr.js }}'>x</a>`, `<a href='https://a.example/javascript%3Aalert%281%29'>x</a>`},
		{"header stays one line", Header, `Re: {{ contact.attr.nl }}`, "Re: x  Bcc: y"},
		{"text value stays one line", Text, `{{ contact.attr.nl }}`, "x  Bcc: y"},
		{"direction marks are dropped", HTML, `{{ contact.attr.rtl }}`, "ab"},
		{"comparison signs in text", HTML, `a < b {{ contact.locale }} > c`, "a < b ja > c"},
		{"style is passed over", HTML, `<style>a{b:c}</style>{{ contact.locale }}`, "<style>a{b:c}</style>ja"},
		{"condition around elements", HTML, `{% if contact.company %}<p>x</p>{% endif %}`, "<p>x</p>"},
		{"lone braces", Text, `{ } } {a`, `{ } } {a`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p, err := Compile(tt.text, Options{Mode: tt.mode, Scope: scope(), Lang: "ja"})
			if err != nil {
				t.Fatal(err)
			}
			v := values()
			if got := string(p.Append([]byte("> "), &v)); got != "> "+tt.want {
				t.Errorf("\n got %q\nwant %q", got[2:], tt.want)
			}
		})
	}
}

func TestMistakesNameTheirPlace(t *testing.T) {
	t.Parallel()
	type at struct {
		Key          string
		Line, Column int
	}
	for _, tt := range []struct {
		mode Mode
		text string
		want []at
	}{
		{Text, "あ\nいう{{ nobody }} {{ contact.x }}", []at{{"unknown_name", 2, 3}, {"unknown_name", 2, 16}}},
		{Text, "{{ contact.name", []at{{"unclosed", 1, 1}}},
		{Text, "x {% if contact.name }}", []at{{"unclosed", 1, 3}}},
		{Text, "{{ }}", []at{{"incomplete", 1, 1}}},
		{Text, "{{ contact.name ｜ upcase }}", []at{{"unexpected", 1, 1}}},
		{Text, "{{ contact.name | shout }}", []at{{"unknown_filter", 1, 1}}},
		{Text, "{{ contact.name | truncate: \"3\" }}", []at{{"bad_arguments", 1, 1}}},
		{Text, "{{ contact.name | truncate: 0 }}", []at{{"bad_arguments", 1, 1}}},
		{Text, "{{ contact.name | honorific }}", []at{{"bad_arguments", 1, 1}}},
		{Text, "{{ contact.name | date: \"%Q\" }}", []at{{"bad_date_format", 1, 1}}},
		{Text, "{% if contact.name %}", []at{{"not_ended", 1, 1}}},
		{Text, "{% endif %}", []at{{"no_start", 1, 1}}},
		{Text, "{% if nobody %}{% endif %}", []at{{"unknown_name", 1, 1}}},
		{Text, "{% if contact.name %}{% else %}{% else %}{% endif %}", []at{{"no_start", 1, 32}}},
		{Text, "{% for a in contact.name %}{% endif %}", []at{{"no_start", 1, 28}, {"not_ended", 1, 1}}},
		{Text, "{% for a of contact.name %}{% endfor %}", []at{{"bad_loop", 1, 1}}},
		{Text, "{% include 'x' %}", []at{{"unknown_command", 1, 1}}},
		{Header, "a\r\nBcc: x", []at{{"control", 1, 2}}},
		{HTML, "<a href=\"javascript:x\">", []at{{"url", 1, 1}}},
		{HTML, "<a href=\"java&#115;cript:x\">", []at{{"url", 1, 1}}},
		{HTML, "<a href=\"java{{ contact.name }}\">", []at{{"url", 1, 1}}},
		{HTML, "<a href=\"/x\">", []at{{"url", 1, 1}}},
		{HTML, "<a href={{ contact.name }}>", []at{{"attribute", 1, 1}}},
		{HTML, "<a href=\"https://{{ contact.name }}/\">", []at{{"url_host", 1, 18}}},
		{HTML, "<p {{ contact.name }}>", []at{{"place", 1, 4}}},
		{HTML, "<{{ contact.name }}>", []at{{"place", 1, 2}}},
		{HTML, "<p style=\"color:{{ contact.name }}\">", []at{{"attribute", 1, 17}}},
		{HTML, "<p onclick=\"\">", []at{{"attribute", 1, 1}}},
		{HTML, "<!-- {{ contact.name }} -->", []at{{"place", 1, 6}}},
		{HTML, "<style>{{ contact.name }}</style>", []at{{"place", 1, 8}}},
		{HTML, "x<ScRiPt>", []at{{"element", 1, 1}}},
		{HTML, "{% if contact.name %}<p>{% endif %}", []at{{"torn", 1, 25}}},
		{HTML, "{% if contact.name %}<p>{% else %}<b>{% endif %}", []at{{"torn", 1, 38}}},
		{HTML, "<a href=\"{% if contact.name %}javascript:x{% endif %}\">", []at{{"place", 1, 10}, {"url", 1, 31}, {"not_ended", 1, 10}}},
	} {
		_, err := Compile(tt.text, Options{Mode: tt.mode, Scope: scope(), Field: "body"})
		if !fault.Is(err, fault.Invalid) {
			t.Errorf("%q: %v, want Invalid", tt.text, err)
			continue
		}
		var got []at
		for _, f := range fieldsOf(err) {
			if f.Name != "body" {
				t.Errorf("%q: field %q", tt.text, f.Name)
			}
			got = append(got, at{strings.TrimPrefix(f.Key, "compose.merge."), f.Args[1].(int), f.Args[3].(int)})
		}
		if d := cmp.Diff(tt.want, got); d != "" && tt.mode != HTML {
			t.Errorf("%q: %s", tt.text, d)
		} else if d != "" && (len(got) == 0 || got[0] != tt.want[0]) {
			t.Errorf("%q: %s", tt.text, d)
		}
	}
}

func TestLoopsEnd(t *testing.T) {
	t.Parallel()
	p, err := Compile(`{% for a in contact.name %}{% for b in contact.name %}.{% endfor %}{% endfor %}`, Options{Mode: Text, Scope: scope()})
	if err != nil {
		t.Fatal(err)
	}
	got := p.Append(nil, &Values{Slots: []string{strings.Repeat("x\n", 5000)}})
	if len(got) >= LoopTurns {
		t.Errorf("%d turns", len(got))
	}
}

func TestNamesOfOtherLanguagesTakeNoHonorific(t *testing.T) {
	t.Parallel()
	p, err := Compile(`{{ contact.name | honorific: "様", "Hello" }}`, Options{Mode: Text, Scope: scope()})
	if err != nil {
		t.Fatal(err)
	}
	if got := string(p.Append(nil, &Values{Slots: []string{"John Smith"}, PlainNames: true})); got != "John Smith" {
		t.Errorf("%q", got)
	}
}

func TestLongValuesAreClippedAtACharacter(t *testing.T) {
	t.Parallel()
	p, err := Compile(`{{ contact.name }}`, Options{Mode: Text, Scope: scope()})
	if err != nil {
		t.Fatal(err)
	}
	got := string(p.Append(nil, &Values{Slots: []string{strings.Repeat("あ", 1<<20)}}))
	if len(got) > ValueBytes || strings.ContainsRune(got, '\uFFFD') {
		t.Errorf("%d bytes", len(got))
	}
}

func TestAppendDoesNotAllocate(t *testing.T) {
	p, err := Compile(`<a href="https://a.example/?q={{ contact.attr.q }}">{{ contact.name | honorific: "様", "お客様" }}</a>{% if contact.company %}{{ contact.company }}{% endif %}`,
		Options{Mode: HTML, Scope: scope()})
	if err != nil {
		t.Fatal(err)
	}
	v, buf := values(), make([]byte, 0, 4096)
	if n := testing.AllocsPerRun(100, func() { buf = p.Append(buf[:0], &v) }); n > 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestOutputsDescribeTags(t *testing.T) {
	t.Parallel()
	var got []string
	for _, o := range Outputs(`{{ contact.name }}{% if x %}{{ a | default: "b" }}{{ c | honorific: "様" }}{{ "lit" }}{{ broken | }}`) {
		got = append(got, o.Name+map[bool]string{true: " honorific"}[o.Honorific]+map[bool]string{true: " fallback"}[o.Fallback])
	}
	if d := cmp.Diff([]string{"contact.name", "a fallback", "c honorific", ""}, got); d != "" {
		t.Error(d)
	}
}

func TestPointsAreFoundInEveryBranch(t *testing.T) {
	t.Parallel()
	in := func(element, attribute, slot string, whole bool) Point {
		return Point{Element: element, Attribute: attribute, Slot: slot, Whole: whole}
	}
	for _, tt := range []struct {
		name string
		mode Mode
		text string
		want []Point
	}{
		{"an address for all", HTML, `<a href="https://a.example/">{{ contact.name }}</a>`, nil},
		{"a value in a query", HTML, `<a href="https://a.example/?m={{ contact.attr.m }}">x</a>`, []Point{in("a", "href", "", false)}},
		{"our own link", HTML, `<a href="{{ links.unsubscribe }}">x</a>`, []Point{in("a", "href", "links.unsubscribe", true)}},
		{"our own link in a stranger's", HTML, `<a href="https://a.example/?u={{ links.unsubscribe }}">x</a>`, []Point{in("a", "href", "links.unsubscribe", false)}},
		{"a loop that calls itself our link", HTML, `{% for links.unsubscribe in contact.attr.m %}<a href="{{ links.unsubscribe }}">x</a>{% endfor %}`, []Point{in("a", "href", "", true)}},
		{"a branch that few get", HTML, `{% if contact.company == "A" %}{% else %}<img src="https://a.example/{{ contact.name }}.png">{% endif %}`, []Point{in("img", "src", "contact.name", false)}},
		{"a condition in an address", HTML, `<a href="https://a.example/{% if contact.company %}b{% endif %}">x</a>`, []Point{in("a", "href", "contact.company", false)}},
		{"a condition that is the same for all", HTML, `<a href="https://a.example/{% if sender.name %}b{% endif %}">x</a>`, nil},
		{"a condition around a link", HTML, `{% if contact.company %}<a href="https://a.example/">x</a>{% endif %}`, nil},
		{"an address to write to", HTML, `<a href="mailto:a@a.example?subject={{ contact.name }}">x</a>`, nil},
		{"a value beside an address", HTML, `<img src="https://a.example/a.png" alt="{{ contact.name }}">`, nil},
		{"a constant", HTML, `<a href="https://a.example/{{ sender.name }}">x</a>`, nil},
		{"text", Text, `見る https://a.example/?m={{ contact.attr.m }}`, []Point{in("", "", "", false)}},
		{"text without a scheme", Text, `www.a.example/{{ contact.name }}`, []Point{in("", "", "contact.name", false)}},
		{"text behind an address", Text, `https://a.example/ {{ contact.name }}様、https://a.example/をどうぞ、{{ contact.name }}様`, nil},
		{"text in one branch", Text, `https://a.example/{% if contact.company %} {% else %}x{% endif %}{{ contact.name }}`, []Point{in("", "", "contact.company", false), in("", "", "contact.name", false)}},
		{"a condition behind an address in text", Text, "https://a.example/{% if contact.company %}（貴社専用）{% endif %}", nil},
		{"a condition around an address in text", Text, `{% if contact.company %}https://a.example/a{% else %}https://a.example/b{% endif %}`, nil},
	} {
		p, err := Compile(tt.text, Options{Mode: tt.mode, Scope: scope(), Lang: "ja"})
		if err != nil {
			t.Fatalf("%s: %v", tt.name, err)
		}
		var got []Point
		for _, point := range p.Points() {
			point.Address = 0
			got = append(got, point)
		}
		if d := cmp.Diff(tt.want, got); d != "" {
			t.Errorf("%s: %s", tt.name, d)
		}
	}
}

func TestPointsOfOneAddressBelongTogether(t *testing.T) {
	t.Parallel()
	for mode, text := range map[Mode]string{
		HTML: `<a href="https://a.example/{{ contact.name }}?c={{ contact.company }}">x</a><a href="https://a.example/{{ contact.name }}">y</a>`,
		Text: `https://a.example/{{ contact.name }}?c={{ contact.company }} https://a.example/{{ contact.name }}`,
	} {
		p, err := Compile(text, Options{Mode: mode, Scope: scope()})
		if err != nil {
			t.Fatal(err)
		}
		if got := p.Points(); len(got) != 3 || got[0].Address != got[1].Address || got[1].Address == got[2].Address {
			t.Errorf("mode %d: %+v", mode, got)
		}
	}
}

func TestEveryBranchIsWrittenOnce(t *testing.T) {
	t.Parallel()
	p, err := Compile(`{% if contact.attr.none %}a{{ contact.company }}{% elsif contact.name %}b{% else %}c{% endif %}{% for l in contact.attr.none %}d{% endfor %}`, Options{Mode: HTML, Scope: scope()})
	if err != nil {
		t.Fatal(err)
	}
	v := values()
	if got := string(p.AppendEvery(nil, &v)); got != "aA &amp; Bbcd" {
		t.Errorf("%q", got)
	}
}
