package demo

import (
	"context"
	"fmt"
	"time"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/addr"
	"github.com/kyodaku/kyodaku/internal/app"
	"github.com/kyodaku/kyodaku/internal/collect"
	"github.com/kyodaku/kyodaku/internal/consent"
	"github.com/kyodaku/kyodaku/internal/i18n"
	"github.com/kyodaku/kyodaku/internal/provision"
	"github.com/kyodaku/kyodaku/internal/store"
)

// readers is how many people the invented company has permission to write to,
// or had.
const readers = 200

// company is what was made, for whoever goes on with it.
type company struct {
	workspace account.Workspace
	operator  account.Operator
	profile   account.Profile
	weekly    consent.Topic
	events    consent.Topic
	sales     consent.Topic
	form      collect.Form
	// officer approves what the operator plans; programme is one that runs, recipient who gets
	// its data.
	officer   account.Operator
	programme provision.Programme
	recipient provision.Recipient
}

func (c company) by() account.By {
	return account.By{Actor: account.Actor{Kind: account.ActorOperator, ID: c.operator.ID}}
}

// seed makes the company with its topics, forms and readers.
func seed(ctx context.Context, a *app.App, now time.Time) (company, error) {
	var c company
	var err error
	for _, step := range []func() error{
		func() error { c.workspace, c.operator, err = a.Accounts.SetUp(ctx, setUp(), now); return err },
		func() error { return c.sender(ctx, a) },
		func() error { return c.topics(ctx, a, now) },
		func() error { return c.forms(ctx, a, now) },
		func() error { return c.people(ctx, a, now) },
		func() error { return c.provide(ctx, a, now) },
	} {
		if err := step(); err != nil {
			return c, fmt.Errorf("demo: seed: %w", err)
		}
	}
	return c, nil
}

func setUp() account.SetUp {
	return account.SetUp{
		Workspace: account.WorkspaceForm{
			Slug: "midorino", Name: "みどり野ファーム", PrivacyURL: "https://midorino.example/privacy", Lang: i18n.Ja, Zone: "Asia/Tokyo",
			Label: account.Label{
				LegalName: "株式会社みどり野ファーム", LegalNameEn: "Midorino Farm Co., Ltd.",
				PostalAddress: "〒399-0000 長野県架空市みどり野1-2-3", PostalAddressEn: "1-2-3 Midorino, Kakuu-shi, Nagano 399-0000, Japan",
				Phone: "0260-00-0000", Email: "contact@midorino.example",
			},
		},
		FromName: "みどり野ファーム", FromAddress: "news@midorino.example",
		AdminEmail: "owner@midorino.example", AdminName: "緑野 かおり", AdminPassword: "demo-" + rand(),
	}
}

func (c *company) sender(ctx context.Context, a *app.App) error {
	profiles, err := a.Accounts.Profiles(ctx, a.DB, c.workspace.ID)
	if err != nil {
		return err
	}
	c.profile = profiles[0]
	return a.Domains.Tend(ctx, a.Clock())
}

func (c *company) topics(ctx context.Context, a *app.App, now time.Time) error {
	return a.DB.Write(ctx, func(tx *store.Tx) error {
		for _, t := range []struct {
			into  *consent.Topic
			topic consent.Topic
			words consent.Wording
		}{
			{&c.weekly, consent.Topic{
				Key: "weekly", NameJa: "みどり野だより", NameEn: "Midorino weekly", DoubleOptIn: true, Public: true,
				ContentJa: "旬の野菜と畑のようす、簡単なレシピをお届けします。", ContentEn: "Vegetables in season, news from the fields and easy recipes.",
				Promise: consent.Frequency{Count: 1, Period: consent.Week},
			}, consent.Wording{
				TextJa: "株式会社みどり野ファームからのメールマガジン「みどり野だより」を受け取ることに同意します。",
				TextEn: "I agree to receive the newsletter “Midorino weekly” from Midorino Farm Co., Ltd.",
			}},
			{&c.events, consent.Topic{
				Key: "events", NameJa: "収穫体験・イベントのご案内", NameEn: "Harvest days and events", DoubleOptIn: true, Public: true,
				ContentJa: "収穫体験や直売会など、催しのお知らせです。", ContentEn: "Invitations to harvest days and farm markets.",
				Promise: consent.Frequency{Count: 2, Period: consent.Month},
			}, consent.Wording{
				TextJa: "株式会社みどり野ファームからイベントの案内メールを受け取ることに同意します。",
				TextEn: "I agree to receive event invitations by mail from Midorino Farm Co., Ltd.",
			}},
			{&c.sales, consent.Topic{
				Key: "sales", NameJa: "セール・新商品のお知らせ", NameEn: "Offers and new products", DoubleOptIn: true, Public: true,
				ContentJa: "野菜セットの割引や新商品の情報です。", ContentEn: "Discounts on vegetable boxes and new products.",
				Promise: consent.Frequency{Count: 1, Period: consent.Week},
			}, consent.Wording{
				TextJa: "株式会社みどり野ファームからセールと新商品の案内メールを受け取ることに同意します。",
				TextEn: "I agree to receive offers and product news by mail from Midorino Farm Co., Ltd.",
			}},
		} {
			t.topic.Workspace, t.topic.Profile = c.workspace.ID, c.profile.ID
			made, err := a.Consent.CreateTopic(ctx, tx, t.topic, now)
			if err != nil {
				return err
			}
			*t.into = made
			t.words.Workspace, t.words.Kind, t.words.Key = c.workspace.ID, consent.WordingConsent, t.topic.Key
			if _, err := a.Consent.AddWording(ctx, tx, t.words, now); err != nil {
				return err
			}
		}
		_, err := a.Consent.AddWording(ctx, tx, consent.Wording{
			Workspace: c.workspace.ID, Kind: consent.WordingPurpose, Key: "mail",
			TextJa: "いただいたお名前とメールアドレスは、選択されたメールの配信と、その内容の改善のために利用します。",
			TextEn: "We use your name and mail address to send the mails you chose and to improve them.",
		}, now)
		return err
	})
}

func (c *company) forms(ctx context.Context, a *app.App, now time.Time) error {
	for _, f := range []struct {
		preset collect.Preset
		slug   string
		name   string
		offers []consent.Topic
		into   *collect.Form
	}{
		{collect.Newsletter, "midorino", "メールマガジン登録", []consent.Topic{c.weekly, c.events, c.sales}, &c.form},
		{collect.Prize, "midorino-present", "野菜セットプレゼント", []consent.Topic{c.sales}, new(collect.Form)},
	} {
		spec := collect.NewSpec(f.preset)
		spec.PolicyURL = c.workspace.PrivacyURL
		spec.Purpose = collect.Purpose{Key: "mail"}
		spec.Profile = c.profile.ID
		for _, t := range f.offers {
			spec.Offers = append(spec.Offers, collect.Offer{Topic: t.ID, Wording: t.Key})
		}
		made, err := a.Collect.Create(ctx, c.by(), collect.NewForm{Workspace: c.workspace.ID, Slug: f.slug, Name: f.name, Spec: spec}, now)
		if err != nil {
			return err
		}
		if findings, err := a.Collect.Publish(ctx, c.by(), made, "", now); err != nil {
			return fmt.Errorf("publish %s: %v: %w", f.slug, findings, err)
		}
		*f.into = made
	}
	return nil
}

// people gives the company its readers: most confirmed, some with a basis other
// than consent, some who left.
func (c *company) people(ctx context.Context, a *app.App, now time.Time) error {
	return a.DB.Write(ctx, func(tx *store.Tx) error {
		var events []*consent.Event
		for i := range readers {
			address, err := c.person(ctx, a, tx, i, now)
			if err != nil {
				return err
			}
			events = append(events, c.history(i, address, now)...)
		}
		_, err := a.Consent.Append(ctx, tx, events)
		return err
	})
}

func (c *company) person(ctx context.Context, a *app.App, tx *store.Tx, i int, now time.Time) (int64, error) {
	who, mail := person(i)
	who.Workspace = c.workspace.ID
	parsed, err := addr.ParseMail(mail)
	if err != nil {
		return 0, err
	}
	address, _, err := a.Contacts.EnsureAddress(ctx, tx, c.workspace.ID, parsed, now)
	if err != nil {
		return 0, err
	}
	_, _, err = a.Contacts.EnsureContact(ctx, tx, address, who, now)
	return address.ID, err
}

// history is what reader i said in the past months.
func (c *company) history(i int, address int64, now time.Time) []*consent.Event {
	joined := now.AddDate(0, 0, -7-(i*37)%340).Add(time.Duration(i*613) * time.Second)
	event := func(t consent.Topic, action consent.Action, method consent.Method, at time.Time) *consent.Event {
		return &consent.Event{
			Workspace: c.workspace.ID, Address: address, Topic: t.ID, Action: action, Method: method,
			OccurredAt: at, ReceivedAt: at,
		}
	}
	grant := func(t consent.Topic) *consent.Event {
		e := event(t, consent.ActionConfirmed, consent.MethodForm, joined)
		e.Basis = consent.BasisConsent
		e.Evidence = consent.Evidence{
			Lang: "ja", Page: "https://midorino.example/", Form: c.form.ID, Network: "192.0.2.0/24",
			Wordings:     []consent.TextRef{{Key: t.Key, Version: 1, Lang: "ja"}},
			Confirmation: &consent.Confirmation{SentAt: joined.Add(-10 * time.Minute), PressedAt: joined},
		}
		return e
	}
	switch {
	case i%50 == 44: // agreed long ago and was never heard of again: the law warns (DLV-06)
		joined = joined.AddDate(-1, -2, 0)
		return []*consent.Event{grant(c.events)}
	case i%20 == 19: // met at a fair: the card is the basis
		e := event(c.events, consent.ActionGranted, consent.MethodImport, joined)
		e.Basis = consent.BasisNotified
		e.Evidence = consent.Evidence{Source: "農業展 2026 名刺交換", Note: "名刺スキャン 2026-" + fmt.Sprint(i)}
		return []*consent.Event{e}
	case i%10 == 7: // joined and left
		return []*consent.Event{grant(c.weekly), event(c.weekly, consent.ActionWithdrawn, consent.MethodOneClick, joined.AddDate(0, 0, 5))}
	case i%50 == 33: // left everything
		return []*consent.Event{grant(c.weekly), event(consent.Topic{}, consent.ActionWithdrawn, consent.MethodPreferenceCentre, joined.AddDate(0, 0, 6))}
	case i%50 == 41: // not confirmed yet
		return []*consent.Event{event(c.weekly, consent.ActionRequested, consent.MethodForm, now.Add(-time.Hour))}
	case i%3 == 0:
		return []*consent.Event{grant(c.weekly), grant(c.events)}
	case i%3 == 1:
		return []*consent.Event{grant(c.weekly), grant(c.sales)}
	}
	return []*consent.Event{grant(c.weekly)}
}
