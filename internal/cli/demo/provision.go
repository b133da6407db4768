package demo

import (
	"context"
	"fmt"
	"time"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/app"
	"github.com/kyodaku/kyodaku/internal/i18n"
	"github.com/kyodaku/kyodaku/internal/law"
	"github.com/kyodaku/kyodaku/internal/provision"
)

// dayOf is a day as item 8b is written: one of Japan's, wherever the machine stands.
func dayOf(at time.Time) string {
	return at.In(law.Japan).Format(time.DateOnly)
}

// items are those of the company's opt-out provision, which begins on a day.
func (c *company) items(start time.Time) provision.Items {
	l := c.workspace.Label
	return provision.Items{
		Name: l.LegalName, Address: l.PostalAddress, Representative: "代表取締役 緑野 かおり", Phone: l.Phone,
		Data: []provision.DataItem{
			{Field: "family_name", Name: provision.Text{Ja: "姓", En: "Family name"}},
			{Field: "given_name", Name: provision.Text{Ja: "名", En: "Given name"}},
			{Field: "prefecture", Name: provision.Text{Ja: "都道府県", En: "Prefecture"}},
		},
		Acquisition: provision.Text{Ja: "当社のホームページと農業展の受付で、ご本人が入力・記入したもの", En: "Entered by the person on our site, or written down at our stand at fairs"},
		Method:      provision.Text{Ja: "暗号化した電子データの受け渡し", En: "Handed over as encrypted electronic data"},
		StopBy:      provision.Text{Ja: "本ページから、または郵便・電話（" + l.Phone + "）で受け付けます。", En: "On this page, by letter, or by telephone (" + l.Phone + ")"},
		Update:      provision.Text{Ja: "ご本人からの変更の連絡のつど更新します。", En: "Updated whenever the person tells of a change"},
		Start:       dayOf(start),
		Terms:       provision.Terms{Recipients: provision.Text{Ja: "架空市観光協会", En: "Kakuu-shi Tourist Association"}},
	}
}

// provide gives the company a legal officer, a running programme and a recipient.
func (c *company) provide(ctx context.Context, a *app.App, now time.Time) error {
	made, err := a.Accounts.Invite(ctx, c.by(), account.Invite{
		Workspace: c.workspace.ID, Email: "legal@midorino.example", Name: "高野 律子", Role: account.Legal, Lang: i18n.Ja,
	}, now)
	if err != nil {
		return err
	}
	c.officer = made.Operator
	if c.programme, err = c.announced(ctx, a, "お客さま名簿の提供", now.AddDate(0, 0, -60), now.AddDate(0, 0, -5)); err != nil {
		return err
	}
	c.recipient, err = a.ProvisionRuns.CreateRecipient(ctx, c.by(), c.workspace.ID, provision.RecipientTerms{
		Name: "架空市観光協会", Address: "長野県架空市駅前1-1", Representative: "会長 旅野 守", Country: "JP",
		Identity: "登記事項証明書（2026年10月1日取得）", Purpose: "産地見学のご案内", StopMail: "privacy@kanko.example", Target: provision.Target{Kind: provision.ByFile},
	}, provision.Secrets{}, now)
	return err
}

// courseDays are the days from the notice on which the steps were taken.
var courseDays = [...]struct {
	kind provision.StepKind
	days int
}{
	{provision.Noticed, 0},
	{provision.Filed, 3},
	{provision.PublishedByPPC, 20},
	{provision.PublishedByUs, 21},
}

// announced makes a programme whose notice was put up on a day and whose other steps followed.
func (c *company) announced(ctx context.Context, a *app.App, name string, noticed, start time.Time) (provision.Programme, error) {
	p, err := a.Provisions.Create(ctx, c.by(), provision.Programme{Workspace: c.workspace.ID, Name: name, Class: provision.OptOut, Draft: c.items(start)}, noticed)
	if err != nil {
		return p, err
	}
	if _, err := a.Provisions.Freeze(ctx, c.by(), provision.Programme{ID: p.ID, Workspace: c.workspace.ID}, noticed); err != nil {
		return p, err
	}
	for n, s := range courseDays {
		at := noticed.AddDate(0, 0, s.days)
		evidence := fmt.Sprintf("受付番号 2026-%03d", n+1)
		if err := a.Provisions.Take(ctx, c.by(), p, 1, provision.Step{Kind: s.kind, On: at, Evidence: evidence}, at); err != nil {
			return p, err
		}
	}
	return a.Provisions.ByID(ctx, a.DB, c.workspace.ID, p.ID)
}
