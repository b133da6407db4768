package provision

import (
	"errors"
	"strings"
	"testing"

	"github.com/kyodaku/kyodaku/internal/contact"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/store/storetest"
)

// TestWhatAFieldHeldStaysWhatItWas holds that nobody provides special care-required data by giving
// up the field that says what they are, nor by making it anew (rule PRV-04, 個人情報保護法27条2項ただし書).
func TestWhatAFieldHeldStaysWhatItWas(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		special contact.Special
		change  func(h *hall, tx *store.Tx, a contact.Attribute) error
		blocked bool
	}{
		"given up": {contact.Sensitive, func(h *hall, tx *store.Tx, a contact.Attribute) error {
			return h.people.DropAttribute(h.Context(), tx, h.ws, a.ID, "誤って作ったため", h.now)
		}, true},
		"given up, ordinary": {contact.Ordinary, func(h *hall, tx *store.Tx, a contact.Attribute) error {
			return h.people.DropAttribute(h.Context(), tx, h.ws, a.ID, "", h.now)
		}, true},
		"gone before that was remembered": {contact.Sensitive, func(h *hall, tx *store.Tx, a contact.Attribute) error {
			_, err := tx.Exec(h.Context(), `DELETE FROM attribute WHERE id = ?`, a.ID)
			return err
		}, true},
		"cleared up, with a reason": {contact.Sensitive, func(h *hall, tx *store.Tx, a contact.Attribute) error {
			a.Special = contact.Ordinary
			return h.people.EditAttribute(h.Context(), tx, a, "健康の記録ではなかったため")
		}, false},
		"nothing": {contact.Ordinary, func(*hall, *store.Tx, contact.Attribute) error { return nil }, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			storetest.Each(t, func(t *testing.T, db *store.DB) {
				h := newHall(t, db)
				a := contact.Attribute{Workspace: h.ws, Key: "illness", LabelJa: "病歴", LabelEn: "Illness", Kind: contact.Text, UseJa: "診療", UseEn: "care", Special: c.special}
				h.write(func(tx *store.Tx) (err error) {
					a, err = h.people.CreateAttribute(t.Context(), tx, a, h.now)
					return err
				})
				i := complete()
				i.Data = append(i.Data, DataItem{"attr:illness", Text{Ja: "備考"}})
				p := h.create(OptOut, i)
				h.freeze(p.ID)
				h.take(p.ID, 1, "noticed", "2026-10-01", "filed", "2026-10-02", "published_by_ppc", "2026-10-05", "published_by_us", "2026-10-06")
				h.now = day("2026-11-20")
				h.person("青木", "aoki@example.jp", func(p *contact.Contact) { p.Attrs = map[string]string{"illness": "糖尿病"} })
				to := h.recipient()
				h.write(func(tx *store.Tx) error { return c.change(h, tx, a) })
				for _, plan := range []Plan{
					{Workspace: h.ws, Programme: p.ID, Recipient: to.ID, Fields: []string{"family_name", "attr:illness"}},
					{Workspace: h.ws, Programme: p.ID, Recipient: to.ID, Fields: []string{"family_name"}, Segment: contact.Segment{Attribute: "illness", Equals: "糖尿病"}},
				} {
					run, err := h.runs.Plan(t.Context(), h.planner, plan, h.now)
					if plan.Segment.Attribute != "" && err != nil {
						continue // there is no such field to pick people by
					}
					if err != nil {
						t.Fatal(err)
					}
					_, err = h.runs.newBench(t.Context(), h.db, run, h.now)
					if no, is := errors.AsType[*RefusedError](err); is != c.blocked || is && no.Rule.ID != "PRV-04" || !is && err != nil {
						t.Errorf("%s: %v", strings.Join(plan.Fields, " "), err)
					}
				}
			})
		})
	}
}
