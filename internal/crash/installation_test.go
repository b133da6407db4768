package crash

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/addr"
	"github.com/kyodaku/kyodaku/internal/app"
	"github.com/kyodaku/kyodaku/internal/campaign"
	"github.com/kyodaku/kyodaku/internal/compose"
	"github.com/kyodaku/kyodaku/internal/consent"
	"github.com/kyodaku/kyodaku/internal/contact"
	"github.com/kyodaku/kyodaku/internal/i18n"
	"github.com/kyodaku/kyodaku/internal/store"
)

// installation is a data folder with a company and its readers in it.
type installation struct {
	t             *testing.T
	dir, database string
	readers       []string
	workspace     account.Workspace
	by            account.By
	profile       account.Profile
	topic         consent.Topic
}

func (in *installation) keyFile() string { return filepath.Join(in.dir, "kyodaku.key") }

// open opens the installation without starting anything.
func (in *installation) open() *app.App {
	in.t.Helper()
	a, err := app.New(context.Background(), app.Config{
		DataDir: in.dir, Database: in.database, KeyFile: in.keyFile(), PublicURL: "http://127.0.0.1",
		Log: slog.New(slog.DiscardHandler), Clock: time.Now,
		Mail: app.Mail{Mode: app.Catch, Hostname: "localhost", Connections: 1},
	})
	if err != nil {
		in.t.Fatal(err)
	}
	return a
}

// inside does something to the installation while the program does not run.
func (in *installation) inside(do func(ctx context.Context, a *app.App) error) {
	in.t.Helper()
	a := in.open()
	defer a.Stop(context.Background())
	if err := do(context.Background(), a); err != nil {
		in.t.Fatal(err)
	}
}

func install(t *testing.T, database string, readers int) *installation {
	t.Helper()
	in := &installation{t: t, dir: t.TempDir(), database: database}
	in.inside(func(ctx context.Context, a *app.App) (err error) {
		now := time.Now().Add(-time.Hour)
		var owner account.Operator
		if in.workspace, owner, err = a.Accounts.SetUp(ctx, setUp(), now); err != nil {
			return err
		}
		in.by = account.By{Actor: account.Actor{Kind: account.ActorOperator, ID: owner.ID}}
		profiles, err := a.Accounts.Profiles(ctx, a.DB, in.workspace.ID)
		if err != nil {
			return err
		}
		in.profile = profiles[0]
		// Keys, and a domain that counts as internal.
		if err := a.Domains.Tend(ctx, time.Now()); err != nil {
			return err
		}
		for from := 0; from < readers; from += 1000 {
			if err := in.addReaders(ctx, a, from, min(readers, from+1000), now); err != nil {
				return err
			}
		}
		return nil
	})
	return in
}

func setUp() account.SetUp {
	return account.SetUp{
		Workspace: account.WorkspaceForm{
			Slug: "cafe", Name: "カフェ", Lang: i18n.Ja, Zone: "Asia/Tokyo",
			Label: account.Label{LegalName: "株式会社カフェ", PostalAddress: "〒100-0000 東京都千代田区架空1-2-3", Email: "info@cafe.example"},
		},
		FromName: "カフェ", FromAddress: "news@cafe.example",
		AdminEmail: "owner@cafe.example", AdminName: "喫茶 花子", AdminPassword: "kill-minus-nine-0",
	}
}

func (in *installation) addReaders(ctx context.Context, a *app.App, from, to int, now time.Time) error {
	return a.DB.Write(ctx, func(tx *store.Tx) (err error) {
		if in.topic.ID == 0 {
			topic := consent.Topic{
				Workspace: in.workspace.ID, Profile: in.profile.ID, Key: "news", NameJa: "便り", NameEn: "News",
				ContentJa: "お知らせ", ContentEn: "News", Promise: consent.Frequency{Count: 1, Period: consent.Week}, Public: true,
			}
			if in.topic, err = a.Consent.CreateTopic(ctx, tx, topic, now); err != nil {
				return err
			}
		}
		var events []*consent.Event
		for i := from; i < to; i++ {
			mail, err := addr.ParseMail(fmt.Sprintf("reader%d@mail.example", i))
			if err != nil {
				return err
			}
			address, _, err := a.Contacts.EnsureAddress(ctx, tx, in.workspace.ID, mail, now)
			if err != nil {
				return err
			}
			if _, _, err = a.Contacts.EnsureContact(ctx, tx, address, contact.Contact{FamilyName: "読者", GivenName: fmt.Sprint(i)}, now); err != nil {
				return err
			}
			in.readers = append(in.readers, address.Shown)
			events = append(events, &consent.Event{
				Workspace: in.workspace.ID, Address: address.ID, Topic: in.topic.ID, Action: consent.ActionGranted,
				Basis: consent.BasisConsent, Method: consent.MethodForm, OccurredAt: now,
			})
		}
		_, err = a.Consent.Append(ctx, tx, events)
		return err
	})
}

// send writes a campaign that goes out as soon as the program runs.
func (in *installation) send(subject string) (id int64) {
	in.t.Helper()
	in.inside(func(ctx context.Context, a *app.App) error {
		now := time.Now()
		c, err := a.Campaigns.Create(ctx, in.by, in.workspace.ID, campaign.Content{
			Name: subject, Topic: in.topic.ID, Profile: in.profile.ID, Class: compose.Ad, Lang: i18n.Ja,
			Subject: subject, Kind: compose.Markdown, Body: "こんにちは。\n\nあたらしい豆が届きました。\n",
		}, now)
		if err != nil {
			return err
		}
		id = c.ID
		found, err := a.Campaigns.Check(ctx, a.DB, c)
		if err != nil {
			return err
		}
		// Nothing serves our pages here, so nobody could look at them yet (rule LBL-10).
		answer := campaign.Answer{Reason: "表示先のページは、動いているサーバーが確かめるため", Shown: campaign.Codes(found)}
		return a.Campaigns.Send(ctx, in.by, c, campaign.Launch{Amber: true, Answer: answer}, now)
	})
	return id
}

// state reads where a campaign stands, from outside the running program.
func state(t *testing.T, db *store.DB, id int64) (state string) {
	t.Helper()
	if err := db.QueryRow(context.Background(), `SELECT state FROM campaign WHERE id = ?`, id).Scan(&state); err != nil {
		t.Fatal(err)
	}
	return state
}

// outcomes reads what became of each reader.
func outcomes(t *testing.T, db *store.DB, id int64) map[string]string {
	t.Helper()
	rows, err := db.Query(context.Background(), `SELECT a.shown, o.state, o.outcome FROM outbox o JOIN address a ON a.id = o.address_id
		WHERE o.campaign_id = ? AND o.campaign_id <> 0`, id)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	out := map[string]string{}
	for rows.Next() {
		var shown, outcome string
		var state int
		if err := rows.Scan(&shown, &state, &outcome); err != nil {
			t.Fatal(err)
		}
		if _, twice := out[shown]; twice || state != 3 {
			t.Errorf("a reader has two rows, or one in state %d", state)
		}
		out[shown] = outcome
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}
