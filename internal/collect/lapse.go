package collect

import (
	"context"
	"encoding/json"
	"time"

	"github.com/kyodaku/kyodaku/internal/consent"
	"github.com/kyodaku/kyodaku/internal/store"
)

// lapseAfter is how long after its time a request is kept for "send it again".
const lapseAfter = 7 * 24 * time.Hour

// lapsing is a request whose time is over.
type lapsing struct {
	id, workspace, address int64
	preset                 Preset
	asks                   []ask
}

// Lapse ends requests that nobody confirmed, and those that were disowned: the log
// notes that they expired, and what was typed is deleted, except for an entry that
// stands without any topic (document, event, prize). An address that is here for
// nothing else is forgotten too; see the package's word on what stays. It returns
// how many; call it every hour.
func (d *Desk) Lapse(ctx context.Context, now time.Time) (int, error) {
	total := 0
	for {
		n := 0
		err := d.DB.Write(ctx, func(tx *store.Tx) error {
			list, err := lapsed(ctx, tx, now)
			if n = len(list); err != nil || n == 0 {
				return err
			}
			return d.lapse(ctx, tx, list, now)
		})
		total += n
		if err != nil || n == 0 {
			return total, failed("lapse", err)
		}
	}
}

func lapsed(ctx context.Context, tx *store.Tx, now time.Time) (list []lapsing, err error) {
	rows, err := tx.Query(ctx, sqlLapsed, store.Micros(now.Add(-lapseAfter)))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var l lapsing
		var asks string
		var expires int64
		if err := rows.Scan(&l.id, &l.workspace, &l.address, &asks, &expires, &l.preset); err != nil {
			return nil, err
		}
		if err := json.Unmarshal([]byte(asks), &l.asks); err != nil {
			return nil, err
		}
		list = append(list, l)
	}
	return list, rows.Err()
}

func (d *Desk) lapse(ctx context.Context, tx *store.Tx, list []lapsing, now time.Time) error {
	all, drop := make([]int64, len(list)), []int64{}
	var events []*consent.Event
	for i, l := range list {
		all[i] = l.id
		if l.preset == Newsletter {
			drop = append(drop, l.id)
		}
		expired, err := d.expired(ctx, tx, l, now)
		if err != nil {
			return err
		}
		events = append(events, expired...)
	}
	if _, err := d.Consents.Append(ctx, tx, events); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, sqlLapse, store.In(all)); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, sqlDropEntry, store.In(drop)); err != nil {
		return err
	}
	return d.forgetAddresses(ctx, tx, list, now)
}

// forgetAddresses empties what the requests alone have left here: the address, the
// evidence of its events, and what mails to it say of it.
func (d *Desk) forgetAddresses(ctx context.Context, tx *store.Tx, list []lapsing, now time.Time) error {
	left, err := leftBehind(ctx, tx, list)
	if err != nil || len(left) == 0 {
		return err
	}
	if err := d.Outbox.Forget(ctx, tx, left, now); err != nil {
		return err
	}
	if err := d.Consents.Forget(ctx, tx, left); err != nil {
		return err
	}
	return d.People.Unname(ctx, tx, left, now)
}

func leftBehind(ctx context.Context, tx *store.Tx, list []lapsing) ([]int64, error) {
	addresses := make([]int64, len(list))
	for i, l := range list {
		addresses[i] = l.address
	}
	return store.IDs(tx.Query(ctx, sqlLeftBehind, store.In(addresses)))
}

// expired makes the events of one request. A topic that stands for another reason
// by now is not touched.
func (d *Desk) expired(ctx context.Context, tx *store.Tx, l lapsing, now time.Time) ([]*consent.Event, error) {
	states, err := d.Consents.State(ctx, tx, l.address)
	if err != nil {
		return nil, err
	}
	var events []*consent.Event
	for _, a := range l.asks {
		st := states[a.Topic]
		if a.State != askPending || st.Status != consent.StatusRequested || st.Event != a.Event {
			continue
		}
		events = append(events, &consent.Event{
			Workspace: l.workspace, Address: l.address, Topic: a.Topic, Action: consent.ActionExpired, Method: consent.MethodTimer,
			OccurredAt: now, RefersTo: a.Event, Evidence: consent.Evidence{Signup: l.id},
		})
	}
	return events, nil
}
