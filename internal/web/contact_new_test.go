package web

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/i18n"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/store/storetest"
)

// TestOnePersonIsEntered: with an address or without, by the rules about where data come
// from; who is there already is named instead of made twice, and nobody may be mailed.
func TestOnePersonIsEntered(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newVillage(t, db)
		for lang, words := range map[i18n.Lang][]string{
			i18n.Ja: {"人を登録", "メールを送ることはできません", "すでに登録されています", "どこで、どのように得たかを", "特定電子メール法 第3条第1項第1号", "提供者", "オプトアウト"},
			i18n.En: {"Add a person", "lets nobody be mailed", "is there already", "Say where and how", "Art. 3(1)(i)", "provider", "Received under another"},
		} {
			v := h.owner(lang)
			v.get("/admin/contacts").is(http.StatusOK).has(`href="/admin/contacts/new"`, words[0])
			v.get("/admin/contacts/new").is(http.StatusOK).sound().has(words[0], words[1])
			v.post("/admin/contacts/new", "origin", "own", "company", "株式会社だれか").is(http.StatusUnprocessableEntity).sound().
				has(`id="family_name-error"`, `id="source-error"`, `id="at-error"`, words[3], `value="株式会社だれか"`)
			form := []string{
				"family_name", "青木", "given_name", string(lang), "postal_code", "100-0001", "origin", "own", "source", "窓口の申込書", "at", "2026-04-10",
			}
			v.post("/admin/contacts/new", with(form, "origin", "purchased")...).is(http.StatusUnprocessableEntity).sound().has(words[4], `id="origin-error"`)
			v.post("/admin/contacts/new", with(form, "origin", "optout")...).is(http.StatusUnprocessableEntity).sound().has(`id="provider-error"`, `id="published_at-error"`, words[5])
			made := v.post("/admin/contacts/new", form...).is(http.StatusOK).sound().has("100-0001")
			v.get(v.person(string(lang))).at(made.url.Path)
			v.get(made.url.Path+"/origin").is(http.StatusOK).sound().has("窓口の申込書", "2026-04-10", `id="came"`)
			again := v.post("/admin/contacts/new", form...).is(http.StatusUnprocessableEntity).sound()
			again.has(words[2], `href="`+made.url.Path+`"`)
			mail := string(lang) + "@umikaze.example"
			withMail := v.post("/admin/contacts/new", append(form, "email", mail)...).is(http.StatusOK).sound().has(mail)
			if h.permission(mail) == nil {
				t.Error("somebody who was entered may be mailed")
			}
			v.post("/admin/contacts/new", with(with(form, "family_name", "別人"), "email", mail)...).is(http.StatusUnprocessableEntity).sound().
				has(words[2], `href="`+withMail.url.Path+`"`)
			v.post("/admin/contacts/new", with(with(form, "family_name", "誰か"), "email", "こわれた")...).is(http.StatusUnprocessableEntity).sound().has(`id="email-error"`)
			received := v.post("/admin/contacts/new", append(with(with(form, "family_name", "上田"), "origin", "optout"), "provider", "株式会社リスト堂", "provider_address", "東京都港区1-1",
				"representative", "代表 一郎", "acquisition", "刊行物", "receipt_evidence", "契約書 1", "received_at", "2026-04-09", "published_at", "2026-04-01")...).is(http.StatusOK)
			v.get(received.url.Path+"/origin").is(http.StatusOK).sound().has(`value="via_opt_out"`, words[6])
		}
		if n, reason := h.audited("contact.create"); n != 6 || reason != "窓口の申込書" {
			t.Errorf("%d people in the audit log, reason %q", n, reason)
		}
		for _, role := range []account.Role{account.Legal, account.Viewer} {
			h.member(role).post("/admin/contacts/new", "family_name", "誰か").is(http.StatusForbidden)
		}
	})
}

// entering is a list of people of whom nobody has a mail address, brought by the page.
func (v *visitor) entering(file string, columns ...string) {
	v.Helper()
	path := v.upload("/admin/imports/new", "名簿.csv", []byte(file)).is(http.StatusOK).sound().url.Path
	v.post(path, append(columns, "origin", "own", "purpose", "ads", "basis", "B1", "source", "窓口", "at", "2026-04-10", "evidence", "用紙")...).
		is(http.StatusUnprocessableEntity).sound().has("メールアドレスの列がありません")
	dry := v.post(path, append(columns, "origin", "own", "purpose", "held")...).is(http.StatusOK).url.Path
	v.until(dry, `action="`+dry+`/start"`).sound().has("3件を取り込む")
	real := v.post(dry + "/start").is(http.StatusOK).url.Path
	v.until(real, "取り込みが終わりました").sound()
}

// TestPeopleWithoutMailAreProvidedAndStop is the way of a list of owners: it comes in without
// one mail address, a run provides all, one of them stops, the next run leaves that one out;
// each is found by person and by recipient, and one is erased.
func TestPeopleWithoutMailAreProvidedAndStop(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := settledOn(t, db)
		v, legal := h.owner(i18n.Ja), h.member(account.Legal)
		const file = "姓,名,郵便番号\n青木,花子,100-0001\n上田,太郎,100-0002\n江口,一,100-0003\n"
		columns := []string{"column_0", "family_name", "column_1", "given_name", "column_2", "postal_code"}
		v.entering(file, columns...)
		programme, recipient := h.running()

		provide := func(reason string, people, absent []string) {
			t.Helper()
			path := v.plan(programme, recipient, "fields", "family_name", "reason", reason).url.Path
			legal.post(path + "/approve").is(http.StatusOK).sound()
			legal.until(path, "引き渡し待ち")
			data := v.post(path + "/file").is(http.StatusOK).has(people...)
			data.lacks(absent...)
			v.get(path).is(http.StatusOK).sound().has("提供済み")
		}
		provide("一回目", []string{"青木", "上田", "江口"}, nil)

		ueda := v.person("上田")
		id := strings.TrimPrefix(ueda, "/admin/contacts/")
		page := v.get(ueda).is(http.StatusOK).sound().has("この方に送れるアドレスが登録されていません")
		page.has(`href="` + programme + `/stops?contact=` + id + `"`)
		v.get(programme + "/stops?contact=" + id).is(http.StatusOK).sound().has(`value="` + id + `"`)
		v.post(programme+"/stops", "address", id, "method", "letter", "received_at", daysOn(0)).is(http.StatusOK).sound()
		v.get("/admin/records").is(http.StatusOK).sound().has("株式会社乙商事", id)
		provide("二回目", []string{"青木", "江口"}, []string{"上田"})

		v.get("/admin/records?recipient=" + recipient + "&from=" + daysOn(-1) + "&to=" + daysOn(0)).is(http.StatusOK).sound().has("のべ 5 人")
		v.get("/admin/records?contact="+id).is(http.StatusOK).sound().has("株式会社乙商事", "名簿の提供")
		request := h.request("disclosure", id)
		v.post(request+"/identify", "identity", "papers", "contact", id).is(http.StatusOK)
		v.post(request+"/disclosure", "as", "page", "in", "ja").is(http.StatusOK).has("株式会社乙商事", "上田")

		// The list that comes again adds nobody, and undoes no stop.
		path := v.upload("/admin/imports/new", "名簿.csv", []byte(file)).url.Path
		dry := v.post(path, append(columns, "origin", "own", "purpose", "held")...).is(http.StatusOK).url.Path
		v.until(dry, `action="`+dry+`/start"`)
		v.until(v.post(dry+"/start").is(http.StatusOK).url.Path, "取り込みが終わりました").sound()
		v.get("/admin/contacts").is(http.StatusOK).has("3人")

		v.get(ueda + "/erase").is(http.StatusOK).sound().has("元の名簿からも除いて")
		v.get(ueda + "/merge?q=" + url.QueryEscape("青木")).is(http.StatusOK).sound()
		v.post(ueda+"/erase", "reason", "本人の求め", "sure", "1").is(http.StatusOK).sound().lacks("上田")
		v.get("/admin/contacts?q=" + url.QueryEscape("上田")).is(http.StatusOK).lacks(ueda)
		v.get("/admin/records?contact=" + id).is(http.StatusOK).sound().has("株式会社乙商事")
	})
}
