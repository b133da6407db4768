package web

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/addr"
	"github.com/kyodaku/kyodaku/internal/consent"
	"github.com/kyodaku/kyodaku/internal/contact"
	"github.com/kyodaku/kyodaku/internal/duty"
	"github.com/kyodaku/kyodaku/internal/i18n"
	"github.com/kyodaku/kyodaku/internal/provision"
	"github.com/kyodaku/kyodaku/internal/store"
)

// hardName has letters that documents lose most often: beyond the first plane, with a variation
// selector, of the extended set.
const hardName = "𠮷田 髙\U000E0100﨑"

// somebody is a contact of the workspace, by its public id.
func (h *house) somebody(name, mail string) string {
	h.Helper()
	var made contact.Contact
	err := h.db.Write(h.Context(), func(tx *store.Tx) error {
		ws, err := h.accounts.Workspaces(h.Context(), tx)
		if err != nil {
			return err
		}
		m, err := addr.ParseMail(mail)
		if err != nil {
			return err
		}
		a, _, err := h.site.Contacts.EnsureAddress(h.Context(), tx, ws[0].ID, m, time.Now())
		if err != nil {
			return err
		}
		made, _, err = h.site.Contacts.EnsureContact(h.Context(), tx, a, contact.Contact{FamilyName: name, Company: "株式会社〜ー−"}, time.Now())
		return err
	})
	if err != nil {
		h.Fatal(err)
	}
	return store.Public(contact.Prefix, made.ID)
}

// request enters a request and returns its path.
func (h *house) request(kind, person string) string {
	h.Helper()
	v := h.owner(i18n.Ja)
	list := v.post("/admin/compliance/requests", "kind", kind, "form", "electronic", "received_at", daysOn(-1), "contact", person, "name", "吉田 高子", "address", "takako@example.jp").is(http.StatusOK).sound()
	return "/admin/compliance/requests/" + cutOut(list.body, `href="/admin/compliance/requests/`, `"`)
}

// cameBy notes that a person came by a list that somebody else gave (APPI 30).
func (h *house) cameBy(person, provider, address string) {
	h.Helper()
	id, err := store.ParsePublic(contact.Prefix, person)
	if err != nil {
		h.Fatal(err)
	}
	all, err := h.accounts.Workspaces(h.Context(), h.db)
	if err != nil {
		h.Fatal(err)
	}
	ws := all[0].ID
	addresses, err := h.site.Contacts.AddressesOf(h.Context(), h.db, ws, id)
	if err != nil || len(addresses) != 1 {
		h.Fatal(err, len(addresses))
	}
	file := sha256.Sum256([]byte(provider))
	err = h.db.Write(h.Context(), func(tx *store.Tx) error {
		if _, err := h.site.Consent.Append(h.Context(), tx, []*consent.Event{{
			Workspace: ws, Address: addresses[0].ID, Action: consent.ActionFrequencyChanged, Method: consent.MethodImport,
			Frequency:  consent.Frequency{Count: 1, Period: consent.Month},
			OccurredAt: time.Now(), Evidence: consent.Evidence{File: "list.csv", FileHash: hex.EncodeToString(file[:])},
		}}); err != nil {
			return err
		}
		if _, err := tx.Exec(h.Context(), `INSERT INTO import_receipt_person (job_id, contact_id) VALUES (1, ?)`, id); err != nil {
			return err
		}
		_, err := tx.Exec(h.Context(), `INSERT INTO import_receipt (job_id, workspace_id, origin, provider, provider_address, representative,
			acquisition, evidence, items, file, file_hash, received_at, published_at, created_at) VALUES (1, ?, 'opt_out', ?, ?, '代表 一郎', '展示会で名刺を交換',
			'契約書', '["email", "family_name"]', 'list.csv', ?, 1, 1, 1)`, ws, provider, address, file[:])
		return err
	})
	if err != nil {
		h.Fatal(err)
	}
}

// TestADisclosureWaitsForThePersonToBeKnown holds identity before disclosure, the two forms of
// the answer, and that each is written down (APPI 33, 37).
func TestADisclosureWaitsForThePersonToBeKnown(t *testing.T) {
	t.Parallel()
	h := settled(t)
	v := h.owner(i18n.Ja)
	person := h.somebody(hardName, "takako@example.jp")
	h.cameBy(person, "株式会社リスト堂", "東京都港区1-1")
	path := h.request("disclosure", person)
	v.get(path).is(http.StatusOK).sound().has("本人確認がまだです")
	v.post(path+"/disclosure", "as", "json").is(http.StatusForbidden)
	v.post(path+"/answer", "outcome", "granted").is(http.StatusUnprocessableEntity).sound().has("RGT-05", "第37条", "未確認")
	v.post(path+"/identify", "identity", "mailbox", "contact", "con_x").is(http.StatusUnprocessableEntity).sound()
	v.post(path+"/identify", "identity", "mailbox", "contact", person).is(http.StatusOK).sound().has("登録済みのメールアドレス")

	paper := v.post(path+"/disclosure", "as", "page", "in", "ja").is(http.StatusOK)
	paper.has(hardName, "株式会社〜ー−", "takako@example.jp", "第三者への提供はありません", "吉田 高子 様", "株式会社リスト堂", "代表 一郎", "東京都港区1-1",
		"展示会で名刺を交換", "メールアドレス、姓", "公表を確認した日：1970年1月1日")
	v.post(path+"/disclosure", "as", "page", "in", "en").is(http.StatusOK).has(hardName, "Disclosure of personal data", "Nothing was provided", "filing was seen on")
	file := v.post(path+"/disclosure", "as", "json").is(http.StatusOK)
	var got struct {
		Profile   []struct{ Key, Value string }
		Provided  []any `json:"provided_to"`
		Addresses []struct{ Address string }
	}
	if err := json.Unmarshal([]byte(file.body), &got); err != nil || len(got.Addresses) != 1 || got.Provided == nil || !strings.Contains(file.body, hardName) {
		t.Errorf("%v: %s", err, file.body)
	}
	if n := strings.Count(v.get("/admin/audit").is(http.StatusOK).body, "保有個人データの開示"); n < 3 {
		t.Errorf("%d disclosures are in the audit log, want 3", n)
	}
	v.post(path+"/answer", "outcome", "granted").is(http.StatusOK).sound()
	v.get(path+"/letter?in=ja").is(http.StatusOK).sound().has("保有個人データの開示のご請求について", "吉田 高子 様", "別紙のとおり開示いたします")
	v.get(path + "/letter?in=en").is(http.StatusOK).sound().has("Your request for disclosure")
	h.member(account.Viewer).get(path).is(http.StatusForbidden)
}

// TestARequestToStopStops holds that a stop counts from the moment that it is known who asks, and
// that nobody says "stopped" before.
func TestARequestToStopStops(t *testing.T) {
	t.Parallel()
	h := settled(t)
	v := h.owner(i18n.Ja)
	person := h.somebody("佐藤", "sato@example.jp")
	programme, recipient := h.running()
	h.somebody("上田", "ueda@example.jp")
	path := h.request("stop_provision", person)
	v.plan(programme, recipient, "fields", "family_name").has("上田", "PRV-07").lacks("佐藤")
	v.post(path+"/identify", "identity", "papers", "contact", person).is(http.StatusOK)
	v.post(path+"/answer", "outcome", "granted").is(http.StatusOK).sound()

	path = h.request("stop_provision", "")
	v.post(path+"/answer", "outcome", "granted").is(http.StatusUnprocessableEntity).sound().has("提供の停止がまだ登録されていません")
	ueda := h.somebody("上田", "ueda@example.jp")
	v.post(path+"/identify", "identity", "mailbox", "contact", ueda).is(http.StatusUnprocessableEntity).sound().has("登録済みのアドレスではありません")
	v.post(path+"/identify", "identity", "papers", "contact", ueda).is(http.StatusOK).sound()
	v.post(path+"/identify", "identity", "papers", "contact", person).is(http.StatusUnprocessableEntity).has("ご本人の確認は、すでに済んでいます")
	v.post(path+"/answer", "outcome", "granted").is(http.StatusOK).sound()
}

// TestARefusalGivesItsReason holds APPI 36 for each kind, and the letters in both languages.
func TestARefusalGivesItsReason(t *testing.T) {
	t.Parallel()
	h := settled(t)
	v, en := h.owner(i18n.Ja), h.owner(i18n.En)
	person := h.somebody("佐藤", "sato@example.jp")
	for _, kind := range []string{"correction", "cease", "erase", "stop_provision"} {
		path := h.request(kind, person)
		v.get(path + "/letter").is(http.StatusNotFound)
		en.post(path+"/answer", "outcome", "refused", "reason", "").is(http.StatusUnprocessableEntity).sound().has("RGT-02", "Arts. 35(7), 36")
		v.post(path+"/answer", "outcome", "refused", "reason", "法定の理由に当たりません。").is(http.StatusOK).sound()
		v.get(path+"/letter?in=ja").is(http.StatusOK).sound().has("法定の理由に当たりません。", "個人情報保護委員会の相談窓口")
		en.get(path + "/letter?in=en").is(http.StatusOK).sound().has("The reason")
		v.post(path+"/answer", "outcome", "granted").is(http.StatusUnprocessableEntity)
	}
}

// TestARequestIsNoDeadEnd holds that whoever works on a request finds the person by the address
// that the request came from, keeps what was typed, and is led where they may go.
func TestARequestIsNoDeadEnd(t *testing.T) {
	t.Parallel()
	h := settled(t)
	v, legal := h.owner(i18n.Ja), h.member(account.Legal)
	person := h.somebody("佐藤", "sato@example.jp")
	v.get("/admin/compliance/requests").is(http.StatusOK).sound().has(`name="received_at" value="` + daysOn(0))
	wrong := []string{"kind", "correction", "form", "paper", "received_at", daysOn(0), "contact", "nobody@example.jp", "name", "佐藤", "note", "番地が違う"}
	v.post("/admin/compliance/requests", wrong...).is(http.StatusUnprocessableEntity).sound().
		has("この連絡先は登録されていません", "番地が違う</textarea>", `<option value="paper" selected>`, `value="nobody@example.jp"`)
	path := h.request("correction", "sato@example.jp")
	v.get(path).is(http.StatusOK).sound().has("/admin/contacts/"+person+"/edit", "連絡先の内容を訂正する")
	legal.get(path).is(http.StatusOK).sound().has("マーケティング担当かオーナーに依頼").lacks(person + "/edit")
	legal.post(path+"/answer", "outcome", "refused", "reason", "").is(http.StatusUnprocessableEntity).sound().has(`<option value="refused" selected>`, `value="`+person+`"`)
	h.owner(i18n.En).get(h.request("cease", person)).is(http.StatusOK).sound().has("/admin/suppression/refusal?contact=" + person)

	open := h.request("disclosure", "")
	v.post(open+"/identify", "identity", "papers", "contact", "sato@example.jp").is(http.StatusOK).sound().has(person)
}

// TestAStopWithoutMailIsResolvedToAPerson holds that a stop which only tells who asks in words
// stops that one programme as soon as the legal officer knows whose it is, from the day on which
// it came, and that nothing can be said to have stopped before.
func TestAStopWithoutMailIsResolvedToAPerson(t *testing.T) {
	t.Parallel()
	h := settled(t)
	aoki := h.somebody("青木", "aoki@example.jp")
	h.somebody("上田", "ueda@example.jp")
	programme, recipient := h.running()
	other := h.programme("ほかの名簿", provision.OptOut, listItems())
	id := func(path string) int64 {
		n, err := store.ParsePublic(provision.Prefix, strings.TrimPrefix(path, "/admin/provision/"))
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	ws, err := h.accounts.Workspaces(h.Context(), h.db)
	if err != nil {
		t.Fatal(err)
	}
	asked := duty.Asked{Workspace: ws[0].ID, Kind: "stop_provision", Form: "other", Name: "青木", Who: "診察券 123", Programme: id(programme)}
	if err := h.site.Duty.Ask(h.Context(), asked, time.Now()); err != nil {
		t.Fatal(err)
	}
	v := h.owner(i18n.Ja)
	list := v.get("/admin/compliance/requests").is(http.StatusOK).sound()
	path := "/admin/compliance/requests/" + cutOut(list.body, `href="/admin/compliance/requests/`, `"`)
	v.get(path).is(http.StatusOK).sound().has("診察券 123", "名簿の提供", "停止する提供", "本人確認がまだです")
	v.post(path+"/answer", "outcome", "granted").is(http.StatusUnprocessableEntity).sound()
	v.plan(programme, recipient, "fields", "family_name").has("青木", "上田")
	v.post(path+"/identify", "contact", aoki, "identity", "call").is(http.StatusOK).sound()
	v.plan(programme, recipient, "fields", "family_name").has("上田").lacks("青木")
	v.get(programme+"/stops").is(http.StatusOK).sound().has("停止の求め：1 件", "公表ページ")
	v.get(other + "/stops").is(http.StatusOK).sound().has("停止の求めはありません")
	v.post(path+"/answer", "outcome", "granted").is(http.StatusOK).sound()
}

// TestADisclosureTellsOfARecipientAbroad holds that who asks is told of the country, the system,
// the law and the measures of a recipient abroad with a system held equal (APPI 28(3)), and of
// none of it where the recipient stands in Japan.
func TestADisclosureTellsOfARecipientAbroad(t *testing.T) {
	t.Parallel()
	h := settled(t)
	aoki := h.somebody("青木", "aoki@example.jp")
	programme, home := h.running()
	v, legal := h.owner(i18n.Ja), h.member(account.Legal)
	abroad := v.post("/admin/recipients", "name", "Alpha Inc.", "address", "1 Main St", "representative", "J. Doe", "country", "US", "identity", "登記", "purpose", "案内",
		"system", "CBPR 認証 123", "system_checked", daysOn(-10), "foreign_law", "州ごとの法律だけがあります。", "foreign_measures", "暗号化と監査", "target", "file").is(http.StatusOK)
	for _, to := range []string{home, strings.TrimPrefix(abroad.url.Path, "/admin/recipients/")} {
		run := v.plan(programme, to, "fields", "family_name").url.Path
		legal.post(run + "/approve").is(http.StatusOK)
		legal.until(run, "引き渡し待ち")
		v.post(run + "/file").is(http.StatusOK)
	}
	request := h.request("disclosure", aoki)
	v.post(request+"/identify", "identity", "papers", "contact", aoki).is(http.StatusOK)
	paper := v.post(request+"/disclosure", "as", "page", "in", "ja").is(http.StatusOK).
		has("提供先のある外国： アメリカ合衆国", "CBPR 認証 123 ("+daysOn(-10)+")", "州ごとの法律だけがあります。", "暗号化と監査").lacks("web.disclosure.")
	if n := strings.Count(paper.body, "提供先のある外国"); n != 1 {
		t.Errorf("%d recipients abroad", n)
	}
	v.post(request+"/disclosure", "as", "page", "in", "en").is(http.StatusOK).has("Country of the recipient: United States").lacks("web.disclosure.")
	v.post(request+"/disclosure", "as", "json").is(http.StatusOK).has(`"country": "`, `"measures": "暗号化と監査"`)
}
