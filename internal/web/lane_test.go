package web

import (
	"net/http"
	"strconv"
	"testing"
	"time"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/browsertest"
	"github.com/kyodaku/kyodaku/internal/i18n"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/store/storetest"
)

// What an engine stores of a lane that was slowed and of a campaign that was stopped.
const (
	slowed = `{"at":"2026-11-22T01:00:00Z","connections":1,"per_connection":20,"per_second":2.5,"decisions":[
		{"at":"2026-11-22T01:00:00Z","what":"connections","from":2,"to":1,"why":"too_many_connections","rule":"busy","blame":"rate","stage":"connect","reply":"421 4.7.0 too many connections"},
		{"at":"2026-11-22T01:00:01Z","what":"pause","from":0,"to":600,"why":"asked_to_wait","blame":"rate","stage":"mail","reply":"450 4.2.0 try in 10 minutes"}]}`
	stopped = `{"phase":"open","until":"2099-01-01T00:00:00Z","counts":{"begun":"2026-11-22T01:00:00Z"},"turns":[
		{"at":"2026-11-22T01:00:00Z","to":"open","cause":"many_unknown_users","ratio":0.04,"reply":"550 5.1.1 no such user"}]}`
)

// learned stores what an engine has learned.
func (h *house) learned(kind, name, part, state string) {
	h.Helper()
	if err := h.db.Write(h.Context(), func(tx *store.Tx) error {
		_, err := tx.Exec(h.Context(), `INSERT INTO shaping (kind, name, part, state, updated_at) VALUES (?, ?, ?, ?, ?)`,
			kind, name, part, state, store.Micros(time.Now()))
		return err
	}); err != nil {
		h.Fatal(err)
	}
}

func TestAStoppedCampaignIsShownAndGoesOnByDecision(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newTown(t, db)
		w.learned("lane", "docomo", "", slowed)
		w.learned("breaker", "relay", strconv.FormatInt(w.draft.ID, 10), stopped)
		v := w.owner(i18n.Ja)
		v.get("/admin/lanes").is(http.StatusOK).sound().has("止まっているキャンペーン", w.draft.Name, "存在しない宛先が多すぎます (4.0%)")
		v.get("/admin/lanes?domain=docomo.ne.jp").is(http.StatusOK).sound().has("docomo.ne.jp 宛て")
		v.get("/admin/lanes?domain=%2f%2f").is(http.StatusUnprocessableEntity).sound()
		lane := v.get("/admin/lanes/relay").is(http.StatusOK).sound().has("550 5.1.1 no such user", "再開する")
		lane.lacks(strconv.FormatInt(w.draft.ID, 10))
		v.get("/admin/lanes/docomo").is(http.StatusOK).sound().has("421 4.7.0 too many connections", "接続が多すぎると断られたため", "10m0s")
		v.get("/admin/campaigns/"+w.draft.PublicID()).is(http.StatusOK).has("配信を自動で止めています", "/admin/lanes/relay")

		viewer := w.member(account.Viewer)
		viewer.get("/admin/lanes/relay").is(http.StatusOK).sound().lacks("再開する")
		viewer.post("/admin/lanes/relay/go-on", "campaign", w.draft.PublicID()).is(http.StatusForbidden)
		v.post("/admin/lanes/relay/go-on", "campaign", w.sent.PublicID()).is(http.StatusForbidden).sound()
		v.post("/admin/lanes/relay/go-on", "campaign", "cmp_forged").is(http.StatusNotFound).sound()
		v.get("/admin/audit").lacks("止まっていたキャンペーンの再開")
		v.post("/admin/lanes/relay/go-on", "campaign", w.draft.PublicID()).is(http.StatusOK).at("/admin/lanes/relay").has("再開しました。")
		v.get("/admin/audit").is(http.StatusOK).has("止まっていたキャンペーンの再開")
	})
}

func TestLanesInABrowser(t *testing.T) {
	t.Parallel()
	w := newTown(t, storetest.SQLite(t))
	w.learned("lane", "docomo", "", slowed)
	w.learned("breaker", "relay", strconv.FormatInt(w.draft.ID, 10), stopped)
	for _, lang := range i18n.Langs() {
		p := w.signedIn(lang)
		for i, path := range []string{"/admin/lanes", "/admin/lanes/relay", "/admin/lanes/docomo"} {
			p.Dark(i == 1)
			p.Size(1280, 900)
			p.Go(w.server.URL + path)
			p.Axe()
			picture(p, string(lang)+"-lane-"+strconv.Itoa(i))
			narrow(t, p, w.server.URL+path)
		}
		p.Go(w.server.URL + "/admin/lanes")
		p.Fill("#domain", "example.jp")
		p.Follow(".filters button")
		if got := p.Text(".lead"); got == "" {
			t.Error("the domain is not named")
		}
	}
}

// narrow holds that a page fits on a phone.
func narrow(t *testing.T, p *browsertest.Page, url string) {
	t.Helper()
	p.Size(390, 844)
	p.Go(url)
	p.Axe()
	var wide int
	p.Eval("document.documentElement.scrollWidth", &wide)
	if wide > 390 {
		t.Errorf("%s: %d pixels wide on a phone", url, wide)
	}
}
