package preference

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
	"github.com/kyodaku/kyodaku/internal/i18n"
	"github.com/kyodaku/kyodaku/internal/keyring"
	"github.com/kyodaku/kyodaku/internal/store"
)

var _ delivery.Writer = (*Desk)(nil)

// bounceBox begins the local part of return paths that our listener takes.
const bounceBox = "b+"

// errReaderGone says that the address was erased after the link was asked for.
var errReaderGone = fault.New(fault.Refused, "preference.gone")

// Write implements delivery.Writer for KindLink.
func (d *Desk) Write(ctx context.Context, r store.Reader, rows []delivery.Leased, now time.Time) ([]delivery.Letter, error) {
	boxes, err := d.mailboxes(ctx, r, rows)
	if err != nil {
		return nil, failed("write", err)
	}
	out := make([]delivery.Letter, len(rows))
	for i, row := range rows {
		shown, ok := boxes[row.Request.Address]
		if !ok {
			out[i].Err = errReaderGone
			continue
		}
		if out[i], err = d.letter(ctx, r, row, shown, now); err != nil {
			if fault.Temporary(err) {
				return nil, failed("write", err)
			}
			out[i] = delivery.Letter{Err: err}
		}
	}
	return out, nil
}

// Halted implements delivery.Writer: there is nothing to pause.
func (d *Desk) Halted(context.Context, store.Reader, []int64) (map[int64]bool, error) {
	return nil, nil
}

// mailboxes reads where to write to; erased addresses are left out.
func (d *Desk) mailboxes(ctx context.Context, r store.Reader, rows []delivery.Leased) (map[int64]string, error) {
	ids := make([]int64, len(rows))
	for i, row := range rows {
		ids[i] = row.Request.Address
	}
	found, err := r.Query(ctx, sqlMailboxes, store.In(ids))
	if err != nil {
		return nil, err
	}
	defer found.Close()
	boxes := map[int64]string{}
	for found.Next() {
		var id, erased int64
		var shown string
		if err := found.Scan(&id, &shown, &erased); err != nil {
			return nil, err
		}
		if erased == 0 {
			boxes[id] = shown
		}
	}
	return boxes, found.Err()
}

func (d *Desk) letter(ctx context.Context, r store.Reader, row delivery.Leased, shown string, now time.Time) (delivery.Letter, error) {
	var p linkPayload
	if err := json.Unmarshal([]byte(row.Payload), &p); err != nil {
		return delivery.Letter{}, fault.Wrap(fault.Invalid, err, "fault.invalid")
	}
	to, err := addr.StoredMail(shown)
	if err != nil {
		return delivery.Letter{}, err
	}
	ws, err := d.Accounts.WorkspaceByID(ctx, r, row.Workspace)
	if err != nil {
		return delivery.Letter{}, err
	}
	profile, err := d.Accounts.ProfileByID(ctx, r, row.Workspace, row.Profile)
	if err != nil {
		return delivery.Letter{}, err
	}
	if !p.Lang.Valid() {
		p.Lang = ws.Lang
	}
	rendered, err := d.renderLink(row, ws, profile, p.Lang)
	if err != nil {
		return delivery.Letter{}, err
	}
	l := delivery.Letter{From: d.returnPath(profile, row), To: to, Workspace: row.Workspace, Domain: profile.FromAddress.Domain()}
	l.Data, err = build(row, profile, to, rendered, now)
	return l, err
}

// returnPath is where a bounce goes: to our listener, or to the sender's address.
func (d *Desk) returnPath(p account.Profile, row delivery.Leased) string {
	if d.MailDomain == "" {
		return p.FromAddress.Wire()
	}
	return bounceBox + d.Ring.SignReturn(row.ID) + "@" + d.MailDomain
}

func (d *Desk) renderLink(row delivery.Leased, ws account.Workspace, p account.Profile, lang i18n.Lang) (compose.Rendered, error) {
	l, say := labelIn(p.Label, lang), d.Texts.For(lang)
	program, err := d.composer.Compile(compose.Draft{
		Class: compose.Tx, Lang: lang, Kind: compose.Markdown,
		Subject: say.T("preference.link.subject"), Body: say.T("preference.link.body", "Link", "{{ links.preferences }}"),
	}, compose.Label{
		LegalName: l.LegalName, SenderName: l.LegalName, PostalAddress: l.PostalAddress, Phone: l.Phone, Mail: l.Email, URL: l.URL,
	})
	if err != nil {
		return compose.Rendered{}, err
	}
	token := d.Ring.Sign(keyring.Token{
		Purpose: keyring.Preferences, Workspace: row.Workspace, Address: row.Request.Address, ID: row.ID, IssuedAt: row.CreatedAt,
	})
	var out compose.Rendered
	err = program.Render(&out, compose.Recipient{Locale: string(lang), Links: compose.Links{
		Preferences: d.BaseURL + "/preferences/" + token, SenderPage: d.BaseURL + "/s/" + ws.Slug,
	}})
	return out, err
}

func build(row delivery.Leased, p account.Profile, to addr.Mail, r compose.Rendered, now time.Time) ([]byte, error) {
	o := letter.Options{
		Automatic: true, Boundary: "=_" + store.Public("msg", row.ID), TextSample: r.Text, HTMLSample: r.HTML,
	}
	var err error
	if o.From, err = letter.NewMailbox(p.FromName, p.FromAddress); err != nil {
		return nil, err
	}
	form, err := letter.NewForm(o)
	if err != nil {
		return nil, err
	}
	l := letter.Letter{Date: now, Text: r.Text, HTML: r.HTML}
	if l.To, err = letter.NewMailbox("", to); err != nil {
		return nil, err
	}
	if l.Subject, err = letter.NewText("subject", string(r.Subject)); err != nil {
		return nil, err
	}
	if l.ID, err = letter.NewMessageID(store.Public("msg", row.ID), p.FromAddress.Domain()); err != nil {
		return nil, err
	}
	return form.Build(nil, &l), nil
}
