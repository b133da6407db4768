package provision

import (
	"context"
	"slices"
	"time"

	"github.com/kyodaku/kyodaku/internal/store"
)

// tellWithdrawn makes a task of each recipient that has data by a consent which one of the words
// withdraws, as a stop does. A withdrawal that a later consent outweighs withdraws nothing.
func (s *Runs) tellWithdrawn(ctx context.Context, tx *store.Tx, of Programme, words []Word, now time.Time) error {
	for i := range words {
		w := &words[i]
		if w.Given {
			continue
		}
		all, err := s.WordsOf(ctx, tx, of.Workspace, w.Contact)
		if err != nil {
			return err
		}
		if !w.withdraws(all) {
			continue
		}
		stop := Stop{Workspace: of.Workspace, Programme: of.ID}
		if err := s.Book.oweRecipients(ctx, tx, stop, w.Contact, w.Recipient, now); err != nil {
			return err
		}
	}
	return nil
}

// withdraws says whether no consent outweighs a withdrawal, among a person's words as WordsOf
// lists them.
func (w *Word) withdraws(all []Word) bool {
	mine := slices.IndexFunc(all, func(v Word) bool { return v.ID == w.ID })
	return mine >= 0 && !slices.ContainsFunc(all[:mine], func(v Word) bool {
		return v.Given && v.Programme == w.Programme && (v.Recipient == 0 || v.Recipient == w.Recipient)
	})
}
