package sheet

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/kyodaku/kyodaku/internal/fault"
)

// Format says how a file is written. The zero value is UTF-8 with a byte order
// mark and commas, which every Excel opens rightly.
type Format struct {
	Encoding  Encoding
	Delimiter byte
}

// Writer writes a table as CSV with CR LF (RFC 4180). Cells that a spreadsheet would
// take for formulas get a ' before them; Options.Unprotect takes it off again. It
// is for one goroutine.
type Writer struct {
	out       *bufio.Writer
	encoder   *encoder
	delimiter byte
	rows      int
	text      []byte
	coded     []byte
}

// NewWriter writes the byte order mark, if the encoding has one. An unknown
// delimiter is an Invalid fault.
func NewWriter(w io.Writer, f Format) (*Writer, error) {
	if f.Encoding == Unknown {
		f.Encoding = UTF8BOM
	}
	if f.Delimiter == 0 {
		f.Delimiter = ','
	}
	if !slices.Contains(delimiters, f.Delimiter) {
		return nil, fault.Bad("delimiter", "sheet.file.delimiter")
	}
	out := bufio.NewWriterSize(w, blockSize)
	if _, err := out.WriteString(f.Encoding.bom()); err != nil {
		return nil, fmt.Errorf("sheet: write: %w", err)
	}
	return &Writer{out: out, encoder: newEncoder(f.Encoding), delimiter: f.Delimiter}, nil
}

// Write adds a record; the first one is the header.
func (w *Writer) Write(cells []string) error {
	w.rows++
	w.text = w.text[:0]
	for i, cell := range cells {
		if i > 0 {
			w.text = append(w.text, w.delimiter)
		}
		w.cell(protect(w.encoder.prepare(strings.ToValidUTF8(cell, "\ufffd"))), len(cells) == 1)
	}
	w.text = append(w.text, "\r\n"...)
	w.coded = w.encoder.append(w.coded[:0], w.text, w.rows)
	if _, err := w.out.Write(w.coded); err != nil {
		return fmt.Errorf("sheet: write: %w", err)
	}
	return nil
}

// cell quotes where a reader could misunderstand; alone, an empty cell must not
// look like an empty line.
func (w *Writer) cell(cell string, alone bool) {
	if !w.mustQuote(cell) && !(alone && cell == "") {
		w.text = append(w.text, cell...)
		return
	}
	w.text = append(w.text, '"')
	w.text = append(w.text, strings.ReplaceAll(cell, `"`, `""`)...)
	w.text = append(w.text, '"')
}

func (w *Writer) mustQuote(cell string) bool {
	if cell == "" {
		return false
	}
	return strings.IndexByte(cell, w.delimiter) >= 0 || strings.ContainsAny(cell, "\"\r\n") ||
		cell[0] == ' ' || cell[len(cell)-1] == ' '
}

// Lost returns the characters that could not be written, in the order in which
// they were first met; show them to whoever takes the file.
func (w *Writer) Lost() []Loss { return w.encoder.list() }

// Close writes out what is held back. It does not close what lies below.
func (w *Writer) Close() error {
	if err := w.out.Flush(); err != nil {
		return fmt.Errorf("sheet: write: %w", err)
	}
	return nil
}
