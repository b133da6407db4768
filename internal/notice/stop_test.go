package notice

import (
	"strings"
	"testing"
	"time"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/addr"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/i18n"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/store/storetest"
)

// TestACompanyIsToldOfAStop holds that a company reads whom it is about, and finds a link
// only to a page that it can open.
func TestACompanyIsToldOfAStop(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db, account.Proven)
		to, err := addr.ParseMail("privacy@jutaku.example")
		must(t, err)
		for path, want := range map[string]int{"/provision/prg_1": 1, "": 0} {
			s := Stopped{Workspace: w.ws.ID, To: to, Company: "株式会社受領", Lang: i18n.Ja, Title: "aoki@example.jp / prn_1 / 2026-11-20", Path: path}
			must(t, w.TellStopped(t.Context(), s, time.Now()))
			subject, text := w.read(w.written(<-w.box.items))
			if !strings.Contains(subject, "提供の停止") || !strings.Contains(text, s.Title) || !strings.Contains(text, "株式会社受領様") {
				t.Errorf("%s\n%s", subject, text)
			}
			if n := strings.Count(text, base+"/provision/prg_1"); n != want || strings.Contains(text, "/admin/") {
				t.Errorf("%d links to the page, want %d:\n%s", n, want, text)
			}
		}
	})
}

// TestNoStopIsToldWhileNoMailLeaves holds that a company that cannot be told yet is told later.
func TestNoStopIsToldWhileNoMailLeaves(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.SQLite(t), account.Unproven)
	to, err := addr.ParseMail("privacy@jutaku.example")
	must(t, err)
	err = w.TellStopped(t.Context(), Stopped{Workspace: w.ws.ID, To: to, Company: "株式会社受領", Lang: i18n.Ja, Title: "x"}, time.Now())
	if !fault.Is(err, fault.Busy) {
		t.Errorf("%v", err)
	}
}
