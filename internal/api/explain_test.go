package api

import (
	"net/http"
	"testing"

	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/store/storetest"
)

func TestAnAnswerNamesRuleEventAndLaw(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		w.news()
		nobody := w.get("/answer?address=" + hana).is(http.StatusOK)
		if nobody.text("answer") != "no" || nobody.text("topics", 0, "findings", 0, "rule") != "ERASE-01" {
			t.Errorf("of nobody: %s", nobody.raw)
		}
		w.post("/consents/events", said(hana, "news", "granted")).is(http.StatusCreated)
		yes := w.get("/answer?address=" + hana).is(http.StatusOK)
		if yes.text("answer") != "yes" || yes.at("topics", 0, "allowed") != true || yes.text("topics", 0, "basis") != "B1" {
			t.Errorf("after the grant: %s", yes.raw)
		}
		if yes.text("reach", "told_by") != "domain" || yes.text("reach", "jurisdictions", 0) != "JP" || yes.at("reach", "strictest") != false {
			t.Errorf("the law: %s", yes.raw)
		}
		no := w.post("/consents/events", said(hana, "news", "withdrawn")).is(http.StatusCreated)
		left := w.get("/answer?address=" + hana).is(http.StatusOK)
		first := func(field string) string { return left.text("topics", 0, "findings", 0, field) }
		if left.text("answer") != "individually" || left.text("topics", 0, "event") != no.text("id") || left.at("individual", 0, "allowed") != true {
			t.Errorf("after the no: %s", left.raw)
		}
		if first("rule") != "OUT-01" || first("effect") != "block" || first("kind") != "statute" || first("certainty") != "verified" || first("citation") == "" {
			t.Errorf("the finding: %s", left.raw)
		}
		w.post("/consents/events", said("taro@example.com", "news", "granted")).is(http.StatusCreated)
		if far := w.get("/answer?address=taro@example.com").is(http.StatusOK); far.at("reach", "strictest") != true || far.text("reach", "country") != "" {
			t.Errorf("a country that nothing tells: %s", far.raw)
		}
	})
}

func TestWhatIfChangesNothing(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		w.news()
		for _, a := range []string{hana, "jiro@example.jp"} {
			w.post("/consents/events", said(a, "news", "granted")).is(http.StatusCreated)
		}
		w.post("/consents/events", said(hana, "news", "withdrawn")).is(http.StatusCreated)
		path := "/campaigns/" + w.post("/campaigns", campaignOf("新着のお知らせ")).is(http.StatusCreated).text("id") + "/what-if"
		now := w.get(path).is(http.StatusOK)
		if now.at("asked") != 2.0 || now.at("allowed") != 1.0 || now.text("blocks", 0, "rule") != "OUT-01" {
			t.Errorf("as it is: %s", now.raw)
		}
		abroad := w.get(path + "?country=DE").is(http.StatusOK)
		if abroad.text("blocks", 0, "rule") == "" || abroad.at("asked") != 2.0 {
			t.Errorf("in Germany: %s", abroad.raw)
		}
		later := w.get(path + "?at=2036-01-01T00:00:00Z").is(http.StatusOK)
		if later.text("warnings", 0, "rule") == "" {
			t.Errorf("in ten years: %s", later.raw)
		}
		if again := w.get(path).is(http.StatusOK); string(again.raw) != string(now.raw) {
			t.Errorf("something changed: %s", again.raw)
		}
		w.get(path + "?beside=XX").is(http.StatusUnprocessableEntity)
	})
}
