package web

import (
	"net/http"
	"testing"

	"github.com/kyodaku/kyodaku/internal/i18n"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/store/storetest"
)

// What the law forbids of a list stops it before any row; what it warns of asks for a
// reason of somebody who may give one. Both come with the source, in both languages.
func TestTheLawOfImportsReachesPeople(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newVillage(t, db)
		for lang, words := range map[i18n.Lang]map[string][]string{
			i18n.Ja: {"purpose": {"示した利用目的に、広告メールの送信", "個人情報保護法 第18条第1項"}, "block": {"購入・レンタル", "特定電子メール法 第3条第1項第1号", "運用基準"}, "warn": {"古い携帯アドレス", "RFC 5321", "未確認", "理由の要る行があります"}},
			i18n.En: {"purpose": {"purpose of use that people were told", "Art. 18(1)"}, "block": {"Bought, rented", "Art. 3(1)(i) of the Act on Specified Electronic Mail", "policy"}, "warn": {"old carrier address", "RFC 5321", "not verified", "Some rows need a reason"}},
		} {
			v := h.owner(lang)
			path := v.upload("/admin/imports/new", "old.csv", []byte("email\nold.."+string(lang)+".@docomo.ne.jp\nnew-"+string(lang)+"@umikaze.jp\n")).is(http.StatusOK).url.Path
			form := []string{
				"column_0", "email", "origin", "own", "purpose", "ads", "basis", "B1", "source", "店頭で記入", "at", "2026-04-10", "evidence", "用紙1-4",
				"topics", store.Public(topicPrefix, h.news.ID),
			}
			v.post(path, with(form, "origin", "purchased")...).is(http.StatusUnprocessableEntity).sound().has(append(words["block"], `id="origin-error"`)...)
			for _, purpose := range []string{"", "other"} {
				v.post(path, with(form, "purpose", purpose)...).is(http.StatusUnprocessableEntity).sound().has(append(words["purpose"], `id="purpose-error"`)...)
			}
			dry := v.post(path, form...).is(http.StatusOK).url.Path
			v.until(dry, `action="`+dry+`/start"`).sound().has(words["warn"]...)
			v.post(dry+"/start", "warned", "take").is(http.StatusUnprocessableEntity).sound().has(`id="reason-error"`)
			real := v.post(dry+"/start", "warned", "take", "reason", "古い端末の会員のため").is(http.StatusOK).url.Path
			v.until(real, "/admin/imports/new").lacks("IMP-08")
			left := v.post(dry+"/start", "warned", "leave").is(http.StatusOK).url.Path
			v.until(left, "IMP-08").sound()
		}
	})
}
