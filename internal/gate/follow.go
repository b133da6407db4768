package gate

import (
	"context"
	"fmt"
	"time"

	"github.com/kyodaku/kyodaku/internal/store"
)

// pollEvery is how often a node reads the feed: ten readings fit into the
// freshness bound, so one slow answer does not stop delivery.
const pollEvery = 100 * time.Millisecond

// follow reads new refusals until the context ends. A failed reading is only
// logged: without a newer one the gate goes stale and says no by itself.
func (g *Gate) follow(ctx context.Context) {
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			g.leave()
			return
		case <-tick.C:
			if err := g.read(ctx); err != nil && ctx.Err() == nil {
				g.log.Warn("the feed of refusals cannot be read", "error", err)
			}
		}
	}
}

// read takes in what was committed since the last reading and, on PostgreSQL,
// tells the other nodes how far this one has come.
func (g *Gate) read(ctx context.Context) error {
	began := g.clock()
	seq := g.feed.position()
	for {
		news, err := g.readPage(ctx, seq)
		if err != nil {
			return fmt.Errorf("gate: read feed: %w", err)
		}
		for _, n := range news {
			if !n.lifted {
				g.feed.apply(n.hash, n.topic, n.seq, began)
			}
			seq = n.seq
		}
		// Other nodes' fences rely on this: what is reported as applied can have
		// no dot on its way.
		for _, n := range news {
			if err := g.feed.drain(ctx, n.hash); err != nil {
				return err
			}
		}
		if len(news) < feedPage {
			break
		}
	}
	g.feed.advance(seq, began)
	return g.beat(ctx, seq, began)
}

// feedPage is the LIMIT of sqlFeed.
const feedPage = 1000

type news struct {
	seq, topic int64
	hash       key
	lifted     bool
}

func (g *Gate) readPage(ctx context.Context, after int64) ([]news, error) {
	rows, err := g.db.Query(ctx, sqlFeed, after)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var page []news
	for rows.Next() {
		var n news
		var hash []byte
		if err := rows.Scan(&n.seq, &hash, &n.topic, &n.lifted); err != nil {
			return nil, err
		}
		copy(n.hash[:], hash)
		page = append(page, n)
	}
	return page, rows.Err()
}

// beat shows the other nodes that this one lives. SQLite has no other nodes.
func (g *Gate) beat(ctx context.Context, seq int64, now time.Time) error {
	if g.db.Engine() == store.SQLite {
		return nil
	}
	return g.db.Write(ctx, func(tx *store.Tx) error {
		_, err := tx.Exec(ctx, sqlBeat, g.node, seq, store.Micros(now))
		return err
	})
}

// leaving bounds how long a stopping node tries to take its name off the list.
const leaving = 2 * time.Second

// leave takes this node, and any long silent one, off the list, so that fences
// elsewhere need not wait for them.
func (g *Gate) leave() {
	if g.db.Engine() == store.SQLite {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), leaving)
	defer cancel()
	old := g.clock().Add(-time.Hour)
	if err := g.db.Write(ctx, func(tx *store.Tx) error {
		_, err := tx.Exec(ctx, sqlGone, g.node, store.Micros(old))
		return err
	}); err != nil {
		g.log.Warn("this node could not sign off", "error", err)
	}
}
