package api

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/store/storetest"
)

// anItems are items that nothing is missing from.
const anItems = `{"name":"株式会社サンプル商会","address":"東京都千代田区丸の内1-1-1","representative":"代表取締役 山田 花子",
	"data":[{"field":"family_name","name":{"ja":"氏名"}}],"acquisition":{"ja":"刊行物"},"method":{"ja":"電子データ"},
	"stop_by":{"ja":"ページ"},"update":{"ja":"毎年"},"start":"2026-01-01"}`

func TestAProgrammeFromDraftToNotice(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		made := w.do(request{method: http.MethodPost, path: prefix + "/provisions", body: map[string]any{"name": "名簿", "class": "opt_out"}}).is(http.StatusCreated)
		path := prefix + "/provisions/" + made.text("id")
		if made.text("state") != "draft" || !strings.Contains(string(made.raw), `"missing":["1","3","4","5","7","8a","8b"]`) || !strings.Contains(string(made.raw), "PRV-03") {
			t.Errorf("a new programme: %s", made.raw)
		}
		bad := w.do(request{method: http.MethodPost, path: path + "/versions"}).problem(http.StatusUnprocessableEntity, "invalid")
		if !strings.Contains(string(bad.raw), "item_8b") {
			t.Errorf("a draft with holes: %s", bad.raw)
		}
		etag := made.header.Get("ETag")
		edit := func() request {
			return request{method: http.MethodPut, path: path + "/draft", body: json.RawMessage(anItems), header: map[string]string{"If-Match": etag}}
		}
		w.do(edit()).is(http.StatusOK)
		if again := w.do(edit()); again.status != http.StatusPreconditionFailed {
			t.Errorf("a stale edit: %s", again.raw)
		}
		if unseen := w.do(request{method: http.MethodPost, path: path + "/versions", header: map[string]string{"If-Match": etag}}); unseen.status != http.StatusPreconditionFailed {
			t.Errorf("frozen unseen: %s", unseen.raw)
		}
		w.do(request{method: http.MethodPost, path: path + "/versions"}).is(http.StatusOK)
		step := `{"version":1,"kind":"noticed","on":"` + time.Now().Add(-time.Hour).UTC().Format(time.RFC3339) + `","evidence":"https://example.jp/notice"}`
		got := w.do(request{method: http.MethodPost, path: path + "/steps", body: json.RawMessage(step)}).is(http.StatusOK)
		if got.text("state") != "noticed" || !strings.HasSuffix(got.text("notice"), "/provision/"+made.text("id")) {
			t.Errorf("after the notice: %s", got.raw)
		}
		if !strings.Contains(string(got.raw), "PRV-06") || !strings.Contains(string(got.raw), "Art. 27(2)") {
			t.Errorf("nothing says that the filing is missing: %s", got.raw)
		}
		list := w.do(request{method: http.MethodGet, path: prefix + "/provisions"}).is(http.StatusOK)
		if strings.Count(string(list.raw), `"prg_`) != 1 {
			t.Errorf("the list: %s", list.raw)
		}
		if other := w.do(request{method: http.MethodGet, path: path, key: w.stranger}); other.status != http.StatusNotFound {
			t.Errorf("a stranger reads it: %s", other.raw)
		}
	})
}

// TestWhatIsWrongStandsWhereItWasSent holds that errors name inputs of provision as the body has
// them.
func TestWhatIsWrongStandsWhereItWasSent(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.SQLite(t))
	programme := w.runningProgramme()
	firm := w.post("/provision-recipients", json.RawMessage(aRecipient)).is(http.StatusCreated).text("id")
	with := func(old, next string) json.RawMessage {
		return json.RawMessage(strings.Replace(aRecipient, old, next, 1))
	}
	w.post("/provision-recipients", with(`"JP"`, `"ZZ"`)).wrong("terms.country", "provision.recipient.country")
	w.post("/provision-recipients", with(`{"kind":"file"}`, `{"kind":"https","url":"http://example.jp/"}`)).wrong("terms.target.url", "provision.target.url")
	w.post("/provision-recipients", with(`{"terms":`, `{"secrets":{"private_key":"x"},"terms":`)).wrong("secrets.private_key", "provision.target.private_key")
	w.post("/provisions", object{"name": " ", "class": "opt_out"}).wrong("name", "provision.name")
	w.post("/provisions", object{"name": "名簿", "class": "opt_out", "items": json.RawMessage(strings.Replace(anItems, "family_name", "passport", 1))}).
		wrong("items.data[0].field", "provision.data.unknown")
	w.post("/provisions", object{"name": "名簿", "class": "opt_out", "items": json.RawMessage(strings.Replace(anItems, "2026-01-01", "2026-02-30", 1))}).
		wrong("items.start", "provision.start.bad")
	plan := object{"programme": programme, "recipient": firm}
	plan["attribute"] = "passport"
	w.post("/provision-runs", plan).wrong("attribute", "provision.data.unknown")
	delete(plan, "attribute")
	plan["programme"] = "prg_" + strings.TrimPrefix(firm, "rcp_")
	w.post("/provision-runs", plan).wrong("programme", "api.provision.unknown")
	said := object{"contact": "con_" + strings.TrimPrefix(firm, "rcp_"), "given": true, "on": "2026-01-01T00:00:00Z", "evidence": "x"}
	w.post("/provisions/"+programme+"/agreements", object{"people": []object{said}}).problem(http.StatusConflict, "provision.consent.unasked")
	path := "/provisions/" + w.post("/provisions", object{"name": "同意", "class": "consent"}).is(http.StatusCreated).text("id") + "/agreements"
	w.post(path, object{"people": []object{said}}).wrong("people[0].contact", "provision.agreement.contact")
	w.post(path, object{"people": []object{said, said}}).wrong("people[1].contact", "provision.agreement.contact")
	said["on"] = "2999-01-01T00:00:00Z"
	w.post(path, object{"people": []object{said}}).wrong("people[0].on", "provision.step.future")
}
