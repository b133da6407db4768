package api

import (
	"net/http"
	"testing"

	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/store/storetest"
)

// TestAForecastNamesTheRulesOfThoseLeftOut asks before and after a no, and for a class
// that is asked once.
func TestAForecastNamesTheRulesOfThoseLeftOut(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		w.news()
		for _, a := range []string{hana, "jiro@example.jp", "saburo@example.jp"} {
			w.post("/consents/events", said(a, "news", "granted")).is(http.StatusCreated)
		}
		one := "/campaigns/" + w.post("/campaigns", campaignOf("新着のお知らせ")).is(http.StatusCreated).text("id")
		all := w.get(one + "/forecast").is(http.StatusOK)
		if all.at("asked") != 3.0 || all.at("allowed") != 3.0 || all.at("complete") != true || len(all.json["reasons"].([]any)) != 0 || len(all.json["answered"].([]any)) != 0 {
			t.Errorf("of people who agreed: %s", all.raw)
		}
		if all.text("jurisdictions", 0) != "JP" || all.text("rules") == "" {
			t.Errorf("the law: %s", all.raw)
		}
		w.post("/consents/events", said(hana, "news", "withdrawn")).is(http.StatusCreated)
		left := w.get(one + "/forecast").is(http.StatusOK)
		first := func(field string) any { return left.at("reasons", 0, field) }
		if left.at("asked") != 3.0 || left.at("allowed") != 2.0 || first("rule") != "OUT-01" || first("count") != 1.0 {
			t.Errorf("after a no: %s", left.raw)
		}
		if first("effect") != "block" || first("kind") != "statute" || first("certainty") != "verified" || first("citation") == "" || first("reason") == "" {
			t.Errorf("the rule: %s", left.raw)
		}
		w.get("/campaigns/cmp_0/forecast").is(http.StatusNotFound)
		w.do(request{method: http.MethodPost, path: prefix + one + "/forecast"}).is(http.StatusMethodNotAllowed)
	})
}
