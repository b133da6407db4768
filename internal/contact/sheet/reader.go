package sheet

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/kyodaku/kyodaku/internal/fault"
)

// Options say how to read a file. The zero value detects everything.
type Options struct {
	// Encoding is the file's; Unknown detects it.
	Encoding Encoding
	// Delimiter is ',', '\t' or ';'; 0 detects it in the first record.
	Delimiter byte
	// Unprotect takes off the ' that Writer puts before what looks like a formula.
	Unprotect bool
}

// Row is one record of the file.
type Row struct {
	// Line is the line the record begins in, counted from 1.
	Line int
	// Cells are the texts, as many as the header has unless an error says otherwise.
	// The slice is used again by the next call; the strings stay valid.
	Cells []string
}

// RowError is a record that cannot be used. Reading can go on behind it.
type RowError struct {
	// Line is the line the record begins in, counted from 1.
	Line int
	// Column counts from 1; 0 is the record as a whole.
	Column int
	// Key is the i18n key of a sentence, and Args fill it: alternating names and values.
	Key  string
	Args []any
}

// Error returns the text for logs; it holds nothing of the cells.
func (e *RowError) Error() string {
	return fmt.Sprintf("sheet: line %d, column %d: %s", e.Line, e.Column, e.Key)
}

// Reader reads a table with a header row. It is for one goroutine.
type Reader struct {
	source  *source
	scanner *scanner
	opts    Options
	header  []string
	cells   []string
}

// NewReader detects what the options leave open and reads the header. Errors are
// Invalid faults for "file" when the file is to blame: unknown encoding, no header,
// or a header beyond the limits.
func NewReader(r io.Reader, opts Options) (*Reader, error) {
	src, err := newSource(r, opts.Encoding)
	if err != nil {
		return nil, err
	}
	rd := &Reader{source: src, scanner: newScanner(src), opts: opts}
	ahead, err := rd.scanner.ahead()
	if err != nil {
		return nil, err
	}
	if opts.Delimiter == 0 {
		rd.opts.Delimiter = detectDelimiter(ahead)
	}
	if !slices.Contains(delimiters, rd.opts.Delimiter) {
		return nil, fault.Bad("delimiter", "sheet.file.delimiter")
	}
	rd.scanner.split(rd.opts.Delimiter)
	return rd, rd.readHeader()
}

func (r *Reader) readHeader() error {
	row, err := r.next()
	if errors.Is(err, io.EOF) {
		return fault.Bad("file", "sheet.file.empty")
	}
	if bad, ok := errors.AsType[*RowError](err); ok {
		return &fault.Error{
			Kind: fault.Invalid, Err: bad,
			Fields: []fault.Field{{Name: "file", Key: "sheet.file.header", Args: []any{"Line", bad.Line}}},
		}
	}
	if err != nil {
		return err
	}
	for _, name := range row.Cells {
		r.header = append(r.header, strings.TrimSpace(name))
	}
	if strings.Join(r.header, "") == "" {
		return fault.Bad("file", "sheet.file.header", "Line", row.Line)
	}
	return nil
}

// Header returns the names in the first record, without spaces around them.
func (r *Reader) Header() []string { return slices.Clone(r.header) }

// Encoding returns what the file is read as. It may turn from ASCII to another one
// while rows are read.
func (r *Reader) Encoding() Encoding { return r.source.encoding }

// Delimiter returns what stands between cells.
func (r *Reader) Delimiter() byte { return r.opts.Delimiter }

// Offset returns how many bytes of the file have been read, for showing progress.
func (r *Reader) Offset() int64 { return r.source.read }

// Next returns the next record that holds anything. A *RowError comes with what
// could be read of the cells, and the next call goes on behind it; io.EOF is the
// end; any other error ends the reading.
func (r *Reader) Next() (Row, error) {
	row, err := r.next()
	if err == nil && len(row.Cells) != len(r.header) {
		err = &RowError{Line: row.Line, Key: "sheet.row.columns", Args: []any{"Got", len(row.Cells), "Want", len(r.header)}}
	}
	return row, err
}

func (r *Reader) next() (Row, error) {
	s := r.scanner
	for {
		if err := s.record(); err != nil {
			return Row{}, err
		}
		if len(s.text) > 0 || s.problem != nil {
			break
		}
	}
	r.cells = r.cells[:0]
	text, from := string(s.text), 0
	for _, to := range s.ends {
		cell := text[from:to]
		if r.opts.Unprotect {
			cell = unprotect(cell)
		}
		r.cells = append(r.cells, cell)
		from = to
	}
	row := Row{Line: s.first, Cells: r.cells}
	if s.problem != nil {
		return row, s.problem
	}
	return row, r.checkText()
}

// checkText finds NUL and what could not be decoded. U+FFFD in the file itself is
// the scar of an earlier failure, and no better.
func (r *Reader) checkText() error {
	text := r.scanner.text
	at, key := bytes.IndexByte(text, 0), "sheet.row.nul"
	if at < 0 {
		at, key = bytes.Index(text, []byte("\ufffd")), "sheet.row.undecodable"
	}
	if at < 0 && r.source.encoding == CP932 {
		at = bytes.Index(text, []byte("\u0080")) // x/text lets the byte 0x80 pass
	}
	if at < 0 {
		return nil
	}
	column, _ := slices.BinarySearch(r.scanner.ends, at+1)
	return &RowError{
		Line: r.scanner.first, Column: column + 1, Key: key,
		Args: []any{"Encoding", r.source.encoding.String()},
	}
}

var delimiters = []byte{',', '\t', ';'}

// detectDelimiter counts in the first record, outside quotes; a comma wins a draw.
func detectDelimiter(text []byte) byte {
	text = bytes.TrimLeft(text, "\r\n")
	counts, quoted := [256]int{}, false
	for _, c := range text {
		if c == '"' {
			quoted = !quoted
		}
		if quoted {
			continue
		}
		if c == '\n' || c == '\r' {
			break
		}
		counts[c]++
	}
	best := delimiters[0]
	for _, d := range delimiters[1:] {
		if counts[d] > counts[best] {
			best = d
		}
	}
	return best
}
