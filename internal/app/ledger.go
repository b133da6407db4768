package app

import (
	"context"
	"time"

	"github.com/kyodaku/kyodaku/internal/api"
	"github.com/kyodaku/kyodaku/internal/consent"
	"github.com/kyodaku/kyodaku/internal/contact"
	"github.com/kyodaku/kyodaku/internal/notice"
	"github.com/kyodaku/kyodaku/internal/store"
)

// ledger is the consent log as contacts see it, with every other room that holds
// something about a person told of a merge or an erasure in the same transaction.
type ledger struct {
	*consent.Log
	app *App
}

var _ contact.Ledger = ledger{}

// Merged implements contact.Ledger.
func (l ledger) Merged(ctx context.Context, tx *store.Tx, from, into int64, now time.Time) error {
	if err := l.Log.Merged(ctx, tx, from, into, now); err != nil {
		return err
	}
	return l.app.ProvisionRuns.Merged(ctx, tx, from, into, now)
}

// Erased implements contact.Ledger.
func (l ledger) Erased(ctx context.Context, tx *store.Tx, c contact.Contact, now time.Time) error {
	// Before the desk of duties: it may need the addresses, which stay until the contact goes.
	addresses, err := l.app.Contacts.AddressesOf(ctx, tx, c.Workspace, c.ID)
	if err != nil {
		return err
	}
	ids, hashes := make([]int64, len(addresses)), make([][]byte, len(addresses))
	for i, a := range addresses {
		ids[i], hashes[i] = a.ID, a.Hash
	}
	if err := l.app.Collect.Forget(ctx, tx, ids); err != nil {
		return err
	}
	if err := l.app.Engine.Outbox().Forget(ctx, tx, ids, now); err != nil {
		return err
	}
	if err := (notice.Forwarder{Desk: l.app.Notices}).Forget(ctx, tx, ids); err != nil {
		return err
	}
	if err := api.Forget(ctx, tx, hashes); err != nil {
		return err
	}
	if err := l.app.ProvisionRuns.Forget(ctx, tx, c.Workspace, c.ID, now); err != nil {
		return err
	}
	return l.app.Duty.Erased(ctx, tx, c, now)
}
