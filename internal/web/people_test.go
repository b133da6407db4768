package web

import (
	"context"
	"strings"
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
	"github.com/kyodaku/kyodaku/internal/law"
	"github.com/kyodaku/kyodaku/internal/preference"
	"github.com/kyodaku/kyodaku/internal/store"
)

// peopleRooms are the rooms about people that a house has.
type peopleRooms struct {
	log      *consent.Log
	contacts *contact.Book
	gate     *gate.Gate
	jobs     *job.Runner
}

// noMail is an outbox that keeps nothing.
type noMail struct{}

func (noMail) Put(context.Context, *store.Tx, []delivery.Item, time.Time) ([]int64, error) {
	return nil, nil
}

// newPeopleRooms fills in the rooms about people.
func newPeopleRooms(t *testing.T, d *Deps) peopleRooms {
	t.Helper()
	rules, err := law.Load()
	if err != nil {
		t.Fatal(err)
	}
	d.Consent = consent.New(d.DB, d.Ring, d.Log)
	d.Contacts = contact.New(d.DB, d.Ring, d.Consent)
	d.Gate = gate.New(d.DB, rules, d.Consent, d.Clock, d.Log)
	d.Jobs = job.NewRunner(d.DB, d.Log, job.Options{Node: "test", Poll: 50 * time.Millisecond})
	d.Imports = contact.NewImporter(d.Contacts, d.Jobs, d.Catalogue, rules)
	d.Exports = contact.NewExporter(d.Contacts, d.Jobs, d.Catalogue)
	desk, err := preference.New(preference.Config{
		DB: d.DB, Ring: d.Ring, Accounts: d.Accounts, People: d.Contacts, Consents: d.Consent, Gate: d.Gate,
		Outbox: noMail{}, Jobs: d.Jobs, Texts: d.Catalogue, BaseURL: d.BaseURL,
	})
	if err != nil {
		t.Fatal(err)
	}
	d.Refusals = desk
	return peopleRooms{d.Consent, d.Contacts, d.Gate, d.Jobs}
}

// start sets gate and jobs to work until the test is over.
func (p peopleRooms) start(t *testing.T) {
	t.Helper()
	if err := p.gate.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.gate.Stop)
	if err := p.jobs.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.jobs.Stop)
}

// village is a house in which people live.
type village struct {
	*house
	workspace account.Workspace
	news      consent.Topic
	sato      contact.Contact
	satoMail  contact.Address
	// event is the consent of sato.
	event int64
	shown string
}

// newVillage settles a house: a topic, a text, two people who agreed, one who
// refused, an address that bounced and a message.
func newVillage(t *testing.T, db *store.DB) *village {
	t.Helper()
	v := &village{house: settledOn(t, db)}
	all, err := v.accounts.Workspaces(t.Context(), v.db)
	if err != nil {
		t.Fatal(err)
	}
	v.workspace = all[0]
	v.write(v.proveDomain)
	v.write(v.settle)
	if _, err := v.people.log.Sequence(t.Context(), time.Now()); err != nil {
		t.Fatal(err)
	}
	return v
}

func (v *village) write(fn func(tx *store.Tx) error) {
	v.Helper()
	if err := v.db.Write(v.Context(), fn); err != nil {
		v.Fatal(err)
	}
}

// proveDomain makes the sender's domain its own, so that mails may leave.
func (v *village) proveDomain(tx *store.Tx) error {
	if _, err := v.accounts.EnsureDomain(v.Context(), tx, v.workspace.ID, "midori.example", time.Now()); err != nil {
		return err
	}
	if _, err := tx.Exec(v.Context(), `UPDATE sending_domain SET state = 'proven' WHERE workspace_id = ?`, v.workspace.ID); err != nil {
		return err
	}
	green := account.Marks{SPF: "pass", DKIM: "pass", DMARC: "pass", PTR: "pass", Reach: "pass"}
	return v.accounts.SetDomainMarks(v.Context(), tx, v.workspace.ID, "midori.example", green, time.Now())
}

func (v *village) settle(tx *store.Tx) error {
	ctx, now := v.Context(), time.Now().Add(-time.Hour)
	profiles, err := v.accounts.Profiles(ctx, tx, v.workspace.ID)
	if err != nil {
		return err
	}
	v.news, err = v.people.log.CreateTopic(ctx, tx, consent.Topic{
		Workspace: v.workspace.ID, Key: "news", NameJa: "月刊みどり通信", NameEn: "Midori Monthly", ContentJa: "新商品と季節の特集", ContentEn: "New products and seasonal features",
		Promise: consent.Frequency{Count: 2, Period: consent.Month}, DoubleOptIn: true, Public: true, Profile: profiles[0].ID,
	}, now)
	if err != nil {
		return err
	}
	wording, err := v.people.log.AddWording(ctx, tx, consent.Wording{
		Workspace: v.workspace.ID, Kind: consent.WordingConsent, Key: "newsletter", TextJa: "メールの配信を希望します。", TextEn: "I would like to get mail.",
	}, now)
	if err != nil {
		return err
	}
	if _, err := v.people.log.AddWording(ctx, tx, consent.Wording{
		Workspace: v.workspace.ID, Kind: consent.WordingConsent, Key: "newsletter", TextJa: "月刊みどり通信の配信を希望します。", TextEn: "I would like to get Midori Monthly.",
	}, now); err != nil {
		return err
	}
	v.shown, err = v.people.log.KeepShown(ctx, tx, consent.Shown{Workspace: v.workspace.ID, Kind: "form", Lang: i18n.Ja, Body: "<h1>登録フォーム</h1><p>月刊みどり通信</p>"}, now)
	if err != nil {
		return err
	}
	for i, who := range people {
		one, mail, err := v.settler(tx, who, now)
		if err != nil {
			return err
		}
		if i == 0 {
			v.sato, v.satoMail = one, mail
		}
		e := &consent.Event{
			Workspace: v.workspace.ID, Contact: one.ID, Address: mail.ID, Topic: v.news.ID, Action: consent.ActionConfirmed, Basis: consent.BasisConsent,
			Method: consent.MethodPage, OccurredAt: now,
			Evidence: consent.Evidence{
				Address: mail.Shown, Network: "203.0.113.0/24", UserAgent: "Mozilla/5.0", Page: "/f/news", Lang: "ja", Shown: v.shown,
				Wordings: []consent.TextRef{wording.Ref(i18n.Ja)}, Boxes: map[string]bool{"newsletter": true}, PolicyURL: "https://midori.example/privacy",
				Confirmation: &consent.Confirmation{SentAt: now, PressedAt: now, Network: "203.0.113.0/24"},
			},
		}
		if who.refused {
			e = &consent.Event{
				Workspace: v.workspace.ID, Contact: one.ID, Address: mail.ID, Action: consent.ActionWithdrawn, Method: consent.MethodOneClick, OccurredAt: now,
			}
		}
		if _, err := v.people.log.Append(ctx, tx, []*consent.Event{e}); err != nil {
			return err
		}
		if i == 0 {
			v.event = e.ID
		}
	}
	if _, err := v.people.contacts.AddNote(ctx, tx, v.workspace.ID, contact.Note{Contact: v.sato.ID, Operator: v.operator(ownerMail).ID, At: now, Body: "展示会でお会いした。"}); err != nil {
		return err
	}
	return v.mailed(tx, now)
}

// settler is somebody who lives in the village.
type settler struct {
	family, given, kanaFamily, kanaGiven, company, mail string
	refused                                             bool
}

var people = []settler{
	{family: "佐藤", given: "花子", kanaFamily: "サトウ", kanaGiven: "ハナコ", company: "株式会社青空", mail: "hanako.sato@aozora.example"},
	{family: "鈴木", given: "次郎", kanaFamily: "スズキ", kanaGiven: "ジロウ", mail: "jiro@example.jp"},
	{family: "高橋", given: "三郎", kanaFamily: "タカハシ", kanaGiven: "サブロウ", mail: "saburo@example.jp", refused: true},
}

func (v *village) settler(tx *store.Tx, who settler, now time.Time) (contact.Contact, contact.Address, error) {
	ctx := v.Context()
	m, err := addr.ParseMail(who.mail)
	if err != nil {
		return contact.Contact{}, contact.Address{}, err
	}
	a, _, err := v.people.contacts.EnsureAddress(ctx, tx, v.workspace.ID, m, now)
	if err != nil {
		return contact.Contact{}, a, err
	}
	one, _, err := v.people.contacts.EnsureContact(ctx, tx, a, contact.Contact{
		FamilyName: who.family, GivenName: who.given, FamilyKana: who.kanaFamily, GivenKana: who.kanaGiven, Company: who.company, Lang: i18n.Ja,
	}, now)
	a.Contact = one.ID
	return one, a, err
}

// mailed puts one delivered and one withheld message into the outbox.
func (v *village) mailed(tx *store.Tx, now time.Time) error {
	at := store.Micros(now)
	for i, one := range []struct{ outcome, rule string }{{"delivered", ""}, {"withheld", "OUT-01"}} {
		id, err := tx.NewID(v.Context())
		if err != nil {
			return err
		}
		_, err = tx.Exec(v.Context(), `INSERT INTO outbox (id, workspace_id, kind, contact_id, address_id, topic_id, class, profile_id, state, outcome, rule, run_at, created_at, finished_at)
			VALUES (?, ?, 'confirmation', ?, ?, ?, 'ad', ?, 3, ?, ?, ?, ?, ?)`,
			id, v.workspace.ID, v.sato.ID, v.satoMail.ID, v.news.ID, v.news.Profile, one.outcome, one.rule, at, at, at+int64(i))
		if err != nil {
			return err
		}
	}
	return nil
}

// path fills the ids of the village into a path.
func (v *village) path(pattern string) string {
	return strings.NewReplacer(
		"{con}", store.Public(contact.Prefix, v.sato.ID), "{tpc}", store.Public(topicPrefix, v.news.ID),
		"{evt}", store.Public(eventPrefix, v.event), "{hash}", v.shown,
	).Replace(pattern)
}
