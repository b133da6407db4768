package kana

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
	"golang.org/x/text/width"
)

// NormalName returns a name in the form to keep: half-width kana and full-width
// letters in their ordinary width, combining marks joined (NFC), runs of space
// (also the ideographic one) as one plain space, control characters gone. ㈱, 髙
// and 﨑 stay as they are. Keep what was typed beside it.
func NormalName(s string) string {
	if isPlain(s) {
		return s
	}
	s = strings.Join(strings.Fields(width.Fold.String(s)), " ")
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == unicode.ReplacementChar {
			return -1
		}
		return r
	}, s)
	return strings.Join(strings.Fields(compose(s)), " ")
}

// isPlain tells texts of ordinary characters without doubled or outer spaces, which
// is most of what files hold; nothing is to be done to them.
func isPlain(s string) bool {
	space := true
	for _, r := range s {
		if !ordinary(r) || r == ' ' && space {
			return false
		}
		space = r == ' '
	}
	return s == "" || !space
}

// ordinary tells the characters that neither folding of widths nor NFC touches,
// wherever they stand: printable ASCII, kana (without the combining marks and the middle
// dot), 々, the long mark and the unified ideographs.
func ordinary(r rune) bool {
	switch {
	case r < 0x3000:
		return ' ' <= r && r <= '~'
	case r < 0x4E00:
		return 'ぁ' <= r && r <= 'ゖ' || 'ァ' <= r && r <= 'ヺ' || r == 'ー' || r == '々'
	}
	return r <= 0x9FFF
}

// compose is NFC that leaves the CJK compatibility ideographs alone: NFC maps them
// to other characters (U+FA19 to 神), and a person's name is the one they write.
func compose(s string) string {
	if !strings.ContainsFunc(s, isCompatIdeograph) {
		return norm.NFC.String(s)
	}
	var b strings.Builder
	for s != "" {
		i := strings.IndexFunc(s, isCompatIdeograph)
		if i < 0 {
			b.WriteString(norm.NFC.String(s))
			break
		}
		b.WriteString(norm.NFC.String(s[:i]))
		_, size := utf8.DecodeRuneInString(s[i:])
		b.WriteString(s[i : i+size])
		s = s[i+size:]
	}
	return b.String()
}

func isCompatIdeograph(r rune) bool {
	return 0xF900 <= r && r <= 0xFAFF || 0x2F800 <= r && r <= 0x2FA1F
}

// SplitReading cuts a full name or reading (ヤマダ タロウ) at its first space into
// family and given name. Without a space all of it is the family name: a guess
// would be wrong too often.
func SplitReading(s string) (family, given string) {
	family, given, _ = strings.Cut(NormalName(s), " ")
	return family, given
}
