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
