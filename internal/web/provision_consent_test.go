package web

import (
	"net/http"
	"net/url"
	"testing"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/i18n"
	"github.com/kyodaku/kyodaku/internal/provision"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/store/storetest"
)

// adverts are the fields of a programme by consent that lacks nothing and tells of nobody abroad.
func adverts() url.Values {
	return url.Values{
		"purpose_ja": {"お客さまに合わせた広告を配信するため"}, "recipients_ja": {"株式会社みどり広告"}, "data": {"family_name"}, "ja:family_name": {"姓"},
		"foreign_needed_shown": {"1"},
	}
}

// TestAConsentIsEnteredAndWithdrawn holds that nobody's data go by consent before somebody has
// entered the person's, and none after its withdrawal.
func TestAConsentIsEnteredAndWithdrawn(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := settledOn(t, db)
		v, en := h.owner(i18n.Ja), h.owner(i18n.En)
		aoki := h.somebody("青木", "aoki@example.jp")
		ueda := h.somebody("上田", "ueda@example.jp")
		path := h.programme("広告", provision.Consent, adverts())
		v.get(path+"/consents").is(http.StatusOK).sound().has("いま同意している方：0 人", "確定した版がまだありません")
		v.post(path + "/freeze").is(http.StatusOK)
		en.get(path+"/consents").is(http.StatusOK).sound().has("People who consent now: 0", "Version 1").lacks("No version is frozen")
		v.get(path).is(http.StatusOK).sound().has("いま同意している方：0 人")
		v.get("/admin/contacts/"+aoki).is(http.StatusOK).sound().has(path+"/consents?contact="+aoki, "同意なし")

		word := []string{"kind", "given", "contact", "aoki@example.jp", "on", daysOn(-3), "version", "1", "evidence", "会員規約の同意画面"}
		v.post(path+"/consents", "kind", "given", "contact", "nobody@example.jp", "on", daysOn(0), "version", "1", "evidence", "x").is(http.StatusUnprocessableEntity).sound().has("この連絡先は登録されていません", "nobody@example.jp")
		v.post(path+"/consents", "contact", aoki, "on", daysOn(0), "version", "1", "evidence", "x").is(http.StatusUnprocessableEntity).sound().has("同意か撤回かを選んでください")
		v.post(path+"/consents", "kind", "given", "contact", aoki, "on", daysOn(2), "version", "2", "evidence", "").is(http.StatusUnprocessableEntity).sound().has("その版はありません")
		v.post(path+"/consents", "kind", "given", "contact", aoki, "on", daysOn(2), "version", "1", "evidence", "").is(http.StatusUnprocessableEntity).sound().has("未来の日付", "証跡（")
		v.post(path+"/consents", append(word, "abroad", "1")...).is(http.StatusUnprocessableEntity).sound().has("外国にある提供先の説明（国名・制度・措置）がありません")
		v.post(path+"/consents", word...).is(http.StatusOK).sound().has("青木", "会員規約の同意画面", "第1版", "山田 花子")
		v.get(path).is(http.StatusOK).has("いま同意している方：1 人")
		en.get("/admin/contacts/" + aoki).is(http.StatusOK).sound().has(">Consent</span>")

		to := v.post("/admin/recipients", "name", "株式会社みどり広告", "address", "大阪市北区1-1", "representative", "代表取締役 乙 次郎", "country", "JP",
			"identity", "登記事項証明書", "purpose", "広告", "target", "file").is(http.StatusOK)
		recipient := to.url.Path[len("/admin/recipients/"):]
		v.plan(path, recipient, "fields", "family_name").has("青木", "PRV-02").lacks("上田")

		// Whoever hears a withdrawal writes it down, with another role too; a consent is not theirs.
		viewer := h.member(account.Viewer)
		viewer.get(path+"/consents?contact="+aoki).is(http.StatusOK).sound().lacks(`value="given"`, `href="`+path+`"`)
		viewer.post(path+"/consents", word...).is(http.StatusUnprocessableEntity).sound()
		viewer.post(path+"/consents", "kind", "withdrawn", "contact", aoki, "on", daysOn(0), "evidence", "お電話").is(http.StatusOK).sound().has("撤回", "お電話", "鈴木 一郎")
		v.get(path).is(http.StatusOK).has("いま同意している方：0 人")
		v.get("/admin/contacts/" + aoki).is(http.StatusOK).sound().has(">撤回</span>")
		v.plan(path, recipient, "fields", "family_name").lacks("青木")
		v.get(path+"/consents").is(http.StatusOK).sound().has("会員規約の同意画面", "お電話")

		// The person is told of both when the person asks, and of what limits the data.
		v.post("/admin/contacts/"+aoki+"/origin", "flags", "unknown", "reason", "名刺").is(http.StatusOK)
		request := h.request("disclosure", aoki)
		v.post(request+"/identify", "identity", "papers", "contact", aoki).is(http.StatusOK)
		v.post(request+"/disclosure", "as", "page", "in", "ja").is(http.StatusOK).sound().has("第三者提供への同意と撤回の記録", "お客さまに合わせた広告を配信するため", "会員規約の同意画面", "お電話", "取得の経緯が分からない")
		v.post(request+"/disclosure", "as", "json").is(http.StatusOK).has(`"provision_consents"`, `"given": true`, "お客さまに合わせた広告を配信するため", `"provision_limits"`)

		// What was agreed to is one wording: to the next nobody has.
		v.post(path+"/consents", "kind", "given", "contact", ueda, "on", daysOn(-3), "version", "1", "evidence", "会員規約の同意画面").is(http.StatusOK)
		v.get("/admin/contacts/" + ueda).is(http.StatusOK).has(">同意</span>")
		seen, other := v.get(path+"/edit").is(http.StatusOK), adverts()
		other.Set("purpose_ja", "与信の判断のため")
		v.post(path+"/edit", flat(other, "seen", cutOut(seen.body, `name="seen" value="`, `"`))...).is(http.StatusOK)
		v.post(path + "/freeze").is(http.StatusOK)
		v.get("/admin/contacts/" + ueda).is(http.StatusOK).sound().has("今の文面への同意なし").lacks(">同意</span>")
		en.get("/admin/contacts/" + ueda).is(http.StatusOK).has("Agreed to another wording")
		v.get(path).is(http.StatusOK).has("いま同意している方：0 人")
	})
}

// TestALimitOnProvisionIsAddedByAnybodyAndLiftedByTheLegalOfficer holds who may say what of the
// origin of a person's data, and that it counts.
func TestALimitOnProvisionIsAddedByAnybodyAndLiftedByTheLegalOfficer(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := settledOn(t, db)
		v := h.owner(i18n.Ja)
		aoki := h.somebody("青木", "aoki@example.jp")
		h.somebody("上田", "ueda@example.jp")
		programme, recipient := h.running()
		person := "/admin/contacts/" + aoki
		v.get(person).is(http.StatusOK).sound().has("制限はありません", person+"/origin")
		viewer := h.member(account.Viewer)
		viewer.get(person + "/origin").is(http.StatusOK).sound().has("制限はありません")
		viewer.post(person+"/origin", "flags", "sensitive").is(http.StatusUnprocessableEntity).sound().has("理由を入力してください", `value="sensitive" checked`)
		viewer.post(person+"/origin", "reason", "x").is(http.StatusUnprocessableEntity).sound().has("制限を1つ以上選んでください")
		viewer.post(person+"/origin", "flags", "nonsense", "reason", "x").is(http.StatusUnprocessableEntity).sound()
		viewer.post(person+"/origin", "flags", "sensitive", "flags", "unknown", "reason", "申込書の備考に病歴がある").is(http.StatusOK).sound().
			has("要配慮個人情報を含む", "申込書の備考に病歴がある", "法務担当とオーナーだけ").lacks(person + "/origin/lift")
		v.get(person).is(http.StatusOK).sound().has("要配慮個人情報を含む", "取得の経緯が分からない")
		v.plan(programme, recipient, "fields", "family_name").has("上田").lacks("青木")

		viewer.post(person+"/origin/lift", "flags", "sensitive", "reason", "x").is(http.StatusForbidden)
		legal := h.member(account.Legal)
		legal.post(person+"/origin/lift", "flags", "sensitive").is(http.StatusUnprocessableEntity).sound().has("理由を入力してください")
		legal.post(person+"/origin/lift", "flags", "sensitive", "reason", "同姓の別人の申込書だった").is(http.StatusOK).sound().has("外した：要配慮個人情報を含む", "同姓の別人の申込書だった")
		v.plan(programme, recipient, "fields", "family_name").lacks("青木")
		legal.post(person+"/origin/lift", "flags", "unknown", "reason", "店頭で受け取った").is(http.StatusOK)
		v.plan(programme, recipient, "fields", "family_name").has("青木")
		v.get("/admin/audit").is(http.StatusOK).has("第三者提供の制限の追加", "第三者提供の制限の解除")
		h.owner(i18n.En).get(person + "/origin").is(http.StatusOK).sound().has("No limits")
	})
}
