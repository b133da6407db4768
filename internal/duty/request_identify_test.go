package duty

import (
	"testing"

	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/store/storetest"
)

// TestAStrangersMailboxShowsNobody holds that a request whose answer goes to an address that is
// not the person's is not taken for the person's by an answer from a mailbox, and that a letter of
// attorney and an agent come together.
func TestAStrangersMailboxShowsNobody(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		for name, c := range map[string]struct {
			address, agent, identity string
			ok                       bool
		}{
			"a stranger's address":  {"evil@attacker.example", "", "mailbox", false},
			"no mailbox at all":     {"東京都千代田区1-1", "", "mailbox", false},
			"their own":             {"Sato@mail.example.jp", "", "mailbox", true},
			"none named":            {"", "", "mailbox", true},
			"papers, new address":   {"sato@new.example", "", "papers", true},
			"attorney, nobody acts": {"sato@mail.example.jp", "", "attorney", false},
			"agent by a mailbox":    {"sato@mail.example.jp", "弁護士 乙", "mailbox", false},
			"agent with a letter":   {"otsu@law.example", "弁護士 乙", "attorney", true},
		} {
			asked := Request{Workspace: w.ws, Kind: "disclosure", Form: "electronic", ReceivedAt: w.now, Name: "佐藤", Address: c.address, Agent: c.agent}
			id, err := w.EnterRequest(t.Context(), officer, asked, w.now)
			if err != nil {
				t.Fatal(err)
			}
			err = w.Identify(t.Context(), officer, Request{ID: id, Workspace: w.ws, Contact: w.person.ID, Identity: c.identity}, w.now)
			if c.ok && err != nil || !c.ok && !fault.Is(err, fault.Invalid) {
				t.Errorf("%s: %v", name, err)
			}
			q, err := w.Request(t.Context(), db, w.ws, id)
			if err != nil || q.Identified() != c.ok {
				t.Errorf("%s: identified %v, %v", name, q.Identified(), err)
			}
		}
	})
}
