package report

import (
	"context"
	"fmt"
	"math"
	"time"

	"github.com/kyodaku/kyodaku/internal/addr"
	"github.com/kyodaku/kyodaku/internal/consent"
	"github.com/kyodaku/kyodaku/internal/store"
)

// Event is one line of a workspace's consent log, without its evidence.
type Event struct {
	ID      int64
	Contact int64
	Address int64
	// Topic is 0 for every topic.
	Topic    int64
	Action   consent.Action
	Basis    consent.Basis
	Method   consent.Method
	Grade    consent.Grade
	At       time.Time
	Operator int64
	// Leaf is the event's place in the tree, -1 while it has none.
	Leaf    int64
	Channel addr.Channel
	// Shown is the address as it is shown; empty once it is erased.
	Shown string
}

// Events reads up to limit events of a workspace, the newest first, from before an
// event (0 is from the newest).
func Events(ctx context.Context, r store.Reader, workspace, before int64, limit int) ([]Event, error) {
	if before == 0 {
		before = math.MaxInt64
	}
	rows, err := r.Query(ctx, sqlEvents, workspace, before, limit)
	if err != nil {
		return nil, fmt.Errorf("report: events: %w", err)
	}
	defer rows.Close()
	var list []Event
	for rows.Next() {
		var e Event
		var at int64
		err := rows.Scan(&e.ID, &e.Contact, &e.Address, &e.Topic, &e.Action, &e.Basis, &e.Method, &e.Grade, &at,
			&e.Operator, &e.Leaf, &e.Channel, &e.Shown)
		if err != nil {
			return nil, fmt.Errorf("report: events: %w", err)
		}
		e.At = store.Time(at)
		list = append(list, e)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("report: events: %w", err)
	}
	return list, nil
}
