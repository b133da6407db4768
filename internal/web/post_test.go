package web

import (
	"bufio"
	"context"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/addr"
	"github.com/kyodaku/kyodaku/internal/campaign"
	"github.com/kyodaku/kyodaku/internal/collect"
	"github.com/kyodaku/kyodaku/internal/compose"
	"github.com/kyodaku/kyodaku/internal/consent"
	"github.com/kyodaku/kyodaku/internal/delivery"
	"github.com/kyodaku/kyodaku/internal/i18n"
	"github.com/kyodaku/kyodaku/internal/store"
)

// postRooms are the rooms that a house needs to write to people.
type postRooms struct {
	engine    *delivery.Engine
	campaigns *campaign.Book
	desk      *collect.Desk
	caught    *delivery.Caught
	domains   *delivery.Domains
}

// newPostRooms fills in the rooms about mail. Nothing leaves before start.
func newPostRooms(t *testing.T, d *Deps) postRooms {
	t.Helper()
	p := postRooms{caught: delivery.NewCaught(d.DB)}
	keys := delivery.NewKeys(d.DB, d.Ring)
	p.domains = &delivery.Domains{
		DB: d.DB, Accounts: d.Accounts, Keys: keys, Inside: true, TXT: func(context.Context, string) ([]string, error) { return nil, nil },
	}
	var relay delivery.Relay
	relay.Target.Addr, relay.Target.Hello = letterbox(t, p.caught), "mail.midori.example"
	p.engine = delivery.NewEngine(delivery.Config{
		DB: d.DB, Gate: d.Gate, Router: relay, Signer: keys, Clock: d.Clock, Log: d.Log, Connections: 2,
	})
	p.campaigns = campaign.New(campaign.Needs{
		DB: d.DB, Ring: d.Ring, Accounts: d.Accounts, Contacts: d.Contacts, Consent: d.Consent, Gate: d.Gate, Engine: p.engine,
		Composer: compose.New(d.Catalogue), Texts: d.Catalogue, Clock: d.Clock, Log: d.Log,
		Links: campaign.Links{Ring: d.Ring, PublicURL: d.BaseURL, MailDomain: "bounce.midori.example"},
		Pages: soundPages{},
	})
	var err error
	p.desk, err = collect.New(collect.Config{
		DB: d.DB, Ring: d.Ring, Accounts: d.Accounts, People: d.Contacts, Consents: d.Consent, Gate: d.Gate, Outbox: p.engine.Outbox(),
		Texts: d.Catalogue, BaseURL: d.BaseURL,
	})
	if err != nil {
		t.Fatal(err)
	}
	d.Campaigns, d.Collect, d.Caught, d.Engine = p.campaigns, p.desk, p.caught, p.engine
	return p
}

// letterbox is a small SMTP server that keeps every mail in the box of caught ones.
func letterbox(t *testing.T, box *delivery.Caught) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go serveSMTP(conn, box)
		}
	}()
	return l.Addr().String()
}

// caughtShape is a mail as the box takes it.
type caughtShape = struct {
	From       string
	To         []string
	Data       []byte
	ReceivedAt time.Time
	Encrypted  bool
}

func serveSMTP(conn net.Conn, box *delivery.Caught) {
	defer conn.Close()
	var m caughtShape
	say := func(text string) { _, _ = conn.Write([]byte(text + "\r\n")) }
	say("220 letterbox")
	for lines := bufio.NewScanner(conn); lines.Scan(); {
		switch verb := strings.ToUpper(lines.Text()); {
		case strings.HasPrefix(verb, "EHLO"):
			say("250-letterbox\r\n250-PIPELINING\r\n250 8BITMIME")
		case strings.HasPrefix(verb, "MAIL"):
			m = caughtShape{From: between(lines.Text())}
			say("250 2.1.0 OK")
		case strings.HasPrefix(verb, "RCPT"):
			m.To = append(m.To, between(lines.Text()))
			say("250 2.1.5 OK")
		case verb == "DATA":
			say("354 go on")
			for lines.Scan() && lines.Text() != "." {
				m.Data = append(m.Data, strings.TrimPrefix(lines.Text(), ".")+"\r\n"...)
			}
			m.ReceivedAt = time.Now()
			if box.Keep(context.Background(), m) != nil {
				say("451 4.3.0 later")
				continue
			}
			say("250 2.0.0 kept")
		case verb == "QUIT":
			say("221 bye")
			return
		default:
			say("250 OK")
		}
	}
}

func between(line string) string {
	_, rest, _ := strings.Cut(line, "<")
	inner, _, _ := strings.Cut(rest, ">")
	return inner
}

// open sets the post to work until the test is over.
func (h *house) open() {
	h.Helper()
	if err := h.post.domains.Tend(h.Context(), time.Now()); err != nil {
		h.Fatal(err)
	}
	if err := h.post.engine.Start(h.Context()); err != nil {
		h.Fatal(err)
	}
	h.Cleanup(func() { h.post.engine.Stop(context.Background()) })
	h.post.campaigns.Start(h.Context())
	h.Cleanup(h.post.campaigns.Stop)
}

// withReaders answers for the readers' style sheet beside the site.
func withReaders(site http.Handler) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/", site)
	mux.HandleFunc("GET "+readerSheet, func(w http.ResponseWriter, _ *http.Request) {
		css, err := os.ReadFile("../public/static/reader.css")
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", "text/css; charset=utf-8")
		_, _ = w.Write(css)
	})
	return mux
}

// town is a village with a post office: a draft, a form and a sent campaign.
type town struct {
	*village
	draft, sent campaign.Campaign
	form        collect.Form
}

const greeting = "{{ contact.name | honorific: \"様\", \"お客様\" }}\n\n春の**新商品**ができました。\n\n[見る](https://midori.example/new)\n"

func newTown(t *testing.T, db *store.DB) *town {
	t.Helper()
	w := &town{village: newVillage(t, db)}
	w.open()
	w.write(w.leave)
	w.draft, w.sent = w.campaign("春のお知らせ"), w.campaign("冬のお知らせ")
	if err := w.post.campaigns.Send(t.Context(), w.by(), w.sent, campaign.Launch{}, time.Now()); err != nil {
		t.Fatal(err)
	}
	w.sent = w.await(w.sent, campaign.Done)
	spec := collect.NewSpec(collect.Newsletter)
	spec.PolicyURL, spec.Langs = "https://midori.example/privacy", []i18n.Lang{i18n.Ja}
	spec.Offers = []collect.Offer{{Topic: w.news.ID, Wording: "newsletter"}}
	var err error
	w.form, err = w.post.desk.Create(t.Context(), w.by(), collect.NewForm{Workspace: w.workspace.ID, Slug: "letter", Name: "メルマガ登録", Spec: spec}, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// leave has somebody who once agreed to the topic withdraw.
func (w *town) leave(tx *store.Tx) error {
	m, err := addr.ParseMail("saburo@example.jp")
	if err != nil {
		return err
	}
	a, _, err := w.people.contacts.EnsureAddress(w.Context(), tx, w.workspace.ID, m, time.Now())
	if err != nil {
		return err
	}
	at := time.Now().Add(-30 * time.Minute)
	_, err = w.people.log.Append(w.Context(), tx, []*consent.Event{
		{Workspace: w.workspace.ID, Address: a.ID, Topic: w.news.ID, Action: consent.ActionConfirmed, Basis: consent.BasisConsent, Method: consent.MethodPage, OccurredAt: at},
		{Workspace: w.workspace.ID, Address: a.ID, Topic: w.news.ID, Action: consent.ActionWithdrawn, Method: consent.MethodOneClick, OccurredAt: at.Add(time.Minute)},
	})
	return err
}

func (w *town) by() account.By {
	return account.By{Actor: account.Actor{Kind: account.ActorOperator, ID: w.operator(ownerMail).ID}}
}

func (w *town) campaign(name string) campaign.Campaign {
	w.Helper()
	c, err := w.post.campaigns.Create(w.Context(), w.by(), w.workspace.ID, campaign.Content{
		Name: name, Topic: w.news.ID, Profile: w.news.Profile, Class: compose.Ad, Lang: i18n.Ja, Subject: "新商品のお知らせ", Kind: compose.Markdown, Body: greeting,
	}, time.Now())
	if err != nil {
		w.Fatal(err)
	}
	return c
}

// await waits until a campaign has come to a state.
func (w *town) await(c campaign.Campaign, state campaign.State) campaign.Campaign {
	w.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); <-tick.C {
		got := w.reload(c)
		if got.State == state {
			return got
		}
	}
	w.Fatalf("campaign %s did not become %s: %+v", c.Name, state, w.reload(c))
	return c
}

func (w *town) reload(c campaign.Campaign) campaign.Campaign {
	w.Helper()
	got, err := w.post.campaigns.Get(w.Context(), w.db, c.Workspace, c.ID)
	if err != nil {
		w.Fatal(err)
	}
	return got
}

// path fills the ids of the town into a path.
func (w *town) path(pattern string) string {
	w.Helper()
	people, err := w.post.campaigns.People(w.Context(), w.db, w.sent.ID, delivery.Delivered, 0, 1)
	if err != nil || len(people) == 0 {
		w.Fatalf("nobody was reached: %v", err)
	}
	mails, err := w.post.caught.List(w.Context(), delivery.CaughtQuery{Workspaces: []int64{w.sent.Workspace}, Limit: 1})
	if err != nil || len(mails) == 0 {
		w.Fatalf("nothing was caught: %v", err)
	}
	return strings.NewReplacer(
		"{draft}", w.draft.PublicID(), "{sent}", w.sent.PublicID(), "{frm}", store.Public(collect.FormPrefix, w.form.ID),
		"{msg}", store.Public(messagePrefix, people[0].ID), "{cgt}", store.Public(caughtPrefix, mails[0].ID),
	).Replace(pattern)
}

// shownPost are the pages about mail that an owner can open.
var shownPost = []string{
	"/admin/", "/admin/campaigns", "/admin/campaigns/new", "/admin/campaigns/{draft}/class", "/admin/campaigns/{draft}/write", "/admin/campaigns/{draft}/send",
	"/admin/campaigns/{draft}", "/admin/campaigns/{sent}", "/admin/campaigns/{sent}/people", "/admin/campaigns/{sent}/people?outcome=withheld",
	"/admin/campaigns/{sent}/people?outcome=waiting", "/admin/campaigns/{sent}/people/{msg}",
	"/admin/forms", "/admin/forms-transmission", "/admin/forms-complaints", "/admin/forms/new", "/admin/forms/{frm}", "/admin/forms/{frm}/edit", "/admin/forms/{frm}/embed",
	"/admin/forms/{frm}/versions", "/admin/forms/{frm}/archive", "/admin/caught", "/admin/caught?to=nobody@example.jp", "/admin/caught/{cgt}",
}

// framed are what frames on those pages show.
var framed = []string{
	"/admin/campaigns/{sent}/preview", "/admin/campaigns/{draft}/preview?view=text&as=nameless", "/admin/campaigns/{sent}/people/{msg}/letter",
	"/admin/forms/{frm}/preview", "/admin/caught/{cgt}/html", "/admin/caught/{cgt}/text",
}

// patternsPost are the patterns of the pages that the stories about mail show.
func patternsPost() []string {
	patterns := []string{ // campaign_test.go, caught_test.go
		"/admin/campaigns/{id}/progress", "/admin/campaigns/{id}/cancel", "/admin/caught/{id}/source",
	}
	for _, list := range [][]string{shownPost, framed} {
		for _, p := range list {
			p, _, _ = strings.Cut(p, "?")
			patterns = append(patterns, strings.NewReplacer("{draft}", "{id}", "{sent}", "{id}", "{frm}", "{id}", "{cgt}", "{id}", "{msg}", "{message}").Replace(p))
		}
	}
	return patterns
}

// soundPages are public pages that nothing is wrong with.
type soundPages struct{}

func (soundPages) Open(context.Context, string) (int, string, error) {
	return 200, `<button name="scope" value="all">`, nil
}

func (soundPages) Press(context.Context, string, string, string) (int, bool, error) {
	return 200, false, nil
}
