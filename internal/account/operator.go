package account

import (
	"context"
	"time"

	"github.com/kyodaku/kyodaku/internal/addr"
	"github.com/kyodaku/kyodaku/internal/i18n"
	"github.com/kyodaku/kyodaku/internal/store"
)

// Operator is somebody who can sign in, in one or more workspaces.
type Operator struct {
	ID int64
	// Email is the name for signing in, in canonical form.
	Email addr.Mail
	Name  string
	Lang  i18n.Lang
	// HasPassword is false until an invitation is accepted.
	HasPassword bool
	// SecondFactor says that a code is asked for at sign-in.
	SecondFactor bool
	CreatedAt    time.Time
	DisabledAt   time.Time
}

// Disabled says whether the operator can no longer sign in anywhere.
func (o Operator) Disabled() bool { return !o.DisabledAt.IsZero() }

// Membership is an operator's place in a workspace.
type Membership struct {
	Workspace int64
	Operator  int64
	Role      Role
	CreatedAt time.Time
}

// Member is an operator as the workspace's list shows it.
type Member struct {
	Operator   Operator
	Membership Membership
	// LastSeen is the last use of a session here, zero if there was none of late.
	LastSeen time.Time
}

// Operators lists the members of a workspace, the oldest first.
func (b *Book) Operators(ctx context.Context, workspace int64) ([]Member, error) {
	rows, err := b.db.Query(ctx, sqlMembers, workspace)
	if err != nil {
		return nil, failed("operators", err)
	}
	list, err := collect(rows, scanMember)
	return list, failed("operators", err)
}

// Memberships lists the workspaces of an operator, the oldest first.
func (b *Book) Memberships(ctx context.Context, operator int64) ([]Membership, error) {
	rows, err := b.db.Query(ctx, sqlMemberships, operator)
	if err != nil {
		return nil, failed("memberships", err)
	}
	list, err := collect(rows, func(scan func(...any) error) (Membership, error) {
		var m Membership
		var created int64
		err := scan(&m.Workspace, &m.Operator, &m.Role, &created)
		m.CreatedAt = store.Time(created)
		return m, err
	})
	return list, failed("memberships", err)
}

// OperatorByID reads one operator, also a disabled one: the audit log names them.
func (b *Book) OperatorByID(ctx context.Context, r store.Reader, id int64) (Operator, error) {
	o, err := operatorByID(ctx, r, id)
	return o, failed("operator", err)
}

// OperatorByEmail reads one operator, for the command line; fault.NotFound if
// there is none. Pages must not tell its answer to strangers.
func (b *Book) OperatorByEmail(ctx context.Context, r store.Reader, email addr.Mail) (Operator, error) {
	o, err := scanOperator(r.QueryRow(ctx, sqlOperatorByEmail, email.Canonical()).Scan)
	return o, failed("operator", err)
}

// EditOperator changes the operator's own name and language.
func (b *Book) EditOperator(ctx context.Context, me Signed, name string, lang i18n.Lang, now time.Time) error {
	var c checker
	name = c.must("name", name, maxName)
	c.lang(lang)
	if err := c.fields.Err(); err != nil {
		return err
	}
	err := b.db.Write(ctx, func(tx *store.Tx) error {
		if err := changed(tx.Exec(ctx, sqlEditOperator, name, lang, me.Operator.ID)); err != nil {
			return err
		}
		return b.selfNote(ctx, tx, me, "operator.edit", Subject{"operator", me.Operator.ID}, now)
	})
	return failed("edit operator", err)
}

// operatorMail reads the name for signing in. It is kept in canonical form, which
// must be an address too: an invitation is sent to it.
func (c *checker) operatorMail(field, value string) addr.Mail {
	m := c.mail(field, value)
	if m.IsZero() {
		if len(c.fields) == 0 || c.fields[len(c.fields)-1].Name != field {
			c.bad(field, "account.text.required")
		}
		return m
	}
	canonical, err := addr.StoredMail(string(m.Canonical()))
	if err != nil {
		c.take(field, err)
	}
	return canonical
}

func operatorByID(ctx context.Context, r store.Reader, id int64) (Operator, error) {
	return scanOperator(r.QueryRow(ctx, sqlOperatorByID, id).Scan)
}

// holdOperator reads an operator whom nobody else changes until the transaction ends.
func holdOperator(ctx context.Context, tx *store.Tx, id int64) (Operator, error) {
	return scanOperator(tx.QueryRow(ctx, sqlHoldOperator, id).Scan)
}

func insertOperator(ctx context.Context, tx *store.Tx, n newOperator, now time.Time) (Operator, error) {
	id, err := tx.NewID(ctx)
	if err != nil {
		return Operator{}, err
	}
	if _, err := tx.Exec(ctx, sqlAddOperator, id, n.email.Canonical(), n.name, n.lang, n.hash, store.Micros(now)); err != nil {
		return Operator{}, err
	}
	return operatorByID(ctx, tx, id)
}

func addMember(ctx context.Context, tx *store.Tx, workspace, operator int64, role Role, now time.Time) error {
	_, err := tx.Exec(ctx, sqlAddMember, workspace, operator, role, store.Micros(now))
	return err
}

func scanOperator(scan func(...any) error) (Operator, error) {
	var o Operator
	var email string
	var totp, created, disabled int64
	err := scan(&o.ID, &email, &o.Name, &o.Lang, &o.HasPassword, &totp, &created, &disabled)
	if err != nil {
		return Operator{}, err
	}
	o.SecondFactor, o.CreatedAt, o.DisabledAt = totp != 0, store.Time(created), store.Time(disabled)
	o.Email, err = addr.StoredMail(email)
	return o, err
}

func scanMember(scan func(...any) error) (Member, error) {
	var m Member
	var created, seen int64
	o, err := scanOperator(func(dest ...any) error {
		return scan(append([]any{&m.Membership.Workspace, &m.Membership.Role, &created, &seen}, dest...)...)
	})
	m.Operator, m.Membership.Operator = o, o.ID
	m.Membership.CreatedAt, m.LastSeen = store.Time(created), store.Time(seen)
	return m, err
}
