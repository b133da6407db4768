package notice

import (
	"context"
	"encoding/json"
	"time"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/addr"
	"github.com/kyodaku/kyodaku/internal/compose"
	"github.com/kyodaku/kyodaku/internal/compose/letter"
	"github.com/kyodaku/kyodaku/internal/delivery"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/store"
)

var _ delivery.Writer = (*Desk)(nil)

// errGone says that there is nobody left to write to.
var errGone = fault.New(fault.Refused, "notice.gone")

// Write implements delivery.Writer for KindAccount.
func (d *Desk) Write(ctx context.Context, r store.Reader, rows []delivery.Leased, now time.Time) ([]delivery.Letter, error) {
	out := make([]delivery.Letter, len(rows))
	for i, row := range rows {
		var err error
		if out[i], err = d.write(ctx, r, row, now); err != nil {
			if fault.Temporary(err) {
				return nil, failed("write", err)
			}
			out[i] = delivery.Letter{Err: failed("write", err)}
		}
	}
	return out, nil
}

// Halted implements delivery.Writer: nothing here belongs to a campaign.
func (d *Desk) Halted(context.Context, store.Reader, []int64) (map[int64]bool, error) {
	return nil, nil //nolint:nilnil // a nil map says that none is halted
}

// parts are what a mail is made of.
type parts struct {
	row      delivery.Leased
	purpose  account.LinkPurpose
	operator account.Operator
	ws       account.Workspace
	profile  account.Profile
	link     string
	title    string
	to       addr.Mail
}

func (d *Desk) write(ctx context.Context, r store.Reader, row delivery.Leased, now time.Time) (delivery.Letter, error) {
	p, err := d.gather(ctx, r, row, now)
	if err != nil {
		return delivery.Letter{}, err
	}
	text, err := d.render(p)
	if err != nil {
		return delivery.Letter{}, err
	}
	from := p.profile.FromAddress
	l := delivery.Letter{From: d.Returns.For(row.ID, from), To: p.to, Workspace: row.Workspace, Domain: from.Domain()}
	l.Data, err = letter.Note{
		ID: store.Public("msg", row.ID), FromName: p.profile.FromName, From: from, ToName: p.operator.Name, To: p.to, Date: now,
		Subject: text.Subject, Text: text.Text, HTML: text.HTML,
	}.Build()
	return l, err
}

// gather reads what the mail is about, as it is now.
func (d *Desk) gather(ctx context.Context, r store.Reader, row delivery.Leased, now time.Time) (p parts, err error) {
	var stored payload
	if err := json.Unmarshal([]byte(row.Payload), &stored); err != nil {
		return p, fault.Wrap(fault.Invalid, err, "fault.invalid")
	}
	p.row, p.purpose, p.title = row, stored.Purpose, stored.Title
	if p.operator, err = d.addressee(ctx, r, stored); err != nil {
		return p, err
	}
	a, err := d.People.AddressByID(ctx, r, row.Workspace, row.Request.Address)
	if err != nil {
		return p, err
	}
	if p.operator.Disabled() || a.Shown == "" {
		return p, errGone
	}
	if p.to, err = addr.StoredMail(a.Shown); err != nil {
		return p, err
	}
	if p.ws, err = d.Accounts.WorkspaceByID(ctx, r, row.Workspace); err != nil {
		return p, err
	}
	if p.profile, err = d.Accounts.ProfileByID(ctx, r, row.Workspace, row.Profile); err != nil {
		return p, err
	}
	p.link, err = d.linkOf(ctx, stored, now)
	return p, err
}

// addressee is the operator that a mail is for, or a company that is none of ours.
func (d *Desk) addressee(ctx context.Context, r store.Reader, p payload) (account.Operator, error) {
	if p.Operator == 0 {
		return account.Operator{Name: p.Company, Lang: p.Lang}, nil
	}
	return d.Accounts.OperatorByID(ctx, r, p.Operator)
}

// linkOf is the address to open. A link that has ended is not worth a mail.
func (d *Desk) linkOf(ctx context.Context, p payload, now time.Time) (string, error) {
	if p.Path != "" {
		return d.BaseURL + p.Path, nil
	}
	if p.Purpose == stopped {
		return "", nil // there is nothing to open: not for a company, what operators open
	}
	if len(p.Secret) == 0 {
		return d.BaseURL + "/admin/", nil
	}
	secret, err := d.Ring.Open(useSecret, p.Secret)
	if err != nil {
		return "", err
	}
	if _, err := d.Accounts.PeekLink(ctx, string(secret), now); err != nil {
		return "", err
	}
	return d.BaseURL + "/admin/link/" + string(secret), nil
}

// render writes the mail in the operator's language. Names are put in by the merge
// language, which escapes them.
func (d *Desk) render(p parts) (compose.Rendered, error) {
	lang := p.operator.Lang
	label := p.profile.Label.In(lang)
	say, key := d.Texts.For(lang), "notice."+string(p.purpose)
	body := say.T(key+".body", "Name", `{{ contact.name | honorific: "様" }}`, "Sender", "{{ sender.name }}", "Link", p.link,
		"Title", "{{ campaign.name }}")
	if p.purpose == stopped && p.link != "" {
		body += "\n\n" + say.T("notice.stopped.page", "Link", p.link)
	}
	program, err := d.composer.Compile(compose.Draft{
		Class: compose.Tx, Lang: lang, Kind: compose.Markdown, Campaign: p.title,
		Subject: say.T(key+".subject", "Sender", "{{ sender.name }}", "Title", "{{ campaign.name }}"), Body: body,
	}, compose.Label{
		LegalName: label.LegalName, SenderName: p.ws.Name, PostalAddress: label.PostalAddress, Phone: label.Phone, Mail: label.Email, URL: label.URL,
	})
	if err != nil {
		return compose.Rendered{}, err
	}
	var out compose.Rendered
	err = program.Render(&out, compose.Recipient{
		DisplayName: p.operator.Name, Locale: string(lang), Links: compose.Links{SenderPage: d.BaseURL + "/s/" + p.ws.Slug},
	})
	return out, err
}
