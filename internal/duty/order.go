package duty

import (
	"context"
	"time"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/store"
)

// Order is an order to improve under Article 7 (特定電子メール法7条), as it was entered.
type Order struct {
	ID, Workspace int64
	// Authority issued it (消費者庁, 総務省); Reference is its number.
	Authority, Reference, Note string
	ReceivedAt                 time.Time
	EnteredBy                  int64
	EnteredAt                  time.Time
}

// EnterOrder records an order; the periods of keeping grow with it at once.
func (d *Desk) EnterOrder(ctx context.Context, by account.By, o Order, now time.Time) (int64, error) {
	var bad fault.Fields
	o.Authority = line(&bad, "authority", o.Authority)
	o.Reference, o.Note = block(&bad, "reference", o.Reference), block(&bad, "note", o.Note)
	past(&bad, "received_at", o.ReceivedAt, now)
	if err := bad.Err(); err != nil {
		return 0, err
	}
	e := account.Entry{Workspace: o.Workspace, Action: "order.enter", Subject: account.Subject{Kind: "order"}}
	return d.write(ctx, by, e, now, func(tx *store.Tx, id int64) error {
		if err := LockKeeping(ctx, tx); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, sqlAddOrder, id, o.Workspace, o.Authority, o.Reference, o.Note, store.Micros(o.ReceivedAt), by.Actor.ID, store.Micros(now))
		return err
	})
}

// Orders lists orders, the newest first.
func (d *Desk) Orders(ctx context.Context, r store.Reader, workspace int64) ([]Order, error) {
	rows, err := r.Query(ctx, sqlOrders, workspace, listMost)
	all, err := collect(rows, err, func(scan func(...any) error) (Order, error) {
		var o Order
		var received, entered int64
		err := scan(&o.ID, &o.Workspace, &o.Authority, &o.Reference, &o.Note, &received, &o.EnteredBy, &entered)
		o.ReceivedAt, o.EnteredAt = store.Time(received), store.Time(entered)
		return o, err
	})
	return all, failed("orders", err)
}
