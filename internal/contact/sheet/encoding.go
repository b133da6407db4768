package sheet

import (
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/unicode"
)

// Encoding is how a file's text is coded.
type Encoding uint8

// The encodings. Detect never returns EUCJP and ISO2022JP: the bytes of both can be
// read as CP932 or ASCII too, so a person has to choose them.
const (
	// Unknown asks the reader to detect.
	Unknown Encoding = iota
	// ASCII has met no other byte yet; a reader decides when it meets one.
	ASCII
	// UTF8 is UTF-8 without a byte order mark.
	UTF8
	// UTF8BOM is UTF-8 with a byte order mark, which Excel needs to read it as UTF-8.
	UTF8BOM
	// UTF16LE is what Excel writes as "Unicode text".
	UTF16LE
	// UTF16BE is UTF-16 with the high byte first.
	UTF16BE
	// CP932 is Windows-31J, which is what "Shift_JIS" means in Japan.
	CP932
	// EUCJP is the encoding of old Unix systems.
	EUCJP
	// ISO2022JP is the seven-bit encoding of old mail.
	ISO2022JP
)

var encodingCodes = [...]string{"", "ascii", "utf-8", "utf-8-bom", "utf-16le", "utf-16be", "cp932", "euc-jp", "iso-2022-jp"}

// Encodings lists those a person may choose, the likeliest first.
func Encodings() []Encoding {
	return []Encoding{UTF8, UTF8BOM, CP932, UTF16LE, UTF16BE, EUCJP, ISO2022JP}
}

// String returns the stable code, as forms and the API carry it; the text for
// people is "sheet.encoding.name." and the code. Unknown is the empty string.
func (e Encoding) String() string {
	if int(e) < len(encodingCodes) {
		return encodingCodes[e]
	}
	return ""
}

// ParseEncoding reads a code of String; ok is false for any other text. The empty
// string is Unknown.
func ParseEncoding(code string) (e Encoding, ok bool) {
	for i, c := range encodingCodes {
		if c == code {
			return Encoding(i), true
		}
	}
	return Unknown, false
}

// coding returns the x/text encoding; ASCII is read as UTF-8, whose part it is.
func (e Encoding) coding() encoding.Encoding {
	switch e {
	case UTF16LE:
		return unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM)
	case UTF16BE:
		return unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM)
	case CP932:
		return japanese.ShiftJIS // in x/text it is Windows-31J, with NEC's and IBM's rows
	case EUCJP:
		return japanese.EUCJP
	case ISO2022JP:
		return japanese.ISO2022JP
	}
	return unicode.UTF8
}

// bom returns the mark that a file in this encoding begins with when we write it.
func (e Encoding) bom() string {
	switch e {
	case UTF8BOM:
		return "\xef\xbb\xbf"
	case UTF16LE:
		return "\xff\xfe"
	case UTF16BE:
		return "\xfe\xff"
	}
	return ""
}
