package gate

import (
	"context"
	"sync"
	"testing"

	"github.com/kyodaku/kyodaku/internal/consent"
	"github.com/kyodaku/kyodaku/internal/contact"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/store/storetest"
)

// TestRefusalsOfOtherHandsAreFenced: an import and a merge take no places in the feed along,
// and are fenced all the same: what is on its way is dropped before they are done.
func TestRefusalsOfOtherHandsAreFenced(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		for name, refuse := range map[string]func(w *world, id int64){
			"an import": func(w *world, id int64) {
				w.write(func(ctx context.Context, tx *store.Tx) error {
					return w.people.Imported(ctx, tx, []contact.Grant{{Workspace: w.ws, Address: id, RefusedAt: w.clock.read(), ReceivedAt: w.clock.read(), Source: "解約の一覧"}})
				})
			},
			"a merge": func(w *world, id int64) {
				other := w.reader()
				w.living(id, "JP", "")
				w.living(other, "JP", "")
				no := w.event(other, consent.ActionWithdrawn)
				no.Topic = 0
				w.record(no)
				w.write(func(ctx context.Context, tx *store.Tx) error {
					var from, into int64
					if err := tx.QueryRow(ctx, `SELECT contact_id FROM address WHERE id = ?`, other).Scan(&from); err != nil {
						return err
					}
					if err := tx.QueryRow(ctx, `SELECT contact_id FROM address WHERE id = ?`, id).Scan(&into); err != nil {
						return err
					}
					return w.people.Merged(ctx, tx, from, into, w.clock.read())
				})
			},
		} {
			t.Run(name, func(t *testing.T) {
				w := newWorld(t, db)
				w.start()
				id, neighbour := w.reader(), w.reader()
				cut := make(chan struct{})
				h, err := w.gate.BeforeDot(w.permit(id), w.clock.read(), sync.OnceFunc(func() { close(cut) }))
				if err != nil {
					t.Fatal(err)
				}
				beside, err := w.gate.BeforeDot(w.permit(neighbour), w.clock.read(), func() { t.Error("the neighbour was dropped") })
				if err != nil {
					t.Fatal(err)
				}
				defer beside.Done()
				refuse(w, id)
				fenced := make(chan error, 1)
				go func() { fenced <- w.gate.FenceCommitted(context.Background()) }()
				select {
				case err := <-fenced:
					t.Fatalf("the fence did not wait: %v", err)
				case <-cut:
				}
				select {
				case err := <-fenced:
					t.Fatalf("the fence did not wait for the writer to stop: %v", err)
				default:
				}
				h.Written()
				if err := <-fenced; err != nil {
					t.Fatal(err)
				}
				h.Done()
				if n := len(w.gate.owed.live()); n != 0 {
					t.Errorf("%d transactions are still waited for", n)
				}
			})
		}
	})
}
