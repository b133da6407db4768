package contact

import (
	"context"

	"github.com/kyodaku/kyodaku/internal/contact/sheet"
	"github.com/kyodaku/kyodaku/internal/store"
)

// nameFields are the columns that tell who somebody without an address is.
func nameFields() []sheet.Field {
	return []sheet.Field{
		sheet.FieldFamilyName, sheet.FieldDisplayName, sheet.FieldGivenName, sheet.FieldKana, sheet.FieldFamilyKana, sheet.FieldGivenKana,
	}
}

// names says whether a file has a column that tells who somebody without an address is.
func names(m sheet.Mapping) bool {
	for _, f := range nameFields() {
		if m.Index(f) >= 0 {
			return true
		}
	}
	return false
}

// bare reads a row of a held list that has no mail address. It is nobody's who has no
// name, and it cannot bring a refusal of mail, for there is no address to refuse by: that
// must not be lost without a word.
func (j *rowJudge) bare(row sheet.Row, e *entry) *reason {
	e.bare = true
	e.grant = Grant{Workspace: j.workspace, File: j.order.FileName, FileHash: j.order.FileHash, Line: row.Line}
	if why := j.refusal(row, &e.grant); why != nil {
		return why
	}
	if !e.grant.RefusedAt.IsZero() {
		return &reason{j.column(sheet.FieldRefusedAt), "contact.import.bare.refused", nil}
	}
	if why := j.person(row, &e.contact); why != nil {
		return why
	}
	if !e.contact.named() {
		return &reason{j.nameColumn(), "contact.import.bare.name", nil}
	}
	hash, err := j.book.likeness(&e.contact)
	if err != nil {
		return because(-1, err)
	}
	e.hash, e.grant.Hash = hash, hash
	e.key = searchKey(e.contact, nil)
	return j.flags(row, e)
}

// nameColumn is the column in which a name is missing.
func (j *rowJudge) nameColumn() int {
	for _, f := range nameFields() {
		if i := j.column(f); i >= 0 {
			return i
		}
	}
	return j.column(sheet.FieldEmail)
}

// hashes are those of the slots with or without an address, in their order.
func (w *batchWriter) hashes(bare bool) [][]byte {
	all := make([][]byte, 0, len(w.sorted))
	for _, s := range w.sorted {
		if s.bare == bare {
			all = append(all, s.hash)
		}
	}
	return all
}

// lookUpBare finds which of the people without an address are held already.
func (w *batchWriter) lookUpBare(ctx context.Context) error {
	hashes := w.hashes(true)
	if len(hashes) == 0 {
		return nil
	}
	rows, err := w.tx.Query(ctx, sqlKnownLikenesses, w.ir.run.Workspace, store.In(hashes))
	if err != nil {
		return err
	}
	defer rows.Close()
	var hash []byte
	var owner int64
	for rows.Next() {
		if err := rows.Scan(&hash, &owner); err != nil {
			return err
		}
		w.byHash[string(hash)].owner = owner
	}
	return rows.Err()
}

// liken has the new people without an address be known again. Another import that brings
// one of them at the same moment is told fault.Exists, and looks anew.
func (w *batchWriter) liken(ctx context.Context) error {
	var args []any
	for _, s := range w.sorted {
		if s.bare && s.created {
			args = append(args, w.ir.run.Workspace, s.hash, s.owner)
		}
	}
	return w.tx.InsertRows(ctx, sqlInsertLikeness, "", likenessWidth, args)
}

// receive notes who stood on a received list (個人情報保護法30条3項), also of whom nothing was taken
// because they refuse mail.
func (w *batchWriter) receive(ctx context.Context) error {
	if !w.ir.order.Declared.Origin.Received() {
		return nil
	}
	people := make([]int64, 0, len(w.slots))
	for _, s := range w.slots {
		if s.owner != 0 && !s.erased {
			people = append(people, s.owner)
		}
	}
	return receiptOf{w.ir.run.Workspace, w.ir.run.ID}.name(ctx, w.tx, people)
}
