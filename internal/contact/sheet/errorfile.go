package sheet

import (
	"io"
	"strconv"
)

// ErrorFile collects the records of a file that were not taken, so that a person
// can put them right and bring them again: line number and reason first, then the
// cells as they came, in the same encoding and with the same delimiter.
type ErrorFile struct {
	w     *Writer
	cells []string
}

// NewErrorFile writes the header: the two titles given, then the original names.
func NewErrorFile(w io.Writer, f Format, header []string, lineTitle, reasonTitle string) (*ErrorFile, error) {
	if f.Encoding == ASCII {
		f.Encoding = UTF8BOM // the reasons need more than ASCII
	}
	out, err := NewWriter(w, f)
	if err != nil {
		return nil, err
	}
	e := &ErrorFile{w: out}
	return e, e.write(lineTitle, reasonTitle, header)
}

// Add writes one record with the reason as a sentence. Where the file could not be
// decoded, 〓 stands.
func (e *ErrorFile) Add(row Row, reason string) error {
	return e.write(strconv.Itoa(row.Line), reason, row.Cells)
}

func (e *ErrorFile) write(line, reason string, cells []string) error {
	e.cells = append(append(e.cells[:0], line, reason), cells...)
	return e.w.Write(e.cells)
}

// Close writes out what is held back. It does not close what lies below.
func (e *ErrorFile) Close() error { return e.w.Close() }
