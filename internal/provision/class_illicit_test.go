package provision

import (
	"testing"

	"github.com/kyodaku/kyodaku/internal/contact"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/store/storetest"
)

// TestWhatWasAcquiredByDeceitGoesNowhere holds that data acquired improperly go out in no class
// but legal duty (rule PRV-20), not with a consent either; the other limits bar opt-out only.
func TestWhatWasAcquiredByDeceitGoesNowhere(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		for _, c := range []Class{Consent, Entrust, Succession, JointUse, LegalDuty} {
			h := newHall(t, db)
			p := h.create(c, settledTerms(c))
			h.freeze(p.ID)
			if c == JointUse {
				h.take(p.ID, 1, "noticed", "2026-10-02")
			}
			p, h.now = h.read(p.ID), day("2026-11-20")
			to := h.recipient(func(r *RecipientTerms) { r.Name, r.Contract = "株式会社乙", "業務委託契約 2026-4" })
			deceived, unknown := h.person("青木", "aoki@example.jp"), h.person("上田", "ueda@example.jp")
			h.write(func(tx *store.Tx) error {
				if err := h.people.Flag(t.Context(), tx, h.ws, []int64{unknown.ID}, contact.FlagUnknown); err != nil {
					return err
				}
				return h.people.Flag(t.Context(), tx, h.ws, []int64{deceived.ID}, contact.FlagIllicit)
			})
			if c == Consent {
				h.agree(p, Agreement{Contact: deceived.ID, Given: true, Version: 1}, Agreement{Contact: unknown.ID, Given: true, Version: 1})
			}
			out := int64(1)
			if c == LegalDuty {
				out = 0
			}
			run := h.planned(Plan{Programme: p.ID, Recipient: to.ID})
			if run.Counts.Provided != 2-out || run.Counts.Excluded["PRV-20"] != out {
				t.Errorf("%s: %+v", c, run.Counts)
			}
		}
	})
}
