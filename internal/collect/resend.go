package collect

import (
	"context"
	"errors"
	"time"

	"github.com/kyodaku/kyodaku/internal/addr"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/keyring"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/throttle"
)

// resendLife is how long the page after a form can ask for the mail again.
const resendLife = 24 * time.Hour

// Resend sends the mail about a request once more, on the wish of whoever typed
// the address. The same is said whether or not a mail could be sent.
func (d *Desk) Resend(ctx context.Context, token string, from Visitor, now time.Time) error {
	t, err := d.Ring.Verify(token, keyring.Resend, now, resendLife)
	if err != nil {
		return failed("resend", err)
	}
	if !d.networks.Allow(throttle.Network(from.Network), 1, now) {
		return failed("resend", fault.New(fault.Busy, "collect.submit.busy"))
	}
	return failed("resend", d.sendAgain(ctx, t.Workspace, t.ID, now))
}

// sendAgain mails a request that still waits, or that never had to.
func (d *Desk) sendAgain(ctx context.Context, workspace, id int64, now time.Time) error {
	return d.DB.Write(ctx, func(tx *store.Tx) error {
		// Presses of one moment take turns, and so do they with whatever else is mailed to the
		// address: each counts what went before it.
		s, err := scanSignup(tx.QueryRow(ctx, sqlHoldSignup, id, workspace))
		if noSuch(err) {
			return nil // the token of a page that stored nothing
		}
		if err != nil || !s.ConfirmedAt.IsZero() || !s.DisownedAt.IsZero() {
			return err
		}
		if s.has(askPending) && s.ExpiresAt.IsZero() {
			return nil // lapsed, and what was typed is deleted
		}
		if err := hold(ctx, tx, s.Address); errors.Is(err, errErased) {
			return nil // nobody is there any more
		} else if err != nil {
			return err
		}
		_, err = d.mail(ctx, tx, s, now)
		return err
	})
}

// Correct sends a request in again for another address, on the wish of whoever
// mistyped it. The request for the mistyped address ends.
func (d *Desk) Correct(ctx context.Context, token, address string, from Visitor, now time.Time) (Answer, error) {
	t, err := d.Ring.Verify(token, keyring.Resend, now, resendLife)
	if err != nil {
		return Answer{}, failed("correct", err)
	}
	mail, err := addr.ParseMail(address)
	if err != nil {
		return Answer{}, failed("correct", fault.Bad(InputEmail, firstKey(err)))
	}
	if !d.networks.Allow(throttle.Network(from.Network), 1, now) || !d.mailbox.Allow(mailboxKey(t.Workspace, mail), 1, now) {
		return Answer{}, failed("correct", fault.New(fault.Busy, "collect.submit.busy"))
	}
	s, err := d.signup(ctx, d.DB, t.Workspace, t.ID)
	if noSuch(err) || err == nil && (!s.ConfirmedAt.IsZero() || !s.DisownedAt.IsZero()) {
		return Answer{}, failed("correct", fault.New(fault.Invalid, "collect.submit.stale"))
	}
	if err != nil {
		return Answer{}, failed("correct", err)
	}
	return d.correct(ctx, s, mail, from, now)
}

func (d *Desk) correct(ctx context.Context, s Signup, mail addr.Mail, from Visitor, now time.Time) (Answer, error) {
	f, err := d.FormByID(ctx, d.DB, s.Workspace, s.Form)
	if err != nil {
		return Answer{}, err
	}
	v, err := d.VersionByID(ctx, d.DB, s.Workspace, s.Version)
	if err != nil {
		return Answer{}, err
	}
	if !f.Open() {
		return Answer{}, failed("correct", fault.New(fault.NotFound, "collect.form.closed"))
	}
	// The boxes are those of the first try. Its id in the place of a page's number
	// makes pressing twice one request.
	p := seen{form: f, version: v, lang: s.Lang, render: s.ID, embedded: s.around.Embedded, corrected: true}
	e := entry{mail: mail, values: s.Entry, ticked: s.offers(v.Spec, askPending, askGranted, askGiven)}
	id, err := d.enter(ctx, p, e, from, now)
	if err != nil {
		return Answer{}, failed("correct", err)
	}
	if err := d.DB.Write(ctx, func(tx *store.Tx) error {
		_, err := tx.Exec(ctx, sqlEndRequest, store.Micros(now), s.ID, store.Micros(now))
		return err
	}); err != nil {
		return Answer{}, failed("correct", err)
	}
	a := d.answer(p, e, now)
	a.Resend = d.resendToken(s.Workspace, id, now)
	return a, nil
}
