package consent

import (
	"sync"
	"testing"

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
