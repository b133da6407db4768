package provision

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"time"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/contact"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/job"
	"github.com/kyodaku/kyodaku/internal/law"
	"github.com/kyodaku/kyodaku/internal/store"
)

// firstRows is how many people a preview shows.
const firstRows = 5

// sheaf is a page of people as judged and written, ready to be stored.
type sheaf struct {
	piece   piece
	records []any
	counts  Counts
	// rows are the first lines, for the preview.
	rows [][]string
	// next is where the page behind it begins, 0 for the last.
	next int64
}

// gatherer reads, judges and writes people, page by page.
type gatherer struct {
	s      *Runs
	run    Run
	bench  *bench
	scribe *scribe
	n      int64
}

func (s *Runs) newGatherer(ctx context.Context, run Run, now time.Time) (*gatherer, error) {
	b, err := s.newBench(ctx, s.Book.db, run, now)
	if err != nil {
		return nil, err
	}
	p, err := s.Book.ByID(ctx, s.Book.db, run.Workspace, run.Plan.Programme)
	if err != nil {
		return nil, err
	}
	w, err := newScribe(run.Plan, p.Versions[run.Version-1].Items)
	return &gatherer{s: s, run: run, bench: b, scribe: w}, err
}

// page makes the sheaf of the people behind a key. rows is how many rows to show.
func (g *gatherer) page(ctx context.Context, after int64, rows int) (*sheaf, error) {
	db := g.s.Book.db
	people, next, err := g.s.Book.people.People(ctx, db, g.run.Workspace, g.run.Segment, contact.Page{After: after, Limit: g.s.page})
	if err != nil {
		return nil, err
	}
	out := &sheaf{piece: piece{n: g.n}, next: next, counts: Counts{Seen: int64(len(people)), Excluded: map[law.RuleID]int64{}}}
	out.records = make([]any, 0, len(people)*recordWidth)
	if len(people) == 0 {
		return out, nil
	}
	reach := make([]law.Jurisdictions, len(people))
	for i := range people {
		reach[i] = reachOf(&people[i])
	}
	h, err := g.bench.listen(ctx, db, people, reach)
	if err != nil {
		return nil, err
	}
	g.n++
	out.piece.n = g.n
	g.scribe.out.Reset()
	for i := range people {
		if err := g.one(out, &people[i], &h, reach[i], rows); err != nil {
			return nil, err
		}
	}
	out.piece.data = append([]byte(nil), g.scribe.out.Bytes()...)
	return out, nil
}

// one judges a person and writes their line and record.
func (g *gatherer) one(out *sheaf, p *contact.Person, h *heard, reach law.Jurisdictions, rows int) error {
	facts, agreed := h.of(p, reach)
	if no := g.bench.block(facts); no != nil {
		out.counts.Excluded[no.ID]++
		return nil
	}
	length, err := g.scribe.line(p)
	if err != nil {
		return err
	}
	out.counts.Provided++
	out.piece.add(p.ID, length)
	out.records = append(out.records, g.run.ID, p.ID, out.piece.n, p.Name(), mark(g.run.salt, p.Mails), agreed.id)
	if len(out.rows) < rows {
		out.rows = append(out.rows, append([]string(nil), g.scribe.cells...))
	}
	return nil
}

// plus adds the counts of a page.
func (c Counts) plus(o Counts) Counts {
	sum := Counts{Seen: c.Seen + o.Seen, Provided: c.Provided + o.Provided, LeftOut: c.LeftOut + o.LeftOut, Excluded: maps.Clone(c.Excluded)}
	if sum.Excluded == nil {
		sum.Excluded = map[law.RuleID]int64{}
	}
	for id, n := range o.Excluded {
		sum.Excluded[id] += n
	}
	return sum
}

// ordered reads the run that a job is about.
func (s *Runs) ordered(ctx context.Context, j *job.Run) (Run, error) {
	var o order
	if err := j.DecodePayload(&o); err != nil {
		return Run{}, err
	}
	return s.Run(ctx, s.Book.db, j.Workspace, o.Run)
}

// count is the handler of the jobs that make previews: it writes nothing down.
func (s *Runs) count(ctx context.Context, j *job.Run) error {
	run, err := s.ordered(ctx, j)
	if err != nil || run.State != Counting {
		return err
	}
	counts, preview, err := s.countAll(ctx, j, run)
	if err != nil {
		return s.fail(ctx, run, err, j.Now())
	}
	return failed("count", s.Book.db.Write(ctx, func(tx *store.Tx) error {
		shown, err := json.Marshal(preview)
		if err != nil {
			return err
		}
		sums, err := json.Marshal(counts)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, sqlCounted, string(Planned), string(shown), string(sums), store.Micros(j.Now()), run.ID); err != nil {
			return err
		}
		return j.Advance(ctx, tx, job.Progress{Done: counts.Seen, Total: counts.Seen})
	}))
}

func (s *Runs) countAll(ctx context.Context, j *job.Run, run Run) (Counts, Preview, error) {
	var counts Counts
	g, err := s.newGatherer(ctx, run, j.Now())
	if err != nil {
		return counts, Preview{}, err
	}
	preview := Preview{Columns: g.scribe.names, Rows: [][]string{}}
	for after := int64(0); ; {
		if j.StopWanted() {
			return counts, preview, job.ErrStopped
		}
		some, err := g.page(ctx, after, firstRows-len(preview.Rows))
		if err != nil {
			return counts, preview, err
		}
		counts, preview.Rows = counts.plus(some.counts), append(preview.Rows, some.rows...)
		if after = some.next; after == 0 {
			return counts, preview, nil
		}
	}
}

// fail notes why a run could not be counted or prepared. What may go through later is
// left to be tried again.
func (s *Runs) fail(ctx context.Context, run Run, why error, now time.Time) error {
	if fault.Temporary(why) && !errors.Is(why, job.ErrStopped) {
		return why
	}
	err := s.Book.db.Write(context.WithoutCancel(ctx), func(tx *store.Tx) error {
		_, err := tx.Exec(ctx, sqlFail, keyOf(why), store.Micros(now), run.ID)
		return err
	})
	return errors.Join(why, err)
}

// keyOf is the text to store for an error: a rule's id, or a key of the catalogue.
func keyOf(err error) string {
	if no, ok := errors.AsType[*RefusedError](err); ok {
		return string(no.Rule.ID)
	}
	if e, ok := errors.AsType[*fault.Error](err); ok && e.Key != "" {
		return e.Key
	}
	return "fault." + fault.Of(err).String()
}

// Approve starts a run that was counted. It takes a person who may answer for it and who
// did not plan it (a second pair of eyes). A rule that blocks is *RefusedError; one that
// warns asks for the plan's reason.
func (s *Runs) Approve(ctx context.Context, by account.By, workspace, id int64, now time.Time) error {
	return failed("approve", s.Book.db.Write(ctx, func(tx *store.Tx) error {
		if err := s.Book.accounts.Require(ctx, tx, by, workspace, account.ApproveAmber); err != nil {
			return err
		}
		run, err := s.held(ctx, tx, workspace, id)
		if err != nil {
			return err
		}
		if err := s.mayApprove(ctx, tx, by, run, now); err != nil {
			return err
		}
		next, err := s.Jobs.Enqueue(ctx, tx, job.New{
			Workspace: workspace, Kind: jobPrepare, Payload: order{id}, Total: run.Counts.Seen, CreatedBy: operatorOf(by),
		})
		if err != nil {
			return err
		}
		at := store.Micros(now)
		if _, err := tx.Exec(ctx, sqlApprove, at, operatorOf(by), next, at, id); err != nil {
			return err
		}
		return s.note(ctx, tx, by, run.subject("provision.run.approve", map[string]any{"persons": run.Counts.Provided}), now)
	}))
}

// held reads a run and keeps it to the end of the transaction.
func (s *Runs) held(ctx context.Context, tx *store.Tx, workspace, id int64) (Run, error) {
	var state string
	if err := tx.QueryRow(ctx, sqlHoldRun, id, workspace).Scan(&state); err != nil {
		return Run{}, err
	}
	return s.Run(ctx, tx, workspace, id)
}

func (s *Runs) mayApprove(ctx context.Context, r store.Reader, by account.By, run Run, now time.Time) error {
	switch {
	case run.State != Planned:
		return fault.New(fault.Refused, "provision.run.state", "State", string(run.State))
	case operatorOf(by) == 0:
		return fault.New(fault.Refused, "provision.run.person")
	case operatorOf(by) == run.CreatedBy:
		return fault.New(fault.Refused, "provision.run.second")
	case run.Counts.Provided == 0:
		return fault.New(fault.Refused, "provision.run.nobody")
	}
	findings, err := s.RunFindings(ctx, r, run, now)
	if err != nil {
		return err
	}
	if no := findings.Block(); no != nil {
		return &RefusedError{Rule: no}
	}
	for _, f := range findings {
		if f.Rule.Effect == law.Warn && blank(run.Reason) {
			return fault.Bad("reason", "provision.run.reason", "Rule", string(f.Rule.ID))
		}
	}
	return nil
}

// cursor is where a prepared run goes on.
type cursor struct {
	After int64 `json:"after"`
	Piece int64 `json:"piece"`
}

// prepare is the handler of the jobs that write the data set and its records, page by
// page, each in one transaction: without its record no line is ever stored.
func (s *Runs) prepare(ctx context.Context, j *job.Run) error {
	run, err := s.ordered(ctx, j)
	if err != nil || run.State != Preparing {
		return err
	}
	if err := s.prepareAll(ctx, j, run); err != nil {
		return s.fail(ctx, run, err, j.Now())
	}
	return nil
}

func (s *Runs) prepareAll(ctx context.Context, j *job.Run, run Run) error {
	at := cursor{}
	if j.Cursor != "" {
		if err := json.Unmarshal([]byte(j.Cursor), &at); err != nil {
			return fmt.Errorf("cursor: %w", err)
		}
	}
	g, err := s.newGatherer(ctx, run, j.Now())
	if err != nil {
		return err
	}
	g.n = at.Piece
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	sheaves := make(chan *sheaf, 1)
	read := make(chan error, 1)
	go func() { // reading and writing are about equally slow
		defer close(sheaves)
		read <- g.send(ctx, at.After, sheaves)
	}()
	counts := run.Counts
	for some := range sheaves {
		if err := s.store(ctx, j, g, some, &counts); err != nil {
			cancel()
			<-read
			return err
		}
	}
	return <-read
}

// send gathers pages until the last.
func (g *gatherer) send(ctx context.Context, after int64, out chan<- *sheaf) error {
	for {
		some, err := g.page(ctx, after, 0)
		if err != nil {
			return err
		}
		select {
		case out <- some:
		case <-ctx.Done():
			return ctx.Err()
		}
		if after = some.next; after == 0 {
			return nil
		}
	}
}

// store writes a page: its people's records, their lines, the counts and where to go on.
func (s *Runs) store(ctx context.Context, j *job.Run, g *gatherer, some *sheaf, counts *Counts) error {
	if j.StopWanted() {
		return job.ErrStopped
	}
	sum := counts.plus(some.counts)
	text, err := json.Marshal(sum)
	if err != nil {
		return err
	}
	where, err := json.Marshal(cursor{some.next, some.piece.n})
	if err != nil {
		return err
	}
	now := j.Now()
	err = s.Book.db.Write(ctx, func(tx *store.Tx) error {
		if err := tx.InsertRows(ctx, sqlAddRecords, "", recordWidth, some.records); err != nil {
			return err
		}
		if some.piece.persons > 0 {
			p := some.piece
			if _, err := tx.Exec(ctx, sqlAddPiece, g.run.ID, p.n, p.persons, p.data, p.lines); err != nil {
				return err
			}
		}
		n, err := tx.Exec(ctx, sqlProgress, string(text), store.Micros(now), g.run.ID)
		if err == nil && n == 0 {
			err = job.ErrStopped // discarded meanwhile
		}
		if err != nil {
			return err
		}
		if some.next == 0 {
			if err := s.finish(ctx, tx, g, now); err != nil {
				return err
			}
		}
		return j.Advance(ctx, tx, job.Progress{Done: sum.Seen, Total: max(j.Total, sum.Seen), Cursor: string(where)})
	})
	if err == nil {
		*counts = sum
	}
	return err
}

// finish makes the data set whole: the head goes before all pieces, and what can be
// brought to its target is sent on its way.
func (s *Runs) finish(ctx context.Context, tx *store.Tx, g *gatherer, now time.Time) error {
	if _, err := tx.Exec(ctx, sqlAddPiece, g.run.ID, 0, 0, append([]byte{}, g.scribe.head...), []byte{}); err != nil {
		return err
	}
	next := g.run.Job
	var err error
	if g.run.To.Target.Kind != ByFile {
		if next, err = s.Jobs.Enqueue(ctx, tx, job.New{Workspace: g.run.Workspace, Kind: jobHand, Payload: order{g.run.ID}}); err != nil {
			return err
		}
	}
	at := store.Micros(now)
	_, err = tx.Exec(ctx, sqlPrepared, at, next, at, g.run.ID)
	return err
}

// Discard ends a run of which nothing left; its data set is deleted, its records stand
// for nothing.
func (s *Runs) Discard(ctx context.Context, by account.By, workspace, id int64, reason string, now time.Time) error {
	return failed("discard", s.Book.db.Write(ctx, func(tx *store.Tx) error {
		if err := s.may(ctx, tx, by, workspace); err != nil {
			return err
		}
		run, err := s.held(ctx, tx, workspace, id)
		if err != nil {
			return err
		}
		n, err := tx.Exec(ctx, sqlDiscard, store.Micros(now), id, workspace)
		if err == nil && n == 0 {
			err = fault.New(fault.Refused, "provision.run.state", "State", string(run.State))
		}
		if err != nil {
			return err
		}
		run.Reason = reason
		return s.note(ctx, tx, by, run.subject("provision.run.discard", nil), now)
	}))
}
