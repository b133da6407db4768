package dkim

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"hash"
	"io"
)

var (
	space = []byte{' '}
	crlf  = []byte("\r\n")
)

// BodyHasher hashes a body in relaxed form (RFC 6376 3.4.4) while it is written in
// segments of any cut. Hash a shared beginning once and Clone it per recipient.
// Line ends must be CRLF, as the mail client demands too.
type BodyHasher struct {
	hash   hash.Hash
	lines  int  // line ends met and not hashed yet: those at the very end never are
	gap    bool // white space met after them
	inside bool // something was hashed
}

// NewBodyHasher starts an empty body.
func NewBodyHasher() *BodyHasher { return &BodyHasher{hash: sha256.New()} }

// Reset starts an empty body again.
func (b *BodyHasher) Reset() {
	b.hash.Reset()
	b.lines, b.gap, b.inside = 0, false, false
}

// Clone returns an independent copy of what was hashed so far.
func (b *BodyHasher) Clone() (*BodyHasher, error) {
	h, err := cloneHash(b.hash)
	if err != nil {
		return nil, err
	}
	c := *b
	c.hash = h
	return &c, nil
}

// Write hashes a segment. It never fails.
func (b *BodyHasher) Write(p []byte) (int, error) {
	start := 0
	for start < len(p) && isBlank(p[start]) {
		start++
	}
	b.blanks(p[:start])
	if start == len(p) {
		return len(p), nil
	}
	end := len(p)
	for isBlank(p[end-1]) {
		end--
	}
	b.settle()
	writeReduced(b.hash, p[start:end])
	b.inside = true
	b.blanks(p[end:])
	return len(p), nil
}

// Sum appends the hash of the whole body to dst: of what was written, ended by
// exactly one CRLF, or of nothing.
func (b *BodyHasher) Sum(dst []byte) []byte {
	if b.inside {
		_, _ = b.hash.Write(crlf)
		b.inside = false
	}
	return b.hash.Sum(dst)
}

// blanks takes note of white space and line ends.
func (b *BodyHasher) blanks(p []byte) {
	for _, c := range p {
		switch c {
		case '\n':
			b.lines++
			b.gap = false
		case '\r':
		default:
			b.gap = true
		}
	}
}

// settle hashes the blanks that turned out to stand before something.
func (b *BodyHasher) settle() {
	for ; b.lines > 0; b.lines-- {
		_, _ = b.hash.Write(crlf)
	}
	if b.gap {
		_, _ = b.hash.Write(space)
		b.gap = false
	}
}

// writeReduced writes text that neither begins nor ends with white space, each run
// of it within a line reduced to one space and at the end of a line to nothing.
// What is already canonical goes out in long pieces of p itself.
func writeReduced(w io.Writer, p []byte) {
	from := 0
	for i := nextGap(p, 0); i < len(p); {
		j := i + 1
		for isSpace(p[j]) { // ends: the last octet of p is no space
			j++
		}
		_, _ = w.Write(p[from:i])
		if p[j] != '\r' {
			_, _ = w.Write(space)
		}
		from = j
		i = nextGap(p, j)
	}
	_, _ = w.Write(p[from:])
}

// nextGap returns the first place from i on where white space is not one plain
// space between two words, or len(p). It looks at eight octets at a time.
func nextGap(p []byte, i int) int {
	for ; i+9 <= len(p); i += 8 {
		here := binary.LittleEndian.Uint64(p[i:])
		next := binary.LittleEndian.Uint64(p[i+1:])
		tabs := equal(here, '\t')
		if tabs|equal(here, ' ')&(equal(next, ' ')|equal(next, '\t')|equal(next, '\r')) != 0 {
			break
		}
	}
	for ; i < len(p); i++ {
		if p[i] == '\t' || p[i] == ' ' && (isSpace(p[i+1]) || p[i+1] == '\r') {
			return i
		}
	}
	return i
}

// equal sets the high bit of each octet of v that is c.
func equal(v uint64, c byte) uint64 {
	const ones, low, high = 0x0101010101010101, 0x7f7f7f7f7f7f7f7f, 0x8080808080808080
	x := v ^ ones*uint64(c)
	return ^((x&low + low) | x | low) & high
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' }

func isBlank(c byte) bool { return isSpace(c) || c == '\r' || c == '\n' }

// appendHeader appends a header field in relaxed form (RFC 6376 3.4.2) without its
// final CRLF. The field is raw, with its name, colon and folds.
func appendHeader(dst, field []byte) []byte {
	colon := 0
	for colon < len(field) && field[colon] != ':' {
		c := field[colon]
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		dst = append(dst, c)
		colon++
	}
	for len(dst) > 0 && isSpace(dst[len(dst)-1]) {
		dst = dst[:len(dst)-1]
	}
	dst = append(dst, ':')
	first, gap := true, false
	for _, c := range field[min(colon+1, len(field)):] {
		if isBlank(c) {
			gap = true
			continue
		}
		if gap && !first {
			dst = append(dst, ' ')
		}
		dst = append(dst, c)
		first, gap = false, false
	}
	return dst
}

// cloneHash copies a hash with its state.
func cloneHash(h hash.Hash) (hash.Hash, error) {
	c, ok := h.(hash.Cloner)
	if !ok {
		return nil, errors.ErrUnsupported
	}
	return c.Clone()
}
