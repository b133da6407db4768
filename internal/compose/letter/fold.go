package letter

import (
	"encoding/base64"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxLine is the length of a folded header line and of an encoded body line,
// without its CRLF. RFC 2047 section 2 and RFC 2045 section 6.7 ask for 76.
const maxLine = 76

// line appends to dst and knows the column, so that it can fold.
type line struct {
	dst []byte
	col int
}

func (l *line) write(s string) {
	l.dst = append(l.dst, s...)
	l.col += len(s)
}

// fold begins a continuation line; what follows must begin with a space.
func (l *line) fold() {
	l.dst = append(l.dst, '\r', '\n')
	l.col = 0
}

func (l *line) end() {
	l.dst = append(l.dst, '\r', '\n')
	l.col = 0
}

// token writes a space and s, on a new line if this one is full.
func (l *line) token(s string) {
	if l.col+1+len(s) > maxLine {
		l.fold()
	}
	l.write(" ")
	l.write(s)
}

// text writes an unstructured value behind "Name:".
func (l *line) text(s string) {
	if !plain(s) {
		l.words(s)
		return
	}
	for s != "" {
		n := strings.IndexByte(s, ' ')
		if n < 0 {
			n = len(s)
		}
		l.token(s[:n])
		s = strings.TrimLeft(s[n:], " ")
	}
}

// maxPlain is the longest word left unencoded: it must fit behind a field's name.
const maxPlain = 60

// plain says whether s can stand as it is: ASCII, words that fold, no doubled
// spaces (folding would lose them) and nothing that looks like an encoded word.
func plain(s string) bool {
	word := 0
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c >= 0x7f || c < ' ':
			return false
		case c == ' ':
			if i > 0 && s[i-1] == ' ' {
				return false
			}
			word = 0
		default:
			if word++; word > maxPlain {
				return false
			}
		}
	}
	return !strings.Contains(s, "=?")
}

const wordStart, wordEnd = "=?UTF-8?B?", "?="

// words writes s as encoded words of RFC 2047, each on at most one line, none of
// them ending inside a character.
func (l *line) words(s string) {
	var buf [maxLine]byte
	for s != "" {
		room := (maxLine - l.col - 1 - len(wordStart) - len(wordEnd)) / 4 * 3
		if room < 12 && l.col > 0 {
			l.fold()
			continue
		}
		n := cut(s, room)
		code := buf[:base64.StdEncoding.EncodedLen(n)]
		base64.StdEncoding.Encode(code, []byte(s[:n]))
		l.write(" " + wordStart)
		l.dst = append(l.dst, code...)
		l.col += len(code)
		l.write(wordEnd)
		s = s[n:]
	}
}

// cut returns how many bytes of s, at most room, can be taken without parting a
// character from its combining marks. A character that is longer than room is cut
// between its runes, never within one.
func cut(s string, room int) int {
	if len(s) <= room {
		return len(s)
	}
	whole, runes, joined := 0, 0, false
	for i, r := range s {
		if i > 0 && i <= room {
			runes = i
			if !joined && !joins(r) {
				whole = i
			}
		}
		if i > room {
			break
		}
		joined = r == 0x200d
	}
	if whole > 0 {
		return whole
	}
	return runes
}

// joins says whether r belongs to the character before it: combining marks,
// variation selectors, voiced-sound marks, joiners and skin tones.
func joins(r rune) bool {
	return unicode.In(r, unicode.Mn, unicode.Me, unicode.Mc) || r == 0x200d ||
		r >= 0xff9e && r <= 0xff9f || r >= 0x1f3fb && r <= 0x1f3ff
}

// mailbox writes "name <address>", or the address alone.
func (l *line) mailbox(m Mailbox) {
	address := m.mail.Wire()
	if m.name.s == "" {
		l.token(address)
		return
	}
	l.phrase(m.name.s)
	l.token("<" + address + ">")
}

// phrase writes a display name (RFC 5322 section 3.2.5): as words, quoted, or encoded.
func (l *line) phrase(s string) {
	switch {
	case plain(s) && atoms(s):
		l.text(s)
	case plain(s) && len(s) <= maxPlain:
		l.token(`"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`)
	default:
		l.words(s)
	}
}

func atoms(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] != ' ' && !atomByte(s[i]) {
			return false
		}
	}
	return utf8.ValidString(s)
}
