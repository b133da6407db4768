package campaign

import (
	"context"
	"time"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/delivery"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/gate"
	"github.com/kyodaku/kyodaku/internal/law"
	"github.com/kyodaku/kyodaku/internal/store"
)

// Test sends a draft as it stands to the operator who asks, and to nobody else:
// a test mail must not be a way around the gate. It goes out as a transactional
// message, marked in its subject.
func (b *Book) Test(ctx context.Context, by account.By, c Campaign, now time.Time) error {
	findings, err := b.Check(ctx, b.DB, c)
	if err != nil {
		return err
	}
	if err := refusal(findings); err != nil {
		return err
	}
	me, err := b.Accounts.OperatorByID(ctx, b.DB, by.Operator())
	if err != nil {
		return wrap("test", err)
	}
	if c, err = b.measured(ctx, b.DB, c); err != nil {
		return wrap("test", err)
	}
	err = b.DB.Write(ctx, func(tx *store.Tx) error {
		version, err := b.freeze(ctx, tx, by, c, now)
		if err != nil {
			return err
		}
		address, _, err := b.Contacts.EnsureAddress(ctx, tx, c.Workspace, me.Email, now)
		if err != nil {
			return err
		}
		q := gate.Request{Address: address.ID, Class: law.Tx}
		decisions, err := b.Gate.Admit(ctx, tx, c.audience(), []gate.Request{q}, now)
		if err != nil {
			return err
		}
		if no := decisions[0].Refusal; no != nil {
			return fault.Wrap(fault.Refused, no, "campaign.test.refused")
		}
		_, err = b.Engine.Outbox().Put(ctx, tx, []delivery.Item{{
			Kind: KindTest, Workspace: c.Workspace, Profile: c.Profile, Campaign: c.ID, Version: version,
			Domain: address.Domain, Request: q, Decision: decisions[0], Priority: delivery.PriorityPerson, RunAt: now,
		}}, now)
		if err != nil {
			return err
		}
		return b.audit(ctx, tx, by, c, "campaign.test", now)
	})
	return wrap("test", err)
}
