package duty

import (
	"context"
	"testing"

	"github.com/kyodaku/kyodaku/internal/contact"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/store/storetest"
)

// mergeAway joins the person into another contact, who is the person from now on.
func (w *world) mergeAway() {
	w.Helper()
	w.write(func(ctx context.Context, tx *store.Tx) error {
		other, err := w.Contacts.Create(ctx, tx, contact.Contact{Workspace: w.ws, FamilyName: "佐藤"}, w.now)
		if err != nil {
			return err
		}
		err = w.Contacts.Merge(ctx, tx, w.ws, w.person.ID, other.ID, w.now)
		w.person = other
		return err
	})
}

// TestAMergeLosesNoHold holds that what a hold or a request says of somebody is said of whom they
// were merged into, however often, and that an erasure empties the requests of all of them.
func TestAMergeLosesNoHold(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		hold, err := w.PlaceHold(t.Context(), officer, Hold{Workspace: w.ws, Contact: w.person.ID, Reason: "訴訟"}, w.now)
		if err != nil {
			t.Fatal(err)
		}
		ask := func(of int64) int64 {
			id, err := w.EnterRequest(t.Context(), officer, Request{
				Workspace: w.ws, Contact: of, Kind: "disclosure", Form: "paper", Name: "佐藤 一", Address: "東京都港区1-1", Note: "病歴のこと", ReceivedAt: w.now,
			}, w.now)
			if err != nil {
				t.Fatal(err)
			}
			return id
		}
		var asked []int64
		for range 2 {
			asked = append(asked, ask(w.person.ID))
			w.mergeAway()
			if err := w.erase(w.now); !fault.Is(err, fault.Refused) {
				t.Fatalf("erased in spite of the hold: %v", err)
			}
			if p, err := w.PlanErasure(t.Context(), db, w.person, w.now); err != nil || p.No == nil {
				t.Errorf("the plan does not tell of the hold: %v", err)
			}
		}
		bystander := ask(w.other())
		if err := w.LiftHold(t.Context(), officer, w.ws, hold, "和解", w.now); err != nil {
			t.Fatal(err)
		}
		if err := w.erase(w.now); err != nil {
			t.Fatal(err)
		}
		for _, id := range asked {
			if q, err := w.Request(t.Context(), db, w.ws, id); err != nil || q.Name+q.Address+q.Note != "" {
				t.Errorf("a request tells %q %q %q, %v", q.Name, q.Address, q.Note, err)
			}
		}
		if q, err := w.Request(t.Context(), db, w.ws, bystander); err != nil || q.Name == "" {
			t.Errorf("the request of another was emptied: %+v, %v", q, err)
		}
	})
}

// other is somebody else.
func (w *world) other() (id int64) {
	w.Helper()
	w.write(func(ctx context.Context, tx *store.Tx) error {
		c, err := w.Contacts.Create(ctx, tx, contact.Contact{Workspace: w.ws, FamilyName: "鈴木"}, w.now)
		id = c.ID
		return err
	})
	return id
}
