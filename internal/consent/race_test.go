package consent

import (
	"slices"
	"sync"
	"testing"

	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/store/storetest"
)

// TestARefusalWinsEveryRace has imports and refusals meet on the same addresses,
// in opposite order, from two nodes.
func TestARefusalWinsEveryRace(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		other := New(storetest.Open(t, db.URL()), w.ring, w.log.log)
		addresses := w.addresses(20, 0)
		backward := slices.Clone(addresses)
		slices.Reverse(backward)
		var wait sync.WaitGroup
		run := func(l *Log, action Action, method Method, order []int64) {
			wait.Go(func() {
				for range 4 {
					var events []*Event
					for _, a := range order {
						events = append(events, w.event(action, method, a, 7))
					}
					err := l.db.Write(t.Context(), func(tx *store.Tx) error {
						_, err := l.Append(t.Context(), tx, events)
						return err
					})
					if err != nil {
						t.Error(err)
					}
				}
			})
		}
		run(w.log, ActionGranted, MethodImport, addresses)
		run(other, ActionWithdrawn, MethodOneClick, backward)
		run(other, ActionGranted, MethodImport, backward)
		run(w.log, ActionWithdrawn, MethodPage, addresses)
		wait.Wait()
		for _, a := range addresses {
			if w.state(a, 7).Status != StatusWithdrawn || !w.stopped(a, 7) {
				t.Fatal("a refusal lost")
			}
		}
		if got, err := w.log.Rebuild(t.Context(), w.ws); err != nil || got.Found != 0 || got.Events != 320 {
			t.Errorf("%+v, %v", got, err)
		}
		seqs, err := feedAfter(t.Context(), db, 0)
		if err != nil || len(seqs) != 160 {
			t.Errorf("%d refusals in the feed, %v", len(seqs), err)
		}
	})
}
