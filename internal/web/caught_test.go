package web

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/addr"
	"github.com/kyodaku/kyodaku/internal/i18n"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/store/storetest"
)

func TestCaughtMailIsShownAndDoesNothing(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newTown(t, db)
		v := w.owner(i18n.En)
		v.get("/admin/caught").is(http.StatusOK).sound().has("jiro@example.jp", "hanako.sato@aozora.example").lacks("saburo@example.jp")
		v.get("/admin/caught?to=JIRO@example.jp").is(http.StatusOK).sound().has("jiro@example.jp").lacks("hanako.sato")
		v.get("/admin/caught?to=Jiro").is(http.StatusOK).has("jiro@example.jp").lacks("hanako.sato")
		v.get("/admin/caught?to=ji_o").is(http.StatusOK).lacks("jiro@example.jp", "hanako.sato")
		v.get("/admin/caught?to=%25").is(http.StatusOK).lacks("jiro@example.jp", "hanako.sato")
		one := w.path("/admin/caught/{cgt}")
		v.get(one).is(http.StatusOK).sound().has("DKIM-Signature", "List-Unsubscribe", "新商品のお知らせ", "sandbox=")
		v.get(one+"/html").is(http.StatusOK).has(`<base target="_blank">`, "/unsubscribe/", "株式会社みどり商会")
		v.get(one+"/text").is(http.StatusOK).has(`<a href="`+w.server.URL+`/unsubscribe/`, "<pre")
		source := v.get(one + "/source").is(http.StatusOK).has("Content-Type: multipart/alternative")
		if kind := source.header.Get("Content-Type"); kind != "text/plain; charset=utf-8" {
			t.Errorf("source is %s", kind)
		}
		v.get("/admin/caught/cgt_2222222222222").is(http.StatusNotFound)
		v.get("/admin/caught/cmp_2222222222222").is(http.StatusNotFound)
		v.get("/admin/caught?after=x").is(http.StatusNotFound)
		for name, data := range map[string]string{
			"no mail":  "\x00\x01",
			"bare":     "Subject: bare\r\n\r\n<script>alert(1)</script> https://a.example/?x=1&y=2\r\n",
			"torn":     "Subject: torn\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/html\r\n\r\n<p>half",
			"no bound": "Subject: x\r\nContent-Type: multipart/mixed\r\n\r\nx",
		} {
			if err := w.post.caught.Keep(t.Context(), caughtShape{From: "a@example.jp", To: []string{"odd@example.jp"}, Data: []byte(data), ReceivedAt: time.Now()}); err != nil {
				t.Fatal(err)
			}
			odd := linkTo(v.get("/admin/caught?to=odd@example.jp").is(http.StatusOK).sound().body, "/admin/caught/cgt_")
			v.get(odd).is(http.StatusOK).sound()
			for _, part := range []string{"/html", "/text"} {
				if a := v.get(odd + part); a.status == http.StatusOK && !strings.Contains(a.header.Get("Content-Security-Policy"), "sandbox") {
					t.Errorf("%s%s is not in a sandbox", name, part)
				}
			}
			if name == "bare" {
				v.get(odd+"/text").is(http.StatusOK).has("&lt;script&gt;", `<a href="https://a.example/?x=1&amp;y=2">`)
			}
		}
	})
}

// TestACaughtLinkIsForItsOperatorAlone: whoever reads the owner's mail for a new
// password becomes the owner.
func TestACaughtLinkIsForItsOperatorAlone(t *testing.T) {
	t.Parallel()
	w := newTown(t, storetest.SQLite(t))
	owner, marketer := w.owner(i18n.En), w.member(account.Marketer)
	// The mail is about a message of this workspace, so that all its people may see mails like it.
	data := "Message-ID: <" + w.path("{msg}") + "@midori.example>\r\nSubject: reset\r\nContent-Type: text/html\r\n\r\n<p>/admin/link/kyl_secret"
	for _, to := range []string{ownerMail, strings.ToUpper(ownerMail[:1]) + ownerMail[1:]} {
		if err := w.post.caught.Keep(t.Context(), caughtShape{From: "a@example.jp", To: []string{to}, Data: []byte(data), ReceivedAt: time.Now()}); err != nil {
			t.Fatal(err)
		}
		one := linkTo(owner.get("/admin/caught?to="+to).is(http.StatusOK).body, "/admin/caught/cgt_")
		owner.get(one).is(http.StatusOK).sound()
		for _, part := range []string{"", "/html", "/text", "/source"} {
			marketer.get(one + part).is(http.StatusForbidden).lacks("kyl_secret")
		}
		owner.get(one + "/source").is(http.StatusOK).has("kyl_secret")
	}
}

// TestCaughtMailsStayInTheirWorkspace: another company's letters are none of ours,
// and what cannot be told to be ours is nobody's as soon as there is another.
func TestCaughtMailsStayInTheirWorkspace(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newTown(t, db)
		owner, marketer := w.owner(i18n.En), w.member(account.Marketer)
		ours, parts := w.path("/admin/caught/{cgt}"), []string{"", "/html", "/text", "/source"}
		forged := "Message-ID: <msg_2222222222222@midori.example>\r\nSubject: forged\r\n\r\nx"
		for _, data := range []string{"Subject: nobody's\r\n\r\nx", forged} {
			if err := w.post.caught.Keep(t.Context(), caughtShape{From: "a@example.jp", To: []string{"stray@example.jp"}, Data: []byte(data), ReceivedAt: time.Now()}); err != nil {
				t.Fatal(err)
			}
		}
		stray := linkTo(owner.get("/admin/caught?to=stray").is(http.StatusOK).has("forged", "nobody&#39;s").body, "/admin/caught/cgt_")
		marketer.get("/admin/caught").is(http.StatusOK).has("jiro@example.jp").lacks("stray@example.jp")
		for _, part := range parts {
			marketer.get(ours + part).is(http.StatusOK)
			marketer.get(stray + part).is(http.StatusNotFound)
		}
		second := w.secondWorkspace()
		owner.get("/admin/caught?to=stray").is(http.StatusOK).lacks("stray@example.jp</td>")
		owner.get(stray).is(http.StatusNotFound)
		owner.get(ours).is(http.StatusOK)
		owner.post("/admin/security/workspace", "workspace", store.Public(account.WorkspacePrefix, second.ID)).is(http.StatusOK)
		owner.get("/admin/caught").is(http.StatusOK).sound().lacks("jiro@example.jp", "stray@example.jp")
		for _, part := range parts {
			owner.get(ours + part).is(http.StatusNotFound)
			owner.get(stray + part).is(http.StatusNotFound)
		}
	})
}

// secondWorkspace is another company of the same owner.
func (w *town) secondWorkspace() account.Workspace {
	w.Helper()
	m, err := addr.ParseMail(ownerMail)
	if err != nil {
		w.Fatal(err)
	}
	o, err := w.accounts.OperatorByEmail(w.Context(), w.db, m)
	if err != nil {
		w.Fatal(err)
	}
	by := account.By{Actor: account.Actor{Kind: account.ActorCLI}}
	second, err := w.accounts.CreateWorkspace(w.Context(), by, account.WorkspaceForm{
		Slug: "akane", Name: "あかね商会", Lang: i18n.Ja, PrivacyURL: "https://akane.example/privacy",
		Label: account.Label{LegalName: "株式会社あかね商会", PostalAddress: "東京都千代田区丸の内1-1-2", Email: "info@akane.example", Phone: "03-1234-5679"},
	}, o.ID, time.Now())
	if err != nil {
		w.Fatal(err)
	}
	return second
}

// TestNoCaughtMailWhereMailLeaves holds that a real installation has neither the
// pages nor their entry in the menu.
func TestNoCaughtMailWhereMailLeaves(t *testing.T) {
	t.Parallel()
	w := newTown(t, storetest.SQLite(t))
	deps := w.site.Deps
	deps.Caught, deps.Jobs = nil, nil
	site, err := New(deps)
	if err != nil {
		t.Fatal(err)
	}
	w.server.Config.Handler = withReaders(site)
	v := w.owner(i18n.Ja)
	v.get("/admin/").is(http.StatusOK).sound().lacks("/admin/caught")
	v.get("/admin/caught").is(http.StatusNotFound)
	v.get(w.path("/admin/campaigns/{draft}/send")).is(http.StatusOK).sound().lacks("/admin/caught")
}

func TestHomeLeadsThroughTheFirstMail(t *testing.T) {
	t.Parallel()
	h := settled(t)
	v := h.owner(i18n.Ja)
	v.get("/admin/").is(http.StatusOK).sound().has("6項目のうち1項目", "/admin/topics/new", "/admin/forms/new", "同意の記録はまだありません")
	w := newTown(t, storetest.SQLite(t))
	v = w.owner(i18n.Ja)
	v.get("/admin/").is(http.StatusOK).sound().has("春のお知らせ", "続きを書く", "冬のお知らせ", "people?outcome=withheld", "<svg", "同意の記録 3件")
	v.post("/admin/campaigns/" + w.draft.PublicID() + "/test").is(http.StatusOK)
	w.write(func(tx *store.Tx) error {
		_, err := tx.Exec(t.Context(), `UPDATE campaign SET state = 'paused' WHERE id = ?`, w.draft.ID)
		return err
	})
	v.get("/admin/").is(http.StatusOK).sound().has("一時停止しています")
}
