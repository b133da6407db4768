package smtp

import (
	"bufio"
	"bytes"
	"errors"
	"strings"
	"testing"
)

// flatten is what leaves for a body, block by block.
func flatten(m *message) []byte {
	var out bytes.Buffer
	for len(m.rest) > 0 {
		b := m.block()
		size := 0
		for _, p := range b {
			size += len(p)
		}
		if size > blockSize {
			panic("block too large")
		}
		_, _ = (&b).WriteTo(&out)
	}
	return out.Bytes()
}

func TestMessageLoad(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 998)
	big := strings.Repeat(strings.Repeat(".", 70)+"\r\n", 20_000)
	for name, c := range map[string]struct {
		body, wire string
		err        error
	}{
		"plain":           {"a\r\n", "a\r\n.\r\n", nil},
		"dots":            {".\r\n..\r\nx.\r\n.y\r\n", "..\r\n...\r\nx.\r\n..y\r\n.\r\n", nil},
		"longest line":    {long + "\r\n", long + "\r\n.\r\n", nil},
		"longest dots":    {"." + long[1:] + "\r\n", ".." + long[1:] + "\r\n.\r\n", nil},
		"many blocks":     {big, strings.Repeat("."+strings.Repeat(".", 70)+"\r\n", 20_000) + ".\r\n", nil},
		"too long":        {long + "x\r\n", "", errLongLine},
		"empty":           {"", "", errEmpty},
		"no end":          {"a", "", errNoEnd},
		"CR at the end":   {"a\r", "", errNoEnd},
		"bare LF":         {"a\nb\r\n", "", errBareLF},
		"LF first":        {"\na\r\n", "", errBareLF},
		"bare CR":         {"a\rb\r\n", "", errBareCR},
		"two CR":          {"a\r\r\n", "", errBareCR},
		"LF dot LF":       {"a\r\n\n.\n\r\n", "", errBareLF},
		"smuggled dot":    {"a\n.\nMAIL FROM:<x@y>\r\n", "", errBareLF},
		"smuggled CR dot": {"a\r.\r\n", "", errBareCR},
		"NUL":             {"a\x00\r\n", "", errNUL},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var m message
			if err := m.load([]byte(c.body), false); !errors.Is(err, c.err) {
				t.Fatalf("error is %v, want %v", err, c.err)
			}
			if c.err != nil {
				return
			}
			if got := flatten(&m); string(got) != c.wire || m.total != int64(len(got)) {
				t.Errorf("wire is %q (%d of %d octets)", got, len(got), m.total)
			}
		})
	}
}

func TestDotIsSentExactly(t *testing.T) {
	t.Parallel()
	var m message
	if err := m.load([]byte("a\r\n"), false); err != nil {
		t.Fatal(err)
	}
	for n, want := range []bool{0: false, 3: false, 4: true, 5: true, 6: true} {
		if m.hasDot(int64(n)) != want {
			t.Errorf("after %d octets the dot is sent: %v", n, !want)
		}
	}
}

func TestEightBit(t *testing.T) {
	t.Parallel()
	for i := range 40 {
		p := bytes.Repeat([]byte("a"), 40)
		if hasEightBit(p[:i]) {
			t.Fatal("ASCII looks 8-bit")
		}
		if p[i] = 0x80; !hasEightBit(p) {
			t.Fatalf("octet %d was missed", i)
		}
	}
}

func FuzzMessage(f *testing.F) {
	for _, s := range []string{"a\r\n", ".\r\n", "a\n.\nb\r\n", "a\r.\r\n", "\r\n.\r\n.\r\n", "a\r\n..b\r\n", "\x80\r\n"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		var m message
		if m.load(body, false) != nil {
			return
		}
		wire := flatten(&m)
		if bytes.Count(wire, []byte("\n")) != bytes.Count(wire, []byte("\r\n")) || bytes.Count(wire, []byte("\r")) != bytes.Count(wire, []byte("\n")) {
			t.Fatalf("a bare line end left: %q", wire)
		}
		end := append([]byte("\r\n"), wire...)
		if n := bytes.Index(end, []byte("\r\n.\r\n")); n != len(end)-5 {
			t.Fatalf("the message ends early: %q", wire)
		}
		back := bytes.ReplaceAll(end[:len(end)-3], []byte("\r\n."), []byte("\r\n"))
		if !bytes.Equal(back[2:], body) {
			t.Fatalf("%q came out as %q", body, wire)
		}
	})
}

func FuzzReply(f *testing.F) {
	for _, s := range []string{"250 ok\r\n", "250-a\r\n250 b\r\n", "550 5.1.1 \xff\r\n", "421\n", "250-a\r\n550 b\r\n", "354 \x00\r\n", "99\r\n"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		r, err := readReply(bufio.NewReaderSize(bytes.NewReader(text), maxReplyLine))
		if err != nil {
			if r.Code != 0 {
				t.Fatalf("a code %d with an error", r.Code)
			}
			return
		}
		if r.Code < 200 || r.Code > 599 || strings.ContainsAny(r.Text, "\x00\r\x1b") || strings.ToValidUTF8(r.Text, "") != r.Text {
			t.Fatalf("reply is %+v", r)
		}
		if r.Enhanced != "" && int(r.Enhanced[0]-'0') != r.Code/100 {
			t.Fatalf("status %q with code %d", r.Enhanced, r.Code)
		}
	})
}

func TestReply(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]Reply{
		"250 ok\r\n":                              {250, "", "ok"},
		"250\n":                                   {250, "", ""},
		"550 5.1.1 no\r\n":                        {550, "5.1.1", "no"},
		"550 4.1.1 no\r\n":                        {550, "", "4.1.1 no"},
		"550 5.1 no\r\n":                          {550, "", "5.1 no"},
		"550-5.7.1 first\r\n550 5.7.1 second\n":   {550, "5.7.1", "first\nsecond"},
		"450 4.2.0 \x1b[1mR\x82\xa0\r\n":          {450, "4.2.0", "?[1mR?"},
		"550 5.7.26 受信できません\r\n":                  {550, "5.7.26", "受信できません"},
		"554 10.0.0.1 is listed\r\n":              {554, "", "10.0.0.1 is listed"},
		"250-mx.example.jp\r\n250 PIPELINING\r\n": {250, "", "mx.example.jp\nPIPELINING"},
	} {
		got, err := readReply(bufio.NewReader(strings.NewReader(text)))
		if err != nil || got != want {
			t.Errorf("%q is %+v, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "25", "250", "abc\r\n", "2500\r\n", "150 x\r\n", "600 x\r\n", "250-a\r\n"} {
		if got, err := readReply(bufio.NewReader(strings.NewReader(text))); err == nil {
			t.Errorf("%q is %+v", text, got)
		}
	}
}

func BenchmarkLoad(b *testing.B) {
	body := bytes.Repeat([]byte(strings.Repeat("x", 76)+"\r\n"), 131)
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	var m message
	for b.Loop() {
		if err := m.load(body, false); err != nil {
			b.Fatal(err)
		}
	}
}
