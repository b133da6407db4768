package preference

import (
	"context"
	"testing"

	"github.com/kyodaku/kyodaku/internal/consent"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/keyring"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/store/storetest"
)

// TestNothingIsRecordedBehindAnErasure has a person erased between the opening of a
// link and the record of what was said there.
func TestNothingIsRecordedBehindAnErasure(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		a := w.person("hanako@reader.example", w.news)
		exit, err := w.Leave(w.Context(), w.token(keyring.Unsubscribe, a, w.news.ID), false, act(), w.now)
		if err != nil {
			t.Fatal(err)
		}
		shown := w.centreOf(w.token(keyring.Preferences, a, 0)).Shown
		centre, err := w.open(w.Context(), w.token(keyring.Preferences, a, 0), keyring.Preferences, w.now, 0)
		if err != nil {
			t.Fatal(err)
		}
		undo, err := w.open(w.Context(), exit.Undo, keyring.Undo, w.now, 0)
		if err != nil {
			t.Fatal(err)
		}
		w.write(func(ctx context.Context, tx *store.Tx) error {
			return w.People.Erase(ctx, tx, w.ws.ID, a.Contact, w.now)
		})
		for name, late := range map[string]func(tx *store.Tx) error{
			"the preference centre": func(tx *store.Tx) error {
				change := Change{On: []int64{w.news.ID, w.sale.ID}, Shown: shown}
				s := saving{Desk: w.Desk, tx: tx, reader: centre, change: change, act: act(), now: w.now}
				return s.run(w.Context())
			},
			"undoing": func(tx *store.Tx) error {
				_, err := w.undo(w.Context(), tx, undo, act(), w.now)
				return err
			},
		} {
			if err := db.Write(w.Context(), late); !fault.Is(err, fault.NotFound) {
				t.Errorf("%s after the erasure: %v", name, err)
			}
		}
		list := w.events(a)
		if last := list[len(list)-1]; last.Action != consent.ActionErased {
			t.Errorf("%s was recorded about an erased person", last.Action)
		}
	})
}
