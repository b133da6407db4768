package provision

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"io"

	"github.com/kyodaku/kyodaku/internal/contact"
	"github.com/kyodaku/kyodaku/internal/contact/sheet"
)

// scribe writes the lines of a data set.
type scribe struct {
	plan  Plan
	names []string
	// head is what stands before all lines.
	head  []byte
	out   bytes.Buffer
	table *sheet.Writer
	cells []string
	// apart says what the own fields hold.
	apart contact.Apart
}

func newScribe(p Plan, items Items, apart contact.Apart) (*scribe, error) {
	s := &scribe{plan: p, cells: make([]string, len(p.Fields)), apart: apart}
	for _, f := range p.Fields {
		s.names = append(s.names, items.nameOf(f))
	}
	if p.Format == JSONLines {
		return s, nil
	}
	var err error
	if s.table, err = sheet.NewWriter(&s.out, sheet.Format{Encoding: sheet.UTF8BOM}); err != nil {
		return nil, err
	}
	err = errors.Join(s.table.Write(s.names), s.table.Close()) // Close writes out, and more may follow
	s.head = bytes.Clone(s.out.Bytes())
	return s, err
}

// nameOf is how people call a field.
func (i Items) nameOf(field string) string {
	for _, d := range i.Data {
		if d.Field == field {
			return d.Name.Ja
		}
	}
	return field
}

// line adds a person and returns how many octets it took. Texts come only from the
// fields that were ordered, and those only from what was notified.
func (s *scribe) line(p *contact.Person) (int, error) {
	before := s.out.Len()
	for i, f := range s.plan.Fields {
		s.cells[i] = p.Text(f)
	}
	if s.table != nil {
		err := errors.Join(s.table.Write(s.cells), s.table.Close())
		return s.out.Len() - before, err
	}
	s.out.WriteByte('{')
	for i, f := range s.plan.Fields {
		if i > 0 {
			s.out.WriteByte(',')
		}
		if err := errors.Join(s.quote(f), s.out.WriteByte(':'), s.quote(s.cells[i])); err != nil {
			return 0, err
		}
	}
	s.out.WriteString("}\n")
	return s.out.Len() - before, nil
}

func (s *scribe) quote(text string) error {
	b, err := json.Marshal(text)
	s.out.Write(b)
	return err
}

// piece is a part of a data set: some people's lines and whose they are.
type piece struct {
	n       int64
	persons int64
	data    []byte
	// lines are, for each person, how much the id grows and how long the line is.
	lines []byte
	last  int64
}

func (p *piece) add(contact int64, length int) {
	p.lines = binary.AppendUvarint(p.lines, uint64(contact-p.last))
	p.lines = binary.AppendUvarint(p.lines, uint64(length))
	p.last, p.persons = contact, p.persons+1
}

// errPiece is a piece that does not fit its own lines.
var errPiece = errors.New("a stored piece of a data set is damaged")

// without is the piece less some people.
func (p *piece) without(out map[int64]string) (piece, error) {
	next := piece{n: p.n, data: make([]byte, 0, len(p.data))}
	var id int64
	rest := p.data
	for lines := p.lines; len(lines) > 0; {
		step, n := binary.Uvarint(lines)
		if n <= 0 {
			return next, errPiece
		}
		length, m := binary.Uvarint(lines[n:])
		if m <= 0 || length > uint64(len(rest)) {
			return next, errPiece
		}
		lines = lines[n+m:]
		id += int64(step)
		if _, gone := out[id]; !gone {
			next.data = append(next.data, rest[:length]...)
			next.add(id, int(length))
		}
		rest = rest[length:]
	}
	if len(rest) > 0 {
		return next, errPiece
	}
	return next, nil
}

// mark is what a record keeps of an address: whoever has the address can prove that it
// is meant, nobody can read it out.
func mark(salt []byte, mails []string) []byte {
	if len(mails) == 0 {
		return []byte{}
	}
	h := sha256.New()
	h.Write(salt)
	_, _ = io.WriteString(h, mails[0]) // a hash never fails
	return h.Sum(nil)
}
