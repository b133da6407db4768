package provision

import (
	"context"
	"database/sql"
	"slices"
	"time"

	"github.com/kyodaku/kyodaku/internal/addr"
	"github.com/kyodaku/kyodaku/internal/contact"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/law"
	"github.com/kyodaku/kyodaku/internal/store"
)

// goner is somebody to be taken out of a data set.
type goner struct {
	contact, piece int64
	rule           string
	// said says that they asked for it, of which whoever may have their data is to be told.
	said bool
}

// takeOut takes people out of the pieces of a run and says so; tried is the last
// attempt that may have carried them, 0 for none. Of what it may have carried, its recipient is
// to be told who asked for no more.
func (s *Runs) takeOut(ctx context.Context, tx *store.Tx, run *Run, tried int64, now time.Time) error {
	gone, err := s.gone(ctx, tx, *run, now)
	if err != nil {
		return err
	}
	if len(gone) == 0 {
		return nil
	}
	if err := remove(ctx, tx, run, gone, tried, now); err != nil {
		return err
	}
	if err := unnameErased(ctx, tx, *run); err != nil || tried == 0 {
		return err
	}
	return s.owe(ctx, tx, *run, gone, now)
}

// oweWhoSpoke has a recipient told of everybody in a run who asked for no more since it was judged.
func (s *Runs) oweWhoSpoke(ctx context.Context, tx *store.Tx, run Run, now time.Time) error {
	gone, err := s.gone(ctx, tx, run, now)
	if err != nil {
		return err
	}
	return s.owe(ctx, tx, run, gone, now)
}

// owe has the recipient of a run told of those who asked for no more.
func (s *Runs) owe(ctx context.Context, tx *store.Tx, run Run, gone []goner, now time.Time) error {
	stop := Stop{Workspace: run.Workspace, Programme: run.Plan.Programme}
	for _, g := range gone {
		if !g.said {
			continue
		}
		if err := s.Book.oweRecipients(ctx, tx, stop, g.contact, run.Recipient, now); err != nil {
			return err
		}
	}
	return nil
}

// remove takes people out of the pieces of a run, says so, and counts them.
func remove(ctx context.Context, tx *store.Tx, run *Run, gone []goner, tried int64, now time.Time) error {
	if len(gone) == 0 {
		return nil
	}
	byPiece := map[int64]map[int64]string{}
	args := make([]any, 0, len(gone)*leftWidth)
	for _, g := range gone {
		if byPiece[g.piece] == nil {
			byPiece[g.piece] = map[int64]string{}
		}
		byPiece[g.piece][g.contact] = g.rule
		args = append(args, run.ID, g.contact, g.rule, tried > 0, store.Micros(now), tried)
	}
	for n, out := range byPiece {
		if err := thin(ctx, tx, run.ID, n, out); err != nil {
			return err
		}
	}
	run.Counts.take(gone, tried > 0)
	return tx.InsertRows(ctx, sqlLeftOut, "", leftWidth, args)
}

// gone lists who must be taken out and is still in, each once, by the first rule that says so.
// Whatever can have come since they were judged, the rules of the run's class are asked again.
func (s *Runs) gone(ctx context.Context, tx *store.Tx, run Run, now time.Time) ([]goner, error) {
	b, err := s.newBench(ctx, tx, run, now)
	if err != nil {
		return nil, err
	}
	already, err := store.IDs(tx.Query(ctx, sqlIsOut, run.ID))
	if err != nil {
		return nil, err
	}
	ws, p := run.Workspace, run.Plan.Programme
	var all []goner
	for _, ask := range []func() ([]goner, error){
		func() ([]goner, error) {
			return b.said(personFacts{stop: true, consent: true, abroad: true, reach: law.JP}, func() ([]goner, error) {
				return goners(tx.Query(ctx, sqlStoppedIn, ws, p, ws, p, run.ID))
			})
		},
		func() ([]goner, error) { return goners(tx.Query(ctx, sqlErasedIn, ws, run.ID)) },
		func() ([]goner, error) {
			return b.said(personFacts{reach: law.JP}, func() ([]goner, error) {
				return goners(tx.Query(ctx, sqlWithdrawn, p, run.Recipient, run.ID))
			})
		},
		func() ([]goner, error) { return b.tainted(ctx, tx) },
		func() ([]goner, error) { return b.refused(ctx, tx) },
	} {
		some, err := ask()
		if err != nil {
			return nil, err
		}
		all = append(all, some...)
	}
	return once(all, already), nil
}

// said are those of whom something is now known that they said, by the rule that objects to it;
// nobody where none does.
func (b *bench) said(of personFacts, who func() ([]goner, error)) ([]goner, error) {
	no := b.block(of)
	if no == nil {
		return nil, nil
	}
	all, err := who()
	for i := range all {
		all[i].rule, all[i].said = string(no.ID), true
	}
	return all, err
}

// tainted are those of whose data it came to be known since they were judged that they may
// not be provided.
func (b *bench) tainted(ctx context.Context, r store.Reader) ([]goner, error) {
	rows, err := r.Query(ctx, sqlFlaggedIn, b.run.ID, b.run.Workspace)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []goner
	for rows.Next() {
		var g goner
		of := personFacts{consent: true, abroad: true, reach: law.JP}
		if err := rows.Scan(&g.contact, &g.piece, &of.flags); err != nil {
			return nil, err
		}
		if no := b.block(of); no != nil {
			g.rule = string(no.ID)
			out = append(out, g)
		}
	}
	return out, rows.Err()
}

// refused are those who refused mail since they were judged, where the law of the United States
// holds: nobody else is asked for.
func (b *bench) refused(ctx context.Context, r store.Reader) ([]goner, error) {
	if b.block(personFacts{refused: true, consent: true, abroad: true, reach: law.JP | law.US}) == nil {
		return nil, nil
	}
	all, hashes, err := b.americans(ctx, r)
	if err != nil || len(all) == 0 {
		return nil, err
	}
	refusals, err := b.s.Book.people.Refused(ctx, r, b.run.Workspace, hashes)
	if err != nil {
		return nil, err
	}
	var out []goner
	for i := range all {
		p := &all[i].person
		f, _ := (&heard{refusals: refusals}).of(p, reachOf(p))
		f.consent, f.abroad = true, true
		if no := b.block(f); no != nil {
			out = append(out, goner{contact: p.ID, piece: all[i].piece, rule: string(no.ID)})
		}
	}
	return out, nil
}

// placed is somebody with the piece of a data set that they are in.
type placed struct {
	person contact.Person
	piece  int64
}

// americans lists who of the data set may be in the United States, with what says so, and the
// hashes of all their addresses.
func (b *bench) americans(ctx context.Context, r store.Reader) (all []placed, hashes [][]byte, err error) {
	rows, err := r.Query(ctx, sqlAmericansIn, b.run.Workspace, b.run.Workspace, b.run.ID)
	if err != nil {
		return nil, nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var one placed
		var channel, shown, domain string
		var hash []byte
		if err := rows.Scan(&one.person.ID, &one.piece, &one.person.Country, &channel, &shown, &domain, &hash); err != nil {
			return nil, nil, err
		}
		if n := len(all); n == 0 || all[n-1].person.ID != one.person.ID {
			all = append(all, one)
		}
		p := &all[len(all)-1].person
		if channel == string(addr.Email) && shown != "" && p.Domain == "" {
			p.Domain = domain
		}
		p.Hashes, hashes = append(p.Hashes, hash), append(hashes, hash)
	}
	return all, hashes, rows.Err()
}

// once leaves out who is listed before, or is out already.
func once(all []goner, already []int64) []goner {
	seen := make(map[int64]bool, len(already)+len(all))
	for _, id := range already {
		seen[id] = true
	}
	return slices.DeleteFunc(all, func(g goner) bool {
		before := seen[g.contact]
		seen[g.contact] = true
		return before
	})
}

func goners(rows *sql.Rows, err error) ([]goner, error) {
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []goner
	for rows.Next() {
		var g goner
		if err := rows.Scan(&g.contact, &g.piece, &g.rule); err != nil {
			return nil, err
		}
		out = append(out, g)
	}
	return out, rows.Err()
}

// thin writes a piece anew without some people.
func thin(ctx context.Context, tx *store.Tx, run, n int64, out map[int64]string) error {
	p := piece{n: n}
	err := tx.QueryRow(ctx, sqlPiece, run, n).Scan(&p.data, &p.lines)
	if fault.Is(err, fault.NotFound) {
		return nil // deleted since, as data sets are that nobody needs any more
	}
	if err != nil {
		return err
	}
	next, err := p.without(out)
	if err != nil {
		return err
	}
	if next.data == nil {
		next.data = []byte{}
	}
	if next.lines == nil {
		next.lines = []byte{}
	}
	_, err = tx.Exec(ctx, sqlSetPiece, next.persons, next.data, next.lines, run, n)
	return err
}
