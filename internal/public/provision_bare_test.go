package public

import (
	"net/url"
	"strings"
	"testing"

	"github.com/kyodaku/kyodaku/internal/provision"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/store/storetest"
)

// TestSomebodyWithoutMailMayStopAProvision holds that who has no mail address asks the desk for a
// stop, that the desk is told what the stop is about, that everybody gets the same answer, and
// that the desk is not flooded.
func TestSomebodyWithoutMailMayStopAProvision(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		p := w.programme()
		w.take(p, provision.Noticed)
		path := "/provision/" + p.Public()
		if en := w.get(path + "?lang=en"); !strings.Contains(en.body, "If you have no mail address") {
			t.Errorf("the page offers no other way: %s", en.body)
		}
		for field, asked := range map[string]url.Values{"name": {"who": {"診察券 123"}}, "who": {"name": {"森 花子"}}, "address": {"name": {" "}}} {
			got := w.post(path, asked)
			if got.status != 422 || !strings.Contains(got.body, `id="`+field+`-error"`) {
				t.Errorf("without %s: %d %s", field, got.status, got.body)
			}
			if field != "address" && !strings.Contains(got.body, `<details class="more" open>`) {
				t.Errorf("without %s: what is wrong is hidden", field)
			}
		}
		one := w.post(path, url.Values{"name": {"森 花子"}, "who": {"診察券 123\r\n千代田区1-1"}})
		other := w.post(path, url.Values{"name": {"だれも 知らない"}, "who": {"電話 03-0000-0000"}})
		all := w.post(path, url.Values{"name": {"森 花子"}, "who": {"診察券 123"}, "everything": {"1"}})
		if one.status != 200 || one.body != other.body || !strings.Contains(one.body, "あてはまる方のデータを確かめ") {
			t.Errorf("the answers: %d %d %s", one.status, other.status, one.body)
		}
		if all.status != 200 || !strings.Contains(all.body, "ほかの第三者提供・共同利用も、あわせて停止") || strings.Contains(all.body, "ほかの取扱いは、停止していません") {
			t.Errorf("everything: %d %s", all.status, all.body)
		}
		if all, err := w.duties.Requests(w.ctx, db, w.ws.ID); err != nil || len(all) != 3 || all[0].Contact != 0 || all[0].Programme != 0 || all[2].Programme != p.ID || all[2].Note != "診察券 123\r\n千代田区1-1" || all[2].Name != "森 花子" {
			t.Errorf("the desk reads: %+v, %v", all, err)
		}
		if stops, n, err := w.provisions.Stops(w.ctx, db, p); err != nil || n != 0 {
			t.Errorf("stops of nobody: %v, %v", stops, err)
		}
		for range 10 {
			w.post(path, url.Values{"name": {"x"}, "who": {"y"}})
		}
		if got := w.post(path, url.Values{"name": {"x"}, "who": {"y"}}); got.status != 429 {
			t.Errorf("a flood: %d", got.status)
		}
	})
}

// TestARequestNeedsNoMailAddress holds that the form for requests takes them too.
func TestARequestNeedsNoMailAddress(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		f := asking("stop_provision", "")
		if got := w.post("/s/mori/request", f); got.status != 422 {
			t.Errorf("nothing tells who asks: %d", got.status)
		}
		f.Set("who", "診察券 123")
		if got := w.post("/s/mori/request", f); got.status != 200 {
			t.Errorf("without a mail address: %d %s", got.status, got.body)
		}
		f.Set("address", "no address")
		if got := w.post("/s/mori/request", f); got.status != 422 {
			t.Errorf("a bad address: %d", got.status)
		}
		if all, err := w.duties.Requests(w.ctx, db, w.ws.ID); err != nil || len(all) != 1 || all[0].Note != "診察券 123\n\n<b>全部</b>" {
			t.Errorf("the desk reads: %+v, %v", all, err)
		}
	})
}
