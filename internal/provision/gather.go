package provision

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/kyodaku/kyodaku/internal/contact"
	"github.com/kyodaku/kyodaku/internal/law"
)

// sheaf is a page of people as judged and written, ready to be stored.
type sheaf struct {
	piece   piece
	records []any
	counts  Counts
	// people are those who are in.
	people []int64
	// rows are the first lines, for the preview, and shown whose they are.
	rows  [][]string
	shown []int64
	// next is where the page behind it begins, 0 for the last; last is the last person of this one.
	next, last int64
}

// gatherer reads, judges and writes people, page by page.
type gatherer struct {
	s      *Runs
	run    Run
	bench  *bench
	scribe *scribe
	n      int64
	// most is the highest id of those who are looked at, 0 for everybody.
	most int64
	// counted are those of whom alone a data set may be made; nil while they are counted.
	counted *roll
}

func (s *Runs) newGatherer(ctx context.Context, run Run, now time.Time) (*gatherer, error) {
	b, err := s.newBench(ctx, s.Book.db, run, now)
	if err != nil {
		return nil, err
	}
	w, err := newScribe(run.Plan, b.items, b.apart)
	return &gatherer{s: s, run: run, bench: b, scribe: w}, err
}

// page makes the sheaf of the people behind a key. rows is how many rows to show.
func (g *gatherer) page(ctx context.Context, after int64, rows int) (*sheaf, error) {
	db := g.s.Book.db
	people, next, err := g.s.Book.people.People(ctx, db, g.run.Workspace, g.run.Segment, contact.Page{After: after, Limit: g.s.page})
	if err != nil {
		return nil, err
	}
	if n := slices.IndexFunc(people, func(p contact.Person) bool { return g.most > 0 && p.ID > g.most }); n >= 0 {
		people, next = people[:n], 0
	}
	out := &sheaf{piece: piece{n: g.n}, next: next, counts: Counts{Seen: int64(len(people)), Excluded: map[law.RuleID]int64{}}}
	out.records = make([]any, 0, len(people)*recordWidth)
	if len(people) == 0 {
		return out, nil
	}
	out.last = people[len(people)-1].ID
	reach := make([]law.Jurisdictions, len(people))
	for i := range people {
		reach[i] = reachOf(&people[i])
	}
	h, err := g.bench.listen(ctx, db, people, reach)
	if err != nil {
		return nil, err
	}
	if h.unseen, err = g.counted.missing(ctx, db, people); err != nil {
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
	out.people = append(out.people, p.ID)
	out.piece.add(p.ID, length)
	out.records = append(out.records, g.run.ID, p.ID, out.piece.n, p.Name(), g.scribe.known(p), mark(g.run.salt, p.Mails), agreed.id)
	if len(out.rows) < rows {
		out.shown = append(out.shown, p.ID)
		out.rows = append(out.rows, append([]string(nil), g.scribe.cells...))
	}
	return nil
}

// plus adds the counts of a page.
func (c Counts) plus(o Counts) Counts {
	sum := Counts{Seen: c.Seen + o.Seen, Provided: c.Provided + o.Provided, Excluded: maps.Clone(c.Excluded)}
	if sum.Excluded == nil {
		sum.Excluded = map[law.RuleID]int64{}
	}
	for id, n := range o.Excluded {
		sum.Excluded[id] += n
	}
	return sum
}
