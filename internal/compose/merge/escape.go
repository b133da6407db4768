package merge

import (
	"strings"
	"unicode/utf8"
)

// writer names how a value is written at its place.
type writer uint8

const (
	wPlain      writer = iota // text part
	wHeader                   // header text: one line
	wHTML                     // HTML text and quoted attributes
	wURLWhole                 // a whole address at the start of href
	wURLPath                  // one piece of a path
	wURLQuery                 // one piece of a query
	wURLEncoded               // the author has encoded it
)

func (w writer) append(dst []byte, s string) []byte {
	s = clip(s)
	switch w {
	case wPlain, wHeader:
		return appendClean(dst, s)
	case wHTML:
		return appendHTML(dst, s)
	case wURLWhole:
		return appendWholeURL(dst, s)
	case wURLPath:
		return appendEscapedURL(dst, s, unreserved)
	case wURLQuery:
		return appendEscapedURL(dst, s, queryByte)
	}
	return appendURLChars(dst, s)
}

// clip bounds a value to ValueBytes at a character's end.
func clip(s string) string {
	if len(s) <= ValueBytes {
		return s
	}
	n := ValueBytes
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

// clean maps what must not come out of a value: line ends and controls become a
// space (a name must not begin a new line of a mail, let alone a header), and
// characters that turn the direction of what follows are dropped (-1).
func clean(r rune) rune {
	switch {
	case r < 0x20 || r == 0x85 || r == 0x2028 || r == 0x2029:
		return ' '
	case r >= 0x7f && r < 0xa0, r >= 0x202a && r <= 0x202e, r >= 0x2066 && r <= 0x2069, r == 0xfeff:
		return -1
	}
	return r
}

func appendClean(dst []byte, s string) []byte {
	for _, r := range s { // a broken byte comes out as U+FFFD
		if r = clean(r); r >= 0 {
			dst = utf8.AppendRune(dst, r)
		}
	}
	return dst
}

func appendHTML(dst []byte, s string) []byte {
	for _, r := range s {
		switch r {
		case '&':
			dst = append(dst, "&amp;"...)
		case '<':
			dst = append(dst, "&lt;"...)
		case '>':
			dst = append(dst, "&gt;"...)
		case '"':
			dst = append(dst, "&#34;"...)
		case '\'':
			dst = append(dst, "&#39;"...)
		default:
			if r = clean(r); r >= 0 {
				dst = utf8.AppendRune(dst, r)
			}
		}
	}
	return dst
}

// unreserved is RFC 3986 section 2.3; ":" is not in it, so that no piece of a
// path can become a scheme.
func unreserved(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("-._~", c) >= 0
}

func queryByte(c byte) bool { return unreserved(c) }

func urlByte(c byte) bool {
	return unreserved(c) || strings.IndexByte(":/?#[]@!$()*+,;=%", c) >= 0
}

const hexDigits = "0123456789ABCDEF"

// appendEscapedURL percent-encodes every byte that keep does not name. What it
// writes needs no HTML escaping.
func appendEscapedURL(dst []byte, s string, keep func(byte) bool) []byte {
	for i := 0; i < len(s); i++ {
		if c := s[i]; keep(c) {
			dst = append(dst, c)
		} else {
			dst = append(dst, '%', hexDigits[c>>4], hexDigits[c&15])
		}
	}
	return dst
}

// appendURLChars writes an address as an HTML attribute value: what cannot stand
// in an address is percent-encoded, "&" is written as HTML wants it.
func appendURLChars(dst []byte, s string) []byte {
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '&':
			dst = append(dst, "&amp;"...)
		case urlByte(c):
			dst = append(dst, c)
		default:
			dst = append(dst, '%', hexDigits[c>>4], hexDigits[c&15])
		}
	}
	return dst
}

// appendWholeURL writes an address that comes from data, or "#" if it is not one
// a reader may be sent to: javascript:, data: and relative addresses lead nowhere.
func appendWholeURL(dst []byte, s string) []byte {
	s = strings.TrimSpace(s)
	if !SafeURL(s) {
		return append(dst, '#')
	}
	return appendURLChars(dst, s)
}

// SafeURL says whether a mail may link to s: an absolute http, https, mailto or
// tel address without control characters or backslashes.
func SafeURL(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] <= ' ' || s[i] == 0x7f || s[i] == '\\' {
			return false
		}
	}
	n := schemeLength(s)
	return n > 0 && len(s) > n && strings.IndexByte("/?#", s[n]) < 0
}

// schemeLength returns the length of an allowed scheme with its "://" or ":", or 0.
func schemeLength(s string) int {
	for _, scheme := range [...]string{"https://", "http://", "mailto:", "tel:"} {
		if len(s) >= len(scheme) && strings.EqualFold(s[:len(scheme)], scheme) {
			return len(scheme)
		}
	}
	return 0
}
