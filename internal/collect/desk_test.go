package collect

import (
	"context"
	"io"
	"log/slog"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-message"
	_ "github.com/emersion/go-message/charset" // reads what mailers write

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/addr"
	"github.com/kyodaku/kyodaku/internal/consent"
	"github.com/kyodaku/kyodaku/internal/contact"
	"github.com/kyodaku/kyodaku/internal/delivery"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/gate"
	"github.com/kyodaku/kyodaku/internal/i18n"
	"github.com/kyodaku/kyodaku/internal/keyring"
	"github.com/kyodaku/kyodaku/internal/law"
	"github.com/kyodaku/kyodaku/internal/store"
)

// start is when every story begins.
var start = time.Date(2026, 11, 21, 5, 0, 0, 0, time.UTC)

// world is a workspace with topics and a desk, and a clock that tests turn.
type world struct {
	*testing.T
	*Desk
	ctx    context.Context
	now    time.Time
	ws     account.Workspace
	weekly consent.Topic
	events consent.Topic
	by     account.By
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func newWorld(t *testing.T, db *store.DB) *world {
	t.Helper()
	w := &world{T: t, ctx: context.Background(), now: start}
	clock := func() time.Time { return w.now }
	quiet := slog.New(slog.DiscardHandler)
	ring := must(keyring.New(keyring.Generate()))
	texts := must(i18n.Load())
	log := consent.New(db, ring, quiet)
	guard := gate.New(db, must(law.Load()), log, clock, quiet)
	engine := delivery.NewEngine(delivery.Config{DB: db, Gate: guard, Router: delivery.Relay{}, Clock: clock, Log: quiet})
	w.Desk = must(New(Config{
		DB: db, Ring: ring, Accounts: account.New(db, ring), People: contact.New(db, ring, nil), Consents: log, Gate: guard,
		Outbox: engine.Outbox(), Texts: texts, BaseURL: "https://k.example.jp",
		Returns: delivery.ReturnPaths{Ring: ring, Domain: "in.mori.example.jp"},
	}))
	w.seed()
	return w
}

// seed makes the company, its topics and its wordings.
func (w *world) seed() {
	ws, admin, err := w.Accounts.SetUp(w.ctx, account.SetUp{
		Workspace: account.WorkspaceForm{
			Slug: "mori", Name: "森の本屋", PrivacyURL: "https://mori.example.jp/privacy",
			Label: account.Label{
				LegalName: "株式会社森の本屋", LegalNameEn: "Mori Books Inc.", PostalAddress: "東京都千代田区神田1-2-3",
				PostalAddressEn: "1-2-3 Kanda, Chiyoda, Tokyo", Email: "info@mori.example.jp",
			},
		},
		FromName: "森の本屋", FromAddress: "news@mori.example.jp", AdminEmail: "admin@mori.example.jp", AdminName: "森",
		AdminPassword: "correct horse battery staple",
	}, w.now)
	if err != nil {
		w.Fatal(err)
	}
	w.ws, w.by = ws, account.By{Actor: account.Actor{Kind: account.ActorOperator, ID: admin.ID}}
	profile := must(w.Accounts.Profiles(w.ctx, w.DB, ws.ID))[0]
	w.write(func(tx *store.Tx) error {
		err := w.Accounts.SetDomainState(w.ctx, tx, account.Domain{Workspace: ws.ID, Domain: "mori.example.jp", State: account.Internal}, w.now)
		if err != nil {
			return err
		}
		for key, to := range map[string]*consent.Topic{"weekly": &w.weekly, "events": &w.events} {
			*to, err = w.Consents.CreateTopic(w.ctx, tx, consent.Topic{
				Workspace: ws.ID, Key: key, NameJa: "新刊案内 " + key, NameEn: "New books " + key, ContentJa: "新しい本のお知らせ", ContentEn: "News of books",
				Promise: consent.Frequency{Count: 1, Period: consent.Week}, Public: true, Profile: profile.ID,
			}, w.now)
			if err != nil {
				return err
			}
		}
		for _, text := range []consent.Wording{
			{Kind: consent.WordingConsent, Key: "mail", TextJa: "株式会社森の本屋からの案内メールを受け取ります。", TextEn: "I want mails from Mori Books Inc."},
			{Kind: consent.WordingPurpose, Key: "mail", TextJa: "ご案内の送付のために利用します。", TextEn: "We use it to send you news."},
		} {
			text.Workspace = ws.ID
			if _, err := w.Consents.AddWording(w.ctx, tx, text, w.now); err != nil {
				return err
			}
		}
		return nil
	})
}

func (w *world) write(fn func(tx *store.Tx) error) {
	w.Helper()
	if err := w.DB.Write(w.ctx, fn); err != nil {
		w.Fatal(err)
	}
}

// spec is a form that can be published, with the given topics.
func (w *world) spec(p Preset, topics ...consent.Topic) Spec {
	s := NewSpec(p)
	s.Purpose.Key, s.PolicyURL = "mail", "https://mori.example.jp/privacy"
	for _, t := range topics {
		s.Offers = append(s.Offers, Offer{Topic: t.ID, Wording: "mail"})
	}
	if p == WhitePaper {
		s.Asset.URL = "https://mori.example.jp/paper.pdf"
	}
	return s
}

// publish makes a live form of a spec.
func (w *world) publish(slug string, s Spec) Live {
	w.Helper()
	f, err := w.Create(w.ctx, w.by, NewForm{Workspace: w.ws.ID, Slug: slug, Name: slug, Spec: s}, w.now)
	if err != nil {
		w.Fatal(err)
	}
	if found, err := w.Publish(w.ctx, w.by, f, "試験のため", w.now); err != nil {
		w.Fatalf("publish: %v %+v", err, found)
	}
	return must(w.LiveBySlug(w.ctx, w.DB, slug))
}

func visitor() Visitor {
	return Visitor{Network: netip.MustParseAddr("203.0.113.77"), UserAgent: "Test/1", Page: "https://k.example.jp/f/x"}
}

// fill is a form as a person with a working script sends it in.
func (w *world) fill(live Live, address string, topics ...consent.Topic) Submission {
	w.Helper()
	if err := w.CountShown(w.ctx, live, w.now); err != nil {
		w.Fatal(err)
	}
	render := w.PageToken(live, i18n.Ja, w.now)
	v := url.Values{InputEmail: {address}}
	for _, f := range live.Version.Spec.Fields {
		if f.Required {
			v.Set(FieldPrefix+f.Name, "森")
		}
	}
	for _, t := range topics {
		v.Add(InputTopic, store.Public(TopicPrefix, t.ID))
	}
	return Submission{Values: v, Render: render, Proof: solve(render), From: visitor()}
}

// solve finds a proof of work as the page's script does.
func solve(challenge string) string {
	for i := 0; ; i++ {
		if proof := strconv.Itoa(i); proven(challenge, proof) {
			return proof
		}
	}
}

func (w *world) submit(live Live, address string, topics ...consent.Topic) Answer {
	w.Helper()
	a, err := w.Submit(w.ctx, live, w.fill(live, address, topics...), w.now)
	if err != nil {
		w.Fatalf("submit: %v", err)
	}
	return a
}

// mail is a written mail, decoded.
type mail struct{ header, text, html string }

// mails writes every mail of an address that waits in the outbox, oldest first.
func (w *world) mails(address string) []mail {
	w.Helper()
	hash := w.People.Hash(w.ws.ID, must(addr.ParseMail(address)))
	rows, err := w.DB.Query(w.ctx, `SELECT o.id, o.profile_id, o.version_id, o.address_id, o.payload, o.rule FROM outbox o
		JOIN address a ON a.id = o.address_id WHERE a.hash = ? ORDER BY o.id`, hash)
	if err != nil {
		w.Fatal(err)
	}
	var leased []delivery.Leased
	for rows.Next() {
		l := delivery.Leased{Kind: KindConfirmation, Workspace: w.ws.ID, CreatedAt: w.now}
		var rule string
		if err := rows.Scan(&l.ID, &l.Profile, &l.Version, &l.Request.Address, &l.Payload, &rule); err != nil {
			w.Fatal(err)
		}
		if rule != "" {
			w.Errorf("withheld by %s", rule)
		}
		leased = append(leased, l)
	}
	if err := rows.Close(); err != nil {
		w.Fatal(err)
	}
	letters, err := w.Writer().Write(w.ctx, w.DB, leased, w.now)
	if err != nil {
		w.Fatal(err)
	}
	var list []mail
	for i, l := range letters {
		if want := w.Returns.For(leased[i].ID, addr.Mail{}); l.Err == nil && l.From != want {
			w.Errorf("bounces go to %s, want %s", l.From, want)
		}
		if l.Err != nil {
			list = append(list, mail{header: "error: " + l.Err.Error()})
			continue
		}
		list = append(list, w.read(l))
	}
	return list
}

func (w *world) read(l delivery.Letter) mail {
	w.Helper()
	e, err := message.Read(strings.NewReader(string(l.Data)))
	if err != nil {
		w.Fatal(err)
	}
	head, _, _ := strings.Cut(string(l.Data), "\r\n\r\n")
	m := mail{header: head}
	parts := e.MultipartReader()
	for {
		p, err := parts.NextPart()
		if err == io.EOF {
			return m
		}
		if err != nil {
			w.Fatal(err)
		}
		body := string(must(io.ReadAll(p.Body)))
		if strings.Contains(p.Header.Get("Content-Type"), "html") {
			m.html = body
		} else {
			m.text = body
		}
	}
}

// token is the token of the link to confirm in a mail, or "".
func (m mail) token() string { return m.link("/confirm/") }

func (m mail) link(path string) string {
	_, rest, found := strings.Cut(m.text, "https://k.example.jp"+path)
	if !found {
		return ""
	}
	end := strings.IndexFunc(rest, func(r rune) bool {
		return !(r == '-' || r == '_' || '0' <= r && r <= '9' || 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z')
	})
	if end < 0 {
		return rest
	}
	return rest[:end]
}

// states tells where an address stands on a topic: status and grade.
func (w *world) state(address string, topic consent.Topic) consent.State {
	w.Helper()
	a, err := w.People.AddressByHash(w.ctx, w.DB, w.ws.ID, w.People.Hash(w.ws.ID, must(addr.ParseMail(address))))
	if fault.Is(err, fault.NotFound) {
		return consent.State{}
	}
	if err != nil {
		w.Fatal(err)
	}
	return must(w.Consents.State(w.ctx, w.DB, a.ID))[topic.ID]
}

// history lists the actions in the log of an address.
func (w *world) history(address string) (list []consent.Entry) {
	w.Helper()
	a, err := w.People.AddressByHash(w.ctx, w.DB, w.ws.ID, w.People.Hash(w.ws.ID, must(addr.ParseMail(address))))
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	if err != nil {
		w.Fatal(err)
	}
	for e, err := range w.Consents.History(w.ctx, w.DB, consent.Of{Workspace: w.ws.ID, Address: a.ID}) {
		if err != nil {
			w.Fatal(err)
		}
		list = append(list, e)
	}
	return list
}

func (w *world) actions(address string) string {
	var names []string
	for _, e := range w.history(address) {
		names = append(names, string(e.Action))
	}
	return strings.Join(names, " ")
}
