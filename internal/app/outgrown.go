package app

import (
	"context"
	"time"

	"github.com/kyodaku/kyodaku/internal/store"
)

// schemaEvery is how often a node looks whether a newer program changed the database.
const schemaEvery = 5 * time.Second

// Outgrown is closed when a newer program has changed the database that this one works
// with. It knows nothing of what the newer one relies on, and must stop.
func (a *App) Outgrown() <-chan struct{} { return a.outgrown }

// watchSchema looks until somebody else changes the schema. Only on PostgreSQL there can
// be somebody else.
func (a *App) watchSchema(ctx context.Context) {
	if a.DB.Engine() == store.SQLite {
		return
	}
	run, cancel := context.WithCancel(context.WithoutCancel(ctx))
	done := make(chan struct{})
	go func() {
		defer close(done)
		if outgrown(run, a.DB, schemaEvery) {
			a.Log.Error("a newer program has changed the database: this node stops, start it with that program")
			close(a.outgrown)
		}
	}()
	a.onStop(func(context.Context) { cancel(); <-done })
}

// outgrown waits until the schema is newer than this program, or ctx ends.
func outgrown(ctx context.Context, db *store.DB, every time.Duration) bool {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return false
		case <-tick.C:
			// A database that does not answer is everybody's trouble, not this one's.
			if behind, err := db.Behind(ctx); err == nil && behind < 0 {
				return true
			}
		}
	}
}
