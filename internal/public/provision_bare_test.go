package public

import (
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/kyodaku/kyodaku/internal/browsertest"
	"github.com/kyodaku/kyodaku/internal/i18n"
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

// study makes a study whose notice is up.
func (w *world) study() provision.Programme {
	w.Helper()
	now := time.Now()
	preset, _ := provision.PresetOf(provision.Clinic)
	draft, t := preset.Draft, &preset.Draft.Terms
	t.Ground, t.Recipients = provision.Text{Ja: "提供先が学術研究機関であり、学術研究の目的で取り扱うため。", En: "The recipient is an academic institution."}, provision.Text{Ja: "みどり大学医学部（研究代表者 教授 緑 花子）", En: "Midori University, Faculty of Medicine"}
	t.Manager.Name = "森病院 医療情報部長"
	t.Research.Title, t.Research.Period = provision.Text{Ja: "糖尿病の治療に関する後ろ向き観察研究", En: "Treatment of diabetes, a retrospective study"}, provision.Text{Ja: "承認日から2028年3月31日まで"}
	t.Research.Subjects, t.Research.Leader = provision.Text{Ja: "2020年4月から2025年3月に当院を受診された方"}, provision.Text{Ja: "内科 部長 𠮷田 髙子"}
	t.Research.Users, t.Research.Approval = provision.Text{Ja: "当院とみどり大学医学部で、この研究に従事する者"}, "倫理審査委員会 第12号"
	draft.Terms, draft.Name, draft.Representative, draft.Start = *t, "森病院", "病院長 森 太郎", now.AddDate(0, 1, 0).Format(time.DateOnly)
	draft.Method = provision.Text{Ja: "診療情報を解析し、研究用の番号に置き換え、暗号化して電子的に送信します。", En: "Analysed, and sent encrypted with a number in place of the name."}
	p, err := w.provisions.Create(w.ctx, w.by, provision.Programme{Workspace: w.ws.ID, Name: "研究", Class: provision.LegalDuty, Draft: draft}, now)
	if err != nil {
		w.Fatal(err)
	}
	if _, err := w.provisions.Freeze(w.ctx, w.by, provision.Programme{ID: p.ID, Workspace: w.ws.ID}, now); err != nil {
		w.Fatal(err)
	}
	w.take(p, provision.Noticed)
	return p
}

// TestAStudyIsRefusedWithoutMailInABrowser reads a study's notice and refuses without a mail
// address, in both languages, without script, and looks at the notice on paper.
func TestAStudyIsRefusedWithoutMailInABrowser(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.SQLite(t))
	p := w.study()
	for _, lang := range i18n.Langs() {
		b := browsertest.Open(t)
		b.Lang(string(lang))
		b.NoScript(true)
		b.Size(390, 844)
		look := func(name string) {
			t.Helper()
			b.Axe()
			if dir := os.Getenv("KYODAKU_TEST_PICTURES"); dir != "" {
				b.Screenshot(filepath.Join(dir, string(lang)+"-reader-study-"+name+".png"))
			}
		}
		b.Go(w.url + "/provision/" + p.Public())
		look("notice")
		text := b.Text("main")
		for _, want := range []string{"病院長 森 太郎", "医療情報部長", "従事する者", "第12号"} {
			if !strings.Contains(text, want) {
				t.Errorf("%s: %q is not in the notice: %s", lang, want, text)
			}
		}
		b.Paper(true)
		look("paper")
		b.Paper(false)
		b.Click("details summary")
		b.Fill("#name", "森 花子")
		if status := b.Follow("main form button"); status != http.StatusUnprocessableEntity {
			t.Errorf("%s: nothing told who asks, and the stop answered %d", lang, status)
		}
		look("wrong")
		b.Fill("#who", "診察券 123-456")
		if status := b.Follow("main form button"); status != http.StatusOK {
			t.Errorf("%s: the stop answered %d", lang, status)
		}
		look("stopped")
	}
}
