package duty

import (
	"context"
	"time"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/store"
)

// Hold is a legal officer's word that something must stay.
type Hold struct {
	ID, Workspace int64
	// Contact is 0 for everything of the workspace.
	Contact            int64
	Reason             string
	PlacedBy, LiftedBy int64
	PlacedAt, LiftedAt time.Time
	LiftReason         string
}

// Live says whether it still forbids.
func (h Hold) Live() bool { return h.LiftedAt.IsZero() }

// PlaceHold forbids erasing a contact, or anybody (contact 0), until it is lifted.
func (d *Desk) PlaceHold(ctx context.Context, by account.By, h Hold, now time.Time) (int64, error) {
	var bad fault.Fields
	h.Reason = line(&bad, "reason", h.Reason)
	if err := bad.Err(); err != nil {
		return 0, err
	}
	e := account.Entry{Workspace: h.Workspace, Action: "hold.place", Subject: account.Subject{Kind: "hold"}, Reason: h.Reason}
	return d.write(ctx, by, e, now, func(tx *store.Tx, id int64) error {
		if err := LockKeeping(ctx, tx); err != nil {
			return err
		}
		if h.Contact != 0 {
			if _, err := d.Contacts.Get(ctx, tx, h.Workspace, h.Contact); err != nil {
				return err
			}
		}
		_, err := tx.Exec(ctx, sqlAddHold, id, h.Workspace, h.Contact, h.Reason, by.Actor.ID, store.Micros(now))
		return err
	})
}

const keepingLock = "duty.keeping"

// LockKeeping has what says how long something is to be kept, and what destroys it, take turns
// to the end of the transaction: once a hold is placed nothing goes any more that it keeps.
func LockKeeping(ctx context.Context, tx *store.Tx) error { return tx.Lock(ctx, keepingLock) }

// LiftHold ends a hold.
func (d *Desk) LiftHold(ctx context.Context, by account.By, workspace, id int64, reason string, now time.Time) error {
	var bad fault.Fields
	reason = line(&bad, "reason", reason)
	if err := bad.Err(); err != nil {
		return err
	}
	e := account.Entry{Workspace: workspace, Action: "hold.lift", Subject: account.Subject{Kind: "hold", ID: id}, Reason: reason}
	_, err := d.write(ctx, by, e, now, func(tx *store.Tx, id int64) error {
		return changed(tx.Exec(ctx, sqlLiftHold, by.Actor.ID, store.Micros(now), reason, id, workspace))
	})
	return err
}

// Holds lists holds, live ones first.
func (d *Desk) Holds(ctx context.Context, r store.Reader, workspace int64) ([]Hold, error) {
	rows, err := r.Query(ctx, sqlHolds, workspace, listMost)
	all, err := collect(rows, err, func(scan func(...any) error) (Hold, error) {
		var h Hold
		var placed, lifted int64
		err := scan(&h.ID, &h.Workspace, &h.Contact, &h.Reason, &h.PlacedBy, &placed, &h.LiftedBy, &lifted, &h.LiftReason)
		h.PlacedAt, h.LiftedAt = store.Time(placed), store.Time(lifted)
		return h, err
	})
	return all, failed("holds", err)
}

// held says whether a live hold covers a contact, or one that was merged into it: what was to
// stay of that one is part of this one now.
func (d *Desk) held(ctx context.Context, r store.Reader, workspace, contact int64) (bool, error) {
	ids, err := d.Contacts.With(ctx, r, contact)
	if err != nil {
		return false, err
	}
	var n int64
	err = r.QueryRow(ctx, sqlHeld, workspace, store.In(append(ids, 0))).Scan(&n) // 0 is everybody
	return n > 0, err
}

// LiveHolds lists the holds of a workspace that still forbid, the oldest first; for rooms that
// destroy what is not of this one.
func LiveHolds(ctx context.Context, r store.Reader, workspace int64) ([]Hold, error) {
	rows, err := r.Query(ctx, sqlLiveHolds, workspace)
	all, err := collect(rows, err, func(scan func(...any) error) (Hold, error) {
		h := Hold{Workspace: workspace}
		err := scan(&h.ID, &h.Contact, &h.Reason)
		return h, err
	})
	return all, failed("live holds", err)
}
