package web

import (
	"net/http"
	"strings"
	"testing"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/contact"
	"github.com/kyodaku/kyodaku/internal/i18n"
	"github.com/kyodaku/kyodaku/internal/store/storetest"
)

// What the law treats apart becomes ordinary, or is given up, by the word of a legal officer or an
// owner, with a reason that stays.
func TestWhoAnswersForSpecialFields(t *testing.T) {
	t.Parallel()
	h := newVillage(t, storetest.SQLite(t))
	owner := h.owner(i18n.Ja)
	same := []string{"label_ja", "病歴", "label_en", "Illness", "use_ja", "診療", "use_en", "Care", "choices", "", "special", "sensitive"}
	owner.post("/admin/attributes/new", append(same, "key", "illness", "kind", "text")...).is(http.StatusOK).at("/admin/attributes")
	_, rest, _ := strings.Cut(owner.get("/admin/attributes").body, `href="/admin/attributes/att_`)
	id, _, _ := strings.Cut(rest, `"`)
	path := "/admin/attributes/att_" + id
	special := func(want contact.Special) {
		t.Helper()
		apart, err := h.people.contacts.Apart(t.Context(), h.db, h.workspace.ID)
		if err != nil || apart.Of("illness") != want {
			t.Errorf("%q, want %q: %v", apart.Of("illness"), want, err)
		}
	}

	marketer := h.member(account.Marketer)
	marketer.get(path).is(http.StatusOK).sound().has("法務担当とオーナーだけ").lacks(path+"/drop", `name="reason"`)
	marketer.post(path, with(same, "use_ja", "往診")...).is(http.StatusOK)
	marketer.post(path, append(with(same, "special", ""), "reason", "いらない")...).is(http.StatusUnprocessableEntity).sound().has(`id="special-error"`, "法務担当とオーナーだけ")
	marketer.post(path+"/drop", "reason", "いらない").is(http.StatusUnprocessableEntity).sound().has("法務担当とオーナーだけ")
	special(contact.Sensitive)
	h.member(account.Viewer).get(path).is(http.StatusForbidden)

	legal := h.member(account.Legal)
	legal.get("/admin/attributes").is(http.StatusOK).has(path).lacks("/admin/attributes/new")
	legal.get(path).is(http.StatusOK).sound().has(`name="reason"`, path+"/drop")
	legal.post(path, with(same, "special", "")...).is(http.StatusUnprocessableEntity).sound().has(`id="reason-error"`)
	legal.post(path+"/drop").is(http.StatusUnprocessableEntity).sound().has(`id="drop-reason-error"`, "やめる理由")
	special(contact.Sensitive)
	legal.post(path, append(with(same, "special", ""), "reason", "健康の記録ではない")...).is(http.StatusOK)
	if n, reason := h.audited("attribute.edit"); n != 2 || reason != "健康の記録ではない" {
		t.Errorf("%d edits, %q", n, reason)
	}
	special(contact.Ordinary)
	marketer.post(path, same...).is(http.StatusOK) // to set it apart is anybody's
	legal.post(path+"/drop", "reason", "集めるのをやめた").is(http.StatusOK).at("/admin/attributes").lacks(path)
	if n, reason := h.audited("attribute.drop"); n != 1 || reason != "集めるのをやめた" {
		t.Errorf("%d dropped, %q", n, reason)
	}
	special(contact.Sensitive)
	marketer.post("/admin/attributes/new", append(with(same, "special", ""), "key", "illness", "kind", "text")...).is(http.StatusUnprocessableEntity).sound().has(`id="special-error"`)
}
