package collect

import (
	"context"
	"time"

	"github.com/kyodaku/kyodaku/internal/addr"
	"github.com/kyodaku/kyodaku/internal/consent"
	"github.com/kyodaku/kyodaku/internal/keyring"
	"github.com/kyodaku/kyodaku/internal/store"
)

// Confirm is the press of the button: the permission, its evidence and the contact
// come into being in one transaction. Pressing again changes nothing and answers
// the same; a request that cannot be confirmed any more is returned in its state.
func (d *Desk) Confirm(ctx context.Context, token string, from Visitor, now time.Time) (Request, error) {
	q, err := d.Request(ctx, d.DB, token, now)
	if err != nil || q.State != RequestOpen {
		return q, err
	}
	if d.late(q.Signup.ExpiresAt, now, !q.Signup.ConfirmedAt.IsZero()) {
		q.State = RequestExpired
		return q, nil
	}
	err = d.DB.Write(ctx, func(tx *store.Tx) error {
		n, err := tx.Exec(ctx, sqlConfirm, store.Micros(now), q.Signup.ID)
		if err != nil || n == 0 {
			return err // somebody was faster: a second press, or "this was not me"
		}
		return d.confirm(ctx, tx, q, from, now)
	})
	if err != nil {
		return Request{}, failed("confirm", err)
	}
	return d.Request(ctx, d.DB, token, now)
}

func (d *Desk) confirm(ctx context.Context, tx *store.Tx, q Request, from Visitor, now time.Time) error {
	s, spec := q.Signup, q.Version.Spec
	if err := hold(ctx, tx, s.Address); err != nil {
		return err
	}
	address, err := d.People.AddressByID(ctx, tx, s.Workspace, s.Address)
	if err != nil {
		return err
	}
	if _, _, err := d.People.EnsureContact(ctx, tx, address, spec.person(s.Workspace, s.Entry, s.Lang), now); err != nil {
		return err
	}
	shown, err := d.Consents.KeepShown(ctx, tx, consent.Shown{
		Workspace: s.Workspace, Kind: "confirmation", Lang: s.Lang, FormVersion: s.Version, Body: string(q.Body),
	}, now)
	if err != nil {
		return err
	}
	press := consent.Confirmation{
		Message: s.Message, PressedAt: now, Network: addr.ShortNetwork(from.Network), UserAgent: from.UserAgent, Shown: shown,
	}
	if press.SentAt, err = d.sentAt(ctx, tx, s.Message); err != nil {
		return err
	}
	var events []*consent.Event
	for _, a := range s.asks {
		o, known := spec.offer(a.Topic)
		if !known || a.State != askPending {
			continue
		}
		evidence := s.evidence(spec, o)
		evidence.Message, evidence.Confirmation = s.Message, &press
		e := &consent.Event{
			Workspace: s.Workspace, Address: s.Address, Topic: a.Topic, Action: consent.ActionConfirmed, Basis: consent.BasisConsent,
			Method: consent.MethodPage, OccurredAt: now, RefersTo: a.Event, Evidence: evidence,
		}
		if err := d.recordable(o, e); err != nil {
			return err
		}
		events = append(events, e)
	}
	if _, err := d.Consents.Append(ctx, tx, events); err != nil {
		return err
	}
	return d.count(ctx, tx, s, now, 0, 1)
}

// sentAt is when the mail that asked was handed over, zero if that is not known.
func (d *Desk) sentAt(ctx context.Context, r store.Reader, message int64) (time.Time, error) {
	var at int64
	err := r.QueryRow(ctx, sqlSentAt, message).Scan(&at)
	if noSuch(err) {
		return time.Time{}, nil
	}
	return store.Time(at), err
}

// Disown is "this was not me": what was asked for in this request is refused, what
// was typed is deleted. When it returns nil the refusal binds every node. A
// permission that stood before the request is not touched.
func (d *Desk) Disown(ctx context.Context, token string, from Visitor, now time.Time) (Request, error) {
	q, err := d.Request(ctx, d.DB, token, now)
	if err != nil {
		return Request{}, err
	}
	var refused []consent.Refused
	err = d.DB.Write(ctx, func(tx *store.Tx) error {
		refused = nil
		n, err := tx.Exec(ctx, sqlDisown, store.Micros(now), q.Signup.ID)
		if err != nil || n == 0 {
			return err
		}
		refused, err = d.Consents.Append(ctx, tx, disowned(q, from, now))
		return err
	})
	if err != nil {
		return Request{}, failed("disown", err)
	}
	// Whoever leaves before the answer has refused all the same.
	if err := d.Gate.Fence(context.WithoutCancel(ctx), refused); err != nil {
		return Request{}, failed("disown", err)
	}
	return d.Request(ctx, d.DB, token, now)
}

func disowned(q Request, from Visitor, now time.Time) []*consent.Event {
	var events []*consent.Event
	for _, a := range q.Signup.asks {
		if a.State == askGiven {
			continue
		}
		events = append(events, &consent.Event{
			Workspace: q.Signup.Workspace, Address: q.Signup.Address, Topic: a.Topic, Action: consent.ActionDisowned,
			Method: consent.MethodPage, OccurredAt: now, RefersTo: a.Event,
			Evidence: consent.Evidence{
				Form: q.Signup.Form, FormVersion: q.Signup.Version, Signup: q.Signup.ID, Message: q.Signup.Message,
				Network: addr.ShortNetwork(from.Network), UserAgent: from.UserAgent, Lang: string(q.Signup.Lang),
			},
		})
	}
	return events
}

// ResendExpired sends a new mail for a request whose link came too late, on the
// wish of whoever holds the link.
func (d *Desk) ResendExpired(ctx context.Context, token string, now time.Time) error {
	t, err := d.Ring.Verify(token, keyring.Confirm, now, 0)
	if err != nil {
		return failed("resend", err)
	}
	return failed("resend", d.sendAgain(ctx, t.Workspace, t.ID, now))
}
