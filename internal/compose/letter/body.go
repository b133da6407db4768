package letter

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"slices"
)

// encoding is a Content-Transfer-Encoding.
type encoding uint8

const (
	base64Encoding encoding = iota
	quotedPrintable
)

func (e encoding) String() string {
	if e == quotedPrintable {
		return "quoted-printable"
	}
	return "base64"
}

// choose takes the encoding that makes the sample smaller. Japanese triples in
// quoted-printable and grows by a third in base64; English is the other way round.
func choose(sample []byte) encoding {
	size := 0
	for _, c := range sample {
		size++
		if c >= 0x7f || c == '=' {
			size += 2
		}
	}
	if size < base64.StdEncoding.EncodedLen(len(sample)) {
		return quotedPrintable
	}
	return base64Encoding
}

func (e encoding) append(dst, text []byte) []byte {
	if e == quotedPrintable {
		return appendQuoted(dst, text)
	}
	return appendBase64(dst, text)
}

// appendCRLF copies text with every line end written as CRLF: the canonical form
// that RFC 2045 section 6.6 wants before a text part is encoded.
func appendCRLF(dst, text []byte) []byte {
	for len(text) > 0 {
		i := bytes.IndexByte(text, '\n')
		rest := text[len(text):]
		part := text
		if i >= 0 {
			part, rest = text[:i], text[i+1:]
			part = bytes.TrimSuffix(part, []byte{'\r'})
		}
		for j := bytes.IndexByte(part, '\r'); j >= 0; j = bytes.IndexByte(part, '\r') {
			dst = append(append(dst, part[:j]...), '\r', '\n')
			part = part[j+1:]
		}
		dst = append(dst, part...)
		if i >= 0 {
			dst = append(dst, '\r', '\n')
		}
		text = rest
	}
	return dst
}

const rawLine = maxLine / 4 * 3 // bytes of text on one base64 line

func appendBase64(dst, text []byte) []byte {
	lines := (len(text) + rawLine - 1) / rawLine
	size := base64.StdEncoding.EncodedLen(len(text)) + 2*lines
	at := len(dst)
	dst = slices.Grow(dst, size)[:at+size]
	for len(text) >= rawLine+2 {
		wholeLine((*[maxLine + 2]byte)(dst[at:]), (*[rawLine + 2]byte)(text))
		at += maxLine + 2
		text = text[rawLine:]
	}
	for len(text) > 0 {
		n := min(rawLine, len(text))
		base64.StdEncoding.Encode(dst[at:], text[:n])
		at += base64.StdEncoding.EncodedLen(n)
		dst[at], dst[at+1] = '\r', '\n'
		at += 2
		text = text[n:]
	}
	return dst
}

// wholeLine encodes 57 bytes to 76 and CRLF. Encoding was two thirds of the time a
// letter takes; six bytes at a time through pairs it is under half of that. src is
// two bytes longer than what is encoded, because eight are read at a time.
func wholeLine(dst *[maxLine + 2]byte, src *[rawLine + 2]byte) {
	for i := range rawLine / 6 {
		v := binary.BigEndian.Uint64(src[6*i:])
		binary.LittleEndian.PutUint64(dst[8*i:], uint64(pairs[v>>52])|uint64(pairs[v>>40&0xfff])<<16|
			uint64(pairs[v>>28&0xfff])<<32|uint64(pairs[v>>16&0xfff])<<48)
	}
	v := binary.BigEndian.Uint32(src[rawLine-3:])
	binary.LittleEndian.PutUint32(dst[maxLine-4:], uint32(pairs[v>>20])|uint32(pairs[v>>8&0xfff])<<16)
	dst[maxLine], dst[maxLine+1] = '\r', '\n'
}

// pairs holds the two letters of base64 for every twelve bits. It never changes.
var pairs = makePairs()

func makePairs() (p [4096]uint16) {
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
	for i := range p {
		p[i] = uint16(letters[i>>6]) | uint16(letters[i&63])<<8
	}
	return p
}

const hexDigits = "0123456789ABCDEF"

// appendQuoted writes quoted-printable (RFC 2045 section 6.7). A dot, a dash or
// "From " at the start of a line is encoded, so that neither a careless relay nor
// a boundary can mistake it.
func appendQuoted(dst, text []byte) []byte {
	dst = slices.Grow(dst, len(text)+len(text)/8+64)
	col := 0
	for i := 0; i < len(text); i++ {
		c := text[i]
		if c == '\r' && i+1 < len(text) && text[i+1] == '\n' {
			dst = append(dst, '\r', '\n')
			col = 0
			i++
			continue
		}
		raw := literal(c, text[i+1:], col)
		need := 1
		if !raw {
			need = 3
		}
		if col+need > maxLine-1 {
			dst = append(dst, '=', '\r', '\n')
			col = 0
			raw = literal(c, text[i+1:], 0)
		}
		if raw {
			dst = append(dst, c)
			col++
		} else {
			dst = append(dst, '=', hexDigits[c>>4], hexDigits[c&15])
			col += 3
		}
	}
	if col > 0 {
		dst = append(dst, '\r', '\n')
	}
	return dst
}

// literal says whether c may stand as it is at this column before rest.
func literal(c byte, rest []byte, col int) bool {
	switch {
	case c == ' ' || c == '\t':
		return len(rest) > 0 && rest[0] != '\r'
	case c < ' ' || c >= 0x7f || c == '=':
		return false
	case col == 0:
		return c != '.' && c != '-' && !(c == 'F' && bytes.HasPrefix(rest, []byte("rom ")))
	}
	return true
}
