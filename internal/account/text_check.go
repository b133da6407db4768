package account

import (
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
	"golang.org/x/text/width"

	"github.com/kyodaku/kyodaku/internal/addr"
	"github.com/kyodaku/kyodaku/internal/fault"
)

// The longest texts, in characters.
const (
	maxName    = 100
	maxLegal   = 200
	maxAddress = 300
	maxURL     = 500
	maxReason  = 2000
)

// checker collects what is wrong with a form.
type checker struct{ fields fault.Fields }

func (c *checker) bad(field, key string, args ...any) { c.fields.Add(field, key, args...) }

// take notes the fields of another fault under this form's name of the field.
func (c *checker) take(field string, err error) {
	for _, f := range fieldsOf(err) {
		c.bad(field, f.Key, f.Args...)
	}
}

// line reads one line of text: trimmed, composed (NFC), without control or
// invisible characters, at most limit characters. Empty is allowed.
func (c *checker) line(field, value string, limit int) string {
	if !utf8.ValidString(value) {
		c.bad(field, "account.text.control")
		return ""
	}
	value = strings.TrimSpace(norm.NFC.String(value))
	switch {
	case strings.ContainsFunc(value, unprintable):
		c.bad(field, "account.text.control")
	case utf8.RuneCountInString(value) > limit:
		c.bad(field, "account.text.long", "Max", limit)
	default:
		return value
	}
	return ""
}

// must is line for a text that may not be empty.
func (c *checker) must(field, value string, limit int) string {
	before := len(c.fields)
	value = c.line(field, value, limit)
	if value == "" && len(c.fields) == before {
		c.bad(field, "account.text.required")
	}
	return value
}

// unprintable tells control characters, line and paragraph separators, and the
// format characters that hide or reverse what is read. Joiners are letters of some scripts.
func unprintable(r rune) bool {
	if r == '\u200c' || r == '\u200d' {
		return false
	}
	return unicode.IsControl(r) || unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp)
}

// mail reads a mail address; empty gives the zero address.
func (c *checker) mail(field, value string) addr.Mail {
	value = strings.TrimSpace(value)
	if value == "" {
		return addr.Mail{}
	}
	m, err := addr.ParseMail(value)
	if err != nil {
		c.take(field, err)
		return addr.Mail{}
	}
	return m
}

// phone reads a number that can be called and keeps the way it is written, since
// only its owner knows where the area code ends.
func (c *checker) phone(field, value string) string {
	value = c.line(field, width.Fold.String(value), maxName)
	if value == "" {
		return ""
	}
	if _, err := addr.ParsePhone(value); err != nil {
		c.take(field, err)
		return ""
	}
	return value
}

// url reads the address of a web page; empty is allowed.
func (c *checker) url(field, value string) string {
	value = c.line(field, value, maxURL)
	if value == "" {
		return ""
	}
	u, err := url.Parse(value)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Hostname() == "" || u.User != nil || strings.ContainsAny(value, " <>\"") {
		c.bad(field, "account.url.form")
		return ""
	}
	return value
}

// plain makes a text from outside fit for storing where refusing it would serve
// nobody: valid UTF-8 without control characters, at most limit characters.
func plain(s string, limit int) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "\ufffd"))
	if utf8.RuneCountInString(s) <= limit {
		return s
	}
	return string([]rune(s)[:limit])
}
