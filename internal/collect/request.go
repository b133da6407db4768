package collect

import (
	"context"
	"html/template"
	"time"

	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/keyring"
	"github.com/kyodaku/kyodaku/internal/store"
)

// RequestState is where a request stands for the mailbox's owner.
type RequestState string

// The states of a request.
const (
	// RequestOpen waits for the button.
	RequestOpen RequestState = "open"
	// RequestDone is confirmed.
	RequestDone RequestState = "done"
	// RequestExpired waited too long; a new mail can be asked for.
	RequestExpired RequestState = "expired"
	// RequestLapsed waited so long that what was typed is deleted.
	RequestLapsed RequestState = "lapsed"
	// RequestDisowned is denied by the mailbox's owner.
	RequestDisowned RequestState = "disowned"
	// RequestEntry has nothing to confirm.
	RequestEntry RequestState = "entry"
)

// Request is what the link of a mail leads to.
type Request struct {
	State   RequestState
	Signup  Signup
	Version Version
	// Address is the address as stored, for its owner to see.
	Address string
	// Offers are the topics that wait, or were confirmed.
	Offers []Offer
	// Body is what stands above the button; it is kept as evidence.
	Body template.HTML
	// Preferences and Download are tokens for what comes next, when Done or Entry.
	Preferences, Download string
}

// Request reads what a link leads to. It changes nothing. A token that is forged,
// altered or for something else is an Invalid fault.
func (d *Desk) Request(ctx context.Context, r store.Reader, token string, now time.Time) (Request, error) {
	t, err := d.Ring.Verify(token, keyring.Confirm, now, 0)
	if err != nil {
		return Request{}, failed("request", err)
	}
	s, err := d.signup(ctx, r, t.Workspace, t.ID)
	if noSuch(err) || err == nil && s.Address != t.Address {
		return Request{}, failed("request", fault.New(fault.Invalid, "keyring.token"))
	}
	if err != nil {
		return Request{}, failed("request", err)
	}
	v, err := d.VersionByID(ctx, r, s.Workspace, s.Version)
	if err != nil {
		return Request{}, err
	}
	address, err := d.People.AddressByID(ctx, r, s.Workspace, s.Address)
	if err != nil {
		return Request{}, failed("request", err)
	}
	q := Request{State: s.state(t.IssuedAt, now), Signup: s, Version: v, Address: address.Shown, Offers: s.offers(v.Spec, askPending)}
	if q.State == RequestEntry {
		q.Offers = s.offers(v.Spec, askGranted, askGiven)
	}
	if q.Body, err = d.drawRequest(v.Spec, s.Lang, q.Offers); err != nil {
		return Request{}, err
	}
	if q.State == RequestDone || q.State == RequestEntry {
		d.next(&q, now)
	}
	return q, nil
}

// state tells where a request stands for a link that was mailed at sent.
func (s Signup) state(sent, now time.Time) RequestState {
	switch {
	case !s.DisownedAt.IsZero():
		return RequestDisowned
	case !s.ConfirmedAt.IsZero():
		return RequestDone
	case !s.has(askPending):
		return RequestEntry
	case s.ExpiresAt.IsZero():
		return RequestLapsed
	case !now.Before(s.ExpiresAt) || now.Sub(sent) > confirmLife:
		return RequestExpired
	}
	return RequestOpen
}

// next makes the tokens for what comes after.
func (d *Desk) next(q *Request, now time.Time) {
	s := q.Signup
	q.Preferences = d.Ring.Sign(keyring.Token{Purpose: keyring.Preferences, Workspace: s.Workspace, Address: s.Address, IssuedAt: now})
	if q.Version.Spec.HasAsset() {
		q.Download = d.downloadToken(s, now)
	}
}

func (d *Desk) downloadToken(s Signup, now time.Time) string {
	return d.Ring.Sign(keyring.Token{Purpose: keyring.Download, Workspace: s.Workspace, Address: s.Address, ID: s.ID, IssuedAt: now})
}
