package account

import (
	"context"
	"strings"
	"time"

	"github.com/kyodaku/kyodaku/internal/addr"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/store"
)

// SignIn checks address and password and starts a session in the workspace used
// last; the secret is for the cookie. Whatever is wrong, the answer is the same
// fault.Unauthenticated after the same work. fault.Busy when an account or a
// network tries too often. The session may wait for SecondFactor.
func (b *Book) SignIn(ctx context.Context, email, password, network, userAgent string, now time.Time) (string, Session, error) {
	wrong := fault.New(fault.Unauthenticated, "account.signin.wrong")
	if err := take(b.limits.network, networkKey(network), now); err != nil {
		return "", Session{}, err
	}
	m, err := addr.ParseMail(strings.TrimSpace(email))
	if err != nil || len(password) > 4*maxPassword {
		return "", Session{}, wrong // says nothing about any account
	}
	key := string(m.Canonical())
	if err := take(b.limits.account, key, now); err != nil {
		return "", Session{}, err
	}
	c, err := b.credential(ctx, key)
	if err != nil {
		return "", Session{}, failed("sign in", err)
	}
	ok, err := b.passwords.verify(ctx, c.hash, password)
	if err != nil {
		return "", Session{}, failed("sign in", err)
	}
	if !ok || c.workspace == 0 {
		return "", Session{}, wrong
	}
	b.limits.account.Forget(key)
	secret, s, err := b.enter(ctx, c, newSession{c.operator, c.workspace, c.secondFactor, network, userAgent}, now)
	if fault.Is(err, fault.NotFound) {
		return "", Session{}, wrong
	}
	return secret, s, failed("sign in", err)
}

// credential is what a sign-in is checked against; its zero value is nobody's.
type credential struct {
	operator, workspace int64
	hash                string
	secondFactor        bool
}

func (b *Book) credential(ctx context.Context, canonical string) (credential, error) {
	var c credential
	err := b.db.QueryRow(ctx, sqlCredential, canonical).Scan(&c.operator, &c.hash, &c.secondFactor, &c.workspace)
	if fault.Is(err, fault.NotFound) {
		return credential{}, nil
	}
	return c, err
}

// enter starts the session of a checked credential. Locking the operator's row
// first keeps a password reset at the same moment from missing the new session.
func (b *Book) enter(ctx context.Context, c credential, n newSession, now time.Time) (secret string, s Session, err error) {
	err = b.db.Write(ctx, func(tx *store.Tx) error {
		if err := changed(tx.Exec(ctx, sqlLockCredential, c.operator, c.hash, c.secondFactor)); err != nil {
			return err
		}
		if secret, s, err = startSession(ctx, tx, n, now); err != nil {
			return err
		}
		by := By{Actor{ActorOperator, c.operator}, n.network}
		return note(ctx, tx, by, Entry{Workspace: n.workspace, Action: "session.sign_in", Subject: Subject{"session", s.ID}}, now)
	})
	return secret, s, err
}

// PasswordChange is an operator's change of the own password.
type PasswordChange struct{ Old, New string }

// ChangePassword sets a new password, given the old one, and ends the operator's
// other sessions. Wrong fields are old_password and new_password.
func (b *Book) ChangePassword(ctx context.Context, me Signed, p PasswordChange, now time.Time) error {
	if len(p.Old) > 4*maxPassword {
		return fault.Bad("old_password", "account.password.old")
	}
	key := string(me.Operator.Email.Canonical())
	if err := take(b.limits.account, key, now); err != nil {
		return err
	}
	old, err := b.credential(ctx, key)
	if err != nil {
		return failed("change password", err)
	}
	ok, err := b.passwords.verify(ctx, old.hash, p.Old)
	if err != nil {
		return failed("change password", err)
	}
	if !ok {
		return fault.Bad("old_password", "account.password.old")
	}
	b.limits.account.Forget(key)
	hash, err := b.newPassword(ctx, "new_password", p.New, me.Operator)
	if err != nil {
		return err
	}
	err = b.db.Write(ctx, func(tx *store.Tx) error {
		if err := changed(tx.Exec(ctx, sqlReplacePassword, hash, me.Operator.ID, old.hash)); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, sqlRevokeOthers, store.Micros(now), me.Operator.ID, me.Session.ID); err != nil {
			return err
		}
		return b.selfNote(ctx, tx, me, "operator.password", Subject{"operator", me.Operator.ID}, now)
	})
	return failed("change password", err)
}

// newPassword checks and hashes an operator's new password.
func (b *Book) newPassword(ctx context.Context, field, password string, o Operator) (string, error) {
	var c checker
	c.password(field, password, o.Email.String(), o.Name)
	if err := c.fields.Err(); err != nil {
		return "", err
	}
	hash, err := b.passwords.hash(ctx, password)
	return hash, failed("password", err)
}
