package provision

import (
	"context"
	"database/sql"
	"slices"
	"time"

	"github.com/kyodaku/kyodaku/internal/law"
	"github.com/kyodaku/kyodaku/internal/store"
)

// goner is somebody to be taken out of a data set.
type goner struct {
	contact, piece int64
	rule           string
}

// takeOut takes people out of the pieces of a run and says so; tried is the last
// attempt that may have carried them, 0 for none.
func (s *Runs) takeOut(ctx context.Context, tx *store.Tx, run *Run, tried int64, now time.Time) error {
	gone, err := s.gone(ctx, tx, *run, now)
	if err != nil {
		return err
	}
	return remove(ctx, tx, run, gone, tried, now)
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
// Of a stop and of where the data came from the rules of the run's class are asked again.
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
	if no := b.block(personFacts{stop: true, consent: true, abroad: true, reach: law.JP}); no != nil {
		if all, err = goners(tx.Query(ctx, sqlStoppedIn, ws, p, ws, p, run.ID)); err != nil {
			return nil, err
		}
		for i := range all {
			all[i].rule = string(no.ID)
		}
	}
	tainted, err := b.tainted(ctx, tx)
	if err != nil {
		return nil, err
	}
	erased, err := goners(tx.Query(ctx, sqlErasedIn, ws, run.ID))
	if err != nil {
		return nil, err
	}
	withdrawn, err := goners(tx.Query(ctx, sqlWithdrawn, p, run.Recipient, run.ID))
	if err != nil {
		return nil, err
	}
	return once(slices.Concat(all, erased, withdrawn, tainted), already), nil
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
	if err := tx.QueryRow(ctx, sqlPiece, run, n).Scan(&p.data, &p.lines); err != nil {
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
