package addr

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/width"
)

// The limits in octets of the form that goes on the wire: local part by RFC 5321
// section 4.5.3.1.1, the whole by the 256 octets of a path less its brackets
// (RFC 3696 erratum 1690).
const (
	maxLocal = 64
	maxMail  = 254
)

// Parser reads mail addresses with its own list of carriers.
type Parser struct {
	carriers []string
	anywhere bool
}

// NewParser makes a parser that takes the legacy local parts (a..b@, .a@, a.@) at
// the given carrier domains and their subdomains, and nowhere else. A malformed
// domain is an Invalid fault.
func NewParser(carriers []string) (*Parser, error) {
	p := &Parser{}
	for _, c := range carriers {
		d, err := parseDomain(c)
		if err != nil {
			return nil, err
		}
		p.carriers = append(p.carriers, d)
	}
	return p, nil
}

// ParseMail reads a mail address with the default carriers: dot-atom, quoted
// string, internationalised domain and local part (RFC 5321, 5890, 6531). It takes
// the address alone, without a name, brackets or spaces around it, and repairs
// nothing. Errors are Invalid faults for the field "address".
func ParseMail(s string) (Mail, error) {
	return (&Parser{carriers: legacyCarriers}).ParseMail(s)
}

// StoredMail reads what Mail.String wrote earlier. It takes the legacy local parts
// at any domain, so that an address stays readable when its carrier has left the list.
func StoredMail(s string) (Mail, error) {
	return (&Parser{anywhere: true}).ParseMail(s)
}

// ParseMail reads a mail address as the function ParseMail does, with the
// parser's own carriers.
func (p *Parser) ParseMail(s string) (Mail, error) {
	if s == "" {
		return Mail{}, bad("addr.mail.empty")
	}
	if err := checkRunes(s); err != nil {
		return Mail{}, err
	}
	local, rest, quoted, err := splitMail(s)
	if err != nil {
		return Mail{}, err
	}
	domain, err := parseDomain(rest)
	if err != nil {
		return Mail{}, err
	}
	m := Mail{local: local, domain: domain}
	if !isDotAtom(local) {
		if m.legacy = p.takesLegacy(m, quoted); !m.legacy && !quoted {
			return Mail{}, localError(local)
		}
	}
	return m, checkLength(&m)
}

func (p *Parser) takesLegacy(m Mail, quoted bool) bool {
	if !isDotsAndAtoms(m.local) || !isASCII(m.local) || strings.Trim(m.local, ".") == "" {
		return false
	}
	if p.anywhere {
		return !quoted
	}
	return slices.ContainsFunc(p.carriers, func(c string) bool {
		return m.domain == c || strings.HasSuffix(m.domain, "."+c)
	})
}

func localError(local string) error {
	if isDotsAndAtoms(local) {
		return bad("addr.mail.dots")
	}
	return bad("addr.mail.local")
}

// checkLength empties m when it is too long, so that no half-checked value escapes.
func checkLength(m *Mail) error {
	local, whole := len(wireLocal(m.local)), len(m.Wire())
	if local <= maxLocal && whole <= maxMail {
		return nil
	}
	*m = Mail{}
	if local > maxLocal {
		return bad("addr.mail.local_long", "Max", maxLocal)
	}
	return bad("addr.mail.long", "Max", maxMail)
}

// checkRunes refuses what no address holds, quoted or not.
func checkRunes(s string) error {
	if len(s) > 4*maxMail {
		return bad("addr.mail.long", "Max", maxMail)
	}
	if !utf8.ValidString(s) {
		return bad("addr.mail.control")
	}
	for _, r := range s {
		switch {
		case r != ' ' && unicode.IsSpace(r) && !unicode.IsControl(r):
			return bad("addr.mail.space")
		case r >= 0x80 && isWide(r):
			return bad("addr.mail.width", "Char", string(r))
		case !unicode.IsPrint(r) || r == utf8.RuneError:
			return bad("addr.mail.control")
		}
	}
	return nil
}

// isWide tells the full-width and half-width twins of ordinary characters, and
// the Japanese full stop and comma that a keyboard gives instead of a dot.
func isWide(r rune) bool {
	kind := width.LookupRune(r).Kind()
	return kind == width.EastAsianFullwidth || kind == width.EastAsianHalfwidth || r == '。' || r == '、'
}

// splitMail returns the local part without quoting, and what follows the @.
func splitMail(s string) (local, domain string, quoted bool, err error) {
	if s[0] == '"' {
		local, domain, err = splitQuoted(s)
		return local, domain, true, err
	}
	if strings.Contains(s, " ") {
		return "", "", false, bad("addr.mail.space")
	}
	local, domain, found := strings.Cut(s, "@")
	if !found || local == "" || domain == "" || strings.Contains(domain, "@") {
		return "", "", false, bad("addr.mail.at")
	}
	return local, domain, false, nil
}

// splitQuoted reads the Quoted-string of RFC 5321 section 4.1.2; s begins with ".
func splitQuoted(s string) (local, domain string, err error) {
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		switch c := s[i]; c {
		case '\\':
			i++
			if i == len(s) || s[i] >= 0x80 {
				return "", "", bad("addr.mail.quote")
			}
			b.WriteByte(s[i])
		case '"':
			domain, found := strings.CutPrefix(s[i+1:], "@")
			if !found || b.Len() == 0 {
				return "", "", bad("addr.mail.quote")
			}
			return b.String(), domain, nil
		default:
			b.WriteByte(c)
		}
	}
	return "", "", bad("addr.mail.quote")
}
