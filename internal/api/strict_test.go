package api

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/addr"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/store/storetest"
)

// TestNothingOfAnotherWorkspaceIsSeen asks with a stranger's key for everything that
// has an id, and for every list.
func TestNothingOfAnotherWorkspaceIsSeen(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		topic := w.news()
		w.post("/consents/events", said(hana, "news", "granted")).is(http.StatusCreated)
		w.post("/suppressions", object{"address": hana, "topic": "news", "reason": "x"}).is(http.StatusCreated)
		contact := w.get("/contacts?address="+hana).text("items", 0, "id")
		campaign := w.post("/campaigns", campaignOf("新着")).is(http.StatusCreated)
		job := w.do(request{
			method: http.MethodPost, path: prefix + "/imports?basis=B1&purpose=ads&source=x&evidence=y&obtained_at=2026-01-01&topic=news",
			body: strings.NewReader("email\njiro@example.jp\n"), header: map[string]string{"Content-Type": "text/csv"},
		}).is(http.StatusAccepted).text("id")
		programme := w.post("/provisions", object{"name": "名簿", "class": "opt_out"}).is(http.StatusCreated)
		firm := w.post("/provision-recipients", json.RawMessage(aRecipient)).is(http.StatusCreated)
		ids := map[string]string{"provisions": programme.text("id"), "provision-recipients": firm.text("id"), "provision-runs": store.Public("prn", 4711), "provision-tasks": store.Public("ptk", 4711), "topics": topic.text("id"), "contacts": contact, "campaigns": campaign.text("id"), "imports": job}
		tags := map[string]string{"topics": topic.header.Get("ETag"), "contacts": w.get("/contacts/" + contact).header.Get("ETag"), "campaigns": campaign.header.Get("ETag"), "provisions": programme.header.Get("ETag"), "provision-recipients": firm.header.Get("ETag")}
		for _, o := range w.operations() {
			kind, _, _ := strings.Cut(strings.TrimPrefix(o.Path, prefix+"/"), "/")
			q := request{method: o.Method, path: strings.ReplaceAll(o.Path, "{id}", ids[kind]), key: w.stranger, header: map[string]string{"If-Match": tags[kind]}}
			switch {
			case o.Method == http.MethodPatch, o.ID == "sendCampaign":
				q.body = object{}
			case o.ID == "editProvision":
				q.body = json.RawMessage(anItems)
			case o.ID == "getEvidence":
				q.path += "?reason=x"
			case o.ID == "editProvisionRecipient":
				q.body = json.RawMessage(aRecipient)
			case o.ID == "agreeProvision":
				q.body = object{"people": []object{{"contact": contact, "given": true, "on": "2026-01-01T00:00:00Z", "evidence": "x"}}}
			case o.ID == "acknowledgeProvisionTask":
				q.body = object{"evidence": "x"}
			case o.ID == "discardProvisionRun":
				q.body = object{"reason": "x"}
			case o.ID == "correctProvisionStep":
				q.path = strings.NewReplacer("{version}", "1", "{kind}", "noticed").Replace(q.path)
				q.body = object{"void": true, "reason": "x"}
			case o.ID == "stepProvision":
				q.body = object{"version": 1, "kind": "noticed", "on": "2026-01-01T00:00:00Z", "evidence": "x"}
			}
			switch r := w.do(q); {
			case strings.Contains(o.Path, "{id}"):
				if r.status != http.StatusNotFound {
					t.Errorf("%s answers a stranger with %d: %s", o.ID, r.status, r.raw)
				}
			case o.Method == http.MethodGet && r.json["items"] != nil:
				for _, word := range []string{hana, ids["topics"], ids["contacts"], ids["campaigns"], ids["imports"]} {
					if strings.Contains(string(r.raw), word) {
						t.Errorf("%s shows %s to a stranger", o.ID, word)
					}
				}
			}
		}
		for path, body := range map[string]object{
			"/consents/events": said(hana, topic.text("id"), "granted"), "/suppressions": {"address": hana, "topic": "news", "reason": "x"},
			"/campaigns": campaignOf("別"),
		} {
			w.do(request{method: http.MethodPost, path: prefix + path, body: body, key: w.stranger}).wrong("topic", "api.topic.unknown")
		}
		r := w.do(request{method: http.MethodGet, path: prefix + "/contacts?address=" + hana, key: w.stranger})
		if len(r.items()) != 0 {
			t.Errorf("a stranger finds %s", r.raw)
		}
		if w.get("/topics/"+topic.text("id")).text("archived_at") != "" || w.get("/contacts/"+contact).text("erased_at") != "" {
			t.Error("a stranger changed something")
		}
	})
}

func TestWhatNobodyDefinedIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.SQLite(t))
	w.news()
	w.get("/contacts?adress="+hana).problem(http.StatusUnprocessableEntity, "invalid").wrong("adress", "api.field.unknown")
	w.get("/contacts?limit=0").wrong("limit", "api.field.least")
	w.get("/contacts?limit=many").wrong("limit", "api.field.number")
	w.get("/contacts?state=sleeping").wrong("state", "api.field.choice")
	w.get("/contacts?after=xyz").wrong("after", "api.cursor.bad")
	w.get("/permission").wrong("address", "api.field.missing")
	w.get("/audit?from=yesterday").is(http.StatusUnprocessableEntity)
	event := said(hana, "news", "granted")
	event["adress"] = hana
	w.post("/consents/events", event).wrong("adress", "api.field.unknown")
	w.post("/consents/events", object{"topic": "news"}).wrong("address", "api.field.missing").wrong("action", "api.field.missing").wrong("evidence", "api.field.missing")
	w.post("/consents/events", said(hana, "news", "wanted")).wrong("action", "api.field.choice")
	w.post("/consents/events", said(hana, "no-such", "granted")).wrong("topic", "api.topic.unknown")
	w.post("/consents/events", said("nobody", "news", "granted")).is(http.StatusUnprocessableEntity)
	later := said(hana, "news", "granted")
	later["occurred_at"] = time.Now().Add(time.Hour).Format(time.RFC3339)
	w.post("/consents/events", later).wrong("occurred_at", "api.future")
	baseless := said(hana, "news", "granted")
	delete(baseless, "basis")
	w.post("/consents/events", baseless).wrong("basis", "consent.basis.needed")
	sourceless := said(hana, "news", "granted")
	sourceless["evidence"] = object{"source": ""}
	w.post("/consents/events", sourceless).wrong("evidence.source", "api.field.short")
	if n := len(w.get("/contacts").items()); n != 0 {
		t.Errorf("%d contacts came of refused requests", n)
	}
	w.get("/nothing").problem(http.StatusNotFound, "api.path.unknown")
	w.get("/contacts/con_nonsense").problem(http.StatusNotFound, "fault.not_found")
	r := w.do(request{method: http.MethodPut, path: prefix + "/contacts"}).problem(http.StatusMethodNotAllowed, "api.method.unknown")
	if !strings.Contains(r.header.Get("Allow"), http.MethodPost) {
		t.Errorf("Allow %q", r.header.Get("Allow"))
	}
}

func TestBodiesAreOfAKindAndOfASize(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.SQLite(t))
	send := func(path, mediaType, body string) reply {
		header := map[string]string{}
		if mediaType != "" {
			header["Content-Type"] = mediaType
		}
		return w.do(request{method: http.MethodPost, path: prefix + path, body: strings.NewReader(body), header: header})
	}
	for _, mediaType := range []string{"", "text/plain", "application/x-www-form-urlencoded", "application/problem+json", "nonsense/"} {
		send("/contacts", mediaType, `{"address":"`+hana+`"}`).problem(http.StatusUnsupportedMediaType, "api.body.type")
	}
	send("/imports", "application/json", "{}").problem(http.StatusUnsupportedMediaType, "api.body.type")
	send("/contacts", "application/json", `{"address":`).problem(http.StatusBadRequest, "api.body.bad")
	send("/contacts", "application/json", `{"address":"`+hana+`"} {}`).problem(http.StatusBadRequest, "api.body.bad")
	send("/contacts", "application/json", "").problem(http.StatusBadRequest, "api.body.bad")
	send("/contacts", "application/json", `[]`).problem(http.StatusUnprocessableEntity, "invalid")
	send("/contacts", "application/json", `{"address":"`+strings.Repeat("a", maxBody)+`"}`).problem(http.StatusRequestEntityTooLarge, "api.body.large")
	send("/contacts", "application/json; charset=utf-8", `{"address":"`+hana+`"}`).is(http.StatusCreated)
	if n := len(w.get("/contacts").items()); n != 1 {
		t.Errorf("%d contacts", n)
	}
}

func TestAnswersSpeakTheCallersLanguage(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.SQLite(t))
	w.news()
	for lang, words := range map[string][]string{
		"ja":                    {"必ず指定", "APIキー"},
		"en-GB,en;q=0.9":        {"This is needed", "API key"},
		"ja-JP;q=0.9, fr;q=0.8": {"必ず指定", "APIキー"},
		"fr":                    {"This is needed", "API key"},
	} {
		header := map[string]string{"Accept-Language": lang}
		for i, q := range []request{{path: prefix + "/permission"}, {path: prefix + "/workspace", key: "none"}} {
			q.method, q.header = http.MethodGet, header
			r := w.do(q)
			if !strings.Contains(string(r.raw), words[i]) || r.header.Get("Content-Language") == "" {
				t.Errorf("%s: %s", lang, r.raw)
			}
		}
	}
	ja := w.do(request{method: http.MethodGet, path: prefix + "/permission?topic=news&address=" + hana, header: map[string]string{"Accept-Language": "ja"}})
	en := w.get("/permission?topic=news&address=" + hana)
	if ja.text("rule") != en.text("rule") || ja.text("reason") == en.text("reason") {
		t.Errorf("%s\n%s", ja.raw, en.raw)
	}
}

func TestNoAnswerIsKeptByOthers(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.SQLite(t))
	for _, r := range []reply{w.get("/workspace").is(http.StatusOK), w.get("/contacts/con_x"), w.get("/nothing")} {
		if r.header.Get("Cache-Control") != "no-store" || r.header.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("headers %v", r.header)
		}
	}
	if got := w.get("/workspace"); got.text("legal_name") != "株式会社サンプル商会" || got.text("rules") == "" {
		t.Errorf("workspace %s", got.raw)
	}
}

func TestAKeyThatAsksTooOftenWaits(t *testing.T) {
	t.Parallel()
	w := newWorldWith(t, storetest.SQLite(t), Limit{PerSecond: 0.01, Burst: 3})
	for range 3 {
		w.get("/workspace").is(http.StatusOK)
	}
	r := w.get("/workspace").problem(http.StatusTooManyRequests, tooOften)
	if r.header.Get("Retry-After") == "" || r.header.Get("Retry-After") == "0" {
		t.Errorf("Retry-After %q", r.header.Get("Retry-After"))
	}
	w.post("/suppressions", object{"address": hana, "reason": "x"}).is(http.StatusTooManyRequests)
	w.do(request{method: http.MethodGet, path: prefix + "/workspace", key: w.stranger}).is(http.StatusOK) // others do not wait
}

func (w *world) once(name, path string, body any) reply {
	w.Helper()
	return w.do(request{method: http.MethodPost, path: prefix + path, body: body, header: map[string]string{onceHeader: name}})
}

func (w *world) events(address string) int {
	w.Helper()
	id := w.get("/contacts?address="+address).text("items", 0, "id")
	return len(w.get("/contacts/" + id + "/events").items())
}

func TestARequestWithANameHappensOnce(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		w.news()
		event := said(hana, "news", "granted")
		first := w.once("order-1", "/consents/events", event).is(http.StatusCreated)
		again := w.once("order-1", "/consents/events", event).is(http.StatusCreated)
		if string(first.raw) != string(again.raw) || again.header.Get(replayedHeader) != "true" || first.header.Get(replayedHeader) != "" {
			t.Errorf("first %s, again %s", first.raw, again.raw)
		}
		if n := w.events(hana); n != 1 {
			t.Errorf("it happened %d times", n)
		}
		w.once("order-1", "/consents/events", said("jiro@example.jp", "news", "granted")).problem(http.StatusUnprocessableEntity, "api.once.other")
		w.once("order-1", "/suppressions", object{"address": hana, "reason": "x"}).problem(http.StatusUnprocessableEntity, "api.once.other")
		w.once("order-2", "/consents/events", event).is(http.StatusCreated)
		if n := w.events(hana); n != 2 {
			t.Errorf("another name: %d events", n)
		}
		// Names are of one key: another key's are its own.
		other := w.do(request{
			method: http.MethodPost, path: prefix + "/suppressions", body: object{"address": hana, "reason": "x"},
			key: w.keyOf(w.ws, account.ConsentWrite), header: map[string]string{onceHeader: "order-1"},
		})
		other.is(http.StatusCreated)
		w.once(strings.Repeat("x", maxOnceKey+1), "/suppressions", object{}).wrong(onceHeader, "api.once.bad")
		for _, name := range []string{"Location", "Etag", "Content-Type"} {
			a := w.once("made", "/contacts", object{"address": "shiro@example.jp"}).is(http.StatusCreated).header.Get(name)
			b := w.once("made", "/contacts", object{"address": "shiro@example.jp"}).is(http.StatusCreated).header.Get(name)
			if a == "" || a != b {
				t.Errorf("%s: %q, then %q", name, a, b)
			}
		}
	})
}

func TestAnErrorDoesNotUseUpAName(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.SQLite(t))
	w.news()
	w.once("a", "/consents/events", object{}).is(http.StatusUnprocessableEntity)
	w.once("a", "/consents/events", said(hana, "nothing", "granted")).is(http.StatusUnprocessableEntity)
	w.once("a", "/consents/events", said(hana, "news", "granted")).is(http.StatusCreated)
	w.once("a", "/consents/events", object{}).problem(http.StatusUnprocessableEntity, "api.once.other")
}

func TestANameIsAnsweredOneAtATime(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		w.news()
		event := said(hana, "news", "granted")
		codes := map[int]int{}
		var mu sync.Mutex
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				r := w.once("race", "/consents/events", event)
				mu.Lock()
				defer mu.Unlock()
				codes[r.status]++
				if r.status == http.StatusConflict && r.header.Get("Retry-After") == "" {
					t.Error("no Retry-After")
				}
			})
		}
		all.Wait()
		if codes[http.StatusCreated] == 0 || codes[http.StatusCreated]+codes[http.StatusConflict] != 8 {
			t.Errorf("answers %v", codes)
		}
		if n := w.events(hana); n != 1 {
			t.Errorf("it happened %d times", n)
		}
	})
}

func TestAnImportWithANameHappensOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.SQLite(t))
	w.news()
	upload := func(body io.Reader) reply {
		return w.do(request{
			method: http.MethodPost, path: prefix + "/imports?basis=B1&purpose=ads&source=x&evidence=y&obtained_at=2026-01-01&topic=news",
			body: body, header: map[string]string{"Content-Type": "text/csv", onceHeader: "list"},
		})
	}
	var csv strings.Builder
	csv.WriteString("email\n")
	for i := range 5000 {
		fmt.Fprintf(&csv, "reader%d@mail%d.example.jp\n", i, i%50)
	}
	first := upload(strings.NewReader(csv.String())).is(http.StatusAccepted)
	if again := upload(strings.NewReader(csv.String())).is(http.StatusAccepted); again.text("id") != first.text("id") {
		t.Errorf("two imports: %s, %s", first.raw, again.raw)
	}
	upload(strings.NewReader(csv.String()+"one@example.jp\n")).problem(http.StatusUnprocessableEntity, "api.once.other")
}

func TestOldAnswersAreForgotten(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		w.news()
		event := said(hana, "news", "granted")
		w.once("old", "/consents/events", event).is(http.StatusCreated)
		must(t, Sweep(t.Context(), db, time.Now().Add(answerLife-time.Minute)))
		w.once("old", "/consents/events", event).is(http.StatusCreated)
		if n := w.events(hana); n != 1 {
			t.Errorf("a young answer was forgotten: %d events", n)
		}
		must(t, Sweep(t.Context(), db, time.Now().Add(answerLife+time.Minute)))
		w.once("old", "/consents/events", event).is(http.StatusCreated)
		if n := w.events(hana); n != 2 {
			t.Errorf("an old answer was given: %d events", n)
		}
	})
}

func TestAnAnswerAtRestTellsNothing(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		w.once("made", "/contacts", object{"address": hana, "family_name": "Yamada"}).is(http.StatusCreated)
		var body []byte
		must(t, db.QueryRow(t.Context(), `SELECT body FROM api_answer`).Scan(&body))
		must(t, db.Write(t.Context(), func(tx *store.Tx) error {
			m, err := addr.ParseMail(hana)
			if err != nil {
				return err
			}
			return Forget(t.Context(), tx, [][]byte{w.Contacts.Hash(w.ws.ID, m)})
		}))
		w.once("made", "/contacts", object{"address": hana, "family_name": "Yamada"}).problem(http.StatusGone, erased)
		if len(body) == 0 || strings.Contains(string(body), hana) || strings.Contains(string(body), "Yamada") {
			t.Errorf("stored in the clear: %q", body)
		}
	})
}
