package provision

import (
	"slices"
	"testing"

	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/store/storetest"
)

// TestRecipientsHearOfAWithdrawal holds that who has data by a consent that is withdrawn is to be
// told: of a withdrawal for one recipient only that one, of one that a later consent outweighs
// nobody.
func TestRecipientsHearOfAWithdrawal(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHall(t, db)
		p, one, two := h.consented(), h.recipient(), h.recipient()
		all, some, old, other := h.person("青木", "aoki@example.jp"), h.person("上田", "ueda@example.jp"), h.person("江口", "eguchi@example.jp"), h.person("大野", "ono@example.jp")
		h.now = h.now.AddDate(0, 0, 2)
		h.agree(p, Agreement{Contact: all.ID, Given: true}, Agreement{Contact: some.ID, Given: true}, Agreement{Contact: old.ID, Given: true}, Agreement{Contact: other.ID, Given: true})
		for _, to := range []Recipient{one, two} {
			h.download(h.prepared(Plan{Programme: p.ID, Recipient: to.ID}))
		}
		h.now = h.now.AddDate(0, 0, 1)
		h.agree(p, Agreement{Contact: all.ID}, Agreement{Contact: some.ID, Recipient: two.ID})
		late := Agreement{Contact: old.ID, On: h.now.AddDate(0, 0, -3), Evidence: "お電話"}
		if err := h.runs.Agree(t.Context(), h.planner, p, []Agreement{late}, h.now); err != nil {
			t.Fatal(err)
		}
		h.agree(h.consented(), Agreement{Contact: other.ID}) // of another programme
		for person, want := range map[int64][]int64{all.ID: {one.ID, two.ID}, some.ID: {two.ID}, old.ID: nil, other.ID: nil} {
			tasks, err := h.runs.Tasks(t.Context(), db, TaskQuery{Workspace: h.ws, Contact: person})
			if err != nil {
				t.Fatal(err)
			}
			var got []int64
			for _, k := range tasks {
				got = append(got, k.Recipient)
			}
			slices.Sort(got)
			if !slices.Equal(got, want) {
				t.Errorf("of %d hear %v, want %v", person, got, want)
			}
		}
	})
}

// TestAMergeTellsOfAWithdrawal holds that a recipient that has somebody's data is to be told when
// they turn out to be one with somebody who withdrew, and not where a later consent outweighs it.
func TestAMergeTellsOfAWithdrawal(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHall(t, db)
		p, to := h.consented(), h.recipient()
		aoki, ueda, later := h.person("青木", "aoki@example.jp"), h.person("上田", "ueda@example.jp"), h.person("江口", "eguchi@example.jp")
		gone, into, old := h.person("旧", ""), h.person("残", ""), h.person("古", "")
		h.agree(p, Agreement{Contact: old.ID})
		h.now = h.now.AddDate(0, 0, 1)
		h.agree(p, Agreement{Contact: aoki.ID, Given: true}, Agreement{Contact: ueda.ID, Given: true}, Agreement{Contact: later.ID, Given: true})
		h.now = h.now.AddDate(0, 0, 1)
		h.agree(p, Agreement{Contact: gone.ID}, Agreement{Contact: into.ID})
		h.download(h.prepared(Plan{Programme: p.ID, Recipient: to.ID}))
		h.merge(gone.ID, aoki.ID) // who withdrew comes to who was provided
		h.merge(ueda.ID, into.ID) // and the other way about
		h.merge(old.ID, later.ID) // withdrew before the consent
		if got := h.told(aoki.ID); len(got) != 1 || got[0] != to.ID {
			t.Errorf("of 青木 hear %v", got)
		}
		if got := append(h.told(ueda.ID), h.told(into.ID)...); len(got) != 1 || got[0] != to.ID {
			t.Errorf("of 上田 hear %v", got)
		}
		if got := append(h.told(later.ID), h.told(old.ID)...); len(got) != 0 {
			t.Errorf("of 江口 hear %v", got)
		}
	})
}
