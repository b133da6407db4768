package collect

import (
	"context"
	"sync"
	"time"

	"github.com/kyodaku/kyodaku/internal/store"
)

// counter counts in memory what is not worth a write each: pages shown. Opening a
// page therefore writes nothing.
type counter struct {
	mu    sync.Mutex
	shown map[formDay]int64
}

type formDay struct {
	form int64
	day  string
}

func newCounter() *counter { return &counter{shown: map[formDay]int64{}} }

// maxCounted bounds the memory between two flushes; beyond it nothing is counted.
const maxCounted = 10_000

func (c *counter) add(k formDay) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, known := c.shown[k]; known || len(c.shown) < maxCounted {
		c.shown[k]++
	}
}

// CountShown notes, in memory, that somebody opened the form.
func (d *Desk) CountShown(ctx context.Context, live Live, now time.Time) error {
	day, err := d.dayOf(ctx, d.DB, live.Form.Workspace, now)
	if err != nil {
		return failed("count shown", err)
	}
	d.shown.add(formDay{live.Form.ID, day})
	return nil
}

func (c *counter) take() map[formDay]int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	taken := c.shown
	c.shown = map[formDay]int64{}
	return taken
}

func (c *counter) giveBack(counts map[formDay]int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for k, n := range counts {
		c.shown[k] += n
	}
}

// Flush stores the counts of shown pages. Call it every minute and when stopping.
func (d *Desk) Flush(ctx context.Context) error {
	counts := d.shown.take()
	if len(counts) == 0 {
		return nil
	}
	err := d.DB.Write(ctx, func(tx *store.Tx) error {
		for k, n := range counts {
			if _, err := tx.Exec(ctx, sqlCount, k.form, k.day, n, 0, 0); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		d.shown.giveBack(counts)
	}
	return failed("flush", err)
}

// Day is what happened with a form on one day of its workspace's zone.
type Day struct {
	// Day is written 2006-01-02.
	Day                         string
	Shown, Submitted, Confirmed int64
}

// Days lists a form's days since a day (2006-01-02), the oldest first; days on
// which nothing happened are left out.
func (d *Desk) Days(ctx context.Context, r store.Reader, form Form, since string) (list []Day, err error) {
	rows, err := r.Query(ctx, sqlDays, form.ID, form.Workspace, since)
	if err != nil {
		return nil, failed("days", err)
	}
	defer rows.Close()
	for rows.Next() {
		var day Day
		if err := rows.Scan(&day.Day, &day.Shown, &day.Submitted, &day.Confirmed); err != nil {
			return nil, failed("days", err)
		}
		list = append(list, day)
	}
	return list, failed("days", rows.Err())
}

// Totals sums up the days of a workspace's forms since a day (2006-01-02), as a map
// by form. Day is empty in them.
func (d *Desk) Totals(ctx context.Context, r store.Reader, workspace int64, since string) (map[int64]Day, error) {
	rows, err := r.Query(ctx, sqlTotals, workspace, since)
	if err != nil {
		return nil, failed("totals", err)
	}
	defer rows.Close()
	all := map[int64]Day{}
	for rows.Next() {
		var form int64
		var sum Day
		if err := rows.Scan(&form, &sum.Shown, &sum.Submitted, &sum.Confirmed); err != nil {
			return nil, failed("totals", err)
		}
		all[form] = sum
	}
	return all, failed("totals", rows.Err())
}

// dayOf is the day of an instant in a workspace's zone.
func (d *Desk) dayOf(ctx context.Context, r store.Reader, workspace int64, now time.Time) (string, error) {
	w, err := d.Accounts.WorkspaceByID(ctx, r, workspace)
	if err != nil {
		return "", err
	}
	return now.In(w.Location()).Format(time.DateOnly), nil
}
