package contact

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/kyodaku/kyodaku/internal/contact/sheet"
	"github.com/kyodaku/kyodaku/internal/store"
)

// receiptOf is whose import a record is about.
type receiptOf struct{ workspace, job int64 }

// keep stores the record of a list that came from somebody else: who gave it, how
// they got it, when, and which items (個人情報保護法30条3項, 施行規則24条). Who is on it is
// told by the events of the job.
func (of receiptOf) keep(ctx context.Context, tx *store.Tx, order *Import, m sheet.Mapping, now time.Time) error {
	d := &order.Declared
	if order.DryRun || !d.Origin.Received() {
		return nil
	}
	var items []string
	for _, f := range m.Fields {
		if f != "" {
			items = append(items, string(f))
		}
	}
	list, err := json.Marshal(items)
	if err != nil {
		return fmt.Errorf("contact: receipt: %w", err)
	}
	r := &d.Receipt
	_, err = tx.Exec(ctx, sqlAddReceipt, of.job, of.workspace, string(d.Origin), r.Provider, r.Address, r.Representative, r.Acquisition,
		r.Evidence, string(list), order.FileName, order.FileHash, store.Micros(r.ReceivedAt), store.Micros(r.PublishedAt), store.Micros(now))
	if err != nil {
		return fmt.Errorf("contact: receipt: %w", err)
	}
	return nil
}
