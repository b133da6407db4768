package account

import (
	"context"
	"errors"
	"time"

	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/keyring"
	"github.com/kyodaku/kyodaku/internal/store"
)

// How long a session lives.
const (
	// SessionIdle ends a session that nobody used.
	SessionIdle = 12 * time.Hour
	// SessionLife ends every session.
	SessionLife = 30 * 24 * time.Hour
	// halfLife is how long a second factor is waited for.
	halfLife = 10 * time.Minute
	// touchEvery is how exactly the last use is remembered.
	touchEvery = time.Minute
)

// ErrSecondFactorDue is found in the error of SessionBySecret when the password
// was right and the second factor is still missing.
var ErrSecondFactorDue = errors.New("second factor due")

// Session is one browser signed in.
type Session struct {
	ID        int64
	Operator  int64
	Workspace int64
	// SecondFactorDue says that the session opens nothing until SecondFactor.
	SecondFactorDue bool
	// Network and UserAgent are those of the sign-in.
	Network   string
	UserAgent string
	CreatedAt time.Time
	SeenAt    time.Time
	// ExpiresAt is the end even if it is used.
	ExpiresAt time.Time
}

// Signed is somebody signed in: the session, the operator, and the role there.
type Signed struct {
	Session  Session
	Operator Operator
	Role     Role
}

// Can says whether the operator may do an act in the session's workspace.
func (s Signed) Can(act Act) bool { return !s.Session.SecondFactorDue && Can(s.Role, act) }

// By is the operator as the actor, calling from a network.
func (s Signed) By(network string) By {
	return By{Actor: Actor{ActorOperator, s.Operator.ID}, Network: network}
}

// SessionBySecret reads a live session and remembers that it was used. A forged,
// ended or revoked one is fault.Unauthenticated; one whose second factor is
// missing is too, with ErrSecondFactorDue.
func (b *Book) SessionBySecret(ctx context.Context, secret string, now time.Time) (Signed, error) {
	s, err := b.session(ctx, b.db, secret, now)
	if err != nil {
		return Signed{}, err
	}
	if s.Session.SecondFactorDue {
		return Signed{}, fault.Wrap(fault.Unauthenticated, ErrSecondFactorDue, "account.second_factor.due")
	}
	if now.Sub(s.Session.SeenAt) < touchEvery {
		return s, nil
	}
	err = b.db.Write(ctx, func(tx *store.Tx) error {
		_, err := tx.Exec(ctx, sqlTouchSession, store.Micros(now), s.Session.ID, store.Micros(now))
		return err
	})
	if err != nil && !fault.Is(err, fault.Busy) {
		return Signed{}, failed("session", err)
	}
	// A full disk or a busy writer must not lock the operator out who could help;
	// the next request tries again.
	return s, nil
}

// session reads a live session, with or without its second factor.
func (b *Book) session(ctx context.Context, r store.Reader, secret string, now time.Time) (Signed, error) {
	idle := now.Add(-SessionIdle)
	s, err := scanSigned(r.QueryRow(ctx, sqlSessionBySecret, keyring.SecretHash(secret), store.Micros(now), store.Micros(idle)).Scan)
	if fault.Is(err, fault.NotFound) {
		return Signed{}, fault.New(fault.Unauthenticated, "account.session.ended")
	}
	return s, failed("session", err)
}

// newSession is a session to be written.
type newSession struct {
	operator, workspace int64
	half                bool
	network, agent      string
}

// startSession writes a session and returns its secret.
func startSession(ctx context.Context, tx *store.Tx, n newSession, now time.Time) (string, Session, error) {
	id, err := tx.NewID(ctx)
	if err != nil {
		return "", Session{}, err
	}
	life := SessionLife
	if n.half {
		life = halfLife
	}
	s := Session{
		ID: id, Operator: n.operator, Workspace: n.workspace, SecondFactorDue: n.half, Network: networkOf(n.network),
		UserAgent: plain(n.agent, maxLegal), CreatedAt: now, SeenAt: now, ExpiresAt: now.Add(life),
	}
	secret, at := keyring.Secret(secretPrefixSession), store.Micros(now)
	_, err = tx.Exec(ctx, sqlAddSession, id, keyring.SecretHash(secret), n.operator, n.workspace, n.half, s.Network, s.UserAgent, at, at, store.Micros(s.ExpiresAt))
	return secret, s, err
}

// Sessions lists an operator's live sessions, the last used first, at most 100.
func (b *Book) Sessions(ctx context.Context, operator int64, now time.Time) ([]Session, error) {
	rows, err := b.db.Query(ctx, sqlSessions, operator, store.Micros(now), store.Micros(now.Add(-SessionIdle)))
	if err != nil {
		return nil, failed("sessions", err)
	}
	list, err := collect(rows, scanSession)
	return list, failed("sessions", err)
}

// RevokeSession ends one of the operator's own sessions; fault.NotFound for any other.
func (b *Book) RevokeSession(ctx context.Context, me Signed, session int64, now time.Time) error {
	err := b.db.Write(ctx, func(tx *store.Tx) error {
		if err := changed(tx.Exec(ctx, sqlRevokeSession, store.Micros(now), session, me.Operator.ID)); err != nil {
			return err
		}
		return b.selfNote(ctx, tx, me, "session.revoke", Subject{"session", session}, now)
	})
	return failed("revoke session", err)
}

// SignOut ends the session of a secret. A secret of no session is no error: the
// caller wanted to be signed out and is.
func (b *Book) SignOut(ctx context.Context, secret string, now time.Time) error {
	err := b.db.Write(ctx, func(tx *store.Tx) error {
		s, err := b.session(ctx, tx, secret, now)
		if fault.Is(err, fault.Unauthenticated) {
			return nil
		}
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, sqlRevokeSession, store.Micros(now), s.Session.ID, s.Operator.ID); err != nil {
			return err
		}
		return b.selfNote(ctx, tx, s, "session.sign_out", Subject{"session", s.Session.ID}, now)
	})
	return failed("sign out", err)
}

// SwitchWorkspace moves a session to another workspace of its operator.
func (b *Book) SwitchWorkspace(ctx context.Context, me Signed, workspace int64, now time.Time) error {
	err := b.db.Write(ctx, func(tx *store.Tx) error {
		if _, err := roleOf(ctx, tx, workspace, me.Operator.ID); err != nil {
			return err
		}
		if err := changed(tx.Exec(ctx, sqlSwitchSession, workspace, me.Session.ID)); err != nil {
			return err
		}
		me.Session.Workspace = workspace
		return b.selfNote(ctx, tx, me, "session.switch", Subject{"session", me.Session.ID}, now)
	})
	return failed("switch workspace", err)
}

// selfNote is the audit line of what an operator did with the own account.
func (b *Book) selfNote(ctx context.Context, tx *store.Tx, me Signed, action string, on Subject, now time.Time) error {
	return note(ctx, tx, me.By(me.Session.Network), Entry{Workspace: me.Session.Workspace, Action: action, Subject: on}, now)
}

// keepEnded is how long ended sessions and links stay, for questions.
const keepEnded = 30 * 24 * time.Hour

// Sweep removes sessions and links that ended long ago.
func (b *Book) Sweep(ctx context.Context, now time.Time) error {
	err := b.db.Write(ctx, func(tx *store.Tx) error {
		before := store.Micros(now.Add(-keepEnded))
		if _, err := tx.Exec(ctx, sqlSweepSessions, before, before); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, sqlSweepLinks, before)
		return err
	})
	return failed("sweep", err)
}

func scanSession(scan func(...any) error) (Session, error) {
	var s Session
	var created, seen, expires int64
	err := scan(&s.ID, &s.Operator, &s.Workspace, &s.SecondFactorDue, &s.Network, &s.UserAgent, &created, &seen, &expires)
	s.CreatedAt, s.SeenAt, s.ExpiresAt = store.Time(created), store.Time(seen), store.Time(expires)
	return s, err
}

func scanSigned(scan func(...any) error) (Signed, error) {
	var s Signed
	var created, seen, expires int64
	u := &s.Session
	o, err := scanOperator(func(dest ...any) error {
		head := []any{&u.ID, &u.Operator, &u.Workspace, &u.SecondFactorDue, &u.Network, &u.UserAgent, &created, &seen, &expires, &s.Role}
		return scan(append(head, dest...)...)
	})
	s.Operator = o
	u.CreatedAt, u.SeenAt, u.ExpiresAt = store.Time(created), store.Time(seen), store.Time(expires)
	return s, err
}
