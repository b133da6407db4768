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

// Merged makes a task of each recipient that has the data of one of two contacts, who turn out to be
// one person, by a consent which a word of the other withdraws. It is called in the transaction of
// the merge, before it.
func (s *Runs) Merged(ctx context.Context, tx *store.Tx, from, into int64, now time.Time) error {
	var workspace int64
	if err := tx.QueryRow(ctx, sqlWorkspaceOfPerson, into).Scan(&workspace); err != nil {
		return failed("merged", err)
	}
	if err := lockStops(ctx, tx, workspace); err != nil {
		return failed("merged", err)
	}
	var both []int64
	for _, one := range []int64{from, into} {
		with, err := s.Book.people.With(ctx, tx, one)
		if err != nil {
			return failed("merged", err)
		}
		both = append(both, with...)
	}
	all, err := readWords(tx.Query(ctx, sqlWordsOf, store.In(both), workspace))
	if err != nil {
		return failed("merged", err)
	}
	for i := range all {
		w := &all[i]
		if w.Given || !w.withdraws(all) {
			continue
		}
		stop := Stop{Workspace: workspace, Programme: w.Programme}
		for _, one := range []int64{from, into} {
			if err := s.Book.oweRecipients(ctx, tx, stop, one, w.Recipient, now); err != nil {
				return failed("merged", err)
			}
		}
	}
	return nil
}
