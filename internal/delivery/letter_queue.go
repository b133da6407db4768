package delivery

import (
	"context"
	"errors"
	"time"

	"github.com/kyodaku/kyodaku/internal/gate"
)

var (
	errNoWriter = errors.New("delivery: no writer for this kind of message")
	errShort    = errors.New("delivery: the writer did not answer for every row")
)

// hand has the permitted rows written and queues them. Rows that cannot be
// written now go back.
func (e *Engine) hand(ctx context.Context, l *lane, rows []Leased, permits []gate.Permit) {
	byKind := map[Kind][]int{}
	for i, p := range permits {
		if p.Address() != 0 {
			byKind[rows[i].Kind] = append(byKind[rows[i].Kind], i)
		}
	}
	for kind, at := range byKind {
		batch := make([]Leased, len(at))
		for n, i := range at {
			batch[n] = rows[i]
		}
		letters, err := e.write(ctx, kind, batch)
		if err != nil {
			e.complain("messages cannot be written", err)
			for _, w := range batch {
				e.giveBack(w, e.Clock().Add(writeAgain))
			}
			continue
		}
		for n, i := range at {
			e.queue(l, job{row: rows[i], permit: permits[i], letter: letters[n]})
		}
	}
}

func (e *Engine) write(ctx context.Context, kind Kind, batch []Leased) ([]Letter, error) {
	w, ok := e.writers[kind]
	if !ok {
		return nil, errNoWriter
	}
	letters, err := w.Write(ctx, e.DB, batch, e.Clock())
	if err == nil && len(letters) != len(batch) {
		return nil, errShort
	}
	return letters, err
}

// queue puts a job before the lane's workers, or settles it when nothing can be sent.
func (e *Engine) queue(l *lane, j job) {
	switch {
	case j.letter.Err != nil:
		now := e.Clock()
		e.journal.note(record{
			row: j.row, outcome: Failed, stage: string(gate.Leased),
			attempt: attempt{started: now, ended: now, stage: "write", reply: shorten(j.letter.Err.Error())},
		})
	case !l.push(e, j):
		e.giveBack(j.row, e.Clock())
	}
}

// giveBack returns a row that was not tried; the attempt does not count.
func (e *Engine) giveBack(w Leased, again time.Time) {
	e.journal.note(record{row: w, again: again})
}
