package web

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/contact"
	"github.com/kyodaku/kyodaku/internal/i18n"
	"github.com/kyodaku/kyodaku/internal/provision"
	"github.com/kyodaku/kyodaku/internal/store"
)

// edited saves items of a programme over what stood.
func (v *visitor) edited(path string, items url.Values) answer {
	v.Helper()
	form := v.get(path + "/edit").is(http.StatusOK)
	return v.post(path+"/edit", flat(items, "seen", cutOut(form.body, `name="seen" value="`, `"`))...)
}

// TestStepsOfTwoVersionsAreEntered holds that a version goes on in its course while the next one
// is filed already.
func TestStepsOfTwoVersionsAreEntered(t *testing.T) {
	t.Parallel()
	h := settled(t)
	v := h.owner(i18n.Ja)
	path := h.programme("名簿の提供", provision.OptOut, listItems())
	v.post(path + "/freeze").is(http.StatusOK)
	h.steps(path, map[string]int{"noticed": -60, "filed": -55})
	items := listItems()
	items.Set("method_ja", "書面の交付")
	v.edited(path, items).is(http.StatusOK)
	v.post(path+"/freeze").is(http.StatusOK).sound().has("手続き（第1版）", "手続き（第2版）", "第1版が委員会に公表されるのを確認する", "第2版をご本人に通知する")
	take := func(version, step string, day int) answer {
		t.Helper()
		fields := []string{"version", version, "step", step, "on", daysOn(day), "evidence", "受付番号 " + version + step}
		if step == "noticed" { // before anything of it stood here
			fields = append(fields, "elsewhere", "郵便")
		}
		return v.post(path+"/step", fields...)
	}
	take("2", "noticed", -50).is(http.StatusOK)
	take("1", "published_by_ppc", 3).is(http.StatusUnprocessableEntity).sound().has(`href="#v1-on"`, `id="v1-on-error"`).lacks(`id="v2-on-error"`)
	take("1", "filed", -50).is(http.StatusUnprocessableEntity).sound().has("すでに記録されています")
	take("3", "filed", -50).is(http.StatusUnprocessableEntity).sound().has("その版はありません")
	take("1", "published_by_ppc", -45).is(http.StatusOK).sound().has("受付番号 1published_by_ppc")
	take("2", "filed", -44).is(http.StatusOK).sound().has("受付番号 2filed")
	take("1", "published_by_us", -43).is(http.StatusOK)
	h.owner(i18n.En).get(path).is(http.StatusOK).sound().has("Steps of version 1", "Steps of version 2", "May be provided")
	take("2", "published_by_ppc", -30).is(http.StatusOK)
	take("2", "published_by_us", -29).is(http.StatusOK).sound().has(`<details class="card more"><summary>手続き（第1版）`).lacks(`<h2 id="steps-1">`) // it was overtaken
}

// TestWhatWasTypedAboutProvisionStays holds that after an error each form stands as it was filled
// in, boxes that were cleared too, and that errors say which input is meant.
func TestWhatWasTypedAboutProvisionStays(t *testing.T) {
	t.Parallel()
	h := settled(t)
	v := h.owner(i18n.Ja)
	h.ownField("kaiin", "会員番号")

	begun := v.post("/admin/provision", "name", "", "class", "consent", "answered", "1", "ask", "1", "abroad", "1").is(http.StatusUnprocessableEntity).sound()
	begun.has(`name="ask" value="1" checked`, `name="abroad" value="1" checked`, `<option value="consent" selected>`).lacks(`name="work" value="1" checked`)

	path := h.programme("名簿の提供", provision.OptOut, listItems())
	v.get(path+"/edit").is(http.StatusOK).sound().has("<span>会員番号</span>", "<span>姓</span>").lacks("<span>attr:kaiin</span>", "family_name</code>")
	items := listItems()
	items.Del("wish")
	items.Add("data", "attr:kaiin")
	items.Set("ja:attr:kaiin", "")
	items.Set("ja:given_name", "下の名前")
	items.Set("start", "あした")
	items.Set("method_ja", strings.Repeat("あ", 1400))
	wrong := v.edited(path, items).is(http.StatusUnprocessableEntity).sound()
	wrong.has("「会員番号」を渡すには、公表する項目名", `href="#data"`, "「提供の方法」：", `value="attr:kaiin" checked`, `value="下の名前"`, `name="ja:attr:kaiin" value="" maxlength="200" aria-invalid="true"`)
	wrong.lacks(`name="wish" value="1" checked`, `value="given_name" checked`, `value="email" checked`)
	items.Set("method_ja", strings.Repeat("あ", 1300))
	items.Set("method_en", strings.Repeat("a", 1300)) // each for itself, as the inputs say
	items.Set("ja:attr:kaiin", "会員番号")
	items.Set("start", daysOn(-1))
	v.edited(path, items).is(http.StatusOK)

	programme, recipient := h.running()
	v.get(programme+"/runs").is(http.StatusOK).sound().has(`value="family_name" checked`, `value="company" checked`)
	v.post(programme+"/runs", "recipient", recipient, "format", "xml", "fields", "company", "prefecture", "東京都", "reason", "続ける").is(http.StatusUnprocessableEntity).sound().
		has(`value="company" checked`, `value="family_name">`, `value="東京都"`, "続ける</textarea>", `<option value="`+recipient+`" selected>`)
	v.post(programme+"/runs", "recipient", recipient, "format", "csv", "fields", "attr:kaiin").is(http.StatusUnprocessableEntity).sound().has("「会員番号」は通知・公表した項目に含まれていない")

	typed := []string{"name", "株式会社社内", "address", "", "representative", "乙", "country", "JP", "target", "sftp", "person", "1", "inside", "1", "user", "kyodaku"}
	v.post("/admin/recipients", typed...).is(http.StatusUnprocessableEntity).sound().has(
		`name="person" value="1" checked`, `name="inside" value="1" checked`, `value="kyodaku"`, `<option value="sftp" selected>`,
		`href="#host"`, "サーバー：サーバーは sftp.example.jp:22 の形で", `id="host-error"`, "社内のサーバーにも、個人データを送れるようになります")
}

// ownField makes a field of the workspace's own.
func (h *house) ownField(key, label string) {
	h.Helper()
	err := h.db.Write(h.Context(), func(tx *store.Tx) error {
		ws, err := h.accounts.Workspaces(h.Context(), tx)
		if err != nil {
			return err
		}
		_, err = h.site.Contacts.CreateAttribute(h.Context(), tx, contact.Attribute{Workspace: ws[0].ID, Key: key, LabelJa: label, LabelEn: "Member no.", UseJa: "会員の確認", UseEn: "To know members", Kind: contact.Text}, time.Now())
		return err
	})
	if err != nil {
		h.Fatal(err)
	}
}

// TestATargetInsideIsSaidByAnOperator holds that whoever may hand over says so on the page, and
// that it stays until somebody takes it back.
func TestATargetInsideIsSaidByAnOperator(t *testing.T) {
	t.Parallel()
	h := settled(t)
	legal := h.member(account.Legal)
	typed := []string{"name", "社内の分析基盤", "address", "東京都千代田区1-1", "representative", "山田", "country", "JP", "target", "https", "url", "https://10.0.0.8/in", "identity", "x", "purpose", "x"}
	made := legal.post("/admin/recipients", append(typed, "inside", "1")...).is(http.StatusOK).sound().has(`name="inside" value="1" checked`)
	h.owner(i18n.En).get(made.url.Path).is(http.StatusOK).sound().has("stands in our own network", "Beware")
	legal.post(made.url.Path, typed...).is(http.StatusOK).sound().has("提供先を保存しました").lacks(`name="inside" value="1" checked`)
}

// TestTheMenuSaysWhereOneIs holds it for pages whose address begins otherwise.
func TestTheMenuSaysWhereOneIs(t *testing.T) {
	t.Parallel()
	h := settled(t)
	v := h.owner(i18n.Ja)
	for path, entry := range map[string]string{
		"/admin/recipients": "provision", "/admin/records": "provision", "/admin/provision/new": "provision", "/admin/attributes": "contacts",
		"/admin/exports": "contacts", "/admin/": "", "/admin/compliance/requests": "compliance",
	} {
		body := v.get(path).is(http.StatusOK).body
		if n := strings.Count(body, `aria-current="page"`); !strings.Contains(body, `href="/admin/`+entry+`" aria-current="page"`) {
			t.Errorf("%s is not at %q (%d current)", path, entry, n)
		}
	}
}

// TestAWordingMeansTheRecipientsThatAreTicked holds the choice of recipients on the form: who is
// ticked is kept, one that is put away is refused by the field, a new name is told, and what is
// known of a recipient abroad is filled into what is empty, unsaved.
func TestAWordingMeansTheRecipientsThatAreTicked(t *testing.T) {
	t.Parallel()
	h := settled(t)
	v, en := h.owner(i18n.Ja), h.owner(i18n.En)
	recipient := func(name, country string) string {
		made := v.post("/admin/recipients", "name", name, "address", "大阪市北区1-1", "representative", "代表 乙", "country", country, "foreign_law", "州ごとの法律だけがあります。",
			"foreign_measures", "暗号化と委託先の監査", "target", "file").is(http.StatusOK)
		return strings.TrimPrefix(made.url.Path, "/admin/recipients/")
	}
	at, us := recipient("株式会社甲", "JP"), recipient("Alpha Inc.", "US")
	items := adverts()
	items.Set("recipients_ja", "当社の提携会社")
	path := h.programme("広告", provision.Consent, items)
	edit := v.get(path+"/edit").is(http.StatusOK).sound().has("この文面が指す提供先", "株式会社甲", "Alpha Inc.")
	en.get(path + "/edit").is(http.StatusOK).sound().has("Recipients that this wording means")
	seen := cutOut(edit.body, `name="seen" value="`, `"`)
	ticked := flat(items, "seen", seen, "named_shown", "1", "named", at, "named", us, "foreign_needed_shown", "1")
	v.post(path+"/edit", append(ticked, "fill", "1", "system_ja", "すでに書いた説明", "measures_ja", "")...).is(http.StatusOK).sound().
		has("まだ保存していません", "アメリカ合衆国", "United States", "すでに書いた説明", "暗号化と委託先の監査").lacks("州ごとの法律だけ")
	v.get(path+"/edit").is(http.StatusOK).lacks("暗号化と委託先の監査", `value="`+at+`" checked`)
	v.post(path+"/edit", ticked...).is(http.StatusOK).at(path)
	v.get(path+"/edit").is(http.StatusOK).sound().has(`value="`+at+`" checked`, `value="`+us+`" checked`)
	v.post("/admin/recipients/"+at, "name", "株式会社丁", "address", "大阪市北区1-1", "representative", "代表 乙", "country", "JP", "target", "file").is(http.StatusOK)
	v.post("/admin/recipients/" + us + "/archive").is(http.StatusOK)
	seen = cutOut(v.get(path+"/edit").is(http.StatusOK).sound().has("株式会社甲 代表 乙 → 株式会社丁 代表 乙", "使わなくした提供先").body, `name="seen" value="`, `"`)
	again := flat(items, "seen", seen, "named_shown", "1", "named", at)
	v.post(path+"/edit", append(again, "named", us)...).is(http.StatusUnprocessableEntity).sound().has("「Alpha Inc.」は使わなくした提供先です")
	v.post(path+"/edit", again...).is(http.StatusOK).at(path)
	v.get(path+"/edit").is(http.StatusOK).sound().lacks("→ 株式会社丁", "Alpha Inc.")
	v.post(path + "/freeze").is(http.StatusOK).sound().lacks("株式会社丁 代表")
	v.post("/admin/recipients/"+at, "name", "株式会社戊", "address", "大阪市北区1-1", "representative", "代表 乙", "country", "JP", "target", "file").is(http.StatusOK)
	v.get(path).is(http.StatusOK).sound().has("株式会社丁 代表 乙 → 株式会社戊 代表 乙", "新しい版を確定するまで")
}
