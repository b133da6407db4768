package account

import (
	"context"
	"strings"
	"time"

	"github.com/kyodaku/kyodaku/internal/addr"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/keyring"
	"github.com/kyodaku/kyodaku/internal/store"
)

// LinkPurpose is what a one-time link is for.
type LinkPurpose string

// The purposes of links.
const (
	// LinkSignIn signs in without a password: the demo's first link.
	LinkSignIn LinkPurpose = "signin"
	// LinkInvite lets a new operator choose a password.
	LinkInvite LinkPurpose = "invite"
	// LinkReset lets an operator choose a new password.
	LinkReset LinkPurpose = "reset"
)

// linkLife is how long a link lives unless asked otherwise, and maxLinkLife at most.
const (
	linkLife    = time.Hour
	inviteLife  = 7 * 24 * time.Hour
	maxLinkLife = inviteLife
)

// Link is a one-time link that is still good.
type Link struct {
	Operator  Operator
	Workspace int64
	Purpose   LinkPurpose
	ExpiresAt time.Time
}

// LinkRequest asks for a link. Life 0 is an hour, for invitations a week.
type LinkRequest struct {
	Operator  int64
	Workspace int64
	Purpose   LinkPurpose
	Life      time.Duration
}

// CreateLink makes a one-time link for a member and returns its secret. Only the
// program and whoever sits at the machine may: it opens the account in every
// workspace, so the secret goes to the operator's mailbox or this terminal.
func (b *Book) CreateLink(ctx context.Context, by By, q LinkRequest, now time.Time) (string, error) {
	if by.Actor.Kind != ActorCLI && by.Actor.Kind != ActorSystem {
		return "", fault.New(fault.Refused, "account.role.may_not")
	}
	var secret string
	err := b.db.Write(ctx, func(tx *store.Tx) error {
		if _, err := roleOf(ctx, tx, q.Workspace, q.Operator); err != nil {
			return err
		}
		var err error
		secret, err = addLink(ctx, tx, by, q, now)
		return err
	})
	return secret, failed("create link", err)
}

func addLink(ctx context.Context, tx *store.Tx, by By, q LinkRequest, now time.Time) (string, error) {
	life := min(q.Life, maxLinkLife)
	switch {
	case life <= 0 && q.Purpose == LinkInvite:
		life = inviteLife
	case life <= 0:
		life = linkLife
	}
	secret := keyring.Secret(secretPrefixLink)
	if _, err := tx.Exec(ctx, sqlAddLink, keyring.SecretHash(secret), q.Operator, q.Workspace, q.Purpose, store.Micros(now.Add(life))); err != nil {
		return "", err
	}
	e := Entry{Workspace: q.Workspace, Action: "link.create", Subject: Subject{"operator", q.Operator}, Detail: map[string]any{"purpose": q.Purpose}}
	return secret, note(ctx, tx, by, e, now)
}

// AllowReset takes one of the tries that a network has; fault.Busy when none is left.
// The page asks it and leaves RequestReset to a job.
func (b *Book) AllowReset(network string, now time.Time) error {
	return take(b.limits.network, networkKey(network), now)
}

// RequestReset makes a reset link for whoever has the address. The secret is
// empty when nobody has: whoever asked has been answered before this is called, and
// the secret goes to the operator's address.
func (b *Book) RequestReset(ctx context.Context, email, network string, now time.Time) (string, Operator, error) {
	m, err := addr.ParseMail(strings.TrimSpace(email))
	if err != nil {
		return "", Operator{}, nil // a malformed address is nobody's
	}
	key := string(m.Canonical())
	if err := take(b.limits.account, "reset "+key, now); err != nil {
		return "", Operator{}, err
	}
	c, err := b.credential(ctx, key)
	if err != nil || c.workspace == 0 {
		return "", Operator{}, failed("request reset", err)
	}
	var secret string
	var o Operator
	err = b.db.Write(ctx, func(tx *store.Tx) error {
		if o, err = operatorByID(ctx, tx, c.operator); err != nil {
			return err
		}
		by := By{Actor{Kind: ActorSystem}, network}
		secret, err = addLink(ctx, tx, by, LinkRequest{Operator: o.ID, Workspace: c.workspace, Purpose: LinkReset}, now)
		return err
	})
	return secret, o, failed("request reset", err)
}

// PeekLink reads a link without using it, for the page that shows the button. A
// forged, used or outlived one is fault.Unauthenticated.
func (b *Book) PeekLink(ctx context.Context, secret string, now time.Time) (Link, error) {
	l, err := scanLink(b.db.QueryRow(ctx, sqlLink, keyring.SecretHash(secret), store.Micros(now)).Scan)
	return l, failed("link", linkEnded(err))
}

func linkEnded(err error) error {
	if fault.Is(err, fault.NotFound) {
		return fault.New(fault.Unauthenticated, "account.link.ended")
	}
	return err
}

// LinkUse is the press of the link's button. Password is the new one, for
// invitations and resets.
type LinkUse struct {
	Secret    string
	Password  string
	Network   string
	UserAgent string
}

// UseLink spends a link and starts a session, which may wait for SecondFactor. A
// password that is not good enough (field password) does not spend it. A new
// password ends every other session and link of the operator.
func (b *Book) UseLink(ctx context.Context, u LinkUse, now time.Time) (secret string, s Session, err error) {
	l, err := b.PeekLink(ctx, u.Secret, now)
	if err != nil {
		return "", Session{}, err
	}
	hash := ""
	if l.Purpose != LinkSignIn {
		if hash, err = b.newPassword(ctx, "password", u.Password, l.Operator); err != nil {
			return "", Session{}, err
		}
	}
	err = b.db.Write(ctx, func(tx *store.Tx) error {
		at := store.Micros(now)
		if err := changed(tx.Exec(ctx, sqlUseLink, at, keyring.SecretHash(u.Secret), at)); err != nil {
			return linkEnded(err)
		}
		if hash != "" {
			if err := resetPassword(ctx, tx, l.Operator.ID, hash, now); err != nil {
				return err
			}
		}
		o, err := holdOperator(ctx, tx, l.Operator.ID) // a second factor may have been set up since
		if err != nil {
			return err
		}
		n := newSession{o.ID, l.Workspace, o.SecondFactor, u.Network, u.UserAgent}
		if secret, s, err = startSession(ctx, tx, n, now); err != nil {
			return err
		}
		by := By{Actor{ActorOperator, l.Operator.ID}, u.Network}
		e := Entry{Workspace: l.Workspace, Action: "link.use", Subject: Subject{"session", s.ID}, Detail: map[string]any{"purpose": l.Purpose}}
		return note(ctx, tx, by, e, now)
	})
	return secret, s, failed("use link", err)
}

// resetPassword sets a password and ends everything that the old one opened.
func resetPassword(ctx context.Context, tx *store.Tx, operator int64, hash string, now time.Time) error {
	if err := changed(tx.Exec(ctx, sqlSetPassword, hash, operator)); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, sqlRevokeOthers, store.Micros(now), operator, 0); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, sqlSpendLinks, store.Micros(now), operator)
	return err
}

func scanLink(scan func(...any) error) (Link, error) {
	var l Link
	var expires int64
	o, err := scanOperator(func(dest ...any) error {
		return scan(append([]any{&l.Workspace, &l.Purpose, &expires}, dest...)...)
	})
	l.Operator, l.ExpiresAt = o, store.Time(expires)
	return l, err
}
