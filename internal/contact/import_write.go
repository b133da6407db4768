package contact

import (
	"context"
	"encoding/binary"
	"maps"
	"slices"
	"strings"

	"github.com/kyodaku/kyodaku/internal/addr"
	"github.com/kyodaku/kyodaku/internal/contact/sheet"
	"github.com/kyodaku/kyodaku/internal/job"
	"github.com/kyodaku/kyodaku/internal/store"
)

// insert creates people and addresses that are not known.
func (w *batchWriter) insert(ctx context.Context) (err error) {
	contacts := make([]any, 0, len(w.slots)*contactWidth)
	for _, s := range w.slots {
		if !s.created {
			continue
		}
		c := &s.contact
		if c.ID, err = w.tx.NewID(ctx); err != nil {
			return err
		}
		c.Workspace, c.CreatedAt, c.UpdatedAt = w.ir.run.Workspace, w.now, w.now
		s.owner = c.ID
		if s.key == "" {
			s.key = searchKey(*c, w.addressesOf(s))
		}
		if contacts, err = contactRow(contacts, c, s.key); err != nil {
			return err
		}
	}
	if err := w.tx.InsertRows(ctx, sqlInsertContacts, "", contactWidth, contacts); err != nil {
		return err
	}
	return w.insertAddresses(ctx)
}

func (w *batchWriter) insertAddresses(ctx context.Context) (err error) {
	addresses := make([]any, 0, len(w.sorted)*addressWidth)
	for _, s := range w.sorted {
		if !s.created || s.address != 0 || s.bare {
			continue // none, or known, if without an owner; see attach
		}
		if s.address, err = w.tx.NewID(ctx); err != nil {
			return err
		}
		s.fresh = true
		addresses = addressRow(addresses, w.addressOf(s))
	}
	return w.tx.InsertRows(ctx, sqlInsertAddresses, "", addressWidth, addresses)
}

// addressesOf are those of a new person: one or none.
func (w *batchWriter) addressesOf(s *slot) []Address {
	if s.bare {
		return nil
	}
	return []Address{w.addressOf(s)}
}

func (w *batchWriter) addressOf(s *slot) Address {
	return Address{
		ID: s.address, Workspace: w.ir.run.Workspace, Contact: s.owner, Channel: addr.Email,
		Canonical: string(s.mail.Canonical()), Shown: s.mail.String(), Domain: s.mail.Domain(), Hash: s.hash, CreatedAt: w.now,
	}
}

// update writes the people whose empty texts were filled.
func (w *batchWriter) update(ctx context.Context) error {
	changed := map[int64]*Contact{}
	for _, s := range w.slots {
		if s.changed {
			changed[s.owner] = &s.contact // the last slot of a person holds all fillings
		}
	}
	if len(changed) == 0 {
		return nil
	}
	var ids []int64
	for id := range maps.Keys(changed) {
		ids = append(ids, id)
	}
	addresses, err := addressesOfAll(ctx, w.tx, ids)
	if err != nil {
		return err
	}
	var args []any
	for _, id := range ids {
		c := changed[id]
		c.UpdatedAt = store.Time(max(store.Micros(w.now), store.Micros(c.UpdatedAt)+1))
		if args, err = contactRow(args, c, searchKey(*c, addresses[id])); err != nil {
			return err
		}
	}
	return w.tx.InsertRows(ctx, sqlInsertContacts, sqlReplaceTexts, contactWidth, args)
}

func addressesOfAll(ctx context.Context, r store.Reader, ids []int64) (map[int64][]Address, error) {
	all := map[int64][]Address{}
	rows, err := r.Query(ctx, sqlAddressesOfAll, store.In(ids))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		a, err := scanAddress(rows)
		if err != nil {
			return nil, err
		}
		all[a.Contact] = append(all[a.Contact], a)
	}
	return all, rows.Err()
}

// attach gives the addresses that were known without an owner to their people.
func (w *batchWriter) attach(ctx context.Context) error {
	var args []any
	for _, s := range w.slots {
		if s.orphan {
			args = addressRow(args, w.addressOf(s))
		}
	}
	return w.tx.InsertRows(ctx, sqlInsertAddresses, sqlAttachMany, addressWidth, args)
}

// tell hands the batch's permissions and refusals to the ledger.
func (w *batchWriter) tell(ctx context.Context) error {
	all := make([]Grant, 0, len(w.slots))
	for _, s := range w.slots {
		if s.erased || s.barred || s.bare {
			continue
		}
		person := s.person()
		for i := range s.grants {
			g := &s.grants[i]
			if g.RefusedAt.IsZero() && w.ir.order.Declared.holds() {
				continue // of who is only held, there is nothing to say
			}
			g.Contact, g.Address, g.Fresh, g.Person = s.owner, s.address, s.fresh, person
			g.Job, g.Operator, g.ReceivedAt = w.ir.run.ID, w.ir.run.CreatedBy, w.now
			all = append(all, *g)
		}
	}
	if len(all) == 0 {
		return nil
	}
	return w.ir.im.book.ledger.Imported(ctx, w.tx, all)
}

// person is the kind of the person of a fresh address, who is new too and has no
// telephone number yet; 0 for others, who are sorted by the log.
func (s *slot) person() int64 {
	if !s.fresh {
		return 0
	}
	c := &s.contact
	return Traits{
		Channel: addr.Email, Domain: s.mail.Domain(), Live: true, Country: c.Country, Postal: c.Prefecture != "", Lang: string(c.Lang),
		Company: c.Company != "", Name: c.FamilyKana + c.FamilyName + c.DisplayName,
	}.Kind()
}

// refuse turns back a row that was read well. Of its cells the address is enough to
// find the row again.
func (w *batchWriter) refuse(e *entry, why string) {
	columns := w.ir.file.columns
	row := sheet.Row{Line: e.grant.Line, Cells: make([]string, len(columns.Fields))}
	column := columns.Index(sheet.FieldEmail)
	row.Cells[column] = e.grant.Shown
	w.refused = append(w.refused, refusedRow{row, reason{column, why, nil}})
}

// explain writes the refused rows into the report and the error file.
func (w *batchWriter) explain(ctx context.Context) (err error) {
	r := &w.report
	if len(w.refused) == 0 {
		return nil
	}
	slices.SortStableFunc(w.refused, func(a, b refusedRow) int { return a.row.Line - b.row.Line })
	for _, row := range w.refused {
		r.Refused++
		r.Reasons[row.why.key]++
		if len(r.First) < firstRefused {
			r.First = append(r.First, RefusedRow{row.row.Line, w.ir.columnName(row.why.column), row.why.key, row.why.args})
		}
	}
	fresh := r.ErrorFile == 0
	if fresh {
		name := strings.TrimSuffix(w.ir.order.FileName, ".csv") + "-errors.csv"
		r.ErrorFile, err = job.CreateBlob(ctx, w.tx, job.NewBlob{
			Workspace: w.ir.run.Workspace, Name: name, MediaType: "text/csv", ExpiresAt: w.now.Add(keepFiles),
		}, w.now)
		if err != nil {
			return err
		}
	}
	data, err := w.ir.errorRows(w.refused, fresh)
	if err != nil {
		return err
	}
	// The last line is a number that only this batch has.
	return job.AppendBlob(ctx, w.tx, r.ErrorFile, int64(w.b.line), data)
}

// copied is a report that can be changed without changing r.
func (r Report) copied() Report {
	c := r
	c.First = append([]RefusedRow(nil), r.First...)
	c.Reasons, c.Warnings = maps.Clone(r.Reasons), maps.Clone(r.Warnings)
	if c.Reasons == nil {
		c.Reasons = map[string]int64{}
	}
	if c.Warnings == nil {
		c.Warnings = map[string]int64{}
	}
	return c
}

// saw says whether a dry run met an address in an earlier batch.
func (ir *importRun) saw(hash []byte) bool {
	_, known := ir.seen[binary.BigEndian.Uint64(hash)]
	return known
}

// remember notes the addresses of a batch that a dry run has counted.
func (ir *importRun) remember(b *batch) {
	if !ir.order.DryRun {
		return
	}
	for i := range b.entries {
		if len(ir.seen) < maxSeen {
			ir.seen[binary.BigEndian.Uint64(b.entries[i].hash)] = struct{}{}
		}
	}
}
