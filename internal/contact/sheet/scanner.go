package sheet

import (
	"bytes"
	"errors"
	"io"
	"unicode/utf8"
)

// scanner splits UTF-8 text into records by RFC 4180, with CR, LF and CR LF as ends
// of lines. It reads a malformed record to the end that Excel would see, so that it
// keeps its place, and tells what was wrong with it.
type scanner struct {
	src       io.Reader
	buf       []byte
	pos, end  int
	err       error // of src; sticky
	delimiter byte
	stops     [256]bool
	line      int // of the next byte

	// The record read last: its cells' text in one piece, and where each ends.
	first   int // its first line
	last    int // its last line
	text    []byte
	ends    []int
	start   int  // of the cell being read, in text
	full    bool // that cell takes no more
	skipLF  bool // the byte before was a CR inside quotes
	problem *RowError
}

func newScanner(src io.Reader) *scanner {
	return &scanner{src: src, buf: make([]byte, blockSize), line: 1}
}

func (s *scanner) split(delimiter byte) {
	s.delimiter = delimiter
	for _, c := range []byte{delimiter, '"', '\r', '\n'} {
		s.stops[c] = true
	}
}

// ahead fills the buffer before anything is read, and returns it without using it up.
func (s *scanner) ahead() ([]byte, error) {
	for len(s.buf)-s.end >= utf8.UTFMax && s.err == nil {
		var n int
		n, s.err = s.src.Read(s.buf[s.end:])
		s.end += n
	}
	if s.err != nil && !errors.Is(s.err, io.EOF) {
		return nil, s.err
	}
	return s.buf[s.pos:s.end], nil
}

// more says whether there is a byte to read.
func (s *scanner) more() bool {
	for s.pos == s.end && s.err == nil {
		s.pos = 0
		s.end, s.err = s.src.Read(s.buf)
	}
	return s.pos < s.end
}

// record reads one record into the fields above; io.EOF is the end of the file.
func (s *scanner) record() error {
	s.text, s.ends, s.problem = s.text[:0], s.ends[:0], nil
	s.first = s.line
	if !s.more() {
		return s.err
	}
	for s.cell() {
	}
	if s.err != nil && !errors.Is(s.err, io.EOF) {
		return s.err
	}
	if s.problem != nil {
		s.problem.Args = append(s.problem.Args, "Last", s.last)
	}
	return nil
}

// cell reads one cell and what ends it, and says whether another follows.
func (s *scanner) cell() bool {
	s.start, s.full = len(s.text), false
	if s.more() && s.buf[s.pos] == '"' {
		s.pos++
		return s.quoted()
	}
	return s.bare()
}

func (s *scanner) bare() bool {
	for s.more() {
		chunk := s.buf[s.pos:s.end]
		i := 0
		for i < len(chunk) && !s.stops[chunk[i]] {
			i++
		}
		s.keep(chunk[:i])
		s.pos += i
		if i == len(chunk) {
			continue
		}
		s.pos++
		switch chunk[i] {
		case '"':
			s.flag("sheet.row.quote")
			s.keep(chunk[i : i+1])
		case s.delimiter:
			s.close()
			return true
		default:
			s.close()
			s.newline(chunk[i])
			return false
		}
	}
	s.close()
	return false
}

// quoted reads on behind an opening quote.
func (s *scanner) quoted() bool {
	for s.more() {
		chunk := s.buf[s.pos:s.end]
		i := bytes.IndexByte(chunk, '"')
		if i < 0 {
			i = len(chunk)
		}
		s.keep(chunk[:i])
		s.countLines(chunk[:i])
		s.pos += i
		if i == len(chunk) {
			continue
		}
		s.pos++
		if s.more() && s.buf[s.pos] == '"' {
			s.keep(s.buf[s.pos : s.pos+1])
			s.pos++
			s.skipLF = false
			continue
		}
		s.skipLF = false
		return s.afterQuote()
	}
	s.skipLF = false
	s.flag("sheet.row.unclosed")
	s.close()
	return false
}

func (s *scanner) afterQuote() bool {
	if s.more() && !s.stops[s.buf[s.pos]] {
		s.flag("sheet.row.quote")
	}
	return s.bare()
}

// newline counts a line's end, and takes the LF of a CR LF.
func (s *scanner) newline(c byte) {
	s.line++
	if c == '\r' && s.more() && s.buf[s.pos] == '\n' {
		s.pos++
	}
}

// countLines counts the ends of lines inside quotes, where a CR LF may be cut by
// the end of a block.
func (s *scanner) countLines(part []byte) {
	for _, c := range part {
		if c == '\r' || c == '\n' && !s.skipLF {
			s.line++
		}
		s.skipLF = c == '\r'
	}
}

// keep adds to the cell as long as the limits hold, and lets the rest fall.
func (s *scanner) keep(part []byte) {
	if s.full || len(s.ends) >= MaxColumns {
		return
	}
	room := min(MaxCell-(len(s.text)-s.start), MaxRow-len(s.text))
	if s.full = len(part) > room; s.full {
		if MaxRow-len(s.text) == room {
			s.flag("sheet.row.long", "Max", MaxRow>>10)
		} else {
			s.flag("sheet.row.cell_long", "Max", MaxCell>>10)
		}
		for room > 0 && !utf8.RuneStart(part[room]) {
			room--
		}
		part = part[:room]
	}
	s.text = append(s.text, part...)
}

func (s *scanner) close() {
	s.last = s.line
	if len(s.ends) >= MaxColumns {
		s.flag("sheet.row.columns_many", "Max", MaxColumns)
		return
	}
	s.ends = append(s.ends, len(s.text))
}

// flag notes the first thing wrong with the record.
func (s *scanner) flag(key string, args ...any) {
	if s.problem == nil {
		s.problem = &RowError{Line: s.first, Column: len(s.ends) + 1, Key: key, Args: args}
	}
}
