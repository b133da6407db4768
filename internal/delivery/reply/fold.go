package reply

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// mostText is how many octets of an answer are read: whoever needs more to say why
// says it in the first lines.
const mostText = 2048

// fold brings a text into the shape that patterns are matched with: lower case, one
// space for any white space (answers break their lines anywhere), plain apostrophes.
func fold(text string) string {
	if len(text) > mostText {
		text = text[:mostText]
	}
	var b strings.Builder
	b.Grow(len(text))
	gap := false
	for _, c := range text {
		switch {
		case c <= ' ' || c >= utf8.RuneSelf && unicode.IsSpace(c):
			gap = b.Len() > 0
			continue
		case 'A' <= c && c <= 'Z':
			c += 'a' - 'A'
		case c == '’' || c == '‘' || c == '`':
			c = '\''
		case c >= '０' && c <= '９':
			c -= '０' - '0'
		case c >= utf8.RuneSelf:
			c = unicode.ToLower(c)
		}
		if gap {
			b.WriteByte(' ')
			gap = false
		}
		b.WriteRune(c)
	}
	return b.String()
}
