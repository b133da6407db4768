package sheet

import (
	"bytes"
	"fmt"
	"unicode/utf8"

	"github.com/kyodaku/kyodaku/internal/fault"
)

// cutFrom is the length from which a prefix is likely to be cut inside a character.
const cutFrom = 4 << 10

// detectAt tells the encoding from what stands at an offset in a file, which is for
// telling people where; some 64 KiB are plenty. It may end inside a character. When the
// bytes fit nothing, or fit two encodings equally, the error is an Invalid fault for
// "file" that says what was seen.
func detectAt(prefix []byte, offset int64) (Encoding, error) {
	if e := byMark(prefix); e != Unknown {
		return e, nil
	}
	if key := foreign(prefix); key != "" {
		return Unknown, fault.Bad("file", key)
	}
	first := bytes.IndexFunc(prefix, func(r rune) bool { return r >= utf8.RuneSelf })
	if first < 0 || len(prefix) > cutFrom && first >= len(prefix)-3 {
		return ASCII, nil
	}
	u, s := countUTF8(prefix), countCP932(prefix)
	switch {
	case u.good > 0 && u.bad+u.long+s.bad+s.long == 0:
		return shortRuns(prefix, offset)
	case u.good > 0 && u.bad*4 <= u.good:
		return UTF8, nil
	case fitsEUC(prefix):
		return Unknown, fault.Bad("file", "sheet.encoding.euc")
	case s.good > 0 && s.bad*4 <= s.good:
		return CP932, nil
	}
	return Unknown, fault.Bad("file", "sheet.encoding.unknown",
		"Offset", offset+int64(first)+1, "Byte", fmt.Sprintf("0x%02X", prefix[first]))
}

// byMark returns Unknown when there is no byte order mark that we read.
func byMark(b []byte) Encoding {
	switch {
	case bytes.HasPrefix(b, []byte(UTF8BOM.bom())):
		return UTF8BOM
	case bytes.HasPrefix(b, []byte("\xff\xfe\x00\x00")):
		return Unknown // UTF-32
	case bytes.HasPrefix(b, []byte(UTF16LE.bom())):
		return UTF16LE
	case bytes.HasPrefix(b, []byte(UTF16BE.bom())):
		return UTF16BE
	}
	return Unknown
}

// foreign names what is no table of text, or none that may be guessed.
func foreign(b []byte) string {
	switch {
	case bytes.HasPrefix(b, []byte("PK\x03\x04")), bytes.HasPrefix(b, []byte("\xd0\xcf\x11\xe0")):
		return "sheet.encoding.workbook"
	case bytes.HasPrefix(b, []byte("%PDF-")), bytes.HasPrefix(b, []byte("\x1f\x8b")):
		return "sheet.encoding.binary"
	case bytes.Contains(b, []byte("\x1b$B")), bytes.Contains(b, []byte("\x1b$@")):
		return "sheet.encoding.iso2022jp"
	}
	// One NUL in a long file is a bad row; many are UTF-16 without a mark, or no text.
	if n := bytes.Count(b, []byte{0}); n > 0 && n*8 >= len(b) {
		if n*3 >= len(b) {
			return "sheet.encoding.utf16_bare"
		}
		return "sheet.encoding.binary"
	}
	return ""
}

// count is how well bytes outside ASCII fit an encoding: characters that fit, those
// among them of the longer kind (three bytes in UTF-8, two in CP932), and bytes that do not.
type count struct{ good, long, bad int }

func countUTF8(b []byte) (c count) {
	for len(b) > 0 {
		if b[0] < utf8.RuneSelf {
			b = b[1:]
			continue
		}
		if !utf8.FullRune(b) {
			return c
		}
		r, size := utf8.DecodeRune(b)
		switch {
		case r == utf8.RuneError && size == 1:
			c.bad++
		case size > 2:
			c.long++
			c.good++
		default:
			c.good++
		}
		b = b[size:]
	}
	return c
}

func countCP932(b []byte) (c count) {
	for i := 0; i < len(b); i++ {
		switch x := b[i]; {
		case x < 0x80:
		case 0xA1 <= x && x <= 0xDF:
			c.good++
		case x == 0x80 || x == 0xA0 || x > 0xFC:
			c.bad++
		case i+1 == len(b):
			return c
		case b[i+1] >= 0x40 && b[i+1] != 0x7F && b[i+1] <= 0xFC:
			c.good++
			c.long++
			i++
		default:
			c.bad++
		}
	}
	return c
}

// shortRuns decides about bytes that are two-byte characters in UTF-8 (é) and pairs
// of half-width kana in CP932 (ﾃｩ). Kana do not stand inside Latin words; when no
// Latin letter is beside any of them, both readings are as good.
func shortRuns(b []byte, offset int64) (Encoding, error) {
	first := -1
	for i := 0; i < len(b); i++ {
		if b[i] < utf8.RuneSelf {
			continue
		}
		start := i
		if first < 0 {
			first = start
		}
		for i < len(b) && b[i] >= utf8.RuneSelf {
			i++
		}
		if start > 0 && isLetter(b[start-1]) || i < len(b) && isLetter(b[i]) {
			return UTF8, nil
		}
	}
	return Unknown, fault.Bad("file", "sheet.encoding.ambiguous", "Offset", offset+int64(first)+1)
}

func isLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }

// fitsEUC tells bytes that are pairs as in EUC-JP. CP932 fits this only without a
// single hiragana, katakana or usual kanji: when it holds half-width kana alone, and
// every run of them is even.
func fitsEUC(b []byte) bool {
	for i := 0; i < len(b); i++ {
		switch x := b[i]; {
		case x < 0x80:
		case x < 0xA1 || x > 0xFE:
			return false
		case i+1 == len(b):
		case b[i+1] < 0xA1 || b[i+1] > 0xFE:
			return false
		default:
			i++
		}
	}
	return true
}
