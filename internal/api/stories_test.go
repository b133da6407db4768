package api

import (
	"bytes"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/collect"
	"github.com/kyodaku/kyodaku/internal/consent"
	"github.com/kyodaku/kyodaku/internal/contact"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/store/storetest"
)

const hana = "hana@example.jp"

func TestFromEventToPermissionAndBack(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		w.news()
		if ok, rule := w.allowed(hana); ok || rule == "" {
			t.Errorf("a stranger may be mailed: %v %s", ok, rule)
		}
		given := w.post("/consents/events", said(hana, "news", "granted")).is(http.StatusCreated)
		if given.text("method") != "api" || given.text("grade") != "C" || given.text("state") != "given" || len(given.text("commitment")) != 64 {
			t.Errorf("event %s", given.raw)
		}
		if given.text("evidence", "source") != "店頭の申込書" || given.text("evidence", "address") != hana {
			t.Errorf("evidence %s", given.raw)
		}
		if ok, rule := w.allowed(hana); !ok {
			t.Errorf("after the grant: %s", rule)
		}
		no := w.post("/consents/events", said(hana, "news", "withdrawn")).is(http.StatusCreated)
		r := w.get("/permission?address=" + hana + "&topic=news").is(http.StatusOK)
		if r.at("allowed") != false || r.text("event") != no.text("id") || r.text("reason") == "" || r.text("citation") == "" || r.text("state") != "withdrawn" {
			t.Errorf("after the no: %s", r.raw)
		}
		again := w.post("/consents/events", said(hana, "news", "granted")).is(http.StatusCreated)
		if again.text("state") != "withdrawn" {
			t.Errorf("a program lifted a person's no: %s", again.raw)
		}
		if ok, _ := w.allowed(hana); ok {
			t.Error("a program's word lifted a person's no")
		}
	})
}

func TestARefusalIsAnsweredWhenNoDotCanFollow(t *testing.T) {
	t.Parallel()
	refusals := map[string]func(w *world) request{
		"event": func(*world) request {
			return request{method: http.MethodPost, path: prefix + "/consents/events", body: said(hana, "", "withdrawn")}
		},
		"suppression": func(*world) request {
			return request{method: http.MethodPost, path: prefix + "/suppressions", body: object{"address": hana, "reason": "ご本人からのお電話"}}
		},
		"erasure": func(w *world) request {
			return request{method: http.MethodDelete, path: prefix + "/contacts/" + w.get("/contacts?address="+hana).text("items", 0, "id")}
		},
	}
	for name, refusal := range refusals {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			storetest.Each(t, func(t *testing.T, db *store.DB) {
				w := newWorld(t, db)
				w.news()
				w.post("/consents/events", said(hana, "news", "granted")).is(http.StatusCreated)
				p := w.permit(hana, "news")
				cut := make(chan struct{})
				var answered atomic.Bool
				hold, err := w.Gate.BeforeDot(p, time.Now(), sync.OnceFunc(func() { close(cut) }))
				must(t, err)
				done := make(chan reply, 1)
				go func() {
					defer close(done)
					r := w.do(refusal(w))
					answered.Store(true)
					done <- r
				}()
				select {
				case <-cut: // the connection is dropped under a mail whose dot has not left
				case r := <-done:
					hold.Done()
					t.Fatalf("the answer came before the hold was given back: %d %s", r.status, r.raw)
				}
				if answered.Load() {
					t.Error("the answer came before the hold was given back")
				}
				hold.Done()
				if r := <-done; r.status >= 300 {
					t.Fatalf("%d %s", r.status, r.raw)
				}
				if h, err := w.Gate.BeforeDot(p, time.Now(), func() {}); err == nil {
					h.Done()
					t.Error("an old permit still opens the gate")
				}
			})
		})
	}
}

func TestTopicsAreMadeChangedAndClosed(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		made := w.news()
		path := "/topics/" + made.text("id")
		if got := made.header.Get("Location"); got != prefix+path {
			t.Errorf("location %q", got)
		}
		if made.at("double_opt_in") != true || made.at("public") != true {
			t.Errorf("defaults %s", made.raw)
		}
		w.post("/topics", object{
			"key": "news", "name_ja": "別", "content_ja": "別", "promise": object{"count": 1, "period": "day"}, "profile": public(account.ProfilePrefix, w.profile.ID),
		}).problem(http.StatusConflict, "api.topic.exists")
		foreign, err := w.Accounts.Profiles(w.Context(), w.DB, w.other.ID)
		must(t, err)
		w.post("/topics", object{
			"key": "b", "name_ja": "別", "content_ja": "別", "promise": object{"count": 1, "period": "day"}, "profile": public(account.ProfilePrefix, foreign[0].ID),
		}).wrong("profile", "api.profile.unknown")
		w.patch(path, "", object{"name_en": "x"}).problem(http.StatusPreconditionRequired, noIfMatch)
		seen := w.get(path).is(http.StatusOK).header.Get("ETag")
		if seen == "" || seen != made.header.Get("ETag") {
			t.Errorf("ETag %q, then %q", made.header.Get("ETag"), seen)
		}
		edited := w.patch(path, seen, object{"name_en": "Latest news", "public": false}).is(http.StatusOK)
		if edited.text("name_en") != "Latest news" || edited.text("name_ja") != "新着のお知らせ" || edited.at("public") != false {
			t.Errorf("edited %s", edited.raw)
		}
		w.patch(path, seen, object{"name_en": "Somebody else's"}).problem(http.StatusPreconditionFailed, "fault.stale")
		w.post("/consents/events", said(hana, "news", "granted")).is(http.StatusCreated)
		if got := w.get("/topics").at("items", 0, "counts", "given"); got != float64(1) {
			t.Errorf("count %v", got)
		}
		closed := w.post(path+"/archive", nil).is(http.StatusOK)
		again := w.post(path+"/archive", nil).is(http.StatusOK)
		if closed.text("archived_at") == "" || again.text("archived_at") != closed.text("archived_at") {
			t.Errorf("archived %s, then %s", closed.raw, again.raw)
		}
		if n := len(w.get("/topics").items()); n != 0 {
			t.Errorf("%d open topics", n)
		}
		if n := len(w.get("/topics?archived=true").items()); n != 1 {
			t.Errorf("%d topics", n)
		}
	})
}

func TestContactsAreMadeFoundChangedAndErased(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		w.write(func(tx *store.Tx) error {
			_, err := w.Contacts.CreateAttribute(w.Context(), tx, contact.Attribute{
				Workspace: w.ws.ID, Key: "rank", LabelJa: "会員ランク", LabelEn: "Rank", Kind: contact.Choice, Choices: []string{"gold", "silver"}, UseJa: "ご案内の選択", UseEn: "Choosing offers",
			}, time.Now())
			return err
		})
		made := w.post("/contacts", object{"address": hana, "family_name": "山田", "given_name": "花", "attributes": object{"rank": "gold"}}).is(http.StatusCreated)
		path := "/contacts/" + made.text("id")
		if made.text("addresses", 0, "address") != hana || made.text("attributes", "rank") != "gold" || made.header.Get("Location") != prefix+path {
			t.Errorf("made %s", made.raw)
		}
		if ok, _ := w.allowed2(hana); ok {
			t.Error("a contact without a word of the person may be mailed")
		}
		w.post("/contacts", object{"address": "HANA@EXAMPLE.JP"}).problem(http.StatusConflict, "api.contact.exists")
		w.post("/contacts", object{"address": "jiro@example.jp", "attributes": object{"rank": "bronze", "shoe": "24"}}).
			wrong("attributes.rank", "api.attribute.bad").wrong("attributes.shoe", "api.attribute.unknown")
		w.post("/contacts", object{"address": "nobody"}).is(http.StatusUnprocessableEntity)

		seen := made.header.Get("ETag")
		w.patch(path, "", object{}).problem(http.StatusPreconditionRequired, noIfMatch)
		edited := w.patch(path, seen, object{"given_name": "花子", "language": "en", "attributes": object{"rank": ""}}).is(http.StatusOK)
		if edited.text("given_name") != "花子" || edited.text("family_name") != "山田" || edited.at("attributes", "rank") != nil {
			t.Errorf("edited %s", edited.raw)
		}
		w.patch(path, seen, object{"given_name": "誰か"}).problem(http.StatusPreconditionFailed, "contact.stale")
		w.patch(path, `"nonsense!"`, object{"given_name": "誰か"}).problem(http.StatusPreconditionFailed, "fault.stale")
		if w.get(path).text("given_name") != "花子" {
			t.Error("a stale edit was taken")
		}
		for _, q := range []string{"address=" + hana, "text=" + url.QueryEscape("花子"), "text=hana"} {
			if n := len(w.get("/contacts?" + q).items()); n != 1 {
				t.Errorf("%s finds %d", q, n)
			}
		}
		w.do(request{method: http.MethodDelete, path: prefix + path + "?reason=" + url.QueryEscape("ご本人の求め")}).is(http.StatusNoContent)
		gone := w.get(path).is(http.StatusOK)
		if gone.text("erased_at") == "" || strings.Contains(string(gone.raw), "花子") || strings.Contains(string(gone.raw), hana) {
			t.Errorf("erased %s", gone.raw)
		}
		w.post("/contacts", object{"address": hana}).problem(http.StatusConflict, "api.contact.erased")
		w.do(request{method: http.MethodDelete, path: prefix + path}).is(http.StatusNotFound)
	})
}

// TestPeopleWithoutAnAddressAreHeldByTheAPI: a name is enough, nobody may be mailed by it, and
// the same person is not held twice.
func TestPeopleWithoutAnAddressAreHeldByTheAPI(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		w.news()
		made := w.post("/contacts", object{"family_name": "青木", "given_name": "花子", "postal_code": "100-0001"}).is(http.StatusCreated)
		path := "/contacts/" + made.text("id")
		if made.at("addresses") != nil || made.header.Get("Location") != prefix+path {
			t.Errorf("made %s", made.raw)
		}
		w.post("/contacts", object{"family_name": "青木", "given_name": "花子", "postal_code": "100-0001"}).problem(http.StatusConflict, "contact.hold.alike")
		w.post("/contacts", object{"company": "株式会社だれか"}).wrong("family_name", "contact.hold.name")
		w.post("/contacts", object{"address": "", "family_name": "上田"}).is(http.StatusUnprocessableEntity)
		if n := len(w.get("/contacts?text=" + url.QueryEscape("青木")).items()); n != 1 {
			t.Errorf("found %d", n)
		}
		w.patch(path, made.header.Get("ETag"), object{"title": "部長"}).is(http.StatusOK)
		w.get(path + "/events").is(http.StatusOK)
		w.get(path + "/messages").is(http.StatusOK)
		proof := path + "/evidence?reason=" + url.QueryEscape("ご本人の求め")
		w.get(proof).problem(http.StatusConflict, "consent.pack.nothing")
		w.post("/consents/events", said(hana, "news", "granted")).is(http.StatusCreated)
		w.get(proof).is(http.StatusOK)
		w.do(request{method: http.MethodDelete, path: prefix + path + "?reason=" + url.QueryEscape("ご本人の求め")}).is(http.StatusNoContent)
		if gone := w.get(path).is(http.StatusOK); strings.Contains(string(gone.raw), "花子") {
			t.Errorf("erased %s", gone.raw)
		}
		w.post("/contacts", object{"family_name": "青木", "given_name": "花子", "postal_code": "100-0001"}).is(http.StatusCreated)
	})
}

// allowed2 asks about messages without a topic's permission: an advertisement.
func (w *world) allowed2(address string) (bool, string) {
	w.Helper()
	r := w.get("/permission?address=" + address).is(http.StatusOK)
	return r.at("allowed") == true, r.text("rule")
}

func TestAHistoryIsReadInPartsAndCanBeProved(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		w.news()
		for _, action := range []string{"requested", "granted", "withdrawn"} {
			w.post("/consents/events", said(hana, "news", action)).is(http.StatusCreated)
		}
		_, err := w.Consent.Sequence(w.Context(), time.Now())
		must(t, err)
		path := "/contacts/" + w.get("/contacts?address="+hana).text("items", 0, "id")
		var actions []string
		for after := ""; ; {
			r := w.get(path + "/events?limit=2&after=" + after).is(http.StatusOK)
			for i := range r.items() {
				actions = append(actions, r.text("items", i, "action"))
				if r.text("items", i, "topic") != "news" || r.at("items", i, "leaf") == nil || r.text("items", i, "evidence", "source") == "" {
					t.Errorf("event %v", r.at("items", i))
				}
			}
			if after = r.text("next"); after == "" {
				break
			}
		}
		if got := strings.Join(actions, " "); got != "requested granted withdrawn" {
			t.Errorf("history %q", got)
		}
		head := w.get("/log/head").is(http.StatusOK)
		if head.at("size") != float64(3) || len(head.text("root")) != 64 {
			t.Errorf("head %s", head.raw)
		}
		pack := w.get(path + "/evidence?reason=inquiry").is(http.StatusOK)
		if got := pack.header.Get("Content-Type"); got != "application/zip" {
			t.Errorf("media type %q", got)
		}
		found, err := consent.VerifyPack(bytes.NewReader(pack.raw), int64(len(pack.raw)), head.text("verifier"))
		if err != nil || !found.OK() {
			t.Errorf("the pack does not hold: %v %v", err, found.Findings)
		}
		if n := len(w.get(path + "/messages").is(http.StatusOK).items()); n != 0 {
			t.Errorf("%d messages", n)
		}
		audit := w.get("/audit?action=evidence.export").is(http.StatusOK)
		if len(audit.items()) != 1 || audit.text("items", 0, "actor", "kind") != "api_key" || !strings.HasPrefix(audit.text("items", 0, "subject", "id"), "con_") {
			t.Errorf("audit %s", audit.raw)
		}
	})
}

func TestStopsAreAddedAndListed(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		w.news()
		stop := w.post("/suppressions", object{"address": hana, "topic": "news", "reason": "ご本人からのお電話"}).is(http.StatusCreated)
		if stop.text("kind") != "manual" || stop.text("topic") != "news" || stop.text("address") != hana || stop.text("source") != "api" {
			t.Errorf("stop %s", stop.raw)
		}
		w.post("/suppressions", object{"address": "jiro@example.jp", "reason": "競合他社", "until": time.Now().Add(time.Hour).Format(time.RFC3339)}).is(http.StatusCreated)
		w.post("/suppressions", object{"address": hana, "reason": "過去", "until": "2020-01-01T00:00:00Z"}).wrong("until", "api.past")
		w.post("/suppressions", object{"address": hana, "reason": ""}).wrong("reason", "api.field.short")
		w.post("/consents/events", said(hana, "", "withdrawn")).is(http.StatusCreated)
		kinds := func(q string) string {
			r := w.get("/suppressions" + q).is(http.StatusOK)
			var all []string
			for i := range r.items() {
				all = append(all, r.text("items", i, "kind"))
			}
			return strings.Join(all, " ")
		}
		for q, want := range map[string]string{
			"": "refusal manual manual", "?address=" + hana: "refusal manual", "?kind=refusal": "refusal", "?address=" + hana + "&kind=bounce": "",
			"?topic=news": "manual",
		} {
			if got := kinds(q); got != want {
				t.Errorf("%q lists %q, want %q", q, got, want)
			}
		}
		first := w.get("/suppressions?limit=2")
		if rest := w.get("/suppressions?limit=2&after=" + first.text("next")); len(rest.items()) != 1 || rest.text("next") != "" {
			t.Errorf("rest %s", rest.raw)
		}
	})
}

func campaignOf(subject string) object {
	return object{
		"name": subject, "topic": "news", "class": "ad", "lang": "ja", "kind": "markdown", "subject": subject,
		"body": "# こんにちは\n\n今週の新着をお知らせします。",
	}
}

func TestACampaignFromDraftToPeople(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		w.news()
		for _, a := range []string{hana, "jiro@example.jp", "saburo@example.jp"} {
			w.post("/consents/events", said(a, "news", "granted")).is(http.StatusCreated)
		}
		w.post("/consents/events", said(hana, "news", "withdrawn")).is(http.StatusCreated)
		made := w.post("/campaigns", campaignOf("新着のお知らせ")).is(http.StatusCreated)
		path, seen := "/campaigns/"+made.text("id"), made.header.Get("ETag")
		w.patch(path, "", object{"subject": "x"}).problem(http.StatusPreconditionRequired, noIfMatch)
		empty := w.patch(path, seen, object{"subject": ""}).is(http.StatusOK)
		check := w.post(path+"/check", nil).is(http.StatusOK)
		if check.at("sendable") != false || check.text("findings", 0, "severity") != "red" || check.text("findings", 0, "message") == "" {
			t.Errorf("check %s", check.raw)
		}
		w.post(path+"/send", object{}).problem(http.StatusUnprocessableEntity, "invalid")
		w.patch(path, seen, object{"subject": "誰かの件名"}).problem(http.StatusPreconditionFailed, "fault.stale")
		w.patch(path, empty.header.Get("ETag"), object{"subject": "今週の新着"}).is(http.StatusOK)
		w.Campaigns.Start(w.Context())
		t.Cleanup(w.Campaigns.Stop)
		if sent := w.post(path+"/send", object{}).is(http.StatusAccepted); sent.text("state") == "draft" {
			t.Errorf("sent %s", sent.raw)
		}
		w.post(path+"/send", object{}).problem(http.StatusConflict, "campaign.not_draft")
		w.patch(path, w.get(path).header.Get("ETag"), object{"subject": "後から"}).problem(http.StatusConflict, "campaign.not_draft")
		w.until(func() bool { return w.get(path).at("progress", "total") == float64(3) })
		if r := w.get(path); r.at("progress", "queued") != float64(2) || r.at("progress", "withheld") != float64(1) {
			t.Errorf("progress %s", r.raw)
		}
		held := w.get(path + "/people?outcome=withheld").is(http.StatusOK)
		if len(held.items()) != 1 || held.text("items", 0, "address") != hana || held.text("items", 0, "rule") == "" || held.text("items", 0, "reason") == "" {
			t.Errorf("withheld %s", held.raw)
		}
		first := w.get(path + "/people?limit=1")
		if second := w.get(path + "/people?limit=1&after=" + first.text("next")); second.text("items", 0, "address") == first.text("items", 0, "address") {
			t.Errorf("pages %s, %s", first.raw, second.raw)
		}
		messages := w.get("/contacts/" + held.text("items", 0, "contact") + "/messages").is(http.StatusOK)
		if messages.text("items", 0, "outcome") != "withheld" || messages.text("items", 0, "campaign") != made.text("id") || messages.text("items", 0, "reason") == "" {
			t.Errorf("messages %s", messages.raw)
		}
		w.post(path+"/pause", nil).is(http.StatusOK)
		if r := w.post(path+"/cancel", nil).is(http.StatusOK); r.text("state") != "stopped" {
			t.Errorf("cancelled %s", r.raw)
		}
		w.post(path+"/resume", nil).problem(http.StatusConflict, "campaign.state.bad")
		all := w.get("/campaigns").is(http.StatusOK)
		if len(all.items()) != 1 || all.at("items", 0, "progress", "total") != float64(3) || all.at("items", 0, "body") != nil {
			t.Errorf("list %s", all.raw)
		}
	})
}

// until waits for what another goroutine does.
func (w *world) until(holds func() bool) {
	w.Helper()
	deadline := time.After(20 * time.Second)
	for !holds() {
		select {
		case <-deadline:
			w.Fatal("it did not come about")
		case <-time.After(10 * time.Millisecond):
		}
	}
}

func TestAnImportTellsWhatBecameOfEachRow(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		w.news()
		w.post("/consents/events", said(hana, "news", "withdrawn")).is(http.StatusCreated)
		csv := "メールアドレス,姓\n" + hana + ",山田\njiro@example.jp,鈴木\nnobody,佐藤\n"
		upload := func(q string) reply {
			return w.do(request{
				method: http.MethodPost, path: prefix + "/imports?" + q, body: strings.NewReader(csv), header: map[string]string{"Content-Type": "text/csv; charset=utf-8"},
			})
		}
		upload("basis=B1&topic=news").wrong("source", "law.finding").wrong("obtained_at", "law.finding")
		upload("origin=purchased&basis=B1&source=x&evidence=y&obtained_at=2026-01-01&topic=news").wrong("origin", "law.finding")
		upload("basis=B1&obtained_at=yesterday").wrong("obtained_at", "api.date.bad")
		good := "basis=B1&purpose=ads&source=" + url.QueryEscape("店頭") + "&evidence=" + url.QueryEscape("申込書") + "&obtained_at=2026-01-01&topic=news"
		started := upload(good).is(http.StatusAccepted)
		path := "/imports/" + started.text("id")
		w.until(func() bool { return w.get(path).text("state") == "done" })
		r := w.get(path)
		for name, want := range map[string]float64{"rows": 3, "added": 1, "refused": 2, "suppressed": 1} {
			if r.at("result", name) != want {
				t.Errorf("%s is %v, want %v: %s", name, r.at("result", name), want, r.raw)
			}
		}
		if r.text("result", "first", 0, "message") == "" || r.at("result", "first", 0, "line") != float64(2) || r.text("result", "first", 0, "code") != "IMP-06" {
			t.Errorf("first %s", r.raw)
		}
		if file := w.get(strings.TrimPrefix(r.text("error_file"), prefix)).is(http.StatusOK); !strings.Contains(string(file.raw), "nobody") {
			t.Errorf("error file %q", file.raw)
		}
		if ok, _ := w.allowed(hana); ok {
			t.Error("an import lifted a no")
		}
		if ok, rule := w.allowed("jiro@example.jp"); !ok {
			t.Errorf("the imported permission does not stand: %s", rule)
		}
	})
}

// What the law forbids, and what it only warns of, reaches programs in both languages
// with the rule's source.
func TestTheLawOfImportsReachesPrograms(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		w.news()
		csv := "メールアドレス,根拠\ntaro@example.jp,B2\nold..phone.@docomo.ne.jp,B1\n"
		upload := func(lang, q string) reply {
			return w.do(request{
				method: http.MethodPost, path: prefix + "/imports?" + q, body: strings.NewReader(csv),
				header: map[string]string{"Content-Type": "text/csv; charset=utf-8", "Accept-Language": lang},
			})
		}
		const whole = "source=x&evidence=y&obtained_at=2026-01-01&topic=news"
		for lang, words := range map[string][2][]string{
			"ja": {{"購入・レンタル", "Kyodaku の運用基準", "IMP-11"}, {"BASIS-03", "施行規則 第2条第1項", "法令"}},
			"en": {{"Bought, rented", "Our policy", "IMP-11"}, {"BASIS-03", "Enforcement Rules, Art. 2(1)", "statute"}},
		} {
			no := upload(lang, "purpose=ads&origin=purchased&"+whole).is(http.StatusUnprocessableEntity)
			path := "/imports/" + upload(lang, "purpose=ads&"+whole).is(http.StatusAccepted).text("id")
			w.until(func() bool { return w.get(path).text("state") == "done" })
			r := w.do(request{method: http.MethodGet, path: prefix + path, header: map[string]string{"Accept-Language": lang}})
			for i, text := range []string{string(no.raw), string(r.raw)} {
				for _, word := range words[i] {
					if !strings.Contains(text, word) {
						t.Errorf("%s: %q is missing in %s", lang, word, text)
					}
				}
			}
			// A program cannot answer for a warning: the row stays out, and says why.
			if !strings.Contains(string(r.raw), "IMP-08") || !strings.Contains(string(r.raw), "RFC 5321") {
				t.Errorf("%s: the warning is missing in %s", lang, r.raw)
			}
		}
	})
}

func TestFormsAreListed(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		topic, err := store.ParsePublic(topicPrefix, w.news().text("id"))
		must(t, err)
		now := time.Now()
		w.write(func(tx *store.Tx) error {
			for _, word := range []consent.Wording{
				{Workspace: w.ws.ID, Kind: consent.WordingConsent, Key: "news", TextJa: "お知らせを受け取ります。", TextEn: "I want the news."},
				{Workspace: w.ws.ID, Kind: consent.WordingPurpose, Key: "mail", TextJa: "お知らせの配信のため", TextEn: "To send news"},
			} {
				if _, err := w.Consent.AddWording(w.Context(), tx, word, now); err != nil {
					return err
				}
			}
			return nil
		})
		spec := collect.NewSpec(collect.Newsletter)
		spec.PolicyURL, spec.Purpose, spec.Profile = w.ws.PrivacyURL, collect.Purpose{Key: "mail"}, w.profile.ID
		spec.Offers = []collect.Offer{{Topic: topic, Wording: "news"}}
		by := account.By{Actor: account.Actor{Kind: account.ActorOperator, ID: w.owner.ID}}
		_, err = w.Collect.Create(w.Context(), by, collect.NewForm{Workspace: w.ws.ID, Slug: "letter", Name: "メールマガジン", Spec: spec}, now)
		must(t, err)
		r := w.get("/forms").is(http.StatusOK)
		if len(r.items()) != 1 || r.text("items", 0, "url") != base+"/f/letter" || r.at("items", 0, "open") != false || r.at("items", 0, "draft") != true {
			t.Errorf("forms %s", r.raw)
		}
		if n := len(w.do(request{method: http.MethodGet, path: prefix + "/forms", key: w.stranger}).items()); n != 0 {
			t.Errorf("a stranger sees %d forms", n)
		}
	})
}
