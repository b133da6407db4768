package preference

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"time"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/consent"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/i18n"
	"github.com/kyodaku/kyodaku/internal/store"
)

// Offer is a topic as readers see it, in their language.
type Offer struct {
	ID int64
	// Key is the topic's public id.
	Key string
	// Name, Content and Promise say what is sent and how often at most.
	Name, Content, Promise string
	// Sender is the official name of who sends it.
	Sender string
}

func (d *Desk) offer(ctx context.Context, r store.Reader, t consent.Topic, lang i18n.Lang) (Offer, error) {
	o := Offer{
		ID: t.ID, Key: store.Public(topicPrefix, t.ID), Name: t.Name(lang), Content: t.Content(lang),
		Promise: d.Frequency(t.Promise, lang),
	}
	p, err := d.Accounts.ProfileByID(ctx, r, t.Workspace, t.Profile)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return Offer{}, err
	}
	o.Sender = p.Label.In(lang).LegalName
	return o, nil
}

// Frequency writes a frequency for readers; that of no limit is empty.
func (d *Desk) Frequency(f consent.Frequency, lang i18n.Lang) string {
	if f.Count == 0 || !f.Period.Valid() {
		return ""
	}
	return d.Texts.For(lang).T("preference.frequency."+string(f.Period), "Number", f.Count)
}

// The sheets of which a snapshot is kept.
const (
	sheetCentre  = "centre"
	sheetUndo    = "undo"
	sheetRenewal = "renewal"
)

// sheet is all that a page says about what a button agrees to. It holds nothing
// about the reader, so that one snapshot serves all who saw the same.
type sheet struct {
	Kind   string
	Lang   i18n.Lang
	Topics []Offer
	Sender string
	Policy string
	// Title, Agree and Button are the page's own words.
	Title, Agree, Button string
}

// snapshotText is the form in which a sheet is kept as evidence.
const snapshotText = `<!DOCTYPE html>
<html lang="{{.Lang}}"><meta charset="utf-8"><title>{{.Title}}</title>
<h1>{{.Title}}</h1>
<p>{{.Sender}}</p>
<ul>
{{range .Topics}}<li><strong>{{.Name}}</strong> {{.Promise}}<br>{{.Content}}<br>{{.Sender}}</li>
{{end}}</ul>
<p>{{.Agree}}</p>
{{with .Policy}}<p>{{.}}</p>
{{end}}<p>[{{.Button}}]</p>
</html>
`

func (d *Desk) print(ws account.Workspace, s sheet) (body, hash string, err error) {
	p := d.Texts.For(s.Lang)
	s.Sender, s.Policy = ws.Label.In(s.Lang).LegalName, ws.PrivacyURL
	s.Title, s.Button = p.T("preference."+s.Kind+".title"), p.T("preference."+s.Kind+".button")
	s.Agree = p.T("preference."+s.Kind+".agree", "Sender", s.Sender)
	var b bytes.Buffer
	if err := d.snapshot.Execute(&b, s); err != nil {
		return "", "", err
	}
	sum := sha256.Sum256(b.Bytes())
	return b.String(), hex.EncodeToString(sum[:]), nil
}

func (d *Desk) keepShown(ctx context.Context, tx *store.Tx, ws account.Workspace, s sheet, now time.Time) (string, error) {
	body, _, err := d.print(ws, s)
	if err != nil {
		return "", err
	}
	return d.Consents.KeepShown(ctx, tx, consent.Shown{
		Workspace: ws.ID, Kind: "preference_centre", Lang: s.Lang, Body: body,
	}, now)
}
