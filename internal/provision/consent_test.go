package provision

import (
	"strings"
	"testing"

	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/store/storetest"
)

// TestWordsAreOfPeopleAndRecipientsThatThereAre holds that a batch with somebody unknown, or for a
// recipient unknown, is refused as a whole, and that the same person may say several things.
func TestWordsAreOfPeopleAndRecipientsThatThereAre(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHall(t, db)
		p, to := h.consented(), h.recipient()
		aoki, ueda := h.person("青木", "aoki@example.jp"), h.person("上田", "ueda@example.jp")
		say := func(words ...Agreement) error {
			for i := range words {
				words[i].On, words[i].Evidence = h.now, "申込書"
			}
			return h.runs.Agree(t.Context(), h.planner, p, words, h.now)
		}
		good := []Agreement{{Contact: aoki.ID, Given: true}, {Contact: aoki.ID, Recipient: to.ID, Given: true}, {Contact: ueda.ID, Given: true}}
		for want, bad := range map[string]Agreement{
			"people[3].contact provision.agreement.contact":     {Contact: 0, Given: true},
			"people[3].recipient provision.agreement.recipient": {Contact: ueda.ID, Recipient: to.ID + 1e6, Given: true},
			"people[3].version provision.version.unknown":       {Contact: ueda.ID, Version: 9, Given: true},
		} {
			if err := say(append(good[:3:3], bad)...); !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %v", want, err)
			}
		}
		stranger := Agreement{Contact: ueda.ID + 1e6, Given: true}
		if err := say(stranger); err == nil || !strings.Contains(err.Error(), " contact provision.agreement.contact") {
			t.Errorf("a stranger: %v", err)
		}
		if n, err := h.runs.Consented(t.Context(), db, p); err != nil || n != 0 {
			t.Errorf("%d consents of refused batches, %v", n, err)
		}
		if err := say(good...); err != nil {
			t.Fatal(err)
		}
		if n, err := h.runs.Consented(t.Context(), db, p); err != nil || n != 2 {
			t.Errorf("%d consents, %v", n, err)
		}
	})
}
