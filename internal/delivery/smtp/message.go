package smtp

import (
	"bytes"
	"encoding/binary"
	"errors"
	"net"
)

// maxLine is the longest line without its CRLF (RFC 5321 4.5.3.1.6).
const maxLine = 998

// blockSize is how much is written under one deadline. A usual mail is one block
// and so one writev.
const blockSize = 256 << 10

var (
	errEmpty    = errors.New("message is empty")
	errBareLF   = errors.New("message has a bare LF")
	errBareCR   = errors.New("message has a bare CR")
	errNUL      = errors.New("message has a NUL")
	errLongLine = errors.New("message has a line over 998 octets")
	errNoEnd    = errors.New("message does not end with CRLF")
)

var finalDot = []byte(".\r\n")

// message is a body cut into segments as they go out: dots stuffed, final dot
// last. The segments point into the body; nothing is copied.
type message struct {
	segments net.Buffers
	rest     net.Buffers // the segments not written yet
	total    int64       // octets of all segments
	tail     int64       // octets of the end without which the message is not whole
	eightBit bool        // some octet is not ASCII
}

// load checks body and cuts it, with stuffed dots and the final one unless it goes as
// a chunk. What is not clean is refused and not repaired: the message is signed, and
// a repaired line end is how mails are smuggled.
func (m *message) load(body []byte, chunk bool) error {
	m.segments, m.total = m.segments[:0], 0
	if len(body) == 0 {
		return errEmpty
	}
	if bytes.IndexByte(body, 0) >= 0 {
		return errNUL
	}
	start := 0
	for pos := 0; pos < len(body); {
		n := bytes.IndexByte(body[pos:], '\n')
		if err := checkLine(body[pos:], n); err != nil {
			return err
		}
		if body[pos] == '.' && !chunk {
			// The dot ends one segment and begins the next: stuffed without a copy.
			m.add(body[start : pos+1])
			start = pos
		}
		pos += n + 1
	}
	m.add(body[start:])
	m.tail = 1
	if !chunk {
		m.add(finalDot)
		m.tail = int64(len(finalDot))
	}
	m.rest = m.segments
	m.eightBit = hasEightBit(body)
	return nil
}

// checkLine judges the line that ends with the LF at rest[n].
func checkLine(rest []byte, n int) error {
	switch {
	case n < 0:
		return errNoEnd
	case n == 0 || rest[n-1] != '\r':
		return errBareLF
	case n-1 > maxLine:
		return errLongLine
	case bytes.IndexByte(rest[:n-1], '\r') >= 0:
		return errBareCR
	default:
		return nil
	}
}

// add appends a segment in pieces of at most a block.
func (m *message) add(p []byte) {
	m.total += int64(len(p))
	for len(p) > blockSize {
		m.segments = append(m.segments, p[:blockSize])
		p = p[blockSize:]
	}
	m.segments = append(m.segments, p)
}

// block cuts the next block off the rest.
func (m *message) block() net.Buffers {
	size, n := len(m.rest[0]), 1
	for n < len(m.rest) && size+len(m.rest[n]) <= blockSize {
		size += len(m.rest[n])
		n++
	}
	b := m.rest[:n:n]
	m.rest = m.rest[n:]
	return b
}

// lead puts commands before a loaded message.
func (m *message) lead(commands []byte) {
	m.segments = append(m.segments, nil)
	copy(m.segments[1:], m.segments)
	m.segments[0] = commands
	m.total += int64(len(commands))
	m.rest = m.segments
}

// hasDot says whether the first n octets that left hold the final dot itself, or all
// of a chunk.
func (m *message) hasDot(n int64) bool { return n > m.total-m.tail }

// hasEightBit looks at eight octets at a time.
func hasEightBit(p []byte) bool {
	const high = 0x8080808080808080
	for len(p) >= 8 {
		if binary.LittleEndian.Uint64(p)&high != 0 {
			return true
		}
		p = p[8:]
	}
	for _, c := range p {
		if c >= 0x80 {
			return true
		}
	}
	return false
}
