package duty

import (
	"context"
	"testing"

	"github.com/kyodaku/kyodaku/internal/contact"
	"github.com/kyodaku/kyodaku/internal/i18n"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/store/storetest"
)

// TestARequestOfWhoWasMergedIsAnsweredWhole holds that a request that names somebody who was
// merged into another since is answered with all that is held of the person.
func TestARequestOfWhoWasMergedIsAnsweredWhole(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		before, err := w.Disclose(t.Context(), db, w.ws, w.person.ID, i18n.Ja, w.now)
		if err != nil || len(before.Addresses) == 0 || len(before.Consents) == 0 {
			t.Fatalf("%+v, %v", before, err)
		}
		w.write(func(ctx context.Context, tx *store.Tx) error {
			other, err := w.Contacts.Create(ctx, tx, contact.Contact{Workspace: w.ws, FamilyName: "佐藤", Company: "甲"}, w.now)
			if err != nil {
				return err
			}
			return w.Contacts.Merge(ctx, tx, w.ws, w.person.ID, other.ID, w.now)
		})
		d, err := w.Disclose(t.Context(), db, w.ws, w.person.ID, i18n.Ja, w.now)
		if err != nil || len(d.Profile) <= len(before.Profile) || len(d.Addresses) != len(before.Addresses) || len(d.Consents) < len(before.Consents) {
			t.Errorf("%+v, %v", d, err)
		}
	})
}
