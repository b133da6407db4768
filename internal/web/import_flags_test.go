package web

import (
	"net/http"
	"testing"

	"github.com/kyodaku/kyodaku/internal/contact"
	"github.com/kyodaku/kyodaku/internal/i18n"
	"github.com/kyodaku/kyodaku/internal/store/storetest"
)

// The column of what may not be provided comes with a list as the page shows it, and cannot be
// left out by mistake: a person marked sensitive stays so (個人情報保護法27条2項ただし書).
func TestMarksComeWithAnImportedList(t *testing.T) {
	t.Parallel()
	h := newVillage(t, storetest.SQLite(t))
	for lang, said := range map[i18n.Lang][]string{
		i18n.Ja: {"第三者提供の制限", "提供してはならない方のデータ", "要配慮個人情報"}, i18n.En: {"Limits on provision", "data could be provided that must not be", "sensitive"},
	} {
		v := h.owner(lang)
		mail := "aoki-" + string(lang) + "@example.jp"
		shown := v.upload("/admin/imports/new", "held.csv", []byte("email,姓,第三者提供の制限\n"+mail+",青木,sensitive\n")).is(http.StatusOK).sound()
		shown.has(`<option value="provision_flags" selected>`+said[0], "<dt>"+said[0]+"</dt><dd>sensitive</dd>")
		path := shown.url.Path
		form := []string{"column_0", "email", "column_1", "family_name", "column_2", "provision_flags", "origin", "own", "purpose", "held"}
		v.post(path, with(form, "column_2", "")...).is(http.StatusUnprocessableEntity).sound().has(said[1])
		dry := v.post(path, form...).is(http.StatusOK).url.Path
		v.until(dry, `action="`+dry+`/start"`)
		real := v.post(dry + "/start").is(http.StatusOK).url.Path
		v.until(real, "/admin/imports/new")
		v.get(v.person(mail) + "/origin").is(http.StatusOK).sound().has(said[2])
	}
	var marked int
	if err := h.db.QueryRow(t.Context(), `SELECT COUNT(*) FROM contact WHERE origin = ?`, int64(contact.FlagSensitive)).Scan(&marked); err != nil || marked != 2 {
		t.Errorf("%d of 2 are marked, %v", marked, err)
	}
}
