package consent

import (
	"context"
	"sync"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/kyodaku/kyodaku/internal/consent/ledger"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/store/storetest"
)

func (w *world) sequence() int {
	w.Helper()
	n, err := w.log.Sequence(w.Context(), start)
	if err != nil {
		w.Fatal(err)
	}
	return n
}

func (w *world) fill(n int) {
	w.Helper()
	events := make([]*Event, n)
	for i, a := range w.addresses(n, 0) {
		events[i] = w.event(ActionGranted, MethodImport, a, 7)
	}
	w.append(events...)
}

func TestTheTreeGrowsConsistently(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		var heads []ledger.Checkpoint
		key := func() ledger.Key {
			k, err := ledger.ReadKey(t.Context(), db, w.ring, w.ws)
			if err != nil {
				t.Fatal(err)
			}
			return k
		}
		for _, n := range []int{1, 1, 5, 250, 1, 3, 700} {
			w.fill(n)
			if got := w.sequence(); got != n {
				t.Fatalf("took %d of %d", got, n)
			}
			head, err := ledger.Last(t.Context(), db, w.ws, key().Verifier)
			if err != nil {
				t.Fatal(err)
			}
			heads = append(heads, head)
		}
		if w.sequence() != 0 {
			t.Error("something was left")
		}
		newest := heads[len(heads)-1]
		hashes := ledger.NewTiles(t.Context(), db, w.ws).Hashes(newest.Tree())
		for i := 1; i < len(heads); i++ {
			older := ledger.NewTiles(t.Context(), db, w.ws).Hashes(heads[i].Tree())
			proof, err := tlog.ProveTree(heads[i].Size, heads[i-1].Size, older)
			if err != nil {
				t.Fatal(err)
			}
			if err := tlog.CheckTree(proof, heads[i].Size, heads[i].Root, heads[i-1].Size, heads[i-1].Root); err != nil {
				t.Errorf("%d to %d: %v", heads[i-1].Size, heads[i].Size, err)
			}
		}
		if root, err := tlog.TreeHash(heads[2].Size, hashes); err != nil || root != heads[2].Root {
			t.Errorf("an old head is not in the tree: %v", err)
		}
	})
}

func TestNodesSequenceOneTree(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		other := New(storetest.Open(t, db.URL()), w.ring, w.log.log)
		var wait sync.WaitGroup
		for _, node := range []*Log{w.log, other} {
			wait.Go(func() {
				for range 20 {
					if _, err := node.Sequence(t.Context(), start); err != nil {
						t.Error(err)
					}
				}
			})
		}
		for range 10 {
			w.fill(7)
		}
		wait.Wait()
		w.sequence()
		head, err := w.log.Head(t.Context(), db, w.ws)
		if err != nil || head.Size != 70 {
			t.Fatalf("size %d, %v", head.Size, err)
		}
	})
}

// TestABrokenRoundLeavesNothing fails a round at its last statement.
func TestABrokenRoundLeavesNothing(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		w.fill(3)
		w.sequence()
		w.write(func(tx *store.Tx) (err error) {
			if tx.Engine() == store.PostgreSQL {
				_, err = tx.Exec(t.Context(), `CREATE TRIGGER full_disk BEFORE INSERT ON consent_checkpoint FOR EACH STATEMENT EXECUTE FUNCTION append_only()`)
				return err
			}
			_, err = tx.Exec(t.Context(), `CREATE TRIGGER full_disk BEFORE INSERT ON consent_checkpoint BEGIN SELECT RAISE(ABORT, 'full'); END`)
			return err
		})
		w.fill(300)
		if _, err := w.log.Sequence(t.Context(), start); err == nil {
			t.Fatal("the round did not fail")
		}
		v, err := w.log.VerifyAll(t.Context(), w.ws)
		if err != nil || v.Found != 0 || v.Leaves != 3 || v.Pending != 300 {
			t.Fatalf("%+v, %v", v, err)
		}
		w.write(func(tx *store.Tx) (err error) {
			if tx.Engine() == store.PostgreSQL {
				_, err = tx.Exec(t.Context(), `DROP TRIGGER full_disk ON consent_checkpoint`)
				return err
			}
			_, err = tx.Exec(t.Context(), `DROP TRIGGER full_disk`)
			return err
		})
		if n := w.sequence(); n != 300 {
			t.Errorf("took %d", n)
		}
		w.expect()
	})
}

func TestRunFollowsAppends(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.SQLite(t))
	ctx, cancel := context.WithCancel(t.Context())
	rounds, done := make(chan struct{}), make(chan struct{})
	clock := func() time.Time {
		select {
		case rounds <- struct{}{}:
		case <-ctx.Done():
		}
		return start
	}
	w.fill(2)
	go func() {
		defer close(done)
		w.log.Run(ctx, clock)
	}()
	<-rounds
	w.fill(3)
	<-rounds
	w.fill(1)
	<-rounds // the round before has ended
	head, err := w.log.Head(t.Context(), w.db, w.ws)
	if err != nil || head.Size < 5 {
		t.Errorf("%d, %v", head.Size, err)
	}
	cancel()
	<-done
}
