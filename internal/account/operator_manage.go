package account

import (
	"context"
	"time"

	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/i18n"
	"github.com/kyodaku/kyodaku/internal/store"
)

// Invite asks somebody into a workspace. Wrong fields are email, name, lang, role.
type Invite struct {
	Workspace int64
	Email     string
	Name      string
	// Lang is Japanese if empty.
	Lang i18n.Lang
	Role Role
}

// Invitation is what came of an Invite.
type Invitation struct {
	Operator Operator
	// Secret is the link with which a new operator chooses a password. It is empty
	// for one who works in another workspace already: whoever held such a link could
	// take over that account.
	Secret string
}

// Invite makes an operator, if need be, and a member of the workspace. Inviting a
// member who never chose a password makes a new link; any other is fault.Exists.
func (b *Book) Invite(ctx context.Context, by By, in Invite, now time.Time) (Invitation, error) {
	var c checker
	if in.Lang == "" {
		in.Lang = i18n.Ja
	}
	n := newOperator{email: c.operatorMail("email", in.Email), name: c.must("name", in.Name, maxName), lang: in.Lang}
	c.lang(in.Lang)
	c.role(in.Role)
	if err := c.fields.Err(); err != nil {
		return Invitation{}, err
	}
	var out Invitation
	err := b.db.Write(ctx, func(tx *store.Tx) error {
		if err := require(ctx, tx, by, in.Workspace, ManageOperators); err != nil {
			return err
		}
		o, alone, err := b.invited(ctx, tx, n, in, now)
		if err != nil {
			return err
		}
		out = Invitation{Operator: o}
		e := Entry{Workspace: in.Workspace, Action: "operator.invite", Subject: Subject{"operator", o.ID}, Detail: map[string]any{"role": in.Role}}
		if err := note(ctx, tx, by, e, now); err != nil || !alone {
			return err
		}
		out.Secret, err = addLink(ctx, tx, by, LinkRequest{Operator: o.ID, Workspace: in.Workspace, Purpose: LinkInvite}, now)
		return err
	})
	return out, failed("invite", err)
}

func (c *checker) role(r Role) {
	if !r.Valid() {
		c.bad("role", "account.role.unknown")
	}
}

// invited makes sure that the operator and the membership are there. alone says
// that no other workspace has the operator and no password was chosen yet.
func (b *Book) invited(ctx context.Context, tx *store.Tx, n newOperator, in Invite, now time.Time) (o Operator, alone bool, err error) {
	if o, err = b.OperatorByEmail(ctx, tx, n.email); err == nil {
		o, err = holdOperator(ctx, tx, o.ID) // somebody else may be letting them go
	}
	switch {
	case fault.Is(err, fault.NotFound):
		o, err = insertOperator(ctx, tx, n, now)
	case err == nil && o.Disabled():
		// Whoever left came back as a new person: nothing of the old account opens.
		if _, err = tx.Exec(ctx, sqlEnableOperator, n.name, n.lang, o.ID); err == nil {
			o, err = operatorByID(ctx, tx, o.ID)
		}
	}
	if err != nil {
		return Operator{}, false, err
	}
	_, err = roleOf(ctx, tx, in.Workspace, o.ID)
	switch {
	case fault.Is(err, fault.NotFound):
		err = addMember(ctx, tx, in.Workspace, o.ID, in.Role, now)
	case err == nil && o.HasPassword:
		err = fault.New(fault.Exists, "account.operator.member")
	case err == nil:
		_, err = tx.Exec(ctx, sqlSetRole, in.Role, in.Workspace, o.ID)
	}
	if err != nil {
		return Operator{}, false, err
	}
	places, err := countPlaces(ctx, tx, o.ID)
	return o, places == 1 && !o.HasPassword, err
}

func countPlaces(ctx context.Context, tx *store.Tx, operator int64) (n int64, err error) {
	err = tx.QueryRow(ctx, sqlCountPlaces, operator).Scan(&n)
	return n, err
}

// hasOwner refuses a change after which nobody could manage the workspace.
func hasOwner(ctx context.Context, tx *store.Tx, workspace int64) error {
	var n int64
	if err := tx.QueryRow(ctx, sqlCountOwners, workspace).Scan(&n); err != nil {
		return err
	}
	if n == 0 {
		return fault.New(fault.Refused, "account.operator.last_owner")
	}
	return nil
}

// ChangeRole gives a member another role; the last owner stays one.
func (b *Book) ChangeRole(ctx context.Context, by By, m Membership, now time.Time) error {
	var c checker
	c.role(m.Role)
	if err := c.fields.Err(); err != nil {
		return err
	}
	return failed("change role", b.manage(ctx, by, m, func(tx *store.Tx) error {
		if err := changed(tx.Exec(ctx, sqlSetRole, m.Role, m.Workspace, m.Operator)); err != nil {
			return err
		}
		e := Entry{Workspace: m.Workspace, Action: "operator.role", Subject: Subject{"operator", m.Operator}, Detail: map[string]any{"role": m.Role}}
		return note(ctx, tx, by, e, now)
	}))
}

// Disable takes a member out of a workspace and ends the sessions there. An
// operator with no workspace left cannot sign in any more, and password and
// second factor are destroyed. The name stays, since the audit log points to it.
func (b *Book) Disable(ctx context.Context, by By, m Membership, now time.Time) error {
	return failed("disable", b.manage(ctx, by, m, func(tx *store.Tx) error {
		at := store.Micros(now)
		if err := changed(tx.Exec(ctx, sqlRemoveMember, m.Workspace, m.Operator)); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, sqlRevokeHere, at, m.Operator, m.Workspace); err != nil {
			return err
		}
		// Of workspaces that let somebody go at one moment the last is to know that it is.
		if _, err := holdOperator(ctx, tx, m.Operator); err != nil {
			return err
		}
		left, err := countPlaces(ctx, tx, m.Operator)
		if err != nil {
			return err
		}
		if left == 0 {
			if err := lockOut(ctx, tx, m.Operator, now); err != nil {
				return err
			}
		}
		return note(ctx, tx, by, Entry{Workspace: m.Workspace, Action: "operator.disable", Subject: Subject{"operator", m.Operator}}, now)
	}))
}

func lockOut(ctx context.Context, tx *store.Tx, operator int64, now time.Time) error {
	if _, err := tx.Exec(ctx, sqlDisableOperator, store.Micros(now), operator); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, sqlSpendLinks, store.Micros(now), operator); err != nil {
		return err
	}
	return dropSecondFactor(ctx, tx, operator)
}

// manage changes a workspace's members one change at a time, so that of two
// owners who take each other's role away one stays.
func (b *Book) manage(ctx context.Context, by By, m Membership, change func(*store.Tx) error) error {
	return b.db.Write(ctx, func(tx *store.Tx) error {
		if err := changed(tx.Exec(ctx, sqlLockWorkspace, m.Workspace)); err != nil {
			return err
		}
		if err := require(ctx, tx, by, m.Workspace, ManageOperators); err != nil {
			return err
		}
		if err := change(tx); err != nil {
			return err
		}
		return hasOwner(ctx, tx, m.Workspace)
	})
}
