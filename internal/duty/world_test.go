package duty

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/addr"
	"github.com/kyodaku/kyodaku/internal/consent"
	"github.com/kyodaku/kyodaku/internal/contact"
	"github.com/kyodaku/kyodaku/internal/i18n"
	"github.com/kyodaku/kyodaku/internal/keyring"
	"github.com/kyodaku/kyodaku/internal/law"
	"github.com/kyodaku/kyodaku/internal/store"
)

// world is a company with one person who has agreed to one topic.
type world struct {
	*testing.T
	*Desk
	ws, topic int64
	person    contact.Contact
	address   contact.Address
	now       time.Time
}

// ledger has contacts ask the desk about an erasure, as the program does.
type ledger struct {
	*consent.Log
	w *world
}

func (l ledger) Erased(ctx context.Context, tx *store.Tx, c contact.Contact, now time.Time) error {
	return l.w.Erased(ctx, tx, c, now)
}

var officer = account.By{Actor: account.Actor{Kind: account.ActorCLI}}

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
	w := &world{T: t, now: time.Date(2026, 11, 21, 3, 0, 0, 0, time.UTC)}
	books, log := account.New(db, ring), consent.New(db, ring, slog.New(slog.DiscardHandler))
	w.Desk = New(Config{DB: db, Accounts: books, Consents: log, Rules: rules, Contacts: contact.New(db, ring, ledger{log, w})})
	set, _, err := books.SetUp(t.Context(), account.SetUp{
		Workspace:  account.WorkspaceForm{Name: "みどり", Lang: i18n.Ja, Label: account.Label{LegalName: "株式会社みどり", PostalAddress: "東京都千代田区丸の内1-1-1", Email: "info@midori.example"}},
		AdminEmail: "hanako@midori.example", AdminName: "山田 花子", AdminPassword: "correct horse battery staple",
	}, w.now)
	if err != nil {
		t.Fatal(err)
	}
	w.ws = set.ID
	w.write(w.join)
	return w
}

func (w *world) write(fn func(ctx context.Context, tx *store.Tx) error) {
	w.Helper()
	if err := w.DB.Write(w.Context(), func(tx *store.Tx) error { return fn(w.Context(), tx) }); err != nil {
		w.Fatal(err)
	}
}

func (w *world) join(ctx context.Context, tx *store.Tx) error {
	profiles, err := w.Accounts.Profiles(ctx, tx, w.ws)
	if err != nil {
		return err
	}
	topic, err := w.Consents.CreateTopic(ctx, tx, consent.Topic{
		Workspace: w.ws, Key: "news", NameJa: "便り", ContentJa: "季節の便り", Promise: consent.Frequency{Count: 1, Period: consent.Month}, Profile: profiles[0].ID,
	}, w.now)
	if err != nil {
		return err
	}
	w.topic = topic.ID
	return w.joins(ctx, tx, w.now.AddDate(0, -6, 0))
}

// joins has the person agree by the form, at a time; an erased one comes back.
func (w *world) joins(ctx context.Context, tx *store.Tx, at time.Time) error {
	mail, err := addr.ParseMail("sato@mail.example.jp")
	if err != nil {
		return err
	}
	if w.address, _, err = w.Contacts.EnsureAddress(ctx, tx, w.ws, mail, at); err != nil {
		return err
	}
	if w.person, _, err = w.Contacts.EnsureContact(ctx, tx, w.address, contact.Contact{FamilyName: "佐藤"}, at); err != nil {
		return err
	}
	_, err = w.Consents.Append(ctx, tx, []*consent.Event{{
		Workspace: w.ws, Contact: w.person.ID, Address: w.address.ID, Topic: w.topic, Action: consent.ActionGranted, Basis: consent.BasisConsent,
		Method: consent.MethodForm, OccurredAt: at, Evidence: consent.Evidence{Address: "sato@mail.example.jp"},
	}})
	return err
}

// sent puts a delivered advertisement into the outbox.
func (w *world) sent(at time.Time) {
	w.Helper()
	w.write(func(ctx context.Context, tx *store.Tx) error {
		id, err := tx.NewID(ctx)
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `INSERT INTO outbox (id, workspace_id, kind, address_id, topic_id, class, profile_id, state, outcome, run_at, created_at, finished_at)
			VALUES (?, ?, 'campaign', ?, ?, 'ad', 1, 3, 'delivered', 0, 0, ?)`, id, w.ws, w.address.ID, w.topic, store.Micros(at))
		return err
	})
}

// erase erases the person.
func (w *world) erase(now time.Time) error {
	return w.DB.Write(w.Context(), func(tx *store.Tx) error { return w.Contacts.Erase(w.Context(), tx, w.ws, w.person.ID, now) })
}

// evidence counts the person's events whose evidence is still there.
func (w *world) evidence() (n int64) {
	w.Helper()
	err := w.DB.QueryRow(w.Context(), `SELECT COUNT(*) FROM consent_evidence v JOIN consent_event e ON e.id = v.event_id
		WHERE e.address_id = ? AND e.action = 'granted'`, w.address.ID).Scan(&n)
	if err != nil {
		w.Fatal(err)
	}
	return n
}

func (w *world) withdrawn(ctx context.Context, tx *store.Tx, at time.Time) error {
	_, err := w.Consents.Append(ctx, tx, []*consent.Event{{
		Workspace: w.ws, Contact: w.person.ID, Address: w.address.ID, Topic: w.topic, Action: consent.ActionWithdrawn, Method: consent.MethodPage, OccurredAt: at,
	}})
	return err
}
