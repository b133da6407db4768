package addr

import (
	"strings"

	"golang.org/x/text/unicode/norm"
)

// Mail is a parsed mail address. The zero value is no address. Values can be
// compared with ==, which tells whether they are written the same; whether they
// are the same mailbox is told by Canonical.
type Mail struct {
	local  string // as typed, without quoting
	domain string // lower-case A-labels
	legacy bool   // local is no dot-atom and is written plainly all the same
}

// IsZero says whether this is no address.
func (m Mail) IsZero() bool { return m.domain == "" }

// Channel returns Email.
func (m Mail) Channel() Channel { return Email }

// Local returns the local part as typed, without quoting.
func (m Mail) Local() string { return m.local }

// Domain returns the domain in lower-case A-labels (RFC 5890).
func (m Mail) Domain() string { return m.domain }

// Legacy says whether the local part breaks RFC 5321's dot-atom in the way old
// Japanese carrier addresses do: a..b@, .a@, a.@. Such an address is quoted on the
// wire, and some providers refuse to send to it even so.
func (m Mail) Legacy() bool { return m.legacy }

// NeedsSMTPUTF8 says whether the local part needs the SMTPUTF8 extension
// (RFC 6531). The domain never does: it is sent in A-labels.
func (m Mail) NeedsSMTPUTF8() bool { return !isASCII(m.local) }

// Canonical returns the key for comparing: local part in lower case and NFC,
// domain in lower-case A-labels, no quoting. RFC 5321 leaves the case of the local
// part to the receiving host; hosts that tell A from a are so rare that treating
// them as one person is the safe side for a refusal.
func (m Mail) Canonical() Canonical {
	if m.IsZero() {
		return ""
	}
	local := strings.ToLower(m.local)
	if !isASCII(local) {
		local = norm.NFC.String(local)
	}
	return Canonical(local + "@" + m.domain)
}

// String returns the plain form to store: the local part as typed, quoted only
// where it could not be read again otherwise, and the domain in A-labels.
func (m Mail) String() string {
	if m.IsZero() {
		return ""
	}
	if m.legacy {
		return m.local + "@" + m.domain
	}
	return m.Wire()
}

// Wire returns the form for SMTP commands and header fields, with the local part
// quoted where RFC 5321 section 4.1.2 requires it.
func (m Mail) Wire() string {
	if m.IsZero() {
		return ""
	}
	return wireLocal(m.local) + "@" + m.domain
}

// WireAsIs is Wire for servers that know an old address only as it was issued: a
// Legacy local part is not quoted.
func (m Mail) WireAsIs() string {
	if m.legacy {
		return m.local + "@" + m.domain
	}
	return m.Wire()
}

// Display returns the form for people, with the domain in Unicode.
func (m Mail) Display() string {
	if m.IsZero() {
		return ""
	}
	local := m.local
	if !m.legacy {
		local = wireLocal(m.local)
	}
	return local + "@" + unicodeDomain(m.domain)
}

// Role says whether the local part names a function (info@, sales@) and not a
// person: several people may read it, and it belongs to an organisation.
func (m Mail) Role() bool {
	name, _, _ := strings.Cut(strings.ToLower(m.local), "+")
	return roles[strings.NewReplacer("-", "", "_", "", ".", "").Replace(name)]
}

func wireLocal(local string) string {
	if isDotAtom(local) {
		return local
	}
	var b strings.Builder
	b.Grow(len(local) + 2)
	b.WriteByte('"')
	for i := 0; i < len(local); i++ {
		if local[i] == '"' || local[i] == '\\' {
			b.WriteByte('\\')
		}
		b.WriteByte(local[i])
	}
	b.WriteByte('"')
	return b.String()
}

// isDotAtom tells RFC 5322's dot-atom, with the UTF-8 of RFC 6532 as atom text.
func isDotAtom(s string) bool {
	if s == "" || s[0] == '.' || s[len(s)-1] == '.' || strings.Contains(s, "..") {
		return false
	}
	return isDotsAndAtoms(s)
}

func isDotsAndAtoms(s string) bool {
	for i := 0; i < len(s); i++ {
		if c := s[i]; c < 0x80 && c != '.' && !isAtomByte(c) {
			return false
		}
	}
	return s != ""
}

func isAtomByte(c byte) bool {
	switch {
	case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9':
		return true
	}
	return c < 0x80 && strings.IndexByte("!#$%&'*+-/=?^_`{|}~", c) >= 0
}

func isASCII(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}
