package provision

import (
	"context"
	"database/sql"
	"time"

	"github.com/kyodaku/kyodaku/internal/addr"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/law"
	"github.com/kyodaku/kyodaku/internal/store"
)

// Record is what is kept of the provision of one person's data (APPI 29, APPI-R 20). The
// recipient and the items are those of its run.
type Record struct {
	Run     int64
	Contact int64
	// Name is the person's as it stood; Mark proves which address is meant, see Trace.Marked.
	Name string
	Mark []byte
	// Known is by what of the data that were handed over the recipient knows the person.
	Known string
	// Agreement is the consent that it went by, 0 where the class needs none.
	Agreement int64
	// LeftOut is the rule by which the person was taken out before the hand-over; empty
	// for those who were in it, also when later copies do not hold them. Maybe says that an
	// earlier attempt, of which nobody knows whether it arrived, may have carried them.
	LeftOut law.RuleID
	Maybe   bool
}

// Counts says whether the record stands for a provision, certain or not.
func (r Record) Counts() bool { return r.LeftOut == "" || r.Maybe }

// RecordQuery asks for the records of one run, by the persons' ids.
type RecordQuery struct {
	Workspace, Run int64
	// After is the contact that the page begins behind. Limit 0 is 500.
	After int64
	Limit int
}

// mostRecords is how many records a page holds at most.
const mostRecords = 500

// Records lists the persons of a run. Fewer than the limit is the end.
func (s *Runs) Records(ctx context.Context, r store.Reader, q RecordQuery) ([]Record, error) {
	if q.Limit <= 0 || q.Limit > mostRecords {
		q.Limit = mostRecords
	}
	if _, err := s.Run(ctx, r, q.Workspace, q.Run); err != nil {
		return nil, err
	}
	out, err := records(r.Query(ctx, sqlRecords, q.Run, q.After, q.Limit))
	return out, failed("records", err)
}

func records(rows *sql.Rows, err error) ([]Record, error) {
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []Record
	for rows.Next() {
		var r Record
		if err := rows.Scan(&r.Run, &r.Contact, &r.Name, &r.Known, &r.Mark, &r.Agreement, &r.LeftOut, &r.Maybe); err != nil {
			return nil, err
		}
		out = append(out, r)
	}
	return out, rows.Err()
}

// Mails lists the mail addresses that the persons of records have now, whomever they were merged
// into: where they can be reached. Who was erased has none.
func (s *Runs) Mails(ctx context.Context, r store.Reader, workspace int64, of []Record) (map[int64][]string, error) {
	ids := make([]int64, len(of))
	for i := range of {
		ids[i] = of[i].Contact
	}
	rows, err := r.Query(ctx, sqlMailsOf, store.In(ids), workspace)
	if err != nil {
		return nil, failed("mails", err)
	}
	defer rows.Close()
	out := map[int64][]string{}
	for rows.Next() {
		var id int64
		var shown string
		if err := rows.Scan(&id, &shown); err != nil {
			return nil, failed("mails", err)
		}
		out[id] = append(out[id], shown)
	}
	return out, failed("mails", rows.Err())
}

// Sum is what went to a recipient in a time.
type Sum struct {
	Runs    []Run
	Persons int64
}

// HandedTo answers what was handed to a recipient (0 is every one) between two times:
// the runs that count as provided, and how many persons' records stand for them.
func (s *Runs) HandedTo(ctx context.Context, r store.Reader, workspace, recipient int64, from, to time.Time) (Sum, error) {
	var out Sum
	for before := int64(0); ; {
		runs, err := s.Runs(ctx, r, RunQuery{Workspace: workspace, Recipient: recipient, From: from, To: to, Counted: true, Before: before})
		if err != nil {
			return Sum{}, err
		}
		for _, run := range runs {
			out.Persons += run.Counts.Provided
		}
		out.Runs = append(out.Runs, runs...)
		if len(runs) < mostRuns {
			return out, nil
		}
		before = runs[len(runs)-1].ID
	}
}

// Trace is where a person's data went once.
type Trace struct {
	Record
	Of Run
	// Marked says that the record's mark means the address that was asked by.
	Marked bool
}

// TracesOf answers where a person's data have gone, the latest first: by the contact, or
// one that was merged into it. What is only prepared is no provision.
func (s *Runs) TracesOf(ctx context.Context, r store.Reader, workspace, contact int64) ([]Trace, error) {
	return s.traces(ctx, r, workspace, contact)
}

// TracesAt answers where the data of whoever has or had a mail address have gone: also of somebody
// who was erased, and whose address came back since. No people at all is fault.NotFound.
func (s *Runs) TracesAt(ctx context.Context, r store.Reader, workspace int64, mail addr.Mail) ([]Trace, error) {
	owners, err := s.Book.people.Owners(ctx, r, workspace, mail)
	if err != nil {
		return nil, failed("traces", err)
	}
	if len(owners) == 0 {
		return nil, failed("traces", fault.New(fault.NotFound, "fault.not_found"))
	}
	out, err := s.traces(ctx, r, workspace, owners...)
	for i, t := range out {
		out[i].Marked = t.Of.marks(t.Record, mail.String())
	}
	return out, err
}

func (s *Runs) traces(ctx context.Context, r store.Reader, workspace int64, people ...int64) ([]Trace, error) {
	var ids []int64
	for _, one := range people {
		with, err := s.Book.people.With(ctx, r, one)
		if err != nil {
			return nil, failed("traces", err)
		}
		ids = append(ids, with...)
	}
	found, err := records(r.Query(ctx, sqlRecordsOf, store.In(ids)))
	if err != nil {
		return nil, failed("traces", err)
	}
	var out []Trace
	for _, rec := range found {
		run, err := s.Run(ctx, r, workspace, rec.Run)
		if fault.Is(err, fault.NotFound) {
			continue // another workspace's
		}
		if err != nil {
			return nil, err
		}
		if run.Counted() && rec.Counts() {
			out = append(out, Trace{Record: rec, Of: run})
		}
	}
	return out, nil
}

// marks says whether a record of the run means an address, as it was shown. A person's other
// addresses have no mark.
func (r Run) marks(rec Record, address string) bool {
	return len(rec.Mark) > 0 && string(rec.Mark) == string(mark(r.salt, []string{address}))
}
