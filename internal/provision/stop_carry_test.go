package provision

import (
	"errors"
	"testing"

	"github.com/kyodaku/kyodaku/internal/addr"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/store/storetest"
)

// TestAStopOutlivesErasureAndMerge holds that a stop, by whatever way it came, counts for every
// address of its person when the address comes back after an erasure, and stops nobody else.
func TestAStopOutlivesErasureAndMerge(t *testing.T) {
	t.Parallel()
	for name, do := range map[string]func(h *hall) (back []string){
		"of a person": func(h *hall) []string {
			c := h.person("青木", "aoki@example.jp")
			h.attach(c.ID, "aoki2@example.jp")
			h.stopPerson(c.ID)
			h.erase(c.ID)
			return []string{"aoki@example.jp", "aoki2@example.jp"}
		},
		"an address that came after the stop": func(h *hall) []string {
			c := h.person("青木", "aoki@example.jp")
			h.stopPerson(c.ID)
			h.attach(c.ID, "aoki2@example.jp")
			h.erase(c.ID)
			return []string{"aoki2@example.jp"}
		},
		"by one of two addresses": func(h *hall) []string {
			c := h.person("青木", "aoki@example.jp")
			h.attach(c.ID, "aoki2@example.jp")
			h.stop("aoki@example.jp", 0)
			h.erase(c.ID)
			return []string{"aoki2@example.jp"}
		},
		"of who was merged after it": func(h *hall) []string {
			c, into := h.person("青木", "aoki@example.jp"), h.person("残", "left@example.jp")
			h.stopPerson(c.ID)
			h.merge(c.ID, into.ID)
			h.erase(into.ID)
			return []string{"aoki@example.jp", "left@example.jp"}
		},
		"of who was left, merged after it": func(h *hall) []string {
			c, into := h.person("青木", "aoki@example.jp"), h.person("残", "left@example.jp")
			h.stop("left@example.jp", 0)
			h.merge(c.ID, into.ID)
			h.erase(into.ID)
			return []string{"aoki@example.jp", "left@example.jp"}
		},
		"by the id of who was merged before it": func(h *hall) []string {
			c, into := h.person("青木", "aoki@example.jp"), h.person("残", "left@example.jp")
			h.merge(c.ID, into.ID)
			h.stopPerson(c.ID)
			h.erase(into.ID)
			return []string{"aoki@example.jp", "left@example.jp"}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			storetest.Each(t, func(t *testing.T, db *store.DB) {
				h := newHall(t, db)
				p, to := h.running(), h.recipient()
				h.person("上田", "ueda@example.jp")
				back := do(h)
				for _, address := range back {
					h.person("青木", address)
				}
				h.wantProvided(p, to, 1, len(back))
			})
		})
	}
}

// attach gives somebody one more address.
func (h *hall) attach(person int64, mail string) {
	h.Helper()
	h.write(func(tx *store.Tx) error {
		a, _, err := h.people.EnsureAddress(h.Context(), tx, h.ws, must(addr.ParseMail(mail)), h.now)
		if err != nil {
			return err
		}
		return h.people.Attach(h.Context(), tx, a.ID, person)
	})
}

// TestTheIDOfWhoWasMergedLeadsToThePerson holds that a contact that was merged into another stands for
// the living person: where the data went, what was said, what is owed.
func TestTheIDOfWhoWasMergedLeadsToThePerson(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHall(t, db)
		p, to := h.consented(), h.recipient()
		aoki, left := h.person("青木", "aoki@example.jp"), h.person("残", "left@example.jp")
		h.merge(aoki.ID, left.ID)
		h.agree(p, Agreement{Contact: left.ID, Given: true})
		h.download(h.prepared(Plan{Programme: p.ID, Recipient: to.ID}))
		h.wantTraces(aoki.ID, 1)
		h.wantTraces(left.ID, 1)
		if w, err := h.runs.WordsOf(t.Context(), db, h.ws, aoki.ID); err != nil || len(w) != 1 {
			t.Errorf("%+v, %v", w, err)
		}
		h.stopPerson(aoki.ID)
		all, err := h.runs.Tasks(t.Context(), db, TaskQuery{Workspace: h.ws})
		if err != nil || len(all) != 1 || all[0].Contact != left.ID {
			t.Errorf("%+v, %v", all, err)
		}
	})
}

// TestAStopOfOneProgrammeIsCarriedForItAlone holds that a merge makes no stop wider than it was,
// and tells the recipient of the other's data.
func TestAStopOfOneProgrammeIsCarriedForItAlone(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHall(t, db)
		p, to := h.running(), h.recipient()
		aoki := h.person("青木", "aoki@example.jp")
		h.download(h.prepared(Plan{Programme: p.ID, Recipient: to.ID}))
		old := h.person("旧", "old@example.jp")
		q := h.running()
		h.stop("old@example.jp", p.ID)
		tasks := func(n int) {
			t.Helper()
			all, err := h.runs.Tasks(t.Context(), db, TaskQuery{Workspace: h.ws})
			if err != nil || len(all) != n {
				t.Fatalf("%+v, %v, want %d", all, err, n)
			}
		}
		tasks(0)
		h.merge(old.ID, aoki.ID)
		tasks(1)
		h.stop("aoki@example.jp", p.ID) // said already
		tasks(1)
		h.wantProvided(p, to, 0, 1)
		h.wantProvided(q, to, 1, 0)
	})
}

// TestAStopOfAddressAndContactStopsBoth holds that one stop may name an address and a contact,
// unless they are two people.
func TestAStopOfAddressAndContactStopsBoth(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHall(t, db)
		p, to := h.running(), h.recipient()
		bare, ueda := h.person("青木", ""), h.person("上田", "ueda@example.jp")
		enter := func(address string, person int64) error {
			s := Stop{Workspace: h.ws, Hash: h.people.Hash(h.ws, must(addr.ParseMail(address))), Method: "letter", Received: h.now}
			return h.book.EnterStop(t.Context(), h.planner, s, person, h.now)
		}
		if err := enter("ueda@example.jp", bare.ID); !fault.Is(err, fault.Invalid) || !namesBoth(err) {
			t.Errorf("two people: %v", err)
		}
		h.wantProvided(p, to, 2, 0)
		if err := enter("aoki@example.jp", bare.ID); err != nil {
			t.Fatal(err)
		}
		h.person("青木", "aoki@example.jp")
		h.wantProvided(p, to, 1, 2)
		if err := enter("ueda@example.jp", ueda.ID); err != nil {
			t.Fatal(err)
		}
		h.wantProvided(p, to, 0, 3)
	})
}

// wantProvided wants a plan to provide so many people, and to leave out others who stopped.
func (h *hall) wantProvided(p Programme, to Recipient, provided, stopped int) {
	h.Helper()
	got := h.planned(Plan{Programme: p.ID, Recipient: to.ID}).Counts
	if got.Provided != int64(provided) || got.Seen-got.Provided != int64(stopped) || got.Excluded["PRV-07"] != int64(stopped) {
		h.Errorf("%+v, want %d provided and %d stopped", got, provided, stopped)
	}
}

// namesBoth says whether a fault names the address and the contact.
func namesBoth(err error) bool {
	var f *fault.Error
	return errors.As(err, &f) && len(f.Fields) == 2
}
