package provision

import (
	"testing"
	"time"

	"github.com/kyodaku/kyodaku/internal/contact"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/store/storetest"
)

// TestARecipientIsToldNothingNew holds that a stop names its person by what was handed over
// in that very run, and leaves to an operator whom nothing of it names: telling more would be
// a provision.
func TestARecipientIsToldNothingNew(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		fields []string
		person string
	}{
		"whole name":             {[]string{"family_name", "given_name", "email", "attr:number"}, "青木 花子"},
		"part of the name, mail": {[]string{"attr:number", "family_name", "email"}, "青木, aoki@example.jp"},
		"mail":                   {[]string{"company", "email", "attr:number"}, "aoki@example.jp"},
		"number":                 {[]string{"company", "attr:blood", "attr:number"}, "会員番号 0042"},
		"part of the name":       {[]string{"company", "family_name"}, "青木"},
		"nothing":                {[]string{"company", "attr:blood"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			storetest.Each(t, func(t *testing.T, db *store.DB) {
				h := newHall(t, db)
				post := &letters{}
				h.runs.Mail = post
				h.ownFields()
				aoki := h.person("青木", "aoki@example.jp", func(c *contact.Contact) {
					c.GivenName, c.Attrs = "花子", map[string]string{"number": "0042", "blood": "A"}
				})
				p := h.telling()
				h.agree(p, Agreement{Contact: aoki.ID, Given: true})
				to := h.to(Secrets{}, func(r *RecipientTerms) { r.StopMail = "privacy@example.jp" })
				h.now = h.now.Add(20 * time.Hour) // the next day in Japan, not yet in Greenwich
				h.download(h.prepared(Plan{Programme: p.ID, Recipient: to.ID, Fields: c.fields}))
				h.rename(aoki.ID, func(c *contact.Contact) { c.FamilyName = "改姓" })
				h.stop("aoki@example.jp", p.ID)
				if err := h.runs.tell(t.Context(), h.now); err != nil {
					t.Fatal(err)
				}
				tasks, err := h.runs.Tasks(t.Context(), db, TaskQuery{Workspace: h.ws})
				if err != nil || len(tasks) != 1 {
					t.Fatal(tasks, err)
				}
				if c.person == "" {
					if len(post.sent) != 0 || tasks[0].Way != ByHand || !tasks[0].SentAt.IsZero() {
						t.Errorf("told of nobody: %+v, %+v", post.sent, tasks)
					}
					return
				}
				if len(post.sent) != 1 || post.sent[0].Person != c.person || post.sent[0].HandedAt.Format(time.DateTime) != h.now.In(jst).Format(time.DateTime) {
					t.Errorf("told: %+v", post.sent)
				}
				if len(post.sent) == 1 && post.sent[0].Page {
					t.Error("a consent has no public page")
				}
			})
		})
	}
}

// ownFields are a member's number, and something that the law treats apart.
func (h *hall) ownFields() {
	h.Helper()
	h.write(func(tx *store.Tx) error {
		for key, a := range map[string]contact.Attribute{"number": {LabelJa: "会員番号"}, "blood": {LabelJa: "血液型", Special: contact.Sensitive}} {
			a.Workspace, a.Key, a.Kind, a.UseJa, a.LabelEn, a.UseEn = h.ws, key, contact.Text, "連絡", key, key
			if _, err := h.people.CreateAttribute(h.Context(), tx, a, h.now); err != nil {
				return err
			}
		}
		return nil
	})
}

// telling is a programme by consent that names many items.
func (h *hall) telling() Programme {
	h.Helper()
	items := complete()
	items.Data = nil
	for field, name := range map[string]string{
		"family_name": "姓", "given_name": "名", "email": "メールアドレス", "company": "勤務先", "attr:number": "会員番号", "attr:blood": "血液型",
	} {
		items.Data = append(items.Data, DataItem{field, Text{Ja: name}})
	}
	items.Terms.Purpose, items.Terms.Recipients = Text{Ja: "ご案内"}, Text{Ja: "株式会社受領"}
	p := h.create(Consent, items)
	h.freeze(p.ID)
	h.now = day("2026-11-20")
	return h.read(p.ID)
}
