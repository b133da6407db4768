package contact

import (
	"bytes"
	"context"
	"maps"
	"slices"
	"time"

	"github.com/kyodaku/kyodaku/internal/addr"
	"github.com/kyodaku/kyodaku/internal/store"
)

// firstRefused is how many refused rows a report shows.
const firstRefused = 20

// slot is one address of a batch, with what is known of it.
type slot struct {
	mail addr.Mail
	hash []byte
	// address and owner are 0 while unknown to the database.
	address, owner int64
	erased         bool
	// bare says that there is no address: hash is the person's likeness.
	bare bool
	// barred says that no row of the address may be taken.
	barred bool
	// orphan says that the address is known and its owner is not.
	orphan  bool
	contact Contact
	// key is the search key, empty where rows were put together.
	key string
	// created says that the person is new, fresh that the address is.
	created, fresh bool
	changed        bool
	grants         []Grant
	// first is the entry that made the slot.
	first int
}

// batchWriter takes one batch, or in a dry run only counts what it would do.
type batchWriter struct {
	ir      *importRun
	b       *batch
	tx      *store.Tx
	now     time.Time
	report  Report
	refused []refusedRow
	// slots are in the order of the file, sorted in that of the hashes: their index is
	// the largest thing an import reads and changes, and in its own order each page of it
	// is met once in a batch.
	slots, sorted []*slot
	byHash        map[string]*slot
	// marked are the owners of addresses that only refused rows have.
	marked map[string]int64
}

func (w *batchWriter) write(ctx context.Context) error {
	w.gather()
	for _, step := range []func(context.Context) error{w.lookUp, w.lookUpBare, w.people, w.count} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	if !w.report.DryRun {
		for _, step := range []func(context.Context) error{w.insert, w.liken, w.update, w.attach, w.flag, w.receive, w.tell} {
			if err := step(ctx); err != nil {
				return err
			}
		}
	}
	return w.explain(ctx)
}

// gather makes one slot of all rows of an address, in the order of the file.
func (w *batchWriter) gather() {
	w.byHash, w.marked = make(map[string]*slot, len(w.b.entries)), map[string]int64{}
	w.slots = make([]*slot, 0, len(w.b.entries))
	for i := range w.b.entries {
		e := &w.b.entries[i]
		s := w.byHash[string(e.hash)]
		if s == nil {
			s = &slot{mail: e.mail, hash: e.hash, bare: e.bare, contact: e.contact, key: e.key, first: i}
			s.contact.Attrs = maps.Clone(e.contact.Attrs)
			w.byHash[string(e.hash)] = s
			w.slots = append(w.slots, s)
		} else {
			s.contact.fillFrom(e.contact)
			s.key = ""
		}
		s.add(e.grant)
	}
	w.sorted = slices.SortedFunc(slices.Values(w.slots), func(a, b *slot) int { return bytes.Compare(a.hash, b.hash) })
}

// add keeps a permission for what earlier rows of the batch did not give already.
func (s *slot) add(g Grant) {
	if g.RefusedAt.IsZero() {
		topics := make([]int64, 0, len(g.Topics))
		for _, t := range g.Topics {
			known := slices.ContainsFunc(s.grants, func(had Grant) bool { return slices.Contains(had.Topics, t) })
			if !known && !slices.Contains(topics, t) {
				topics = append(topics, t)
			}
		}
		if len(topics) == 0 {
			return
		}
		g.Topics = topics
	}
	s.grants = append(s.grants, g)
}

// leave has nothing written about the slot.
func (s *slot) leave() { s.barred, s.created, s.orphan, s.changed = true, false, false, false }

// lookUp finds which addresses are known.
func (w *batchWriter) lookUp(ctx context.Context) error {
	hashes := w.hashes(false)
	for _, m := range w.b.marks {
		if w.byHash[string(m.hash)] == nil {
			hashes = append(hashes, m.hash)
		}
	}
	if len(hashes) == 0 {
		return nil
	}
	rows, err := w.tx.Query(ctx, sqlKnownAddresses, w.ir.run.Workspace, store.In(hashes))
	if err != nil {
		return err
	}
	defer rows.Close()
	var id, owner, erased int64
	var hash []byte
	for rows.Next() {
		if err := rows.Scan(&id, &owner, &hash, &erased); err != nil {
			return err
		}
		s := w.byHash[string(hash)]
		switch {
		case s != nil:
			s.address, s.owner, s.erased = id, owner, erased != 0
		case erased == 0:
			w.marked[string(hash)] = owner
		}
	}
	return rows.Err()
}

// people fills the empty texts of those who are known and has the rest created.
func (w *batchWriter) people(ctx context.Context) error {
	var ids []int64
	for _, s := range w.slots {
		if s.owner != 0 {
			ids = append(ids, s.owner)
		}
	}
	known, err := contactsByID(ctx, w.tx, w.ir.run.Workspace, ids)
	if err != nil {
		return err
	}
	for _, s := range w.slots {
		had := known[s.owner]
		switch {
		case s.erased:
			continue
		case had == nil:
			s.created, s.orphan, s.owner = true, s.address != 0, 0
			continue
		case s.bare:
			s.contact = *had // what was taken out of it since stays out
			continue
		}
		// Two addresses of the batch may be one person's: both fill the same contact.
		s.changed = had.fillFrom(s.contact)
		s.contact = *had
	}
	return nil
}

func contactsByID(ctx context.Context, r store.Reader, workspace int64, ids []int64) (map[int64]*Contact, error) {
	all := map[int64]*Contact{}
	if len(ids) == 0 {
		return all, nil
	}
	rows, err := r.Query(ctx, sqlContactsByID, workspace, store.In(ids))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		c, err := scanContact(rows)
		if err != nil {
			return nil, err
		}
		if c.Live() {
			all[c.ID] = &c
		}
	}
	return all, rows.Err()
}

// count adds the batch to the report. Those who were erased are not taken again, nor
// whoever stands on the suppression list (IMP-06): only they themselves can come back.
func (w *batchWriter) count(ctx context.Context) error {
	suppressed, err := w.ir.im.book.ledger.Suppressed(ctx, w.tx, w.ir.run.Workspace, w.hashes(false))
	if err != nil {
		return err
	}
	r := &w.report
	r.Rows += w.b.rows
	for i := range w.b.entries {
		e := &w.b.entries[i]
		s := w.byHash[string(e.hash)]
		switch {
		case s.erased:
			w.refuse(e, "contact.import.erased")
			continue
		case suppressed[string(e.hash)] && e.grant.RefusedAt.IsZero() && !w.ir.order.Declared.holds():
			r.Suppressed++
			s.leave()
			w.refuse(e, w.ir.stopRule)
			continue
		case s.created && i == s.first && !w.ir.saw(s.hash):
			r.New++
		case s.changed && i == s.first:
			r.Updated++
		default:
			r.Same++
		}
		if !e.grant.RefusedAt.IsZero() {
			r.Refusals++
		}
		if e.alone {
			r.Alone++
		}
		if suppressed[string(e.hash)] {
			r.Suppressed++
		}
		for _, rule := range e.warnings {
			r.Warnings[string(rule)]++
		}
	}
	return nil
}
