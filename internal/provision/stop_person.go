package provision

import (
	"context"
	"slices"

	"github.com/kyodaku/kyodaku/internal/store"
)

// StopsOf lists what a person asked to be stopped, the latest first: of the contact, of those who
// were merged into it, and of the addresses that they have.
func (b *Book) StopsOf(ctx context.Context, r store.Reader, workspace, person int64) ([]Stop, error) {
	ids, err := b.people.With(ctx, r, person)
	if err != nil {
		return nil, failed("stops of", err)
	}
	rows, err := r.Query(ctx, sqlStopsOf, store.In(ids), workspace, store.In(ids), workspace)
	if err != nil {
		return nil, failed("stops of", err)
	}
	defer rows.Close()
	var out []Stop
	for rows.Next() {
		s := Stop{Workspace: workspace}
		var received int64
		if err := rows.Scan(&s.Programme, &s.Method, &received, &s.Operator); err != nil {
			return nil, failed("stops of", err)
		}
		s.Received = store.Time(received)
		out = append(out, s)
	}
	return slices.DeleteFunc(slices.Clone(out), func(s Stop) bool { return s.beside(out) }), failed("stops of", rows.Err())
}

// beside says whether a stop is the row that another one, of an address, has for its person.
func (s Stop) beside(all []Stop) bool {
	return s.Method == alongside && slices.ContainsFunc(all, func(o Stop) bool {
		return o.Method != alongside && o.Programme == s.Programme && o.Received.Equal(s.Received)
	})
}

// TasksOf lists which recipients are to be told, or were told, that a person's data are no longer
// to be provided, the latest first.
func (s *Runs) TasksOf(ctx context.Context, r store.Reader, workspace, person int64) ([]Task, error) {
	ids, err := s.Book.people.With(ctx, r, person)
	if err != nil {
		return nil, failed("tasks of", err)
	}
	return readTasks(r.Query(ctx, sqlTasksOf, store.In(ids), workspace))
}
