package demo

import (
	"context"
	crand "crypto/rand"
	"fmt"
	"strings"
	"time"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/app"
	"github.com/kyodaku/kyodaku/internal/campaign"
	"github.com/kyodaku/kyodaku/internal/cli/journey"
	"github.com/kyodaku/kyodaku/internal/compose"
	"github.com/kyodaku/kyodaku/internal/delivery"
	"github.com/kyodaku/kyodaku/internal/i18n"
)

// FormSlug is the invented company's registration form.
const FormSlug = "midorino"

// Demo is a running installation with the invented company in it.
type Demo struct {
	app *app.App
	company
}

// Prepare makes the company and sends its first campaign through the catcher.
func Prepare(ctx context.Context, a *app.App) (*Demo, error) {
	c, err := seed(ctx, a, a.Clock())
	if err != nil {
		return nil, err
	}
	d := &Demo{app: a, company: c}
	if err := d.firstCampaign(ctx); err != nil {
		return nil, fmt.Errorf("demo: first campaign: %w", err)
	}
	return d, nil
}

// rand is a password that nobody needs to know.
func rand() string { return strings.ToLower(crand.Text()) }

// SignInLink makes a one-time link that signs in as the company's owner.
func (d *Demo) SignInLink(ctx context.Context) (string, error) {
	secret, err := d.app.Accounts.CreateLink(ctx, account.By{Actor: account.Actor{Kind: account.ActorCLI}}, account.LinkRequest{
		Operator: d.operator.ID, Workspace: d.workspace.ID, Purpose: account.LinkSignIn, Life: 24 * time.Hour,
	}, d.app.Clock())
	if err != nil {
		return "", fmt.Errorf("demo: link: %w", err)
	}
	return d.app.URL() + "/admin/link/" + secret, nil
}

const firstBody = `{{ contact.name | honorific: "様", "お客様" }}

いつもみどり野ファームの野菜をお召し上がりいただき、ありがとうございます。

## 今週の畑から

朝晩が冷え込むようになり、**ほうれん草**と**春菊**の甘みが増してきました。

- ほうれん草のおひたし(ゆで時間は40秒)
- 春菊と豆腐のサラダ

[レシピをすべて見る](https://midorino.example/recipes)

次回は干し柿づくりのようすをお届けします。
`

// firstCampaign is the finished one that people find when they look around.
func (d *Demo) firstCampaign(ctx context.Context) error {
	a := d.app
	c, err := a.Campaigns.Create(ctx, d.by(), d.workspace.ID, campaign.Content{
		Name: "みどり野だより 第1号", Topic: d.weekly.ID, Profile: d.profile.ID, Class: compose.Ad, Lang: i18n.Ja,
		Subject: "ほうれん草がおいしい季節です", Preheader: "今週の畑のようすと、かんたんレシピ", Kind: compose.Markdown, Body: firstBody,
	}, a.Clock())
	if err != nil {
		return err
	}
	if err := a.Campaigns.Send(ctx, d.by(), c, campaign.Launch{}, a.Clock()); err != nil {
		return err
	}
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for c.State != campaign.Done {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
		if c, err = a.Campaigns.Get(ctx, a.DB, c.Workspace, c.ID); err != nil {
			return err
		}
	}
	return nil
}

// Check runs the main job over HTTP and SMTP; say is told every step that held.
func (d *Demo) Check(ctx context.Context, say func(step string)) error {
	key, err := d.apiKey(ctx)
	if err != nil {
		return err
	}
	err = journey.Walk(ctx, journey.Config{
		BaseURL: d.app.URL(), APIKey: key, FormSlug: FormSlug, TopicKey: d.weekly.Key,
		Reader:    "haruka.mihon@" + "mail.example",
		LegalName: d.workspace.Label.LegalName, PostalAddress: d.workspace.Label.PostalAddress,
		Mailbox: caught{d.app, []int64{d.workspace.ID}}, DKIM: d.keyRecord, Say: say,
	})
	if err != nil {
		return err
	}
	return d.checkProvision(ctx, say)
}

// caught reads the demo's mailbox: everything the catcher kept.
type caught struct {
	app        *app.App
	workspaces []int64
}

// Mails implements journey.Mailbox.
func (c caught) Mails(ctx context.Context, to string) ([][]byte, error) {
	const enough = 100
	list, err := c.app.Caught.List(ctx, delivery.CaughtQuery{Workspaces: c.workspaces, To: to, Limit: enough})
	if err != nil {
		return nil, err
	}
	var out [][]byte
	for i := len(list) - 1; i >= 0; i-- {
		m, err := c.app.Caught.Get(ctx, c.workspaces, list[i].ID)
		if err != nil {
			return nil, err
		}
		out = append(out, m.Data)
	}
	return out, nil
}

// keyRecord answers DNS questions about the company's signing keys, which stand
// in no zone because the company does not exist.
func (d *Demo) keyRecord(name string) ([]string, error) {
	records, err := d.app.Domains.Keys.Records(context.Background(), d.app.DB, d.workspace.ID, d.profile.FromAddress.Domain())
	if err != nil {
		return nil, err
	}
	for _, r := range records {
		if r.Name == strings.TrimSuffix(name, ".") {
			return []string{r.Value}, nil
		}
	}
	return nil, nil
}

// apiKey makes the key that the check calls the API with.
func (d *Demo) apiKey(ctx context.Context) (string, error) {
	now := d.app.Clock()
	secret, _, err := d.app.Accounts.CreateAPIKey(ctx, d.by(), d.workspace.ID, account.KeyForm{
		Name: "demo", Scopes: account.Scopes(), ExpiresAt: now.Add(24 * time.Hour),
	}, now)
	return secret, err
}
