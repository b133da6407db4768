package consent

import (
	"context"
	"fmt"
	"time"

	"github.com/kyodaku/kyodaku/internal/store"
)

// feedLock is held from the first entry to the commit, so that the order of the
// feed is the order of the commits.
const feedLock = "consent.refusal_feed"

// notice is one entry for the feed.
type notice struct {
	workspace    int64
	hash         []byte
	topic, event int64
	at           time.Time
	lifted       bool
}

// feed writes entries for the gates' memories and returns the refusals among them
// with their places. Lifted entries (a return, a pause, a frequency) only make the
// gates ask anew for permits given before.
func (l *Log) feed(ctx context.Context, tx *store.Tx, notices []notice) ([]Refused, error) {
	if len(notices) == 0 {
		return nil, nil
	}
	if err := tx.Lock(ctx, feedLock); err != nil {
		return nil, fmt.Errorf("consent: feed: %w", err)
	}
	var head int64
	if err := tx.QueryRow(ctx, sqlFeedHead).Scan(&head); err != nil {
		return nil, fmt.Errorf("consent: feed: %w", err)
	}
	args := make([]any, 0, 6*len(notices))
	for _, n := range notices {
		args = append(args, n.workspace, n.hash, n.topic, n.event, n.lifted, store.Micros(n.at))
	}
	if err := tx.InsertRows(ctx, sqlAddFeed, "", 6, args); err != nil {
		return nil, fmt.Errorf("consent: feed: %w", err)
	}
	refused, err := feedAfter(ctx, tx, head)
	if err != nil {
		return nil, err
	}
	tx.OnCommit(func() { l.tell(refused) })
	return refused, nil
}

// feedAfter lists the refusals after a place in the feed, in their order.
func feedAfter(ctx context.Context, r store.Reader, after int64) ([]Refused, error) {
	rows, err := r.Query(ctx, sqlFeed, after)
	if err != nil {
		return nil, fmt.Errorf("consent: feed: %w", err)
	}
	defer rows.Close()
	var list []Refused
	for rows.Next() {
		var f Refused
		var at int64
		if err := rows.Scan(&f.Seq, &f.Workspace, &f.AddressHash, &f.Topic, &f.Event, &at); err != nil {
			return nil, fmt.Errorf("consent: feed: %w", err)
		}
		f.At = store.Time(at)
		list = append(list, f)
	}
	return list, rows.Err()
}
