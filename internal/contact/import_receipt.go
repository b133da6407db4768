package contact

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"github.com/kyodaku/kyodaku/internal/contact/sheet"
	"github.com/kyodaku/kyodaku/internal/store"
)

// receiptOf is whose import a record is about.
type receiptOf struct{ workspace, job int64 }

// keep stores the record of a list that came from somebody else: who gave it, how
// they got it, when, and which items (個人情報保護法30条3項, 施行規則24条). Who is on it, name
// tells.
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

// name notes people who stand on the list: by their numbers, which outlive an erasure.
func (of receiptOf) name(ctx context.Context, tx *store.Tx, people []int64) error {
	args := make([]any, 0, 2*len(people))
	for _, id := range people {
		args = append(args, of.job, id)
	}
	return wrap("receipt", tx.InsertRows(ctx, sqlNameReceived, sqlUnlessNamed, 2, args))
}

// Received is the record of a list that came from somebody else (APPI 30).
type Received struct {
	Job    int64
	Origin Origin
	Receipt
	Items     []string
	File      string
	CreatedAt time.Time
}

// Receipts lists the records of lists that came from others, the latest first. Nobody can
// change or delete one.
func (b *Book) Receipts(ctx context.Context, r store.Reader, workspace int64) ([]Received, error) {
	return readReceipts(r.Query(ctx, sqlReceipts, workspace))
}

// ReceiptsOf lists the records of the lists that name the person, or anybody who was merged into
// them, the latest first.
func (b *Book) ReceiptsOf(ctx context.Context, r store.Reader, workspace, person int64) ([]Received, error) {
	ids, err := b.With(ctx, r, person)
	if err != nil {
		return nil, err
	}
	return readReceipts(r.Query(ctx, sqlReceiptsNaming, workspace, store.In(ids)))
}

func readReceipts(rows *sql.Rows, err error) ([]Received, error) {
	if err != nil {
		return nil, fmt.Errorf("contact: receipts: %w", err)
	}
	defer rows.Close()
	var all []Received
	for rows.Next() {
		var x Received
		var items string
		var received, published, created int64
		if err := rows.Scan(&x.Job, &x.Origin, &x.Provider, &x.Address, &x.Representative, &x.Acquisition, &x.Evidence, &items, &x.File,
			&received, &published, &created); err != nil {
			return nil, fmt.Errorf("contact: receipts: %w", err)
		}
		if err := json.Unmarshal([]byte(items), &x.Items); err != nil {
			return nil, fmt.Errorf("contact: receipts: %w", err)
		}
		x.ReceivedAt, x.PublishedAt, x.CreatedAt = store.Time(received), store.Time(published), store.Time(created)
		all = append(all, x)
	}
	return all, wrap("receipts", rows.Err())
}
