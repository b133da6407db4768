package web

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/delivery"
	"github.com/kyodaku/kyodaku/internal/i18n"
	"github.com/kyodaku/kyodaku/internal/job"
	"github.com/kyodaku/kyodaku/internal/notice"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/store/storetest"
	"github.com/kyodaku/kyodaku/internal/web/page"
)

// noticeBox is an outbox and a queue of jobs that only count.
type noticeBox struct{ mails, jobs chan struct{} }

func (b noticeBox) Put(_ context.Context, tx *store.Tx, items []delivery.Item, _ time.Time) ([]int64, error) {
	for _, it := range items {
		if it.Decision.Refusal == nil {
			tx.OnCommit(func() { b.mails <- struct{}{} })
		}
	}
	return make([]int64, len(items)), nil
}

func (b noticeBox) Enqueue(_ context.Context, tx *store.Tx, n job.New) (int64, error) {
	if n.Kind == notice.JobReset {
		tx.OnCommit(func() { b.jobs <- struct{}{} })
	}
	return 1, nil
}

// withNotices is a settled house that writes to its operators.
func withNotices(t *testing.T) (*house, noticeBox) {
	t.Helper()
	h := settledOn(t, storetest.SQLite(t))
	box := noticeBox{make(chan struct{}, 10), make(chan struct{}, 10)}
	deps := h.site.Deps
	deps.Jobs = nil // its handlers are registered already
	deps.Notices = notice.New(notice.Config{
		DB: h.db, Ring: deps.Ring, Accounts: h.accounts, People: deps.Contacts, Gate: deps.Gate, Outbox: box, Jobs: box, Texts: deps.Catalogue, BaseURL: deps.BaseURL,
	})
	var err error
	if h.site, err = New(deps); err != nil {
		t.Fatal(err)
	}
	h.server = httptest.NewServer(page.Outer(deps.Log, time.Now, h.site))
	t.Cleanup(h.server.Close)
	return h, box
}

func TestAForgottenPasswordTellsNothing(t *testing.T) {
	t.Parallel()
	h, box := withNotices(t)
	v := h.visitor(i18n.Ja)
	v.get("/admin/sign-in").is(http.StatusOK).sound().has(`href="/admin/forgotten"`)
	v.get("/admin/forgotten").is(http.StatusOK).sound()
	known := v.post("/admin/forgotten", "email", ownerMail).is(http.StatusOK).at("/admin/forgotten/sent").sound()
	for _, stranger := range []string{"nobody@midori.example", "garbage", ""} {
		if a := v.post("/admin/forgotten", "email", stranger).is(http.StatusOK).at("/admin/forgotten/sent"); a.body != known.body {
			t.Errorf("%q is told apart", stranger)
		}
	}
	for range 4 { // the same work for everybody
		<-box.jobs
	}
	if len(box.mails) != 0 {
		t.Error("somebody was looked up before the answer")
	}
	h.visitor(i18n.En).get("/admin/forgotten").is(http.StatusOK).sound()
	h.visitor(i18n.En).get("/admin/forgotten/sent").is(http.StatusOK).sound()
	for range 60 { // the brake is the same for all addresses
		if a := v.post("/admin/forgotten", "email", "nobody@midori.example"); a.status == http.StatusUnprocessableEntity || a.status == http.StatusTooManyRequests {
			a.sound()
			return
		}
		<-box.jobs
	}
	t.Error("one may ask without end")
}

func TestWithoutMailTheAdministratorIsAsked(t *testing.T) {
	t.Parallel()
	h := settled(t)
	h.visitor(i18n.Ja).get("/admin/sign-in").is(http.StatusOK).lacks("/admin/forgotten").has("管理者")
	h.visitor(i18n.Ja).get("/admin/forgotten").is(http.StatusNotFound)
}

func TestAnInvitationIsMailedWhereMailCanLeave(t *testing.T) {
	t.Parallel()
	h, box := withNotices(t)
	v := h.owner(i18n.Ja)
	invite := func(email string) answer {
		return v.post("/admin/operators/invite", "name", "鈴木 一郎", "email", email, "role", "legal", "lang", "ja").is(http.StatusOK).sound()
	}
	invite("ichiro@midori.example").has("/admin/link/").lacks("招待メールを送りました")
	if len(box.mails) != 0 {
		t.Error("a mail leaves from a domain that is not proven")
	}
	all, err := h.accounts.Workspaces(t.Context(), h.db)
	if err != nil {
		t.Fatal(err)
	}
	if err := h.db.Write(t.Context(), func(tx *store.Tx) error {
		return h.accounts.SetDomainState(t.Context(), tx, account.Domain{Workspace: all[0].ID, Domain: "midori.example", State: account.Proven}, time.Now())
	}); err != nil {
		t.Fatal(err)
	}
	invite("jiro@midori.example").has("招待メールを送りました", "メールが届かないときは", "/admin/link/")
	<-box.mails
}
