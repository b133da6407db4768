package bench

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/transform"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/app"
	"github.com/kyodaku/kyodaku/internal/campaign"
	"github.com/kyodaku/kyodaku/internal/compose"
	"github.com/kyodaku/kyodaku/internal/consent"
	"github.com/kyodaku/kyodaku/internal/contact"
	"github.com/kyodaku/kyodaku/internal/i18n"
	"github.com/kyodaku/kyodaku/internal/job"
	"github.com/kyodaku/kyodaku/internal/store"
)

// company is an invented sender with readers who agreed.
type company struct {
	app       *app.App
	workspace account.Workspace
	profile   account.Profile
	topic     consent.Topic
	sent      int
}

var by = account.By{Actor: account.Actor{Kind: account.ActorCLI}}

// found makes the company and gives it readers by the importer.
func found(ctx context.Context, a *app.App, readers int) (*company, error) {
	c := &company{app: a}
	for _, step := range []func(context.Context) error{
		c.setUp,
		c.openTopic,
		func(ctx context.Context) error { return c.invite(ctx, readers) },
		c.settleLog,
	} {
		if err := step(ctx); err != nil {
			return nil, fmt.Errorf("bench: company: %w", err)
		}
	}
	return c, nil
}

func (c *company) setUp(ctx context.Context) (err error) {
	a := c.app
	c.workspace, _, err = a.Accounts.SetUp(ctx, account.SetUp{
		Workspace: account.WorkspaceForm{Slug: "bench", Lang: i18n.Ja, Label: account.Label{
			LegalName: "株式会社みはかり", PostalAddress: "〒100-0000 東京都架空区計測1-2-3", Phone: "03-0000-0000", Email: "contact@sender.example",
		}},
		FromName: "みはかり", FromAddress: "news@sender.example",
		AdminEmail: "owner@sender.example", AdminName: "測量 恵", AdminPassword: "not for anybody to use",
	}, a.Clock())
	if err != nil {
		return err
	}
	profiles, err := a.Accounts.Profiles(ctx, a.DB, c.workspace.ID)
	if err != nil {
		return err
	}
	c.profile = profiles[0]
	return a.Domains.Tend(ctx, a.Clock())
}

func (c *company) openTopic(ctx context.Context) error {
	return c.app.DB.Write(ctx, func(tx *store.Tx) (err error) {
		c.topic, err = c.app.Consent.CreateTopic(ctx, tx, consent.Topic{
			Workspace: c.workspace.ID, Profile: c.profile.ID, Key: "weekly", NameJa: "週刊みはかり", ContentJa: "新着のお知らせをお届けします。",
			Promise: consent.Frequency{Count: 1, Period: consent.Week}, DoubleOptIn: true, Public: true,
		}, c.app.Clock())
		return err
	})
}

var errImport = errors.New("the readers were not taken")

// invite imports readers as a company would: a CP932 table with basis and evidence.
func (c *company) invite(ctx context.Context, readers int) error {
	a := c.app
	order, err := a.Importer.Receive(ctx, c.workspace.ID, "readers.csv", table(readers), a.Clock())
	if err != nil {
		return err
	}
	order.Topics, order.Lang = []int64{c.topic.ID}, i18n.Ja
	order.Declared.Origin, order.Declared.Purpose = contact.Own, contact.PurposeAds
	var id int64
	if err := a.DB.Write(ctx, func(tx *store.Tx) (err error) {
		id, err = a.Importer.Start(ctx, tx, c.workspace.ID, 0, order, a.Clock())
		return err
	}); err != nil {
		return err
	}
	for {
		j, err := job.Get(ctx, a.DB, c.workspace.ID, id)
		if err != nil {
			return err
		}
		if j.State.Final() {
			var report contact.Report
			if err := j.DecodeResult(&report); err != nil || report.New != int64(readers) {
				return errors.Join(errImport, err)
			}
			return nil
		}
		if err := pause(ctx, 20*time.Millisecond); err != nil {
			return err
		}
	}
}

// settleLog has the consent log take in all events, so that it is at rest while
// mail is measured.
func (c *company) settleLog(ctx context.Context) error {
	_, err := c.app.Consent.Sequence(ctx, c.app.Clock())
	return err
}

func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

// table streams a list of readers at a thousand domains.
func table(readers int) io.Reader {
	r, w := io.Pipe()
	go func() {
		sjis := transform.NewWriter(w, japanese.ShiftJIS.NewEncoder())
		out := bufio.NewWriter(sjis)
		names := []string{"佐藤,花子,サトウ ハナコ", "鈴木,太郎,スズキ タロウ", "髙橋,健,タカハシ ケン", "渡邊,優子,ワタナベ ユウコ"}
		fmt.Fprint(out, "メールアドレス,姓,名,フリガナ,会社名,都道府県,根拠,取得方法,同意日時,証跡\r\n")
		for i := range readers {
			fmt.Fprintf(out, "reader%d@mail%d.example,%s,株式会社見本%d,東京都,B1,店頭申込書,2025/%02d/%02d,申込書番号%d\r\n",
				i, i%1000, names[i%len(names)], i%1000, 1+i%12, 1+i%28, i)
		}
		err := out.Flush()
		if err == nil {
			err = sjis.Close()
		}
		w.CloseWithError(err)
	}()
	return r
}

// write sends a campaign to all readers and says which.
func (c *company) write(ctx context.Context) (campaign.Campaign, error) {
	a := c.app
	c.sent++
	made, err := a.Campaigns.Create(ctx, by, c.workspace.ID, campaign.Content{
		Name: fmt.Sprintf("計測 %d", c.sent), Topic: c.topic.ID, Profile: c.profile.ID, Class: compose.Ad, Lang: i18n.Ja,
		Subject: `{{ contact.name | honorific: "様", "お客様" }}へ 今週のおすすめ`, Preheader: "新着情報とお得なお知らせ",
		Kind: compose.Markdown, Body: body,
	}, a.Clock())
	if err != nil {
		return made, err
	}
	return made, a.Campaigns.Send(ctx, by, made, campaign.Launch{}, a.Clock())
}
