package contact

import (
	"context"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/store"
)

// maxNote is the longest note, in characters.
const maxNote = 4000

// AddNote writes a remark about a living contact. An erasure waits for it, and takes it too.
func (b *Book) AddNote(ctx context.Context, tx *store.Tx, workspace int64, n Note) (Note, error) {
	n.Body = strings.TrimSpace(n.Body)
	if n.Body == "" || utf8.RuneCountInString(n.Body) > maxNote || !utf8.ValidString(n.Body) {
		return Note{}, fault.Bad("body", "contact.note.body", "Max", maxNote)
	}
	if err := holdContacts(ctx, tx, workspace, n.Contact); err != nil {
		return Note{}, wrap("note", err)
	}
	if _, err := b.live(ctx, tx, workspace, n.Contact); err != nil {
		return Note{}, err
	}
	id, err := tx.NewID(ctx)
	if err != nil {
		return Note{}, fmt.Errorf("contact: note: %w", err)
	}
	n.ID = id
	_, err = tx.Exec(ctx, sqlInsertNote, n.ID, workspace, n.Contact, store.Micros(n.At), n.Operator, n.Body)
	return n, wrap("note", err)
}

// Notes lists the newest notes about a contact.
func (b *Book) Notes(ctx context.Context, r store.Reader, workspace, contact int64, limit int) (all []Note, err error) {
	rows, err := r.Query(ctx, sqlListNotes, workspace, contact, limit)
	if err != nil {
		return nil, fmt.Errorf("contact: notes: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var n Note
		var at int64
		if err := rows.Scan(&n.ID, &n.Contact, &n.Operator, &at, &n.Body); err != nil {
			return nil, fmt.Errorf("contact: notes: %w", err)
		}
		n.At = store.Time(at).In(time.UTC)
		all = append(all, n)
	}
	return all, wrap("notes", rows.Err())
}

// DropNote deletes a note.
func (b *Book) DropNote(ctx context.Context, tx *store.Tx, workspace, id int64) error {
	n, err := tx.Exec(ctx, sqlDropNote, workspace, id)
	if err == nil && n == 0 {
		return fault.New(fault.NotFound, "fault.not_found")
	}
	return wrap("drop note", err)
}
