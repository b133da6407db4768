package preference

import (
	"context"
	"log/slog"
	"net/netip"
	"testing"
	"time"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/addr"
	"github.com/kyodaku/kyodaku/internal/consent"
	"github.com/kyodaku/kyodaku/internal/contact"
	"github.com/kyodaku/kyodaku/internal/delivery"
	"github.com/kyodaku/kyodaku/internal/gate"
	"github.com/kyodaku/kyodaku/internal/i18n"
	"github.com/kyodaku/kyodaku/internal/job"
	"github.com/kyodaku/kyodaku/internal/keyring"
	"github.com/kyodaku/kyodaku/internal/law"
	"github.com/kyodaku/kyodaku/internal/store"
)

// world is an installation with one workspace, two public topics and a hidden one.
type world struct {
	*testing.T
	*Desk
	db      *store.DB
	ws      account.Workspace
	by      account.By
	profile int64
	news    consent.Topic
	sale    consent.Topic
	hidden  consent.Topic
	runner  *job.Runner
	// now is when the story begins; permits live for a minute of real time.
	now time.Time
}

func newWorld(t *testing.T, db *store.DB) *world {
	t.Helper()
	ring, err := keyring.New(keyring.Generate())
	if err != nil {
		t.Fatal(err)
	}
	rules, err := law.Load()
	if err != nil {
		t.Fatal(err)
	}
	texts, err := i18n.Load()
	if err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.DiscardHandler)
	w := &world{T: t, db: db, now: time.Now().UTC().Truncate(time.Second)}
	consents := consent.New(db, ring, log)
	g := gate.New(db, rules, consents, time.Now, log)
	if err := g.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(g.Stop)
	w.runner = job.NewRunner(db, log, job.Options{Node: "a", Poll: 20 * time.Millisecond})
	engine := delivery.NewEngine(delivery.Config{DB: db, Gate: g, Router: delivery.Relay{}, Clock: time.Now, Log: log, Connections: 1})
	w.Desk, err = New(Config{
		DB: db, Ring: ring, Accounts: account.New(db, ring), People: contact.New(db, ring, consents), Consents: consents,
		Gate: g, Outbox: engine.Outbox(), Jobs: w.runner, Texts: texts, BaseURL: "https://mail.example.jp",
	})
	if err != nil {
		t.Fatal(err)
	}
	w.setUp()
	return w
}

func (w *world) write(fn func(ctx context.Context, tx *store.Tx) error) {
	w.Helper()
	if err := w.db.Write(w.Context(), func(tx *store.Tx) error { return fn(w.Context(), tx) }); err != nil {
		w.Fatal(err)
	}
}

func (w *world) setUp() {
	w.Helper()
	ws, owner, err := w.Accounts.SetUp(w.Context(), account.SetUp{
		Workspace: account.WorkspaceForm{
			Slug: "sample", Name: "サンプル商会", Lang: i18n.Ja, PrivacyURL: "https://www.sample-shokai.example/privacy",
			Label: account.Label{
				LegalName: "株式会社サンプル商会", LegalNameEn: "Sample Shokai Co., Ltd.", PostalAddress: "東京都千代田区丸の内1-1-1",
				PostalAddressEn: "1-1-1 Marunouchi, Chiyoda-ku, Tokyo", Phone: "03-1234-5678", Email: "info@sample-shokai.example",
			},
		},
		AdminEmail: "hanako@sample-shokai.example", AdminName: "山田 花子", AdminPassword: "mizuiro no kasa wo motte", Network: "192.0.2.1",
	}, w.now)
	if err != nil {
		w.Fatal(err)
	}
	w.ws, w.by = ws, account.By{Actor: account.Actor{Kind: account.ActorOperator, ID: owner.ID}, Network: "192.0.2.1"}
	profiles, err := w.Accounts.Profiles(w.Context(), w.db, ws.ID)
	if err != nil || len(profiles) != 1 {
		w.Fatal(err, len(profiles))
	}
	w.profile = profiles[0].ID
	w.write(func(ctx context.Context, tx *store.Tx) error {
		return w.Accounts.SetDomainState(ctx, tx, account.Domain{Workspace: ws.ID, Domain: "sample-shokai.example", State: account.Internal}, w.now)
	})
	w.news, w.sale, w.hidden = w.topic("news", "新着のお知らせ", true), w.topic("sale", "セールのご案内", true), w.topic("vip", "会員向け", false)
}

func (w *world) topic(key, name string, public bool) (t consent.Topic) {
	w.Helper()
	w.write(func(ctx context.Context, tx *store.Tx) (err error) {
		t, err = w.Consents.CreateTopic(ctx, tx, consent.Topic{
			Workspace: w.ws.ID, Key: key, NameJa: name, NameEn: key, ContentJa: name + "をお届けします。", ContentEn: "About " + key,
			Promise: consent.Frequency{Count: 2, Period: consent.Week}, DoubleOptIn: true, Public: public, Profile: w.profile,
		}, w.now)
		return err
	})
	return t
}

// person makes a reader who has confirmed topics a day ago.
func (w *world) person(mail string, topics ...consent.Topic) (a contact.Address) {
	w.Helper()
	parsed, err := addr.ParseMail(mail)
	if err != nil {
		w.Fatal(err)
	}
	w.write(func(ctx context.Context, tx *store.Tx) (err error) {
		if a, _, err = w.People.EnsureAddress(ctx, tx, w.ws.ID, parsed, w.now); err != nil {
			return err
		}
		if _, _, err = w.People.EnsureContact(ctx, tx, a, contact.Contact{FamilyName: "山田"}, w.now); err != nil {
			return err
		}
		a, err = w.People.AddressByID(ctx, tx, w.ws.ID, a.ID)
		return err
	})
	for _, t := range topics {
		w.say(&consent.Event{
			Workspace: w.ws.ID, Address: a.ID, Topic: t.ID, Action: consent.ActionConfirmed, Basis: consent.BasisConsent,
			Method: consent.MethodForm, OccurredAt: w.now.AddDate(0, 0, -1), Evidence: consent.Evidence{Page: "/f/x"},
		})
	}
	return a
}

func (w *world) say(events ...*consent.Event) {
	w.Helper()
	w.write(func(ctx context.Context, tx *store.Tx) error {
		_, err := w.Consents.Append(ctx, tx, events)
		return err
	})
}

func (w *world) token(p keyring.Purpose, a contact.Address, topic int64) string {
	return w.Ring.Sign(keyring.Token{Purpose: p, Workspace: a.Workspace, Address: a.ID, Topic: topic, ID: 77, IssuedAt: w.now.AddDate(-3, 0, 0)})
}

// admit asks the gate for an ad and returns the rule that forbids it, "" if none.
func (w *world) admit(a contact.Address, topic consent.Topic) string {
	w.Helper()
	d, err := w.Gate.Admit(w.Context(), w.db, gate.Audience{Workspace: w.ws.ID, Profile: w.profile, Stage: gate.Planned},
		[]gate.Request{{Address: a.ID, Topic: topic.ID, Class: law.Ad}}, time.Now())
	if err != nil {
		w.Fatal(err)
	}
	if d[0].Refusal != nil {
		return string(d[0].Refusal.Rule)
	}
	return ""
}

// must holds what the gate says to a topic.
func (w *world) must(a contact.Address, topic consent.Topic, rule string) {
	w.Helper()
	if got := w.admit(a, topic); got != rule {
		w.Errorf("%s: the gate says %q, want %q", topic.Key, got, rule)
	}
}

// events lists what the log holds about an address.
func (w *world) events(a contact.Address) (list []consent.Entry) {
	w.Helper()
	for e, err := range w.Consents.History(w.Context(), w.db, consent.Of{Workspace: w.ws.ID, Address: a.ID}) {
		if err != nil {
			w.Fatal(err)
		}
		list = append(list, e)
	}
	return list
}

func (w *world) count(query func() *store.Row) (n int) {
	w.Helper()
	if err := query().Scan(&n); err != nil {
		w.Fatal(err)
	}
	return n
}

func act() Act {
	return Act{Network: netip.MustParseAddr("198.51.100.7"), UserAgent: "Browser", Lang: i18n.Ja, Page: "/unsubscribe"}
}
