package letter

import (
	"bytes"
	"encoding/base64"
	"flag"
	"io"
	"mime"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/emersion/go-message"
	_ "github.com/emersion/go-message/charset"
	"github.com/emersion/go-message/mail"
	"github.com/google/go-cmp/cmp"

	"github.com/kyodaku/kyodaku/internal/addr"
	"github.com/kyodaku/kyodaku/internal/fault"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func box(t testing.TB, name, address string) Mailbox {
	t.Helper()
	return must(NewMailbox(name, must(addr.ParseMail(address))))
}

const (
	japaneseText = "山田 太郎様\n\nいつもお世話になっております。株式会社みどり茶園です。新茶の季節になりました。\n\n.先頭の点\n"
	japaneseHTML = "<p>山田 太郎様</p>\n<p>いつもお世話になっております。株式会社みどり茶園です。新茶の季節になりました。</p>\n"
	englishText  = "Dear Jane,\r\n\r\nFrom now on = the new teas are here. -- Midori\r\n. a dot\r\n-- \r\ntrailing space \r\nFrom me\r\n"
)

func campaign(t testing.TB) Options {
	t.Helper()
	return Options{
		From:       box(t, "株式会社みどり茶園 お客様係（新茶のご案内を担当しております部署）", "news@m.example.jp"),
		ReplyTo:    box(t, "", "info@example.jp"),
		ListID:     must(NewListID("週刊お知らせ", "weekly.midori.example.jp")),
		FeedbackID: must(NewFeedbackID("cmp_1", "weekly", "ad", "midori")),
		OneClick:   true,
		Boundary:   "=_kyodaku_0001",
		TextSample: []byte(japaneseText), HTMLSample: []byte(japaneseHTML),
	}
}

func weekly(t testing.TB) *Letter {
	t.Helper()
	return &Letter{
		To:              box(t, "山田 太郎", "taro..yamada.@docomo.ne.jp"),
		Subject:         must(NewText("subject", "【新茶】𠮷野の里から、今年いちばんの香りをお届けします👨‍👩‍👧がんばりました")),
		Date:            time.Date(2026, 11, 21, 14, 5, 0, 0, time.FixedZone("JST", 9*3600)),
		ID:              must(NewMessageID("01j.abc", "m.example.jp")),
		Unsubscribe:     must(NewURI("https://m.example.jp/unsubscribe/0123456789abcdef0123456789abcdef0123456789abcdef")),
		UnsubscribeMail: must(NewURI("mailto:u+0123456789abcdef@m.example.jp")),
		Text:            []byte(japaneseText),
		HTML:            []byte(japaneseHTML),
	}
}

func TestGolden(t *testing.T) {
	t.Parallel()
	confirm := Options{
		From: box(t, "Midori Tea, Inc.", "news@m.example.jp"), Automatic: true, TextOnly: true,
		Extra:      []Field{must(NewField("X-Note", "a note that is long enough to be folded over more than one line of the header, twice if need be, yes"))},
		TextSample: []byte(englishText),
	}
	mail := weekly(t)
	english := &Letter{To: box(t, `Jane "J" Doe`, "jane@example.com"), Subject: must(NewText("subject", "Please confirm")), Date: mail.Date, ID: mail.ID, Text: []byte(englishText)}
	for name, got := range map[string][]byte{
		"campaign.eml":     must(NewForm(campaign(t))).Build(nil, mail),
		"confirmation.eml": must(NewForm(confirm)).Build(nil, english),
	} {
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
		wellFormed(t, got)
	}
}

// wellFormed checks what RFC 5322 and 2045 ask of lines.
func wellFormed(t testing.TB, b []byte) {
	t.Helper()
	if !bytes.HasSuffix(b, []byte("\r\n")) {
		t.Errorf("no CRLF at the end")
	}
	for i, l := range strings.Split(strings.TrimSuffix(string(b), "\r\n"), "\r\n") {
		if strings.ContainsAny(l, "\r\n\x00") {
			t.Fatalf("line %d holds a bare CR, LF or NUL: %q", i+1, l)
		}
		if len(l) > maxLine && !strings.Contains(l, "<http") {
			t.Errorf("line %d has %d bytes: %q", i+1, len(l), l)
		}
		for j := range len(l) {
			if l[j] >= 0x80 {
				t.Fatalf("line %d is not ASCII: %q", i+1, l)
			}
		}
	}
}

func TestAnotherReaderReadsTheSame(t *testing.T) {
	t.Parallel()
	l := weekly(t)
	r, err := mail.CreateReader(bytes.NewReader(must(NewForm(campaign(t))).Build(nil, l)))
	if err != nil {
		t.Fatal(err)
	}
	if got := must(r.Header.Subject()); got != l.Subject.String() {
		t.Errorf("subject %q", got)
	}
	from, to := must(r.Header.AddressList("From")), must(r.Header.AddressList("To"))
	if from[0].Name != "株式会社みどり茶園 お客様係（新茶のご案内を担当しております部署）" || from[0].Address != "news@m.example.jp" {
		t.Errorf("from %v", from[0])
	}
	if to[0].Name != "山田 太郎" || to[0].Address != "taro..yamada.@docomo.ne.jp" {
		t.Errorf("to %v", to[0])
	}
	if got := must(r.Header.Date()); !got.Equal(l.Date) {
		t.Errorf("date %v", got)
	}
	if got := r.Header.Get("List-Unsubscribe-Post"); got != "List-Unsubscribe=One-Click" {
		t.Errorf("post %q", got)
	}
	var parts []string
	for {
		p, err := r.NextPart()
		if err == io.EOF {
			break
		}
		parts = append(parts, p.Header.Get("Content-Type")+"\n"+strings.ReplaceAll(string(must(io.ReadAll(p.Body))), "\r\n", "\n"))
	}
	want := []string{"text/plain; charset=utf-8\n" + japaneseText, "text/html; charset=utf-8\n" + japaneseHTML}
	if d := cmp.Diff(want, parts); d != "" {
		t.Error(d)
	}
}

func TestEncodingIsTheSmaller(t *testing.T) {
	t.Parallel()
	if choose([]byte(japaneseText)) != base64Encoding || choose([]byte(englishText)) != quotedPrintable {
		t.Error("the larger encoding was chosen")
	}
}

func TestBodiesSurviveBothEncodings(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"", "a", "a\n", "a\rb\nc\r\nd", englishText, japaneseText, strings.Repeat("x", 5000), strings.Repeat("= ", 300) + "\n",
		strings.Repeat("あ\n", 100), "\x00\x01\x7f\xff", "tab\t\nspace \n", strings.Repeat("a", 74) + ".\n" + strings.Repeat("a", 75) + ".b",
	} {
		canonical := appendCRLF(nil, []byte(text))
		for _, e := range []encoding{base64Encoding, quotedPrintable} {
			raw := "Content-Transfer-Encoding: " + e.String() + "\r\n\r\n" + string(e.append(nil, canonical))
			if len(text) > 0 {
				wellFormed(t, []byte(raw))
			}
			m, err := message.Read(strings.NewReader(raw))
			if err != nil {
				t.Fatal(err)
			}
			got := must(io.ReadAll(m.Body))
			if !bytes.Equal(bytes.TrimRight(got, "\r\n"), bytes.TrimRight(canonical, "\r\n")) {
				t.Errorf("%v: %q came back as %q", e, canonical, got)
			}
		}
	}
}

func TestFastBase64IsBase64(t *testing.T) {
	t.Parallel()
	text := make([]byte, 400)
	for i := range text {
		text[i] = byte(i * 37)
	}
	for n := range text {
		got := strings.ReplaceAll(string(appendBase64([]byte("x"), text[:n])), "\r\n", "")
		if want := "x" + base64.StdEncoding.EncodeToString(text[:n]); got != want {
			t.Fatalf("%d bytes: %s, want %s", n, got, want)
		}
	}
}

func TestConfirmationHasNoWayOutAndNoPost(t *testing.T) {
	t.Parallel()
	o := campaign(t)
	l := weekly(t)
	l.Unsubscribe, l.UnsubscribeMail = URI{}, URI{}
	if got := string(must(NewForm(o)).Build(nil, l)); strings.Contains(got, "List-Unsubscribe") {
		t.Errorf("written without an address:\n%s", got)
	}
	l.UnsubscribeMail = must(NewURI("mailto:u@m.example.jp"))
	if got := string(must(NewForm(o)).Build(nil, l)); !strings.Contains(got, "List-Unsubscribe: <mailto:") || strings.Contains(got, "One-Click") {
		t.Errorf("one click cannot go to a mail address:\n%s", got)
	}
}

func TestConstructorsRefuse(t *testing.T) {
	t.Parallel()
	ok := must(addr.ParseMail("a@example.jp"))
	for name, err := range map[string]error{
		"subject with CRLF":   second(NewText("subject", "a\r\nBcc: b@example.jp")),
		"subject with LF":     second(NewText("subject", "a\nb")),
		"subject with NUL":    second(NewText("subject", "a\x00b")),
		"long subject":        second(NewText("subject", strings.Repeat("あ", 400))),
		"name with CR":        second(NewMailbox("a\rb", ok)),
		"no address":          second(NewMailbox("a", addr.Mail{})),
		"id with space":       second(NewMessageID("a b", "example.jp")),
		"id with bracket":     second(NewMessageID("a>", "example.jp")),
		"id without domain":   second(NewMessageID("a", "")),
		"ftp":                 second(NewURI("ftp://a")),
		"javascript":          second(NewURI("javascript:x")),
		"uri with space":      second(NewURI("https://a/ b")),
		"uri with bracket":    second(NewURI("https://a/>,<mailto:x")),
		"list id":             second(NewListID("x", "nodot")),
		"feedback colon":      second(NewFeedbackID("a:b", "", "", "s")),
		"feedback no sender":  second(NewFeedbackID("a", "b", "c", "")),
		"field with colon":    second(NewField("A:B", "x")),
		"field with value LF": second(NewField("X-A", "x\ny")),
		"second From":         second(NewField("FROM", "x")),
		"second Content-Type": second(NewField("content-type", "x")),
		"form without from":   second(NewForm(Options{Boundary: "b"})),
		"boundary with quote": second(NewForm(Options{From: must(NewMailbox("", ok)), Boundary: "\"\r\n"})),
	} {
		if !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func second[T any](_ T, err error) error { return err }

func TestEncodedWordsCutNoCharacter(t *testing.T) {
	t.Parallel()
	family := "👨‍👩‍👧‍👦"
	for _, s := range []string{strings.Repeat("あ", 60), strings.Repeat("か\u3099", 50), strings.Repeat(family, 9), "a" + strings.Repeat("👍🏽", 40), strings.Repeat("x", 200), "=?UTF-8?B?YQ==?=", "two  spaces"} {
		l := line{}
		l.write("Subject:")
		l.words(s)
		l.end()
		var dec mime.WordDecoder
		got := must(dec.DecodeHeader(strings.TrimSpace(strings.ReplaceAll(strings.TrimPrefix(string(l.dst), "Subject:"), "\r\n", ""))))
		if got != s {
			t.Errorf("%q came back as %q", s, got)
		}
		for _, w := range strings.Fields(strings.TrimPrefix(string(l.dst), "Subject:")) {
			part := must(dec.Decode(w))
			first, _ := utf8.DecodeRuneInString(part)
			if !utf8.ValidString(part) || joins(first) {
				t.Errorf("word begins inside a character: %q", part)
			}
			if len(w) > 75 {
				t.Errorf("word of %d bytes", len(w))
			}
		}
	}
}

// FuzzHeader holds that no text can begin a header line of its own.
func FuzzHeader(f *testing.F) {
	for _, s := range []string{"新茶のご案内", "a\r\nBcc: x@example.jp", "=?UTF-8?B?YQ==?=", `"quoted" \ name`, strings.Repeat("長", 200), "a  b", " ", "\u2028x", "\xff"} {
		f.Add(s, s)
	}
	mailbox := must(addr.ParseMail("taro..y@docomo.ne.jp"))
	f.Fuzz(func(t *testing.T, subject, name string) {
		sub, err := NewText("subject", subject)
		if err != nil {
			return
		}
		to, err := NewMailbox(name, mailbox)
		if err != nil {
			return
		}
		o := Options{From: to, ReplyTo: to, TextOnly: true}
		if o.ListID, err = NewListID(name, "a.example.jp"); err != nil {
			return
		}
		if x, err := NewField("X-Any", subject); err == nil {
			o.Extra = []Field{x}
		}
		got := must(NewForm(o)).Build(nil, &Letter{To: to, Subject: sub})
		head, _, _ := bytes.Cut(got, []byte("\r\n\r\n"))
		for _, l := range strings.Split(string(head), "\r\n") {
			n, _, _ := strings.Cut(l, ":")
			if !strings.HasPrefix(l, " ") && !strings.Contains(" From To Reply-To Subject List-Id X-Any MIME-Version Content-Type Content-Transfer-Encoding ", " "+n+" ") || strings.TrimSpace(l) == "" {
				t.Fatalf("unexpected line %q in\n%s", l, head)
			}
		}
		wellFormed(t, got)
		r, err := mail.CreateReader(bytes.NewReader(got))
		if err != nil {
			t.Fatal(err)
		}
		if back, err := r.Header.Subject(); err != nil || back != sub.String() {
			t.Fatalf("subject %q came back as %q: %v", sub.String(), back, err)
		}
		if back, err := r.Header.AddressList("To"); err != nil || len(back) != 1 || back[0].Address != "taro..y@docomo.ne.jp" {
			t.Fatalf("to came back as %v: %v in\n%s", back, err, head)
		}
	})
}

func BenchmarkBuild(b *testing.B) {
	f, l := must(NewForm(campaign(b))), weekly(b)
	l.Text = bytes.Repeat([]byte(japaneseText), 3000/len(japaneseText))
	l.HTML = bytes.Repeat([]byte(japaneseHTML), 7240/len(japaneseHTML))
	var dst []byte
	b.ReportAllocs()
	for b.Loop() {
		dst = f.Build(dst[:0], l)
	}
	b.SetBytes(int64(len(dst)))
}
