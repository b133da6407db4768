package public

import (
	"net/url"
	"strings"
	"testing"

	"github.com/kyodaku/kyodaku/internal/addr"
	"github.com/kyodaku/kyodaku/internal/provision"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/store/storetest"
)

// asking is a request that lacks nothing.
func asking(kind, address string) url.Values {
	return url.Values{"kind": {kind}, "name": {"𠮷田 高子"}, "address": {address}, "form": {"electronic"}, "note": {"<b>全部</b>"}}
}

// TestAPersonAsksWithoutSigningIn holds that a request is taken from anybody, confirms nothing
// about anybody, and is kept from flooding the desk.
func TestAPersonAsksWithoutSigningIn(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		path := "/s/mori/request"
		if got := w.get("/s/nobody/request"); got.status != 404 {
			t.Errorf("a company that does not exist: %d", got.status)
		}
		ja, en := w.get(path), w.get(path+"?lang=en")
		if !strings.Contains(ja.body, "ご自身の個人データについての請求") || !strings.Contains(en.body, "Mori Books Inc.") {
			t.Errorf("the page: %s %s", ja.body, en.body)
		}
		known, stranger := w.post(path, asking("disclosure", "hanako@example.jp")), w.post(path, asking("erase", "jiro@example.jp"))
		if known.status != 200 || known.body != stranger.body {
			t.Errorf("the answers differ: %d %d", known.status, stranger.status)
		}
		for field, value := range map[string]string{"kind": "x", "address": "no address", "name": ""} {
			f := asking("disclosure", "hanako@example.jp")
			f.Set(field, value)
			if got := w.post(path, f); got.status != 422 {
				t.Errorf("a bad %s: %d", field, got.status)
			}
		}
		var n, byPerson int
		err := db.QueryRow(w.ctx, `SELECT COUNT(*), COALESCE(SUM(CASE WHEN entered_by = 0 AND contact_id = 0 THEN 1 ELSE 0 END), 0) FROM rights_request`).Scan(&n, &byPerson)
		if err != nil || n != 2 || byPerson != 2 {
			t.Errorf("%d requests, %d by persons: %v", n, byPerson, err)
		}
		w.post(path, asking("stop_provision", "hanako@example.jp"))
		hash := w.people.Hash(w.ws.ID, must(addr.ParseMail("hanako@example.jp")))
		if got, err := w.provisions.Stopped(w.ctx, db, w.ws.ID, 42, [][]byte{hash}); err != nil || !got[string(hash)] {
			t.Errorf("asking for a stop did not stop: %v", err)
		}
		for range 10 {
			w.post(path, asking("disclosure", "x@example.jp"))
		}
		if got := w.post(path, asking("disclosure", "x@example.jp")); got.status != 429 {
			t.Errorf("a flood: %d", got.status)
		}
	})
}

// TestNoticesAreFoundFromTheSender holds that drafts are not listed and notices are, in both
// languages, and that the sender's page leads there.
func TestNoticesAreFoundFromTheSender(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		p := w.programme()
		if got := w.get("/s/mori/provision"); !strings.Contains(got.body, "公表している第三者提供はありません") || strings.Contains(got.body, p.Public()) {
			t.Errorf("a draft is listed: %s", got.body)
		}
		w.take(p, provision.Noticed)
		for lang, want := range map[string]string{"ja": "個人データの第三者提供について", "en": "Nothing is provided yet"} {
			got := w.get("/s/mori/provision?lang=" + lang)
			if got.status != 200 || !strings.Contains(got.body, "/provision/"+p.Public()) || lang == "ja" && !strings.Contains(got.body, want) {
				t.Errorf("%s: %s", lang, got.body)
			}
		}
	})
}
