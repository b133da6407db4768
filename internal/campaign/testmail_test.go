package campaign

import (
	"context"
	"testing"

	"github.com/kyodaku/kyodaku/internal/consent"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/store/storetest"
)

// TestATestMailIsNoWayAroundANo: an operator who refused everything is told why, instead of
// getting advertising as a test.
func TestATestMailIsNoWayAroundANo(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		sale := must(w.Create(t.Context(), w.owner, w.ws.ID, w.content("クーポンをどうぞ。\n"), w.now))
		if err := w.Test(t.Context(), w.owner, sale, w.now); err != nil {
			t.Fatal(err)
		}
		me := must(w.Accounts.OperatorByID(t.Context(), db, w.owner.Actor.ID))
		w.write(func(ctx context.Context, tx *store.Tx) error {
			a, _, err := w.Contacts.EnsureAddress(ctx, tx, w.ws.ID, me.Email, w.now)
			if err != nil {
				return err
			}
			_, err = w.Consent.Append(ctx, tx, []*consent.Event{{
				Workspace: w.ws.ID, Address: a.ID, Action: consent.ActionWithdrawn, Method: consent.MethodPage, OccurredAt: w.now,
			}})
			return err
		})
		if err := w.Test(t.Context(), w.owner, sale, w.now); !fault.Is(err, fault.Refused) {
			t.Errorf("advertising goes to who refused it: %v", err)
		}
		if err := w.Test(t.Context(), w.owner, w.draft(), w.now); err != nil {
			t.Errorf("what advertises nothing: %v", err)
		}
	})
}
