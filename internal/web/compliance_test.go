package web

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/browsertest"
	"github.com/kyodaku/kyodaku/internal/i18n"
	"github.com/kyodaku/kyodaku/internal/store"
)

// duties fills the compliance pages: an incident whose time runs out, a request that is
// late, an order, and a domain that is not proven.
func (h *house) duties() {
	h.Helper()
	v := h.owner(i18n.Ja)
	ago := func(days int) string { return daysOn(-days) }
	v.post("/admin/compliance/incidents", "title", "案内メールの誤送信", "known_at", ago(4), "detail", "宛先を To に並べて送信した。", "many", "1").is(http.StatusOK)
	v.post("/admin/compliance/requests", "kind", "disclosure", "form", "electronic", "received_at", ago(9)).is(http.StatusOK)
	v.post("/admin/compliance/orders", "authority", "消費者庁", "received_at", ago(20), "reference", "消費動第12号").is(http.StatusOK)
	err := h.db.Write(h.Context(), func(tx *store.Tx) error {
		ws, err := h.accounts.Workspaces(h.Context(), tx)
		if err != nil {
			return err
		}
		if _, err = h.accounts.EnsureDomain(h.Context(), tx, ws[0].ID, "midori.example", time.Now()); err != nil {
			return err
		}
		return h.accounts.SetDomainMarks(h.Context(), tx, ws[0].ID, "midori.example", account.Marks{
			SPF: "fail", DKIM: "pass", DMARC: "pass", PTR: "pass", Reach: "pass",
			Seen: `{"spf":{"mark":"fail","why":"not_listed","what":"192.0.2.10"},"dkim":{"mark":"pass","why":"pass"},"dmarc":{"mark":"pass","why":"by_dkim","what":"midori.example"},"ptr":{"mark":"pass","why":"pass"},"reach":{"mark":"pass","why":"pass"},"obsolete":true}`,
		}, time.Now())
	})
	if err != nil {
		h.Fatal(err)
	}
}

// TestTheComplianceHomeShowsWhatRunsOut holds that findings reach the legal officer in
// both languages with their citation.
func TestTheComplianceHomeShowsWhatRunsOut(t *testing.T) {
	t.Parallel()
	h := settled(t)
	h.duties()
	for lang, want := range map[i18n.Lang][]string{
		i18n.Ja: {"案内メールの誤送信", "LEAK-02", "個人情報保護法 第26条", "RGT-01", "ID-02", "受信側の要件", "192.0.2.10"},
		i18n.En: {"LEAK-02", "Act on the Protection of Personal Information, Art. 26", "RGT-01", "ID-02", "provider requirement"},
	} {
		page := h.owner(lang).get("/admin/compliance").is(http.StatusOK).sound()
		text := page.body + h.owner(lang).get("/admin/settings/domains").is(http.StatusOK).body
		for _, w := range want {
			if !strings.Contains(text, w) {
				t.Errorf("%s: %q is missing", lang, w)
			}
		}
	}
}

// TestHoldsAreTheLegalOfficers holds who may place one, and that a reason is asked for.
func TestHoldsAreTheLegalOfficers(t *testing.T) {
	t.Parallel()
	h := settled(t)
	h.member(account.Marketer).post("/admin/compliance/holds", "everybody", "1", "reason", "訴訟").is(http.StatusForbidden)
	v := h.owner(i18n.Ja)
	v.post("/admin/compliance/holds", "everybody", "1", "reason", "").is(http.StatusUnprocessableEntity)
	v.post("/admin/compliance/holds", "reason", "訴訟").is(http.StatusUnprocessableEntity)
	v.post("/admin/compliance/holds", "everybody", "1", "reason", "取引先との訴訟").is(http.StatusOK)
	v.get("/admin/compliance/holds").is(http.StatusOK).sound()
}

// TestTheComplianceHomeInABrowser looks at the legal officer's pages as people see them.
func TestTheComplianceHomeInABrowser(t *testing.T) {
	t.Parallel()
	h := settled(t)
	h.duties()
	for _, lang := range i18n.Langs() {
		p := h.signedIn(lang)
		for name, path := range map[string]string{
			"compliance": "/admin/compliance", "incidents": "/admin/compliance/incidents", "requests": "/admin/compliance/requests",
			"holds": "/admin/compliance/holds", "orders": "/admin/compliance/orders", "rules": "/admin/rules", "domains-identity": "/admin/settings/domains",
		} {
			p.Size(1280, 900)
			p.Go(h.server.URL + path)
			p.Axe()
			picture(p, string(lang)+"-"+name)
			phone(t, p, h.server.URL+path)
		}
		p.Size(1280, 900)
		p.Go(h.server.URL + "/admin/compliance")
		p.Follow(`.findings a[href^="/admin/compliance/incidents/inc_"]`)
		p.Axe()
		picture(p, string(lang)+"-incident")
		if lang == i18n.En {
			p.Follow(`form[action$="/step"] button`)
			if !strings.Contains(p.Text("h1"), "案内メールの誤送信") {
				t.Error("the step leads away from the incident")
			}
		}
	}
}

// phone holds that a page is no wider than a phone.
func phone(t *testing.T, p *browsertest.Page, address string) {
	t.Helper()
	p.Size(390, 844)
	p.Go(address)
	var wide int
	p.Eval("document.documentElement.scrollWidth", &wide)
	if wide > 390 {
		t.Errorf("%s: %d pixels wide on a phone", address, wide)
	}
}
