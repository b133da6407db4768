package api

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/provision"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/store/storetest"
)

// aRecipient is one that nothing is missing from.
const aRecipient = `{"terms":{"name":"株式会社受領","address":"大阪市北区1-1","representative":"代表取締役 受領 次郎","country":"JP",
	"identity":"登記事項証明書","purpose":"住宅の案内","target":{"kind":"file"}}}`

// running is a programme that may provide family names.
func (w *world) runningProgramme() string {
	w.Helper()
	made := w.post("/provisions", object{"name": "名簿", "class": "opt_out", "items": json.RawMessage(anItems)}).is(http.StatusCreated)
	path := "/provisions/" + made.text("id")
	w.post(path+"/versions", nil).is(http.StatusOK)
	for i, k := range []string{"noticed", "filed", "published_by_ppc", "published_by_us"} {
		on := time.Date(2025, 11, 1+i, 0, 0, 0, 0, time.UTC).Format(time.RFC3339)
		step := object{"version": 1, "kind": k, "on": on, "evidence": "受付 1"}
		if k == "noticed" {
			w.post(path+"/steps", step).problem(http.StatusUnprocessableEntity, "invalid")
			step["elsewhere"] = "https://list.example.jp/notice"
		}
		w.post(path+"/steps", step).is(http.StatusOK)
	}
	return made.text("id")
}

func TestARunFromPlanToTheTwoAnswers(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		w.news()
		w.post("/consents/events", said(hana, "news", "granted")).is(http.StatusCreated)
		w.post("/consents/events", said("jiro@example.jp", "news", "granted")).is(http.StatusCreated)
		programme := w.runningProgramme()
		firm := w.post("/provision-recipients", json.RawMessage(aRecipient)).is(http.StatusCreated)
		plan := object{"programme": programme, "recipient": firm.text("id")}
		plan["fields"] = []string{"email"}
		w.post("/provision-runs", plan).wrong("fields", "provision.run.not_notified")
		plan["fields"] = []string{"family_name"}
		w.post("/provision-stops", object{"address": "jiro@example.jp", "method": "mail", "received_at": "2026-01-01T00:00:00Z"}).is(http.StatusNoContent)
		run := w.post("/provision-runs", plan).is(http.StatusCreated)
		path := "/provision-runs/" + run.text("id")
		w.settles(path, "planned")
		if got := w.get(path); !strings.Contains(string(got.raw), `"excluded":{"PRV-07":1}`) {
			t.Errorf("counted: %s", got.raw)
		}
		w.post(path+"/file", nil).is(http.StatusConflict) // nobody approved
		id := must2(store.ParsePublic(provision.RunPrefix, run.text("id")))
		maker := account.By{Actor: account.Actor{Kind: account.ActorOperator, ID: w.owner.ID}}
		if err := w.ProvisionRuns.Approve(t.Context(), maker, provision.Approval{Workspace: w.ws.ID, Run: id}, time.Now()); !fault.Is(err, fault.Refused) {
			t.Errorf("who made the key approves what it planned: %v", err)
		}
		by := w.colleague(account.Legal)
		must(t, w.ProvisionRuns.Approve(t.Context(), by, provision.Approval{Workspace: w.ws.ID, Run: id}, time.Now()))
		w.settles(path, "prepared")
		file := w.post(path+"/file", nil).is(http.StatusOK)
		if !strings.HasPrefix(string(file.raw), "\ufeff氏名\r\n") || strings.Count(string(file.raw), "\r\n") != 2 {
			t.Errorf("%q", file.raw)
		}
		given := w.get("/provision-runs?counted=true&recipient=" + firm.text("id") + "&from=2026-01-01T00:00:00Z")
		if len(given.items()) != 1 || given.text("items", 0, "state") != "provided" || given.text("items", 0, "to", "representative") == "" {
			t.Errorf("what went to the firm: %s", given.raw)
		}
		if r := w.get(path + "/records"); len(r.items()) != 1 {
			t.Errorf("records: %s", r.raw)
		}
		if r := w.get("/provision-traces?address=" + hana); len(r.items()) != 1 || r.text("items", 0, "run", "id") != run.text("id") {
			t.Errorf("where the data went: %s", r.raw)
		}
		if r := w.get("/provision-traces?address=jiro@example.jp"); len(r.items()) != 0 {
			t.Errorf("where the data of who stopped went: %s", r.raw)
		}
		w.post("/provision-stops", object{"address": hana, "method": "mail", "received_at": "2026-01-01T00:00:00Z"}).is(http.StatusNoContent)
		w.post("/provision-stops", object{"contact": w.get("/provision-traces?address="+hana).text("items", 0, "record", "contact"), "method": "phone", "received_at": "2026-01-01T00:00:00Z"}).is(http.StatusNoContent)
		w.wantStops(3)
		other := object{"contact": w.get("/provision-traces?address="+hana).text("items", 0, "record", "contact"), "address": "jiro@example.jp", "method": "phone", "received_at": "2026-01-01T00:00:00Z"}
		no := w.post("/provision-stops", other)
		no.wrong("contact", "provision.stop.another")
		no.wrong("address", "provision.stop.another")
		other["address"] = "nobody@example.jp"
		w.post("/provision-stops", other).is(http.StatusNoContent)
		w.wantStops(4)
		tasks := w.get("/provision-tasks?open=true")
		if len(tasks.items()) != 1 {
			t.Fatalf("tasks: %s", tasks.raw)
		}
		w.post("/provision-tasks/"+tasks.text("items", 0, "id")+"/acknowledgement", object{"evidence": "返信メール"}).is(http.StatusNoContent)
		if r := w.get("/provision-tasks?open=true"); len(r.items()) != 0 {
			t.Errorf("tasks: %s", r.raw)
		}
		if r := w.get("/provisions/" + programme + "/differences"); len(r.items()) != 0 {
			t.Errorf("differences: %s", r.raw)
		}
	})
}

// wantStops wants so many stops entered by the key, each with its author and its line in the
// audit log.
func (w *world) wantStops(n int) {
	w.Helper()
	log := w.get("/audit?action=provision.stop").is(http.StatusOK)
	if len(log.items()) != n || log.text("items", 0, "actor", "kind") != "api_key" {
		w.Errorf("%d stops in the audit log, want %d: %s", len(log.items()), n, log.raw)
	}
	stops, all, err := w.Provisions.Stops(w.Context(), w.DB, provision.Programme{Workspace: w.ws.ID})
	must(w.T, err)
	for _, s := range stops {
		if s.Operator != w.owner.ID {
			w.Errorf("a stop without its author: %+v of %d", s, all)
		}
	}
}

// colleague is another operator of the workspace.
func (w *world) colleague(role account.Role) account.By {
	w.Helper()
	maker := account.By{Actor: account.Actor{Kind: account.ActorOperator, ID: w.owner.ID}}
	made, err := w.Accounts.Invite(w.Context(), maker, account.Invite{
		Workspace: w.ws.ID, Email: "horitsu@sample-shokai.example", Name: "法務 次郎", Lang: "ja", Role: role,
	}, time.Now())
	must(w.T, err)
	return account.By{Actor: account.Actor{Kind: account.ActorOperator, ID: made.Operator.ID}}
}

func must2[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// settles waits for a run's state.
func (w *world) settles(path, state string) {
	w.Helper()
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(2 * time.Millisecond) {
		if w.get(path).text("state") == state {
			return
		}
	}
	w.Fatalf("not %s: %s", state, w.get(path).raw)
}
