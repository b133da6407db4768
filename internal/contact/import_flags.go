package contact

import (
	"context"

	"github.com/kyodaku/kyodaku/internal/contact/sheet"
)

// flagsOfList is what a list's origin says of everybody on it: what was provided to us by
// opt-out may not be provided on by opt-out (個人情報保護法27条2項ただし書3号).
func (d *Declaration) flagsOfList() Flags {
	if d.Origin == OptOut {
		return FlagOptOut
	}
	return 0
}

// flags reads the column in which an export notes what is known of the origin of a
// person's data, so that a copy keeps it. What it says is never lost: a word that nobody
// knows refuses the row.
func (j *rowJudge) flags(row sheet.Row, e *entry) *reason {
	e.flags = j.order.Declared.flagsOfList()
	text, column := j.cell(row, sheet.FieldFlags)
	own, ok := ParseFlags(text)
	if !ok {
		return &reason{column, "contact.import.flags", nil}
	}
	e.flags |= own
	return nil
}

// leavesFlags says whether a column whose name says that it tells such marks is taken for
// something else, or not at all: without it people would be provided who must not be.
func (o *opened) leavesFlags() bool {
	for i, f := range o.columns.Fields {
		if f != sheet.FieldFlags && sheet.MapColumns(o.reader.Header()[i:i+1]).Index(sheet.FieldFlags) == 0 {
			return true
		}
	}
	return false
}

// mark is what a row that is not taken says of the origin of somebody's data.
type mark struct {
	hash  []byte
	flags Flags
}

// mark reads the marks of a row that was refused for something else: they hold for whoever is
// held already.
func (b *batch) mark(j *rowJudge, row sheet.Row, e *entry) {
	if e.hash == nil || e.bare {
		return // nobody knows whose row it is
	}
	_ = j.flags(row, e) // a word that nobody knows is why the row was refused
	if e.flags != 0 {
		b.marks = append(b.marks, mark{e.hash, e.flags})
	}
}

// flag adds what the rows of a batch say of the origin of people's data. Of who is held
// already it counts even where the row itself is not taken.
func (w *batchWriter) flag(ctx context.Context) error {
	people := map[Flags][]int64{}
	add := func(hash []byte, f Flags) {
		owner := w.marked[string(hash)]
		if s := w.byHash[string(hash)]; s != nil && !s.erased {
			owner = s.owner
		}
		if f != 0 && owner != 0 {
			people[f] = append(people[f], owner)
		}
	}
	for i := range w.b.entries {
		add(w.b.entries[i].hash, w.b.entries[i].flags)
	}
	for _, m := range w.b.marks {
		add(m.hash, m.flags)
	}
	for f, ids := range people {
		if err := w.ir.im.book.Flag(ctx, w.tx, w.ir.run.Workspace, ids, f); err != nil {
			return err
		}
	}
	return nil
}
