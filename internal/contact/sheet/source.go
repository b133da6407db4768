package sheet

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"

	"golang.org/x/text/transform"

	"github.com/kyodaku/kyodaku/internal/fault"
)

const blockSize = 64 << 10

// source decodes a file to UTF-8 block by block. Bytes that cannot be decoded come
// out as U+FFFD. A file that begins with ASCII alone is detected at the first other
// byte, however late that comes.
type source struct {
	raw      *bufio.Reader
	encoding Encoding
	decoder  transform.Transformer
	begun    bool
	read     int64
}

// newSource takes a byte order mark off. When the encoding is Unknown and there is
// no mark, the first byte that is not ASCII decides.
func newSource(r io.Reader, e Encoding) (*source, error) {
	s := &source{raw: bufio.NewReaderSize(r, blockSize), encoding: e}
	if e == Unknown {
		prefix, err := s.peek()
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, err
		}
		if e = byMark(prefix); e == Unknown {
			e = ASCII
			if key := foreign(prefix); key != "" {
				return nil, fault.Bad("file", key)
			}
		}
	}
	s.use(e)
	return s, nil
}

func (s *source) use(e Encoding) {
	s.encoding, s.decoder = e, nil
	if e != ASCII {
		s.decoder = e.coding().NewDecoder()
	}
}

// peek returns what lies ahead, up to a block; the error is only told when nothing does.
func (s *source) peek() ([]byte, error) {
	b, err := s.raw.Peek(blockSize)
	if len(b) > 0 || err == nil {
		return b, nil
	}
	if !errors.Is(err, io.EOF) {
		err = fmt.Errorf("sheet: read: %w", err)
	}
	return nil, err
}

func (s *source) discard(n int) {
	_, _ = s.raw.Discard(n) // n was peeked, so it is there
	s.read += int64(n)
}

// Read gives UTF-8, at least one byte or an error; p must hold utf8.UTFMax bytes.
func (s *source) Read(p []byte) (int, error) {
	for {
		b, err := s.peek()
		if err != nil {
			return 0, err
		}
		n, used, err := s.decode(p, b)
		s.discard(used)
		if n > 0 || err != nil {
			return n, err
		}
	}
}

func (s *source) decode(p, b []byte) (n, used int, err error) {
	last := len(b) < blockSize // Peek fills a block otherwise
	if s.decoder == nil {
		n, err = s.plain(b, last)
		if err != nil {
			return 0, 0, err
		}
		if n > 0 {
			n = copy(p, b[:n])
			return n, n, nil
		}
	}
	n, used, err = s.decoder.Transform(p, b, last)
	if errors.Is(err, transform.ErrShortDst) || errors.Is(err, transform.ErrShortSrc) {
		err = nil
	}
	if !s.begun && n > 0 {
		s.begun = true
		n = copy(p, bytes.TrimPrefix(p[:n], []byte("\ufeff")))
	}
	return n, used, err
}

// plain returns how much of b can pass as ASCII; when that is nothing, the encoding
// is found and a decoder set. One ASCII byte stays before the first other one, for
// Detect to see what stands beside it and to take nothing for a byte order mark; two
// more stay at the end of a block, which may begin an escape sequence.
func (s *source) plain(b []byte, last bool) (int, error) {
	seen, pass := len(b), len(b)
	if !last {
		seen, pass = len(b)-2, len(b)-3
	}
	for i, c := range b[:seen] {
		if c < utf8.RuneSelf && c != 0x1b {
			continue
		}
		if i > 1 {
			return i - 1, nil
		}
		e, err := detectAt(b, s.read)
		if e != ASCII && err == nil {
			s.use(e)
			pass = 0
		}
		return pass, err
	}
	return pass, nil
}
