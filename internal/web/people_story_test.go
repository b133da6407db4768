package web

import (
	"bytes"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/addr"
	"github.com/kyodaku/kyodaku/internal/consent"
	"github.com/kyodaku/kyodaku/internal/contact"
	"github.com/kyodaku/kyodaku/internal/gate"
	"github.com/kyodaku/kyodaku/internal/i18n"
	"github.com/kyodaku/kyodaku/internal/law"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/store/storetest"
)

// until asks for a page again and again until it says something.
func (v *visitor) until(path, text string) answer {
	v.Helper()
	deadline := time.NewTimer(20 * time.Second)
	defer deadline.Stop()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		a := v.get(path).is(http.StatusOK)
		if strings.Contains(a.body, text) {
			return a
		}
		select {
		case <-deadline.C:
			v.Fatalf("%s never said %q\n%s", path, text, a.body)
		case <-tick.C:
		}
	}
}

// person is the path of somebody who is found by a word.
func (v *visitor) person(word string) string {
	v.Helper()
	a := v.get("/admin/contacts?q=" + url.QueryEscape(word)).is(http.StatusOK)
	_, rest, ok := strings.Cut(a.body, `class="person" href="`)
	path, _, _ := strings.Cut(rest, `"`)
	if !ok {
		v.Fatalf("nobody is found by %q\n%s", word, a.body)
	}
	return path
}

// permission asks the gate about an address and the village's topic.
func (v *village) permission(text string) *gate.Refusal {
	v.Helper()
	m, err := addr.ParseMail(text)
	if err != nil {
		v.Fatal(err)
	}
	a, err := v.people.contacts.AddressByHash(v.Context(), v.db, v.workspace.ID, v.people.contacts.Hash(v.workspace.ID, m))
	if err != nil {
		v.Fatal(err)
	}
	d, err := v.people.gate.Admit(v.Context(), v.db, gate.Audience{Workspace: v.workspace.ID, Profile: v.news.Profile, Stage: gate.Planned},
		[]gate.Request{{Address: a.ID, Topic: v.news.ID, Class: law.Ad}}, time.Now())
	if err != nil {
		v.Fatal(err)
	}
	return d[0].Refusal
}

// audited says how often an action stands in the audit log, and with which reason last.
func (v *village) audited(action string) (times int, reason string) {
	v.Helper()
	list, err := v.accounts.AuditList(v.Context(), v.db, account.AuditQuery{Workspace: v.workspace.ID, Action: action})
	if err != nil {
		v.Fatal(err)
	}
	if len(list) > 0 {
		reason = list[0].Reason
	}
	return len(list), reason
}

func TestAViewerSeesNoAddressesAndTakesNothingOut(t *testing.T) {
	t.Parallel()
	h := newVillage(t, storetest.SQLite(t))
	v := h.member(account.Viewer)
	const secret, masked = "hanako.sato@", "h•••@aozora.example"
	for _, path := range []string{
		"/admin/contacts?q=sato", "/admin/contacts/{con}", "/admin/contacts/{con}/events/{evt}", "/admin/suppression/refusal?contact={con}", "/admin/evidence",
	} {
		v.get(h.path(path)).is(http.StatusOK).sound().has(masked).lacks(secret)
	}
	v.get("/admin/suppression").is(http.StatusOK).has("s•••@example.jp").lacks("saburo@")
	for _, path := range []string{
		"/admin/imports", "/admin/imports/new", "/admin/exports", "/admin/contacts/{con}/edit", "/admin/contacts/{con}/merge", "/admin/contacts/{con}/erase",
		"/admin/contacts/{con}/evidence", "/admin/attributes/new", "/admin/topics/new", "/admin/topics/{tpc}/edit", "/admin/topics/wordings/new",
	} {
		v.get(h.path(path)).is(http.StatusForbidden).sound()
	}
	for _, path := range []string{
		"/admin/imports/new", "/admin/exports", "/admin/contacts/{con}/edit", "/admin/contacts/{con}/notes", "/admin/contacts/{con}/merge",
		"/admin/contacts/{con}/erase", "/admin/contacts/{con}/evidence", "/admin/attributes/new", "/admin/topics/new", "/admin/topics/{tpc}/edit",
		"/admin/topics/{tpc}/archive", "/admin/topics/wordings/new", "/admin/evidence/verify",
	} {
		v.post(h.path(path), "reason", "x", "sure", "1").is(http.StatusForbidden)
	}
	if one, err := h.people.contacts.Get(t.Context(), h.db, h.workspace.ID, h.sato.ID); err != nil || !one.Live() || one.FamilyName != "佐藤" {
		t.Errorf("a viewer changed somebody: %+v, %v", one, err)
	}
	home := v.get(h.path("/admin/contacts/{con}"))
	me := h.path("/admin/contacts/{con}")
	home.lacks(me+"/erase", me+"/edit", me+"/merge", me+"/evidence").has("/admin/suppression/refusal")
	// The legal officer erases and proves, but neither imports nor edits.
	legal := h.member(account.Legal)
	legal.get(h.path("/admin/contacts/{con}/erase")).is(http.StatusOK)
	legal.get(h.path("/admin/contacts/{con}")).has(secret)
	legal.get("/admin/imports").is(http.StatusForbidden)
	legal.get(h.path("/admin/contacts/{con}/edit")).is(http.StatusForbidden)
}

func TestOthersPeopleAreNotFound(t *testing.T) {
	t.Parallel()
	h := newVillage(t, storetest.SQLite(t))
	v := h.owner(i18n.Ja)
	for _, path := range []string{
		"/admin/contacts/con_x", "/admin/contacts/" + store.Public(contact.Prefix, 987654), "/admin/topics/" + store.Public(topicPrefix, 987654),
		"/admin/imports/new/columns/blb_x", "/admin/imports/job_x", "/admin/exports/" + store.Public("job", 987654), "/admin/topics/wordings/consent/nothing",
		"/admin/contacts/{con}/events/" + store.Public(eventPrefix, 987654), "/admin/evidence/shown/ff", "/admin/evidence/shown/zz/page",
		"/admin/contacts?after=con_x", "/admin/suppression?hash=zz", "/admin/attributes/att_x", "/admin/evidence/verify/job_x", "/admin/contacts/{con}?after=x",
	} {
		v.get(h.path(path)).is(http.StatusNotFound).sound()
	}
	// An event of one person is not shown on the page of another.
	other := v.person("jiro")
	v.get(other + "/events/" + store.Public(eventPrefix, h.event)).is(http.StatusNotFound)
	v.get("/admin/contacts?topic=tpc_x").is(http.StatusUnprocessableEntity).sound()
	v.get("/admin/contacts?q=" + strings.Repeat("x", 300)).is(http.StatusUnprocessableEntity).sound()
}

func TestFormsAboutPeopleOfOtherSitesAreRefused(t *testing.T) {
	t.Parallel()
	h := newVillage(t, storetest.SQLite(t))
	v := h.owner(i18n.Ja)
	for _, path := range []string{"/admin/contacts/{con}/erase", "/admin/imports/new", "/admin/topics/{tpc}/archive", "/admin/suppression/new", "/admin/exports"} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, h.server.URL+h.path(path), strings.NewReader("reason=x&sure=1"))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.Header.Set("Sec-Fetch-Site", "cross-site")
		v.do(req).is(http.StatusForbidden).sound()
	}
	if one, err := h.people.contacts.Get(t.Context(), h.db, h.workspace.ID, h.sato.ID); err != nil || !one.Live() {
		t.Errorf("a stranger's form erased somebody: %v", err)
	}
}

func TestContactStory(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newVillage(t, db)
		v := h.owner(i18n.Ja)
		me := v.person("はなこ")
		if me != h.path("/admin/contacts/{con}") || v.person("SATO") != me || v.person("あおぞら 佐藤"[len("あおぞら "):]) != me {
			t.Errorf("found %s", me)
		}
		v.get(me).is(http.StatusOK).has("送れます", "特定電子メール法3条1項1号", "展示会でお会いした。", "ご本人が受信を断っています", "届きました", "株式会社青空")
		v.get(me+"/events/"+store.Public(eventPrefix, h.event)).is(http.StatusOK).has("メールの配信を希望します。", "第1版", "チェックあり", "203.0.113.0/24")

		wrong := v.post(me+"/edit", "family_name", "佐藤", "country", "Japan", "seen", "1").is(http.StatusUnprocessableEntity).sound()
		wrong.has(`value="Japan"`, `id="country-error"`)
		v.post(me+"/edit", "family_name", "加藤", "seen", "1").is(http.StatusUnprocessableEntity).has("先に変更しました")
		seen := field(t, v.get(me+"/edit").body, "seen")
		v.post(me+"/edit", "family_name", "加藤", "given_name", "花子", "lang", "en", "seen", seen).is(http.StatusOK).at(me).has("花子 加藤")

		v.post(me+"/notes", "body", "  ").is(http.StatusUnprocessableEntity).sound().has(`id="note-body-error"`)
		v.post(me+"/notes", "body", "電話で話した。\n<b>来月また</b>").is(http.StatusOK).at(me).has("&lt;b&gt;来月また")

		h.mergeStory(v, me)
		h.eraseStory(v, me)
	})
}

// field reads the value of an input.
func field(t *testing.T, body, name string) string {
	t.Helper()
	_, rest, ok := strings.Cut(body, `name="`+name+`" value="`)
	value, _, _ := strings.Cut(rest, `"`)
	if !ok {
		t.Fatalf("no input %s\n%s", name, body)
	}
	return value
}

// mergeStory joins somebody who refused: the stricter word counts.
func (h *village) mergeStory(v *visitor, me string) {
	h.Helper()
	other := v.person("saburo")
	with := strings.TrimPrefix(other, "/admin/contacts/")
	v.get(me + "/merge?q=saburo").is(http.StatusOK).sound().has(with)
	v.get(me+"/merge?with="+with).is(http.StatusOK).sound().has("送れません", "saburo@example.jp", "ご本人が受信を断っています").lacks("送れます")
	if no := h.permission("hanako.sato@aozora.example"); no != nil {
		h.Errorf("a preview changed something: %v", no)
	}
	v.get(other).is(http.StatusOK).at(other)
	v.get(me + "/merge?with=" + strings.TrimPrefix(me, "/admin/contacts/")).is(http.StatusNotFound)
	v.post(me+"/merge", "with", with).is(http.StatusOK).at(me).has("saburo@example.jp")
	v.get(other).is(http.StatusOK).at(me)
	if no := h.permission("hanako.sato@aozora.example"); no == nil {
		h.Error("the refusal was lost in the merge")
	}
	if n, _ := h.audited("contact.merge"); n != 1 {
		h.Errorf("%d merges in the audit log", n)
	}
}

func (h *village) eraseStory(v *visitor, me string) {
	h.Helper()
	wrong := v.post(me+"/erase", "reason", "").is(http.StatusUnprocessableEntity).sound()
	wrong.has(`id="reason-error"`, `id="sure-error"`)
	v.post(me+"/erase", "reason", "ご本人の請求").is(http.StatusUnprocessableEntity).has(`value="ご本人の請求"`)
	v.post(me+"/erase", "reason", "ご本人の請求", "sure", "1").is(http.StatusOK).at("/admin/contacts")
	v.get(me).is(http.StatusOK).sound().has("消去済み").lacks("hanako.sato", "展示会でお会いした")
	v.get(me + "/edit").is(http.StatusNotFound)
	v.post(me+"/erase", "reason", "x", "sure", "1").is(http.StatusNotFound)
	v.post("/admin/suppression/find", "address", "hanako.sato@aozora.example").is(http.StatusOK).has("消去済み", "受信拒否")
	if n, reason := h.audited("contact.erase"); n != 1 || reason != "ご本人の請求" {
		h.Errorf("%d erasures in the audit log, reason %q", n, reason)
	}
}

func TestTopicStory(t *testing.T) {
	t.Parallel()
	h := newVillage(t, storetest.SQLite(t))
	v := h.owner(i18n.Ja)
	bad := v.post("/admin/topics/new", "name_ja", "", "content_ja", "季節のお知らせ", "promised_count", "たくさん", "promised_period", "week", "key", "Bad Key").is(http.StatusUnprocessableEntity).sound()
	bad.has(`id="name_ja-error"`, `id="promised_count-error"`, `id="key-error"`, `id="profile-error"`, "季節のお知らせ", `value="たくさん"`, `value="Bad Key"`)
	snd := h.house.path("{snd}")
	good := []string{"name_ja", "季節便", "content_ja", "季節のお知らせ", "promised_count", "1", "promised_period", "week", "double_opt_in", "1", "profile", snd}
	v.post("/admin/topics/new", append(good, "key", "news")...).is(http.StatusUnprocessableEntity).has("すでに使われています")
	made := v.post("/admin/topics/new", append(good, "key", "season")...).is(http.StatusOK).sound().has("季節便", "週に1通まで")
	path := made.url.Path
	v.post(path+"/edit", "name_ja", "季節便り", "content_ja", "季節のお知らせ", "promised_count", "3", "promised_period", "month", "profile", "snd_x").is(http.StatusUnprocessableEntity)
	v.post(path+"/edit", "name_ja", "季節便り", "content_ja", "季節のお知らせ", "promised_count", "3", "promised_period", "month", "profile", snd).is(http.StatusOK).at(path).has("季節便り", "月に3通まで")
	v.get("/admin/topics").has("季節便り", "月刊みどり通信", "state=given")
	v.post(path + "/archive").is(http.StatusOK).at("/admin/topics").has("終了した配信トピック（1）")
	v.post(path + "/archive").is(http.StatusNotFound)
	v.get(path).is(http.StatusOK).lacks(path + "/edit")
	if n, _ := h.audited("topic.create"); n != 1 {
		t.Errorf("%d creations in the audit log", n)
	}
}

func TestWordingStory(t *testing.T) {
	t.Parallel()
	h := newVillage(t, storetest.SQLite(t))
	v := h.owner(i18n.En)
	const path = "/admin/topics/wordings/consent/newsletter"
	old := v.get(path).is(http.StatusOK).has("version 2", "version 1", "I would like to get mail.")
	v.post(path, "text_ja", " ", "text_en", "").is(http.StatusUnprocessableEntity).sound().has(`id="text_ja-error"`)
	v.post(path, "text_ja", "月刊みどり通信の配信を希望します。", "text_en", "I would like to get Midori Monthly.").is(http.StatusOK).has("there is no new version")
	v.post(path, "text_ja", "月刊みどり通信を希望します。", "text_en", "Yes, please.").is(http.StatusOK).has("Version 3 was saved", "Yes, please.", "I would like to get mail.")
	for part := range strings.SplitSeq(old.body, `<code class="small">`) {
		if hash, _, _ := strings.Cut(part, "</code>"); len(hash) == 64 {
			v.get(path).has(hash)
		}
	}
	v.post("/admin/topics/wordings/new", "kind", "consent", "key", "newsletter", "text_ja", "x").is(http.StatusUnprocessableEntity).has("There is a text with this key")
	v.post("/admin/topics/wordings/new", "kind", "advert", "key", "a b", "text_ja", "").is(http.StatusUnprocessableEntity).sound()
	v.post("/admin/topics/wordings/new", "kind", "purpose", "key", "marketing", "text_ja", "商品のご案内のため", "text_en", "News of our products").is(http.StatusOK).at("/admin/topics/wordings/purpose/marketing")
}

func TestAttributeStory(t *testing.T) {
	t.Parallel()
	h := newVillage(t, storetest.SQLite(t))
	v := h.owner(i18n.Ja)
	v.post("/admin/attributes/new", "key", "Rank", "kind", "choice", "label_ja", "会員ランク").is(http.StatusUnprocessableEntity).sound().
		has(`id="key-error"`, `id="use_ja-error"`, `id="label_en-error"`, `id="choices-error"`, `value="会員ランク"`)
	good := []string{"key", "rank", "kind", "choice", "label_ja", "会員ランク", "label_en", "Rank", "use_ja", "特典のご案内", "use_en", "Benefits", "choices", "ゴールド\nシルバー"}
	v.post("/admin/attributes/new", good...).is(http.StatusOK).at("/admin/attributes").has("会員ランク", "特典のご案内")
	v.post("/admin/attributes/new", good...).is(http.StatusUnprocessableEntity).has("すでに使われています")
	_, rest, _ := strings.Cut(v.get("/admin/attributes").body, `href="/admin/attributes/att_`)
	id, _, _ := strings.Cut(rest, `"`)
	path := "/admin/attributes/att_" + id
	v.get(path).is(http.StatusOK).sound().has("ゴールド\nシルバー")

	me := h.path("/admin/contacts/{con}")
	form := v.get(me + "/edit").is(http.StatusOK).sound().has("利用目的：特典のご案内")
	seen := field(t, form.body, "seen")
	v.post(me+"/edit", "family_name", "佐藤", "attrs.rank", "ゴールド", "seen", seen).is(http.StatusOK).has("会員ランク", "ゴールド")
	v.post(path, "label_ja", "ランク", "label_en", "Rank", "use_ja", "特典", "use_en", "Benefits", "choices", "").is(http.StatusUnprocessableEntity).sound()
	v.post(path, "label_ja", "ランク", "label_en", "Rank", "use_ja", "特典", "use_en", "Benefits", "choices", "ゴールド").is(http.StatusOK).has("ランク")
	same := []string{"label_ja", "ランク", "label_en", "Rank", "use_ja", "特典", "use_en", "Benefits", "choices", "ゴールド"}
	v.post(path, append(same, "special", "secret")...).is(http.StatusUnprocessableEntity).sound().has(`id="special-error"`)
	v.post(path, append(same, "special", "sensitive")...).is(http.StatusOK)
	v.get(path).is(http.StatusOK).sound().has(`value="sensitive" selected`)
	v.post(path+"/drop", "reason", "使わないため").is(http.StatusOK).at("/admin/attributes").lacks("att_" + id)
	v.get(me).has("rank", "ゴールド")
}

func TestSuppressionStory(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newVillage(t, db)
		v := h.member(account.Marketer)
		v.post("/admin/suppression/new", "address", "no address", "reason", "係争中").is(http.StatusUnprocessableEntity).sound().has(`id="address-error"`, "係争中")
		v.post("/admin/suppression/new", "address", "jiro@example.jp", "reason", " ").is(http.StatusUnprocessableEntity).sound().has(`id="reason-error"`, `value="jiro@example.jp"`)
		if no := h.permission("jiro@example.jp"); no != nil {
			t.Errorf("bad input stopped somebody: %v", no)
		}
		stopped := v.post("/admin/suppression/new", "address", "JIRO@Example.JP", "reason", "係争中").is(http.StatusOK).sound().has("手動の停止", "係争中")
		if strings.Contains(stopped.url.String(), "jiro") {
			t.Errorf("the address stands in %s", stopped.url)
		}
		if no := h.permission("jiro@example.jp"); no == nil {
			t.Error("a stopped address may be mailed")
		}
		_, rest, _ := strings.Cut(stopped.body, `action="/admin/suppression/sup_`)
		id, _, _ := strings.Cut(rest, `/lift"`)
		v.post("/admin/suppression/sup_" + id + "/lift").is(http.StatusOK)
		if no := h.permission("jiro@example.jp"); no != nil {
			t.Errorf("an ended stop still stops: %v", no)
		}
		v.get("/admin/suppression").lacks("jiro")
		v.get("/admin/suppression?lifted=1").has("jiro@example.jp", "解除：")

		list, err := h.people.log.Suppressions(t.Context(), h.db, h.workspace.ID, consent.SuppressionQuery{Kind: consent.SuppressionRefusal})
		if err != nil || len(list) != 1 {
			t.Fatalf("%d refusals, %v", len(list), err)
		}
		v.post("/admin/suppression/" + store.Public(suppressionPrefix, list[0].ID) + "/lift").is(http.StatusForbidden).has("解除できません")
		if no := h.permission("saburo@example.jp"); no == nil {
			t.Error("a refusal was lifted")
		}
		v.post("/admin/suppression/find", "address", "nobody@example.jp").is(http.StatusOK).sound().has("停止されていません")
		v.post("/admin/suppression/find", "address", "").is(http.StatusUnprocessableEntity).sound().has(`id="find-address-error"`)
	})
}

func TestRefusalStory(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newVillage(t, db)
		v := h.member(account.Viewer) // whoever hears a no must be able to make it count
		tomorrow := time.Now().Add(48 * time.Hour).Format("2006-01-02T15:04")
		v.post("/admin/suppression/refusal", "address", "someone@", "scope", "some", "way", "phone", "received", tomorrow, "note", "代表電話にて").
			is(http.StatusUnprocessableEntity).sound().has("代表電話にて", `id="topics-error"`)
		v.post("/admin/suppression/refusal", "address", "someone@", "scope", "all", "way", "pigeon", "received", tomorrow, "note", "代表電話にて").
			is(http.StatusUnprocessableEntity).sound().has("代表電話にて", `value="someone@"`)
		received := time.Now().Add(-time.Hour).In(h.workspace.Location()).Format("2006-01-02T15:04")
		adr := store.Public(contact.AddressPrefix, h.satoMail.ID)
		con := store.Public(contact.Prefix, h.sato.ID)
		v.post("/admin/suppression/refusal", "contact", con, "address_id", adr, "scope", "some", "topics", store.Public(topicPrefix, h.news.ID), "way", "phone", "received", received, "note", "代表電話にて").
			is(http.StatusOK).at(h.path("/admin/contacts/{con}")).sound().has("送れません", "受信拒否を登録しました")
		if no := h.permission("hanako.sato@aozora.example"); no == nil {
			t.Error("a refusal by telephone does not count")
		}
		v.post("/admin/suppression/refusal", "address", "stranger@example.jp", "scope", "all", "way", "letter", "received", received).is(http.StatusOK).at("/admin/suppression")
		v.post("/admin/suppression/find", "address", "stranger@example.jp").is(http.StatusOK).has("受信拒否", "すべての配信")
	})
}

func TestEvidenceStory(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newVillage(t, db)
		v := h.owner(i18n.Ja)
		v.get("/admin/evidence").is(http.StatusOK).has("kyodaku/ws_", "署名付きチェックポイント")
		v.post("/admin/evidence/verify").is(http.StatusOK).at("/admin/evidence")
		v.until("/admin/evidence", "台帳に異常はありません").sound().has("イベント 3件")

		pack := h.path("/admin/contacts/{con}/evidence")
		v.post(pack, "reason", "  ", "lang", "ja").is(http.StatusUnprocessableEntity).sound().has(`id="reason-error"`)
		if n, _ := h.audited("evidence.export"); n != 0 {
			t.Error("a pack was made without a reason")
		}
		zip := v.post(pack, "reason", "開示請求", "lang", "en").is(http.StatusOK)
		if kind := zip.header.Get("Content-Type"); kind != "application/zip" {
			t.Fatalf("came as %s", kind)
		}
		head, err := h.people.log.Head(t.Context(), h.db, h.workspace.ID)
		if err != nil {
			t.Fatal(err)
		}
		report, err := consent.VerifyPack(bytes.NewReader([]byte(zip.body)), int64(len(zip.body)), head.VerifierKey)
		if err != nil || !report.OK() {
			t.Errorf("the pack does not verify: %+v, %v", report, err)
		}
		if n, reason := h.audited("evidence.export"); n != 1 || reason != "開示請求" {
			t.Errorf("%d packs in the audit log, reason %q", n, reason)
		}
		page := v.get(h.path("/admin/evidence/shown/{hash}/page")).is(http.StatusOK).has("登録フォーム")
		if csp := page.header.Get("Content-Security-Policy"); !strings.HasPrefix(csp, "sandbox;") || strings.Contains(csp, "script-src") {
			t.Errorf("a page from the past may run scripts: %s", csp)
		}
	})
}
