package compose

import (
	"slices"
	"testing"

	"github.com/kyodaku/kyodaku/internal/i18n"
)

func TestWhatMeasuresAReaderIsFound(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		body          string
		pixels, links int
		host          string
	}{
		"plain":                      {"こんにちは。[店](https://midori.example/shop)\n", 0, 0, ""},
		"a picture for everybody":    {"![茶](https://img.example/tea.png)\n", 0, 0, "img.example"},
		"a picture of one's own":     {"![茶](https://img.example/open.png?m={{ contact.attr.member | default: \"0\" }})\n", 1, 0, "img.example"},
		"a link of one's own":        {"[店](https://midori.example/shop?m={{ contact.attr.member | default: \"0\" }})\n", 0, 1, ""},
		"a link with the name":       {"[店](https://midori.example/shop?n={{ contact.family_name | default: \"0\" }})\n", 0, 1, ""},
		"a picture for few":          {"{% if contact.company == \"別\" %}![茶](https://img.example/{{ contact.attr.member }}.png){% endif %}\n", 1, 0, "img.example"},
		"a host for few":             {"{% if contact.company == \"別\" %}![茶](https://img.example/tea.png){% endif %}\n", 0, 0, "img.example"},
		"a link for few":             {"{% if contact.company == \"別\" %}[店](https://midori.example/?m={{ contact.attr.member }}){% endif %}\n", 0, 1, ""},
		"a plain link for few":       {"{% if contact.company == \"別\" %}[店](https://midori.example/shop){% endif %}\n[他](https://midori.example/)\n", 0, 0, ""},
		"one of two plain links":     {"{% if contact.company %}[店](https://midori.example/a){% else %}[店](https://midori.example/b){% endif %}\n", 0, 0, ""},
		"a condition in a link":      {"[店](https://midori.example/shop?b={% if contact.company %}1{% endif %})\n", 0, 1, ""},
		"our own link":               {"[配信設定]({{ links.preferences }})\n", 0, 0, ""},
		"our own link as a picture":  {"![茶]({{ links.why }})\n", 1, 0, "specimen.invalid"},
		"our own link carried off":   {"[店](https://midori.example/?u={{ links.unsubscribe | url_encode }})\n", 0, 1, ""},
		"an address in words":        {"`https://midori.example/?m={{ contact.attr.member }}`\n", 0, 1, ""},
		"an address to write to":     {"[質問](mailto:info@midori.example?subject={{ contact.attr.member }})\n", 0, 0, ""},
		"two points of one link":     {"[店](https://midori.example/{{ contact.attr.a }}?m={{ contact.attr.b }})\n", 0, 1, ""},
		"a name beside a plain link": {"{{ contact.family_name | default: \"お客\" }}様 [店](https://midori.example/shop)\n", 0, 0, ""},
	} {
		got := inspected(t, Draft{Class: Ad, Lang: i18n.Ja, Subject: "夏", Kind: Markdown, Body: c.body}, label())
		if got.Pixels != c.pixels || got.PersonalLinks != c.links || (c.host != "") != slices.Contains(got.Hosts, c.host) {
			t.Errorf("%s: %d pixels, %d links, hosts %v", name, got.Pixels, got.PersonalLinks, got.Hosts)
		}
		if got.Bytes < headerBytes || got.Bytes > 100_000 {
			t.Errorf("%s: %d octets", name, got.Bytes)
		}
	}
}

func TestAPictureThatIsNotThereToBeSeenMeasures(t *testing.T) {
	t.Parallel()
	for html, unseen := range map[string]bool{
		`<img src="https://x.example/a.gif" width="1" height="1">`:            true,
		`<img src="https://x.example/a.gif" style="width:1px; height:1px">`:   true,
		`<div style="display:none"><img src="https://x.example/a.gif"></div>`: true,
		`<img src="https://x.example/a.gif" width="120" style="width:120px">`: false,
		`<img src="https://x.example/a.gif">`:                                 false,
	} {
		p := readParts([]byte(html))
		if len(p.images) != 1 || p.images[0].unseen != unseen {
			t.Errorf("%s: %+v", html, p.images)
		}
	}
}
