package addr

import (
	"errors"
	"strings"
	"testing"

	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/i18n"
)

func TestMailIsReadAndWritten(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ in, plain, wire, display, canonical string }{
		{in: "Taro.Yamada+News@Example.CO.JP", plain: "Taro.Yamada+News@example.co.jp", canonical: "taro.yamada+news@example.co.jp"},
		{in: "o'hara_{x}@example.com"},
		{in: "-taro@docomo.ne.jp"},
		{in: "a..b@docomo.ne.jp", wire: `"a..b"@docomo.ne.jp`},
		{in: `"a..b"@docomo.ne.jp`, plain: "a..b@docomo.ne.jp", wire: `"a..b"@docomo.ne.jp`, canonical: "a..b@docomo.ne.jp"},
		{in: "taro.@ezweb.ne.jp", wire: `"taro."@ezweb.ne.jp`},
		{in: ".-taro..@biz.ezweb.ne.jp", wire: `".-taro.."@biz.ezweb.ne.jp`},
		{in: `"taro"@example.com`, plain: "taro@example.com", canonical: "taro@example.com"},
		{in: `"John Doe"@example.com`, canonical: "john doe@example.com"},
		{in: `"a@b\"c\\d"@example.com`, canonical: `a@b"c\d@example.com`},
		{in: `"a..b"@example.com`, canonical: "a..b@example.com"},
		{in: "info@日本語.jp", plain: "info@xn--wgv71a119e.jp", display: "info@日本語.jp", canonical: "info@xn--wgv71a119e.jp"},
		{in: "info@XN--WGV71A119E.jp", plain: "info@xn--wgv71a119e.jp", display: "info@日本語.jp", canonical: "info@xn--wgv71a119e.jp"},
		{in: "x@straße.de", plain: "x@xn--strae-oqa.de", display: "x@straße.de", canonical: "x@xn--strae-oqa.de"},
		{in: "山田@example.jp"},
		{in: "É@example.fr", canonical: "é@example.fr"},
	} {
		m, err := ParseMail(c.in)
		if err != nil {
			t.Errorf("%s: %v", c.in, err)
			continue
		}
		orDefault := func(s, d string) string {
			if s == "" {
				return d
			}
			return s
		}
		plain := orDefault(c.plain, c.in)
		for name, pair := range map[string][2]string{
			"String":    {m.String(), plain},
			"Wire":      {m.Wire(), orDefault(c.wire, plain)},
			"Display":   {m.Display(), orDefault(c.display, plain)},
			"Canonical": {string(m.Canonical()), orDefault(c.canonical, plain)},
		} {
			if pair[0] != pair[1] {
				t.Errorf("%s: %s is %q, want %q", c.in, name, pair[0], pair[1])
			}
		}
	}
}

func TestMailIsRefusedWithAReasonInBothLanguages(t *testing.T) {
	t.Parallel()
	texts, err := i18n.Load()
	if err != nil {
		t.Fatal(err)
	}
	long := strings.Repeat("a", 63)
	for in, key := range map[string]string{
		"":                                  "empty",
		"taro":                              "at",
		"taro@":                             "at",
		"@example.com":                      "at",
		"a@b@example.com":                   "at",
		"a..b@example.com":                  "dots",
		".a@gmail.com":                      "dots",
		"...@docomo.ne.jp":                  "dots",
		"a@notdocomo.ne.jp ":                "space",
		" a@example.com":                    "space",
		"a\u3000b@example.com":              "space",
		"a@example.com\r\nBcc: x@evil.test": "control",
		"\"a\r\n\"@example.com":             "control",
		"\"a\tb\"@example.com":              "control",
		"a\x00@example.com":                 "control",
		"a\u200b@example.com":               "control",
		"a\u202e@example.com":               "control",
		"a\x7f@example.com":                 "control",
		"a\xff@example.com":                 "control",
		"ａ@example.com":                     "width",
		"a＠example.com":                     "width",
		"a@example。com":                     "width",
		"a@ｅxample.com":                     "width",
		"a,b@example.com":                   "local",
		"Taro<a@example.com":                "local",
		`a"b@example.com`:                   "local",
		`"a"b@example.com`:                  "quote",
		`""@example.com`:                    "quote",
		`"abc@example.com`:                  "quote",
		`"abc\`:                             "quote",
		"a@localhost":                       "domain",
		"a@[192.0.2.1]":                     "domain",
		"a@192.0.2.1":                       "domain",
		"a@example.com.":                    "domain",
		"a@-example.com":                    "domain",
		"a@exa_mple.com":                    "domain",
		"a@example..com":                    "domain",
		"a@㈱.jp":                            "domain",
		"a@xn--zzzzzzzzz-.jp":               "domain",
		"a@" + long + "a.jp":                "domain",
		long + "aa@example.com":             "local_long",
		"a@" + strings.Repeat(long+".", 3) + strings.Repeat("b", 58) + ".jp": "long",
		strings.Repeat("a", 2000) + "@example.com":                           "long",
	} {
		m, err := ParseMail(in)
		key = "addr.mail." + key
		f, ok := errors.AsType[*fault.Error](err)
		if !ok || f.Kind != fault.Invalid || f.Fields[0].Name != "address" || f.Fields[0].Key != key {
			t.Errorf("%.40q: %v, want %s", in, err, key)
			continue
		}
		if m != (Mail{}) {
			t.Errorf("%.40q: refused and returned all the same", in)
		}
		for _, l := range i18n.Langs() {
			if text := texts.For(l).T(key, f.Fields[0].Args...); text == key || strings.Contains(text, "<no value>") {
				t.Errorf("%s in %s: %q", key, l, text)
			}
		}
	}
}

func TestCarriersCanBeOverridden(t *testing.T) {
	t.Parallel()
	p, err := NewParser([]string{"Carrier.Example"})
	if err != nil {
		t.Fatal(err)
	}
	m, err := p.ParseMail("a..b@carrier.example")
	if err != nil || !m.Legacy() || m.Wire() != `"a..b"@carrier.example` || m.WireAsIs() != "a..b@carrier.example" {
		t.Fatalf("%v %v", m, err)
	}
	if _, err := p.ParseMail("a..b@docomo.ne.jp"); err == nil {
		t.Error("the default list stands beside the own one")
	}
	if _, err := ParseMail(m.String()); err == nil {
		t.Error("an unknown carrier's legacy form was taken")
	}
	back, err := StoredMail(m.String())
	if err != nil || back != m {
		t.Errorf("stored form is not readable any more: %v %v", back, err)
	}
	quoted, err := ParseMail(`"a..b"@carrier.example`)
	if err != nil || quoted.Canonical() != m.Canonical() {
		t.Errorf("the key depends on the list: %q and %q", quoted.Canonical(), m.Canonical())
	}
	if _, err := NewParser([]string{"no domain"}); !fault.Is(err, fault.Invalid) {
		t.Errorf("bad carrier: %v", err)
	}
}

func TestMailProperties(t *testing.T) {
	t.Parallel()
	for in, want := range map[string][3]bool{ // role, SMTPUTF8, freemail
		"info@example.com":         {true, false, false},
		"No-Reply+x@gmail.com":     {true, false, true},
		"customer_support@日本語.jp":  {true, false, false},
		"taro@docomo.ne.jp":        {false, false, true},
		"山田@example.jp":            {false, true, false},
		"information.taro@corp.jp": {false, false, false},
	} {
		m, err := ParseMail(in)
		if err != nil {
			t.Fatal(err)
		}
		if got := [3]bool{m.Role(), m.NeedsSMTPUTF8(), Freemail(m.Domain())}; got != want {
			t.Errorf("%s: %v, want %v", in, got, want)
		}
	}
	if z := (Mail{}); !z.IsZero() || z.String()+z.Wire()+z.Display()+string(z.Canonical()) != "" {
		t.Error("the zero value is written as something")
	}
}

func TestSuggest(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"taro@gmial.com":       "taro@gmail.com",
		"taro@gmai.com":        "taro@gmail.com",
		"taro@gmail.con":       "taro@gmail.com",
		"taro@gmail":           "taro@gmail.com",
		"taro@gmail.co":        "taro@gmail.com",
		"taro@yahoo.co.jo":     "taro@yahoo.co.jp",
		"taro@yaho.co.jp":      "taro@yahoo.co.jp",
		"taro@docomo.ne.co.jp": "taro@docomo.ne.jp",
		"taro@docmo.ne.jp":     "taro@docomo.ne.jp",
		"taro@hotmial.com":     "taro@hotmail.com",
		"taro@iclould.com":     "taro@icloud.com",
		"taro@i.sofbank.jp":    "taro@i.softbank.jp",
		"a..b@ezwb.ne.jp":      "a..b@ezweb.ne.jp",
		"ｔａｒｏ＠ｅｘａｍｐｌｅ．ｃｏ．ｊｐ": "taro@example.co.jp",
		"taro＠gmial.com":                     "taro@gmail.com",
		"　taro@example.co.jp ":               "taro@example.co.jp",
		"taro @ example.jp":                  "taro@example.jp",
		"taro@example，co，jp":                 "taro@example.co.jp",
		"taro@example。jp":                    "taro@example.jp",
		"taroーyamada@example.jp":             "taro-yamada@example.jp",
		"mailto:taro@example.jp?subject=x@y": "taro@example.jp",
		"MAILTO:taro%2Bx@example.jp":         "taro+x@example.jp",
		"山田太郎 <taro@example.jp>":             "taro@example.jp",
		"<taro@example.jp>;":                 "taro@example.jp",
		"taro@example.jp\r\n":                "taro@example.jp",
		"taro(at)example.jp":                 "taro@example.jp",
		"taro@example..jp":                   "taro@example.jp",
		"taro@日本語。jp":                        "taro@日本語.jp",
		"taro\u200b@example.jp":              "taro@example.jp",
	} {
		if got, ok := Suggest(in); !ok || got != want {
			t.Errorf("%q: %q %v, want %q", in, got, ok, want)
		}
	}
	for _, in := range []string{
		"", "taro", "taro@", "@", "taro@example.jp", "Taro@Example.JP", "taro@gmail.com", "taro@ymail.com", "taro@mail.com",
		"taro@email.com", "taro@au.com", "taro@me.com", "taro@goo.jp", "taro@gaia.com", "taro@goo.co.jp", "taro@yahoo.ca",
		"taro@sony.co.jp", "taro@outlook.fr", "taro@日本語.jp", "a..b@docomo.ne.jp", "\xff@gmial.com",
		strings.Repeat("a", 5000) + "@gmial.com", `"a b"@example.com`,
	} {
		if got, ok := Suggest(in); ok || got != "" {
			t.Errorf("%.40q: suggested %q for nothing", in, got)
		}
	}
}

func FuzzParseMail(f *testing.F) {
	for _, s := range []string{
		"taro@example.jp", "a..b@docomo.ne.jp", ".a@ezweb.ne.jp", `"a b"@example.com`, `"a\"\\"@example.com`, "info@日本語.jp",
		"山田@例え.テスト", "ａ＠ｂ．ｊｐ", "a@xn--wgv71a119e.jp", "a@b@c.jp", "a@example.com\r\nBcc: b@c.jp", "mailto:a@gmial.com", "É@ß.de",
		`"..."@docomo.ne.jp`, "Taro <a@b.jp>", "0@Xn--0Be,A", "a@" + strings.Repeat("b.", 130) + "jp",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if hint, ok := Suggest(s); ok {
			if _, err := ParseMail(hint); err != nil {
				t.Fatalf("%q: suggestion %q cannot be read: %v", s, hint, err)
			}
		}
		m, err := ParseMail(s)
		if err != nil {
			if m != (Mail{}) {
				t.Fatalf("%q: refused and returned", s)
			}
			return
		}
		for _, form := range []string{m.String(), m.Wire(), m.Display()} {
			back, err := ParseMail(form)
			if err != nil || back != m {
				t.Fatalf("%q: %q reads back as %#v, %v; want %#v", s, form, back, err, m)
			}
		}
		if stored, err := StoredMail(m.String()); err != nil || stored != m {
			t.Fatalf("%q: stored form %q reads back as %#v, %v", s, m.String(), stored, err)
		}
		checkWire(t, m)
	})
}

func checkWire(t *testing.T, m Mail) {
	t.Helper()
	wire := m.Wire()
	if strings.ContainsAny(wire, "\r\n\x00\t") || len(wire) > maxMail {
		t.Fatalf("wire %q", wire)
	}
	quoted := false
	for i := 0; i < len(wire); i++ {
		switch c := wire[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case !quoted && strings.IndexByte(" <>,;:()[]\\", c) >= 0:
			t.Fatalf("wire %q has %q outside quotes", wire, c)
		}
	}
	if quoted {
		t.Fatalf("wire %q: quotes are open", wire)
	}
}
