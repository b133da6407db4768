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
	"github.com/kyodaku/kyodaku/internal/keyring"
	"github.com/kyodaku/kyodaku/internal/store"
)

var _ delivery.Writer = (*Desk)(nil)

// errReaderGone says that the address was erased after the link was asked for.
var errReaderGone = fault.New(fault.Refused, "preference.gone")

// Write implements delivery.Writer for KindLink and KindRenewal.
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
	w := writing{row: row, profile: profile, to: to, links: d.links(row, ws), now: now}
	if w.rendered, err = d.render(w, p); err != nil {
		return delivery.Letter{}, err
	}
	l := delivery.Letter{From: d.Returns.For(row.ID, profile.FromAddress), To: to, Workspace: row.Workspace, Domain: profile.FromAddress.Domain()}
	l.Data, err = w.build()
	return l, err
}

// writing is one letter being written.
type writing struct {
	row      delivery.Leased
	profile  account.Profile
	to       addr.Mail
	links    compose.Links
	rendered compose.Rendered
	now      time.Time
}

// links are the reader's own pages, as the message names them.
func (d *Desk) links(row delivery.Leased, ws account.Workspace) compose.Links {
	page := func(path string, p keyring.Purpose, topic int64) string {
		return d.BaseURL + path + d.Ring.Sign(keyring.Token{
			Purpose: p, Workspace: row.Workspace, Address: row.Request.Address, Topic: topic, ID: row.ID, IssuedAt: row.CreatedAt,
		})
	}
	return compose.Links{
		Unsubscribe: page("/unsubscribe/", keyring.Unsubscribe, row.Request.Topic), Why: page("/why/", keyring.Why, row.Request.Topic),
		Preferences: page("/preferences/", keyring.Preferences, 0), SenderPage: d.BaseURL + "/s/" + ws.Slug,
	}
}

func (d *Desk) render(w writing, p linkPayload) (out compose.Rendered, err error) {
	l, say := w.profile.Label.In(p.Lang), d.Texts.For(p.Lang)
	draft := compose.Draft{
		Class: compose.Tx, Lang: p.Lang, Kind: compose.Markdown,
		Subject: say.T("preference.link.subject"), Body: say.T("preference.link.body", "Link", "{{ links.preferences }}"),
	}
	if w.row.Kind == KindRenewal {
		draft = renewalDraft(say, p)
	}
	program, err := d.composer.Compile(draft, compose.Label{
		LegalName: l.LegalName, SenderName: l.LegalName, PostalAddress: l.PostalAddress, Phone: l.Phone, Mail: l.Email, URL: l.URL,
	})
	if err != nil {
		return out, err
	}
	err = program.Render(&out, compose.Recipient{Locale: string(p.Lang), Links: w.links})
	return out, err
}

func (w writing) build() ([]byte, error) {
	n := letter.Note{
		ID: store.Public("msg", w.row.ID), FromName: w.profile.FromName, From: w.profile.FromAddress, To: w.to, Date: w.now,
		Subject: w.rendered.Subject, Text: w.rendered.Text, HTML: w.rendered.HTML,
	}
	if w.row.Request.Class.NeedsExit() {
		n.Unsubscribe = w.links.Unsubscribe
	}
	return n.Build()
}
