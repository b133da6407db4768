package collect

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/kyodaku/kyodaku/internal/addr"
	"github.com/kyodaku/kyodaku/internal/delivery"
	"github.com/kyodaku/kyodaku/internal/gate"
	"github.com/kyodaku/kyodaku/internal/i18n"
	"github.com/kyodaku/kyodaku/internal/law"
	"github.com/kyodaku/kyodaku/internal/store"
)

// KindConfirmation is the delivery kind of every mail of this room; register the
// Desk as its writer with delivery.PersonPolicy.
const KindConfirmation delivery.Kind = "confirmation"

// The limits on mails to one address, whoever asks for them: nobody can be flooded
// by somebody who types another's address into forms (rule COL-19).
const (
	mailsPerHour = 3
	mailsPerDay  = 6
	// mailsAfterNo is per day, for thirty days after "this was not me", and for as long
	// as a refusal of everything or a complaint stands.
	mailsAfterNo = 1
)

// mailKind is which of the mails is to be written.
type mailKind string

const (
	// mailConfirm asks the mailbox to confirm.
	mailConfirm mailKind = "confirm"
	// mailRegistered tells that everything asked for stands already.
	mailRegistered mailKind = "registered"
	// mailReceipt tells that the form came in.
	mailReceipt mailKind = "receipt"
)

// mailKind chooses the mail about a request.
func (s Signup) mailKind() mailKind {
	switch {
	case s.has(askPending) && s.ConfirmedAt.IsZero():
		return mailConfirm
	case s.has(askGiven) && !s.has(askGranted) && !s.has(askPending):
		return mailRegistered
	}
	return mailReceipt
}

// payload is what the outbox carries of a mail.
type payload struct {
	Signup int64    `json:"signup"`
	Mail   mailKind `json:"mail"`
}

// mail puts the mail about a request into the outbox, unless its address had too
// many already. It says whether it did; whoever waits is told the same either way.
func (d *Desk) mail(ctx context.Context, tx *store.Tx, s Signup, now time.Time) (bool, error) {
	if full, err := d.mailboxFull(ctx, tx, s.Address, now); err != nil || full {
		return false, err
	}
	v, err := d.VersionByID(ctx, tx, s.Workspace, s.Version)
	if err != nil {
		return false, err
	}
	address, err := d.People.AddressByID(ctx, tx, s.Workspace, s.Address)
	if err != nil {
		return false, err
	}
	q := gate.Request{Address: s.Address, Class: law.Tx}
	decided, err := d.Gate.Admit(ctx, tx, gate.Audience{Workspace: s.Workspace, Profile: v.Spec.Profile, Stage: gate.Planned}, []gate.Request{q}, now)
	if err != nil {
		return false, err
	}
	text, err := json.Marshal(payload{s.ID, s.mailKind()})
	if err != nil {
		return false, err
	}
	ids, err := d.Outbox.Put(ctx, tx, []delivery.Item{{
		Kind: KindConfirmation, Workspace: s.Workspace, Profile: v.Spec.Profile, Version: s.Version, Contact: address.Contact,
		Domain: address.Domain, Request: q, Decision: decided[0], Priority: delivery.PriorityPerson, Payload: string(text), RunAt: now,
	}}, now)
	if err != nil {
		return false, err
	}
	expires := time.Time{}
	if s.mailKind() == mailConfirm {
		expires = now.Add(confirmLife)
	}
	_, err = tx.Exec(ctx, sqlMailed, ids[0], store.Micros(expires), s.ID)
	return true, err
}

// mailboxFull counts what the address had from forms lately, in the database and so
// for all nodes.
func (d *Desk) mailboxFull(ctx context.Context, tx *store.Tx, address int64, now time.Time) (bool, error) {
	var day, hour, disowned, refused int64
	err := tx.QueryRow(ctx, sqlMailsSince, store.Micros(now.Add(-time.Hour)), address, store.Micros(now.AddDate(0, 0, -1))).Scan(&day, &hour)
	if err != nil {
		return false, err
	}
	if err := tx.QueryRow(ctx, sqlDisownedSince, address, store.Micros(now.AddDate(0, 0, -30))).Scan(&disowned); err != nil {
		return false, err
	}
	if err := tx.QueryRow(ctx, sqlRefused, address).Scan(&refused); err != nil {
		return false, err
	}
	return hour >= mailsPerHour || day >= mailsPerDay || disowned+refused > 0 && day >= mailsAfterNo, nil
}

// errErased is a mail whose reader was erased in the meantime.
var errErased = errors.New("collect: the address was erased")

// errDisowned is a mail about a request that the mailbox disowned in the meantime.
var errDisowned = errors.New("collect: the request was disowned")

func mailTo(shown string) (addr.Mail, error) {
	if shown == "" {
		return addr.Mail{}, errErased
	}
	return addr.StoredMail(shown)
}

// MailHint is what a reader can look out for. It is the same for every mail about
// a form, so that it tells nothing about the address.
type MailHint struct {
	Subject string
	From    addr.Mail
}

// MailHint tells subject and sender of the mails about a form.
func (d *Desk) MailHint(ctx context.Context, r store.Reader, v Version, lang i18n.Lang) (MailHint, error) {
	f, err := scanForm(r.QueryRow(ctx, sqlFormOfVersion, v.ID))
	if err != nil {
		return MailHint{}, failed("mail hint", err)
	}
	p, err := d.Accounts.ProfileByID(ctx, r, f.Workspace, v.Spec.Profile)
	if err != nil {
		return MailHint{}, failed("mail hint", err)
	}
	return MailHint{Subject: d.Texts.For(lang).T("collect.mail.subject."+string(v.Spec.Preset), "Sender", p.FromName), From: p.FromAddress}, nil
}
