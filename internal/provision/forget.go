package provision

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"github.com/kyodaku/kyodaku/internal/law"
	"github.com/kyodaku/kyodaku/internal/store"
)

// ruleErased is the rule by which who was erased is left out.
const ruleErased law.RuleID = "ERASE-01"

// Forget takes a person who is being erased out of every preview and every data set that
// waits, and the name out of the records that stand for no provision. What is on its way this
// moment is left to its end; records of what may have left stay their time. It is called in the
// transaction of the erasure.
func (s *Runs) Forget(ctx context.Context, tx *store.Tx, workspace, person int64, now time.Time) error {
	if err := lockStops(ctx, tx, workspace); err != nil {
		return failed("forget", err)
	}
	ids, err := s.Book.people.With(ctx, tx, person)
	if err != nil {
		return failed("forget", err)
	}
	if err := s.Book.carry(ctx, tx, workspace, ids, now); err != nil {
		return failed("forget", err)
	}
	if err := unshow(ctx, tx, workspace, ids, now); err != nil {
		return failed("forget", err)
	}
	waiting, err := store.IDs(tx.Query(ctx, sqlWaitingWith, store.In(ids), workspace))
	if err != nil {
		return failed("forget", err)
	}
	for _, id := range waiting {
		if err := s.forgetIn(ctx, tx, workspace, id, ids, now); err != nil {
			return failed("forget", err)
		}
	}
	return failed("forget", unname(ctx, tx, ids))
}

// atOnce is how many people one statement names at the most: SQLite takes some 32,000 values.
const atOnce = 1000

// unname empties what identifies people in the records that stand for no provision: the number
// alone stays.
func unname(ctx context.Context, tx *store.Tx, people []int64) error {
	for some := range slices.Chunk(people, atOnce) {
		if _, err := tx.Exec(ctx, sqlUnnameRecords, []byte{}, store.In(some)); err != nil {
			return err
		}
	}
	return nil
}

// unnameErased does so for those of a run who were erased before it came to nothing.
func unnameErased(ctx context.Context, tx *store.Tx, run Run) error {
	erased, err := goners(tx.Query(ctx, sqlErasedIn, run.Workspace, run.ID))
	if err != nil {
		return err
	}
	people := make([]int64, len(erased))
	for i, g := range erased {
		people[i] = g.contact
	}
	return unname(ctx, tx, people)
}

// letGo lets go of what was kept of the people of a run that came to nothing.
func letGo(ctx context.Context, tx *store.Tx, run Run) error {
	if err := unnameErased(ctx, tx, run); err != nil {
		return err
	}
	return dropRoll(ctx, tx, run.ID)
}

// unshow takes people out of the previews of a workspace.
func unshow(ctx context.Context, tx *store.Tx, workspace int64, people []int64, now time.Time) error {
	runs, err := store.IDs(tx.Query(ctx, sqlWithPreview, workspace))
	if err != nil {
		return err
	}
	for _, id := range runs { // those that wait for their approval: a few
		var text string
		if err := tx.QueryRow(ctx, sqlPreview, id).Scan(&text); err != nil {
			return err
		}
		var p kept
		if err := json.Unmarshal([]byte(text), &p); err != nil {
			return err
		}
		if !p.drop(people) {
			continue
		}
		left, err := json.Marshal(p)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, sqlSetPreview, string(left), store.Micros(now), id); err != nil {
			return err
		}
	}
	return nil
}

// drop takes people out, and says whether any was in it.
func (p *Preview) drop(people []int64) bool {
	found := false
	for i := len(p.People) - 1; i >= 0; i-- {
		if slices.Contains(people, p.People[i]) {
			p.People, p.Rows = slices.Delete(p.People, i, i+1), slices.Delete(p.Rows, i, i+1)
			found = true
		}
	}
	return found
}

// forgetIn takes people out of the data set of a run, unless it is on its way.
func (s *Runs) forgetIn(ctx context.Context, tx *store.Tx, workspace, id int64, people []int64, now time.Time) error {
	run, err := s.held(ctx, tx, workspace, id)
	if err != nil || run.State == Handing || run.State == Preparing {
		return err
	}
	var tried int64
	if err := tx.QueryRow(ctx, sqlLastTried, id).Scan(&tried); err != nil {
		return err
	}
	gone, err := goners(tx.Query(ctx, sqlStillIn, id, store.In(people)))
	if err != nil {
		return err
	}
	for i := range gone {
		gone[i].rule = string(ruleErased)
	}
	if err := remove(ctx, tx, &run, gone, tried, now); err != nil {
		return err
	}
	return setCounts(ctx, tx, run, now)
}

// setCounts stores what became of the people of a run.
func setCounts(ctx context.Context, tx *store.Tx, run Run, now time.Time) error {
	text, err := json.Marshal(run.Counts)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, sqlSetCounts, string(text), store.Micros(now), run.ID)
	return err
}
