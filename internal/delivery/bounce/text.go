package bounce

import (
	"bytes"
	"encoding/base64"
	"html"
	"io"
	"mime"
	"mime/quotedprintable"
	"regexp"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/japanese"
)

// content undoes a part's transfer encoding, up to maxText octets. What cannot be
// decoded is taken as far as it can.
func (p *part) content() []byte {
	switch strings.ToLower(strings.TrimSpace(p.head.get("content-transfer-encoding"))) {
	case "base64":
		return upTo(base64.NewDecoder(base64.StdEncoding, bytes.NewReader(base64Letters(p.body))))
	case "quoted-printable":
		return upTo(quotedprintable.NewReader(bytes.NewReader(p.body)))
	}
	return p.body[:min(len(p.body), maxText)]
}

// upTo reads what can be read, at most maxText octets. A broken end is the end.
func upTo(r io.Reader) []byte {
	data, _ := io.ReadAll(io.LimitReader(r, maxText)) //nolint:errcheck // the rest is lost anyway
	return bytes.ReplaceAll(data, []byte("\r\n"), []byte("\n"))
}

// base64Letters drops whatever is no base64, and what has no whole group at the end.
func base64Letters(b []byte) []byte {
	out := make([]byte, 0, min(len(b), 2*maxText))
	for _, c := range b {
		if len(out) >= 2*maxText {
			break
		}
		if c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '+' || c == '/' || c == '=' {
			out = append(out, c)
		}
	}
	return out[:len(out)/4*4]
}

// text is a part's text in UTF-8 with \n as line end; HTML becomes plain text.
func (p *part) text() string {
	s := decodeCharset(p.content(), p.params["charset"])
	if p.kind == "text/html" {
		return plain(s)
	}
	return s
}

// decodeCharset turns bytes into UTF-8. A charset that is unknown or untrue is guessed.
func decodeCharset(b []byte, charset string) string {
	if e := charsetOf(charset); e != nil {
		if s, err := e.NewDecoder().Bytes(b); err == nil && !bytes.ContainsRune(s, utf8.RuneError) {
			return string(s)
		}
	}
	guesses := []encoding.Encoding{japanese.ShiftJIS, japanese.EUCJP}
	if bytes.Contains(b, []byte("\x1b$")) {
		guesses = []encoding.Encoding{japanese.ISO2022JP}
	} else if utf8.Valid(b) {
		return string(b)
	}
	for _, e := range guesses {
		if s, err := e.NewDecoder().Bytes(b); err == nil && !bytes.ContainsRune(s, utf8.RuneError) {
			return string(s)
		}
	}
	return strings.ToValidUTF8(string(b), "\uFFFD")
}

// charsetOf finds an encoding by name, also by those that only Japanese programs use.
func charsetOf(name string) encoding.Encoding {
	name = strings.ToLower(strings.TrimSpace(name))
	switch name {
	case "", "us-ascii", "utf-8", "unicode-1-1-utf-8":
		return nil
	case "cp932", "windows-31j", "x-sjis", "sjis", "shift-jis", "ms_kanji":
		return japanese.ShiftJIS
	case "iso-2022-jp-ms", "iso-2022-jp-1", "iso-2022-jp-2", "iso-2022-jp-3", "cp50220", "cp50221", "cp50222":
		return japanese.ISO2022JP
	case "eucjp", "eucjp-ms", "euc_jp", "ujis":
		return japanese.EUCJP
	}
	e, err := htmlindex.Get(name)
	if err != nil {
		return nil
	}
	return e
}

// decodeWords decodes the encoded words of a header value (RFC 2047).
func decodeWords(s string) string {
	if !strings.Contains(s, "=?") {
		return decodeCharset([]byte(s), "")
	}
	d := mime.WordDecoder{CharsetReader: func(charset string, r io.Reader) (io.Reader, error) {
		b, err := io.ReadAll(io.LimitReader(r, maxField))
		return strings.NewReader(decodeCharset(b, charset)), err
	}}
	out, err := d.DecodeHeader(s)
	if err != nil {
		return decodeCharset([]byte(s), "")
	}
	return out
}

var (
	hidden  = regexp.MustCompile(`(?is)<(style|script|head|title)\b[^>]*>.*?</(style|script|head|title)>|<!--.*?-->`)
	breaks  = regexp.MustCompile(`(?i)<(br|p|div|tr|li|h\d|table|blockquote|pre|/p|/div|/tr|/li|/h\d|/table)\b[^>]*>`)
	anyMark = regexp.MustCompile(`(?s)</?[a-zA-Z!][^>@]*>|<a\b[^>]*>`)
	spaces  = regexp.MustCompile(`[ \t\x{a0}\x{3000}]+`)
)

// plain makes text of HTML, one line for each block. An address in pointed brackets is kept.
func plain(s string) string {
	s = hidden.ReplaceAllString(s, " ")
	s = breaks.ReplaceAllString(strings.ReplaceAll(s, "\n", " "), "\n")
	s = html.UnescapeString(anyMark.ReplaceAllString(s, ""))
	lines := strings.Split(s, "\n")
	for i, line := range lines {
		lines[i] = strings.TrimSpace(spaces.ReplaceAllString(line, " "))
	}
	return strings.Join(lines, "\n")
}

// oneLine folds white space, so that a text can be shown and compared.
func oneLine(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	if len(s) > 1000 {
		s = strings.ToValidUTF8(s[:1000], "")
	}
	return s
}
