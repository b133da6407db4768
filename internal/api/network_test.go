package api

import (
	"net/http"
	"testing"

	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/store/storetest"
)

func TestEvidenceKeepsTheNetworkNotTheMachine(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		w.news()
		for told, kept := range map[string]string{
			"": "", "192.0.2.77": "192.0.2.0/24", "192.0.2.77/32": "192.0.2.0/24", "192.0.0.0/16": "192.0.0.0/16",
			"2001:db8:1:2::3": "2001:db8:1::/48", "2001:db8:1:2::/64": "2001:db8:1::/48", "2001:db8::/32": "2001:db8::/32",
		} {
			event := said(hana, "news", "granted")
			event["evidence"] = object{"source": "店頭の申込書", "network": told}
			if got := w.post("/consents/events", event).is(http.StatusCreated); got.text("evidence", "network") != kept {
				t.Errorf("%q: kept %q, want %q", told, got.text("evidence", "network"), kept)
			}
		}
		event := said(hana, "news", "granted")
		event["evidence"] = object{"source": "店頭の申込書", "network": "hana-no-pc.example"}
		w.post("/consents/events", event).is(http.StatusUnprocessableEntity).wrong("evidence.network", "api.network")
	})
}
