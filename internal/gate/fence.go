package gate

import (
	"context"
	"fmt"
	"time"

	"github.com/kyodaku/kyodaku/internal/consent"
	"github.com/kyodaku/kyodaku/internal/store"
)

// Fence makes committed refusals binding: when it returns nil, no final dot can
// follow for those addresses and topics on any node. Call it after the commit
// and before the answer to the person.
func (g *Gate) Fence(ctx context.Context, refused []consent.Refused) error {
	if len(refused) == 0 {
		return nil
	}
	g.take(refused)
	last := int64(0)
	for _, r := range refused {
		last = max(last, r.Seq)
	}
	for _, r := range refused {
		if err := g.feed.drain(ctx, key(r.AddressHash)); err != nil {
			return fmt.Errorf("gate: fence: %w", err)
		}
	}
	return g.awaitOthers(ctx, last)
}

// take notes refusals right after their commit, whoever recorded them.
func (g *Gate) take(refused []consent.Refused) {
	now := g.clock()
	for _, r := range refused {
		g.feed.apply(key(r.AddressHash), r.Topic, r.Seq, now)
	}
}

// Record appends events to the consent log in a transaction of its own and makes
// the refusals among them binding. It is the short way for all who only record.
func (g *Gate) Record(ctx context.Context, events ...*consent.Event) error {
	var refused []consent.Refused
	err := g.db.Write(ctx, func(tx *store.Tx) (err error) {
		refused, err = g.consent.Append(ctx, tx, events)
		return err
	})
	if err != nil {
		return fmt.Errorf("gate: record: %w", err)
	}
	return g.Fence(ctx, refused)
}

// othersWait is the longest a fence waits for other nodes: by then each has
// either taken the refusal in or gone stale, and a stale node sends no dot.
const othersWait = FreshnessBound + 2*patience

// othersPoll is how often the fence looks whether the others have come far enough.
const othersPoll = 20 * time.Millisecond

func (g *Gate) awaitOthers(ctx context.Context, seq int64) error {
	if g.db.Engine() == store.SQLite {
		return nil
	}
	deadline := time.NewTimer(othersWait)
	defer deadline.Stop()
	tick := time.NewTicker(othersPoll)
	defer tick.Stop()
	for {
		var behind int64
		seen := g.clock().Add(-2 * othersWait)
		if err := g.db.QueryRow(ctx, sqlBehind, g.node, seq, store.Micros(seen)).Scan(&behind); err != nil {
			return fmt.Errorf("gate: fence: %w", err)
		}
		if behind == 0 {
			return nil
		}
		select {
		case <-deadline.C:
			return nil
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-tick.C:
		}
	}
}
