package provision

import (
	"testing"

	"github.com/kyodaku/kyodaku/internal/addr"
	"github.com/kyodaku/kyodaku/internal/contact"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/store/storetest"
)

// TestARecordIsFoundByTheAddressOfWhoWasErased holds that an address leads to what went out while
// its person was known, after the erasure and after the address came back with somebody new.
func TestARecordIsFoundByTheAddressOfWhoWasErased(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHall(t, db)
		old, aoki := h.person("旧姓", "old@example.jp"), h.person("青木", "Aoki@example.jp")
		h.person("上田", "ueda@example.jp")
		p, to := h.running(), h.recipient()
		h.download(h.prepared(Plan{Programme: p.ID, Recipient: to.ID}))
		h.merge(old.ID, aoki.ID)
		mail := must(addr.ParseMail("Aoki@example.jp"))
		wantAt := func(when, address string, marked ...bool) {
			t.Helper()
			got, err := h.runs.TracesAt(t.Context(), db, h.ws, must(addr.ParseMail(address)))
			if err != nil || len(got) != len(marked) {
				t.Fatalf("%s: %+v, %v", when, got, err)
			}
			n := 0
			for i := range got {
				if got[i].Marked {
					n++
				}
				if marked[i] {
					n--
				}
			}
			if n != 0 {
				t.Errorf("%s: %+v", when, got)
			}
		}
		wantAt("known", "Aoki@example.jp", true, false)
		wantAt("by the other address", "old@example.jp", true, false)
		address, err := h.people.AddressByHash(t.Context(), db, h.ws, h.people.Hash(h.ws, mail))
		if err != nil {
			t.Fatal(err)
		}
		h.erase(aoki.ID)
		h.write(func(tx *store.Tx) error { // the line of the consent log, which this ledger does not keep
			_, err := tx.Exec(t.Context(), `INSERT INTO consent_event (id, workspace_id, contact_id, address_id, channel, action, method,
				occurred_at, received_at, commitment) VALUES (1, ?, ?, ?, 'email', 'erased', 'erasure', 1, 1, ?)`, h.ws, aoki.ID, address.ID, []byte{1})
			return err
		})
		wantAt("erased", "Aoki@example.jp", true, false)
		h.write(func(tx *store.Tx) error {
			a, _, err := h.people.EnsureAddress(t.Context(), tx, h.ws, mail, h.now)
			if err != nil {
				return err
			}
			_, fresh, err := h.people.EnsureContact(t.Context(), tx, a, contact.Contact{FamilyName: "青木"}, h.now)
			if err == nil && !fresh {
				t.Error("who was erased came back")
			}
			return err
		})
		wantAt("come back", "Aoki@example.jp", true, false)
		wantAt("another one", "ueda@example.jp", true)
		if _, err := h.runs.TracesAt(t.Context(), db, h.ws, must(addr.ParseMail("nobody@example.jp"))); !fault.Is(err, fault.NotFound) {
			t.Errorf("an address that nobody had: %v", err)
		}
		if _, err := h.runs.TracesAt(t.Context(), db, h.ws+1, mail); !fault.Is(err, fault.NotFound) {
			t.Errorf("another company: %v", err)
		}
	})
}
