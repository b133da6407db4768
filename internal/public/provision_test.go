package public

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/kyodaku/kyodaku/internal/addr"
	"github.com/kyodaku/kyodaku/internal/provision"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/store/storetest"
)

// programme makes a programme that is published and running.
func (w *world) programme() provision.Programme {
	w.Helper()
	now := time.Now()
	p, err := w.provisions.Create(w.ctx, w.by, provision.Programme{
		Workspace: w.ws.ID, Name: "名簿", Class: provision.OptOut,
		Draft: provision.Items{
			Name: "株式会社森の本屋", Address: "東京都千代田区神田1-2-3", Representative: "代表取締役 森 太郎",
			Data:        []provision.DataItem{{Field: "family_name", Name: provision.Text{Ja: "氏名", En: "Name"}}},
			Acquisition: provision.Text{Ja: "<b>公開</b>の名簿から"}, Method: provision.Text{Ja: "電子データ"}, StopBy: provision.Text{Ja: "このページ"},
			Phone: "03-1234-5678", Update: provision.Text{Ja: "毎年"}, Start: now.AddDate(0, 0, -1).Format(time.DateOnly),
		},
	}, now)
	if err != nil {
		w.Fatal(err)
	}
	if _, err := w.provisions.Freeze(w.ctx, w.by, provision.Programme{ID: p.ID, Workspace: w.ws.ID}, now); err != nil {
		w.Fatal(err)
	}
	return p
}

func (w *world) take(p provision.Programme, kinds ...provision.StepKind) {
	w.Helper()
	now := time.Now()
	for i, k := range kinds {
		s := provision.Step{Kind: k, On: now.AddDate(0, 0, i-40), Evidence: "受付 1"}
		if k == provision.Noticed {
			s.Elsewhere = "本社の掲示板"
		}
		if err := w.provisions.Take(w.ctx, w.by, p, 1, s, now); err != nil {
			w.Fatal(err)
		}
	}
}

func TestTheNoticeIsPublicOnceItIsPutUp(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		p := w.programme()
		path := "/provision/" + p.Public()
		if got := w.get(path); got.status != 404 {
			t.Errorf("a draft is public: %d", got.status)
		}
		w.take(p, provision.Noticed)
		ja, en := w.get(path), w.get(path+"?lang=en")
		for _, want := range []string{"第27条第2項", "代表取締役 森 太郎", "&lt;b&gt;公開", "8の1. 個人データの更新の方法", w.url + path + "#stop", "受付窓口：", "電話 03-1234-5678", "提供はまだ始まっていません", "提供の停止を求める"} {
			if !strings.Contains(ja.body, want) {
				t.Errorf("%q is not on the page", want)
			}
		}
		if !strings.Contains(en.body, "Mori Books Inc.") || !strings.Contains(en.body, "8a. ") || !strings.Contains(en.body, "Stop providing my data") || !strings.Contains(en.body, "Name") {
			t.Errorf("the English page: %s", en.body)
		}
		for _, got := range []string{ja.body, en.body} {
			if strings.Contains(got, "受付 1") {
				t.Error("the page tells what was written down about a step")
			}
		}
		list := w.get("/s/" + w.ws.Slug + "/provision")
		if !strings.Contains(list.body, "個人データの第三者提供について — 氏名") || !strings.Contains(list.body, "掲載日： <time") {
			t.Errorf("nothing tells the notice from others: %s", list.body)
		}
		w.take(p, provision.Filed, provision.PublishedByPPC, provision.PublishedByUs)
		if got := w.get(path); strings.Contains(got.body, "まだ始まっていません") || !strings.Contains(got.body, "個人情報保護委員会が公表") {
			t.Errorf("the page of a running programme: %s", got.body)
		}
	})
}

// correct puts a step of the first version right.
func (w *world) correct(p provision.Programme, c provision.Correction) {
	w.Helper()
	c.Reason = "受付票の読み違い"
	if err := w.provisions.Correct(w.ctx, w.by, p, 1, c, time.Now()); err != nil {
		w.Fatal(err)
	}
}

// TestTheNoticeTellsWhatWasCorrected holds that a day which stood there stays to be read, with the
// day of its correction, and that nobody outside reads evidence or reason.
func TestTheNoticeTellsWhatWasCorrected(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		p := w.programme()
		w.take(p, provision.Noticed, provision.Filed, provision.PublishedByPPC, provision.PublishedByUs, provision.Ended)
		day := func(n int) time.Time { return time.Now().AddDate(0, 0, n) }
		path := "/provision/" + p.Public()
		if got := w.get(path); !strings.Contains(got.body, "この提供は終了しました") || strings.Contains(got.body, "訂正") {
			t.Errorf("before: %s", got.body)
		}
		w.correct(p, provision.Correction{Kind: provision.Ended, Void: true})
		w.correct(p, provision.Correction{Kind: provision.PublishedByUs, On: day(-36), Evidence: "受付 2"})
		w.correct(p, provision.Correction{Kind: provision.Noticed, On: day(-40), Evidence: "受付 2", Elsewhere: "支店の掲示板"})
		ja, en := w.get(path), w.get(path+"?lang=en")
		dated := func(at time.Time) string { return at.UTC().Format(time.DateOnly) + "T" }
		for body, wants := range map[string][]string{
			ja.body: {"訂正日：", "訂正前：", "取消日：", "支店の掲示板", "<del>", "本社の掲示板", dated(day(-37)), dated(day(-36)), "提供を終了"},
			en.body: {"Corrected on", "– before:", "Taken back on", "本社の掲示板", dated(day(-37))},
		} {
			for _, want := range wants {
				if !strings.Contains(body, want) {
					t.Errorf("%q is not on the page: %s", want, body)
				}
			}
			for _, secret := range []string{"受付 1", "受付 2", "読み違い", "この提供は終了しました", "This provision has ended"} {
				if strings.Contains(body, secret) {
					t.Errorf("the page tells %q", secret)
				}
			}
		}
	})
}

func TestAnybodyMayStopAProvisionAndLearnsNothing(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		p := w.programme()
		w.take(p, provision.Noticed)
		path := "/provision/" + p.Public()
		first := w.post(path, url.Values{"address": {"Hanako@Example.jp"}})
		unknown := w.post(path, url.Values{"address": {"nobody@example.jp"}})
		all := w.post(path, url.Values{"address": {"hanako@example.jp"}, "everything": {"1"}})
		if first.status != 200 || unknown.status != 200 || first.body != unknown.body {
			t.Errorf("the answers differ: %d %d", first.status, unknown.status)
		}
		if !strings.Contains(first.body, "個人データの第三者提供について — 氏名") || !strings.Contains(first.body, "ほかの取扱いは、停止していません") || !strings.Contains(first.body, "提供先に知らせます") {
			t.Errorf("one programme stops, and the page says: %s", first.body)
		}
		if all.status != 200 || strings.Contains(all.body, "ほかの取扱いは、停止していません") || !strings.Contains(all.body, "ほかの第三者提供・共同利用では") {
			t.Errorf("everything stops, and the page says: %s", all.body)
		}
		hash := w.people.Hash(w.ws.ID, must(addr.ParseMail("hanako@example.jp")))
		other := w.people.Hash(w.ws.ID, must(addr.ParseMail("jiro@example.jp")))
		for programme, want := range map[int64]bool{p.ID: true, p.ID + 1: true} {
			got, err := w.provisions.Stopped(w.ctx, db, w.ws.ID, programme, [][]byte{hash, other})
			if err != nil || got[string(hash)] != want || got[string(other)] {
				t.Errorf("%v, %v", got, err)
			}
		}
		if got := w.post(path, url.Values{"address": {"no address"}, "everything": {"1"}}); got.status != 422 || !strings.Contains(got.body, "メールアドレスの形") ||
			!strings.Contains(got.body, `value="no address"`) || !strings.Contains(got.body, `name="everything" value="1" checked`) {
			t.Errorf("a bad address: %d %s", got.status, got.body)
		}
		for range 20 {
			w.post(path, url.Values{"address": {"x@example.jp"}})
		}
		if got := w.post(path, url.Values{"address": {"x@example.jp"}}); got.status != 429 {
			t.Errorf("a flood: %d", got.status)
		}
	})
}
