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

// flag adds what the rows of a batch say of the origin of people's data.
func (w *batchWriter) flag(ctx context.Context) error {
	people := map[Flags][]int64{}
	for i := range w.b.entries {
		e := &w.b.entries[i]
		if s := w.byHash[string(e.hash)]; e.flags != 0 && !s.barred && !s.erased && s.owner != 0 {
			people[e.flags] = append(people[e.flags], s.owner)
		}
	}
	for f, ids := range people {
		if err := w.ir.im.book.Flag(ctx, w.tx, w.ir.run.Workspace, ids, f); err != nil {
			return err
		}
	}
	return nil
}
