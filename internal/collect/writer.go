package collect

import (
	"context"
	"encoding/json"
	"time"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/compose"
	"github.com/kyodaku/kyodaku/internal/compose/letter"
	"github.com/kyodaku/kyodaku/internal/delivery"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/keyring"
	"github.com/kyodaku/kyodaku/internal/store"
)

// Writer writes the mails of this room: transactional, in the language of the
// form, without advertising, pictures, tracking or a list to leave (rule COL-10).
type Writer struct{ d *Desk }

// Writer returns the desk's writer, to be registered under KindConfirmation.
func (d *Desk) Writer() *Writer { return &Writer{d} }

// Halted implements delivery.Writer: nothing here belongs to a campaign.
func (w *Writer) Halted(context.Context, store.Reader, []int64) (map[int64]bool, error) {
	return nil, nil //nolint:nilnil // a nil map says that none is halted
}

// batch is what the letters of one call have in common, read with few statements.
type batch struct {
	signups   map[int64]Signup
	versions  map[int64]Version
	addresses map[int64]string
	profiles  map[int64]account.Profile
	programs  map[programKey]*compose.Program
}

// Write implements delivery.Writer.
func (w *Writer) Write(ctx context.Context, r store.Reader, rows []delivery.Leased, now time.Time) ([]delivery.Letter, error) {
	payloads := make([]payload, len(rows))
	for i, row := range rows {
		if err := json.Unmarshal([]byte(row.Payload), &payloads[i]); err != nil {
			return nil, failed("write: payload", err)
		}
	}
	b, err := w.d.loadBatch(ctx, r, rows, payloads)
	if err != nil {
		return nil, failed("write", err)
	}
	out := make([]delivery.Letter, len(rows))
	for i, row := range rows {
		if out[i], err = w.d.letter(b, row, payloads[i], now); err != nil {
			out[i] = delivery.Letter{Err: failed("write", err)}
		}
	}
	return out, nil
}

func (d *Desk) loadBatch(ctx context.Context, r store.Reader, rows []delivery.Leased, payloads []payload) (*batch, error) {
	b := &batch{
		signups: map[int64]Signup{}, versions: map[int64]Version{}, addresses: map[int64]string{},
		profiles: map[int64]account.Profile{}, programs: map[programKey]*compose.Program{},
	}
	var signups, versions, addresses []int64
	for i, row := range rows {
		signups, addresses, versions = append(signups, payloads[i].Signup), append(addresses, row.Request.Address), append(versions, row.Version)
		if _, known := b.profiles[row.Profile]; !known {
			p, err := d.Accounts.ProfileByID(ctx, r, row.Workspace, row.Profile)
			if err != nil {
				return nil, err
			}
			b.profiles[row.Profile] = p
		}
	}
	if err := b.loadSignups(ctx, r, signups); err != nil {
		return nil, err
	}
	if err := b.loadVersions(ctx, r, versions); err != nil {
		return nil, err
	}
	return b, b.loadAddresses(ctx, r, addresses)
}

func (b *batch) loadSignups(ctx context.Context, r store.Reader, ids []int64) error {
	rows, err := r.Query(ctx, sqlSignups, store.In(ids))
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		s, err := scanSignup(rows)
		if err != nil {
			return err
		}
		b.signups[s.ID] = s
	}
	return rows.Err()
}

func (b *batch) loadVersions(ctx context.Context, r store.Reader, ids []int64) error {
	rows, err := r.Query(ctx, sqlVersionsByID, store.In(ids))
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		v, err := scanVersion(rows)
		if err != nil {
			return err
		}
		b.versions[v.ID] = v
	}
	return rows.Err()
}

func (b *batch) loadAddresses(ctx context.Context, r store.Reader, ids []int64) error {
	rows, err := r.Query(ctx, sqlAddresses, store.In(ids))
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var id int64
		var shown string
		if err := rows.Scan(&id, &shown); err != nil {
			return err
		}
		b.addresses[id] = shown
	}
	return rows.Err()
}

// letter writes one mail. Its error is for good.
func (d *Desk) letter(b *batch, row delivery.Leased, p payload, now time.Time) (delivery.Letter, error) {
	s, known := b.signups[p.Signup]
	v, found := b.versions[row.Version]
	if !known || !found {
		return delivery.Letter{}, fault.New(fault.NotFound, "fault.not_found")
	}
	if !s.DisownedAt.IsZero() {
		return delivery.Letter{}, errDisowned
	}
	to, err := mailTo(b.addresses[row.Request.Address])
	if err != nil {
		return delivery.Letter{}, err
	}
	profile := b.profiles[row.Profile]
	text, err := d.compose(b, s, v, p.Mail, profile, row.CreatedAt)
	if err != nil {
		return delivery.Letter{}, err
	}
	from := profile.FromAddress
	l := delivery.Letter{From: d.Returns.For(row.ID, from), To: to, Workspace: row.Workspace, Domain: from.Domain()}
	l.Data, err = letter.Note{
		ID: store.Public("msg", row.ID), FromName: profile.FromName, From: from, ReplyTo: profile.ReplyTo, To: to, Date: now,
		Subject: text.Subject, Text: text.Text, HTML: text.HTML,
	}.Build()
	return l, err
}

// links are the personal values of a mail, by the name its tags use.
func (d *Desk) links(s Signup, offers []Offer, sent time.Time) map[string]string {
	sign := func(p keyring.Purpose) string {
		return d.Ring.Sign(keyring.Token{Purpose: p, Workspace: s.Workspace, Address: s.Address, ID: s.ID, IssuedAt: sent})
	}
	preferences := d.Ring.Sign(keyring.Token{Purpose: keyring.Preferences, Workspace: s.Workspace, Address: s.Address, IssuedAt: sent})
	m := map[string]string{
		"confirm":     d.BaseURL + "/confirm/" + sign(keyring.Confirm),
		"download":    d.BaseURL + "/confirm/" + sign(keyring.Download) + "/file",
		"preferences": d.BaseURL + "/preferences/" + preferences,
	}
	for i, o := range offers {
		m[topicTag(i)] = o.Name.In(s.Lang) + " — " + o.Promise.In(s.Lang)
	}
	return m
}
