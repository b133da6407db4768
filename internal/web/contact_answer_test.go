package web

import (
	"net/http"
	"testing"
	"time"

	"github.com/kyodaku/kyodaku/internal/consent"
	"github.com/kyodaku/kyodaku/internal/i18n"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/store/storetest"
)

func TestMayIMailThisPerson(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newVillage(t, db)
		ja, en := h.owner(i18n.Ja), h.owner(i18n.En)
		page := h.path("/admin/contacts/{con}") + "/answer"
		ja.get(page).is(http.StatusOK).sound().has("送れます", "適用した法令", "日本", h.path("/admin/contacts/{con}/events/{evt}"))
		en.get(page).is(http.StatusOK).sound().has("Laws applied", "Japan")
		h.write(h.satoLeaves)
		ja.get(page).is(http.StatusOK).sound().has("個別の連絡だけ送れます", "OUT-01 · 法令 · 特定電子メール法 第3条第3項", "禁止")
		en.get(page).is(http.StatusOK).sound().has("Only individually", "OUT-01 · statute · Act on Specified Electronic Mail, Art. 3(3)")
	})
}

func TestWhatIfTheLawWereAnother(t *testing.T) {
	t.Parallel()
	w := newTown(t, storetest.SQLite(t))
	for _, lang := range i18n.Langs() {
		v := w.owner(lang)
		page := "/admin/campaigns/" + w.draft.PublicID() + "/what-if"
		v.get(page).is(http.StatusOK).sound().has("OUT-01")
		v.get(page+"?country=DE&at=2036-01-01").is(http.StatusOK).sound().has("RGT-04", "DLV-06")
		v.get(page + "?at=tomorrow").is(http.StatusUnprocessableEntity).sound()
	}
}

func TestLawAndPolicyAreKeptAndAudited(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := settledOn(t, db)
		v := h.owner(i18n.Ja)
		const page = "/admin/settings/law"
		v.get(page).is(http.StatusOK).sound().has(`name="consent_only"`)
		v.post(page, "country", "Japan", "equipment", "JP").is(http.StatusUnprocessableEntity).sound().has("国は、JP のような2文字")
		v.post(page, "country", "jp", "equipment", "US", "market", "JP", "mail_order", "1").is(http.StatusOK).at(page)
		all, err := h.accounts.Workspaces(t.Context(), db)
		if err != nil {
			t.Fatal(err)
		}
		p, err := h.accounts.Policy(t.Context(), db, all[0].ID)
		if err != nil || p.Country != "JP" || p.Equipment != "US" || p.Market != "JP" || !p.MailOrder || p.ConsentOnly {
			t.Errorf("%+v, %v", p, err)
		}
		v.get("/admin/audit").is(http.StatusOK).has("法令と方針の変更")
		h.member("viewer").get(page).is(http.StatusForbidden)
	})
}

// satoLeaves has sato withdraw from everything.
func (v *village) satoLeaves(tx *store.Tx) error {
	_, err := v.people.log.Append(v.Context(), tx, []*consent.Event{{
		Workspace: v.workspace.ID, Address: v.satoMail.ID, Action: consent.ActionWithdrawn, Method: consent.MethodPage, OccurredAt: time.Now(),
	}})
	return err
}
