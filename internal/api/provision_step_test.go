package api

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/provision"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/store/storetest"
)

// TestAStepIsPutRight holds what is asked of a correction, what stays of the step before it, and
// that provisions which it does not bear are told.
func TestAStepIsPutRight(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		w.news()
		w.post("/consents/events", said(hana, "news", "granted")).is(http.StatusCreated)
		programme := w.runningProgramme()
		firm := w.post("/provision-recipients", json.RawMessage(aRecipient)).is(http.StatusCreated)
		run := w.post("/provision-runs", object{"programme": programme, "recipient": firm.text("id"), "fields": []string{"family_name"}}).is(http.StatusCreated)
		w.settles("/provision-runs/"+run.text("id"), "planned")
		id := must2(store.ParsePublic(provision.RunPrefix, run.text("id")))
		must(t, w.ProvisionRuns.Approve(t.Context(), w.colleague(account.Legal), provision.Approval{Workspace: w.ws.ID, Run: id}, time.Now()))
		w.settles("/provision-runs/"+run.text("id"), "prepared")
		w.post("/provision-runs/"+run.text("id")+"/file", nil).is(http.StatusOK)

		path := "/provisions/" + programme
		if got := w.get(path); !strings.Contains(string(got.raw), `"untimely":[]`) || strings.Contains(string(got.raw), `"until"`) {
			t.Errorf("before: %s", got.raw)
		}
		correct := func(kind string, body object) reply {
			return w.post(path+"/versions/1/steps/"+kind+"/correction", body)
		}
		body := func(on string) object {
			return object{"on": on + "T00:00:00Z", "evidence": "受付 2", "reason": "読み違い"}
		}
		correct("filed", object{"on": "2025-11-02T00:00:00Z", "evidence": "受付 2"}).wrong("reason", "api.field.missing")
		correct("filed", object{"reason": "読み違い"}).wrong("on", "provision.step.before").wrong("evidence", "provision.step.evidence")
		correct("filed", body("2025-10-31")).wrong("on", "provision.step.before")
		correct("filed", body("2025-11-04")).wrong("on", "provision.step.behind")
		correct("noticed", body("2025-10-31")).wrong("on", "provision.step.early")
		correct("filed", object{"void": true, "reason": "読み違い"}).wrong("void", "provision.correction.last")
		correct("ended", body("2025-11-05")).wrong("kind", "provision.correction.none")
		correct("started", body("2025-11-05")).wrong("kind", "api.field.choice")
		if r := w.do(request{method: http.MethodPost, path: prefix + path + "/versions/1/steps/filed/correction", body: body("2025-11-03"), key: w.stranger}); r.status != http.StatusNotFound {
			t.Errorf("a stranger: %s", r.raw)
		}
		got := correct("filed", body("2025-11-03")).is(http.StatusOK)
		if was := `"past":[{"on":"2025-11-02T00:00:00Z","evidence":"受付 1","until":`; !strings.Contains(string(got.raw), was) || !strings.Contains(string(got.raw), `"untimely":[]`) {
			t.Errorf("corrected: %s", got.raw)
		}
		got = correct("published_by_us", object{"void": true, "reason": "公表していなかった"}).is(http.StatusOK)
		if got.text("state") != "published_by_ppc" || got.text("untimely", 0, "rule", "rule") != "PRV-06" || got.text("untimely", 0, "run") != run.text("id") ||
			got.text("versions", 0, "taken_back", 0, "past", 0, "reason") != "公表していなかった" {
			t.Errorf("taken back: %s", got.raw)
		}
		if list := w.get("/provisions"); list.text("items", 0, "untimely", 0, "run") != run.text("id") {
			t.Errorf("the list: %s", list.raw)
		}
	})
}
