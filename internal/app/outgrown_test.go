package app

import (
	"context"
	"testing"
	"time"

	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/store/storetest"
)

// TestANodeNoticesANewerProgram: what the newer one relies on, such as the kinds of people
// that a forecast counts, an older one would leave stale.
func TestANodeNoticesANewerProgram(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		told := make(chan bool, 1)
		go func() { told <- outgrown(ctx, db, time.Millisecond) }()
		select {
		case <-told:
			t.Fatal("nobody changed anything")
		default:
		}
		if err := db.Write(t.Context(), func(tx *store.Tx) error {
			_, err := tx.Exec(t.Context(), `INSERT INTO goose_db_version (version_id, is_applied) VALUES (99999, TRUE)`)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		if !<-told {
			t.Error("a newer schema went unnoticed")
		}
	})
}

func TestANodeStopsLooking(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if outgrown(ctx, storetest.SQLite(t), time.Hour) {
		t.Error("a newer schema was seen")
	}
}
