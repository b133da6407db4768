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

// guard drops what is on its way when the gate goes stale. It is apart from
// follow, which may be waiting for a database that does not answer.
func (g *Gate) guard(ctx context.Context) {
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			g.feed.dropIfStale(g.clock())
		}
	}
}

// read takes in what was committed since the last reading and, on PostgreSQL,
// tells the other nodes how far this one has come.
func (g *Gate) read(ctx context.Context) error {
	began := g.clock()
	seq := g.feed.position()
	var holds []*Hold
	for {
		news, err := g.readPage(ctx, seq)
		if err != nil {
			return fmt.Errorf("gate: read feed: %w", err)
		}
		for _, n := range news {
			seq = n.seq
			e := entry{seq: n.seq, event: n.event, at: began}
			if n.lifted {
				g.feed.change(n.refused, e)
				continue
			}
			holds = append(holds, g.feed.apply(n.refused, e)...)
		}
		if len(news) < feedPage {
			break
		}
	}
	// Other nodes' fences rely on this: what is reported as applied can have no dot
	// on its way.
	if err := drain(ctx, holds); err != nil {
		return fmt.Errorf("gate: read feed: %w", err)
	}
	g.feed.advance(seq)
	// Only a node that the others can see is fresh: they do not wait for one that
	// gives no sign.
	if err := g.beat(ctx, seq, began); err != nil {
		return fmt.Errorf("gate: give sign: %w", err)
	}
	g.feed.refresh(began)
	return nil
}

// feedPage is the LIMIT of sqlFeed.
const feedPage = 1000

// news is one line of the feed.
type news struct {
	refused
	seq, event int64
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
		if err := rows.Scan(&n.seq, &hash, &n.topic, &n.event, &n.lifted); err != nil {
			return nil, err
		}
		copy(n.hash[:], hash)
		page = append(page, n)
	}
	return page, rows.Err()
}

// beat shows the other nodes that this one lives, and looks for signs of theirs.
// SQLite has no other nodes.
func (g *Gate) beat(ctx context.Context, seq int64, now time.Time) error {
	if g.db.Engine() == store.SQLite || (seq == g.told && now.Sub(g.toldAt) < beatEvery) {
		return nil
	}
	if err := g.db.Write(ctx, func(tx *store.Tx) error {
		_, err := tx.Exec(ctx, sqlBeat, g.node, seq, store.Micros(now))
		return err
	}); err != nil {
		return err
	}
	g.told, g.toldAt = seq, now
	others, err := g.readPeers(ctx)
	if err != nil {
		return err
	}
	g.peers.watch(others, g.clock())
	return nil
}

// leaving bounds how long a stopping node tries to take its name off the list.
const leaving = 2 * time.Second

// forgotten is after how long a node that crashed is taken off the list. It is
// far more than clocks differ.
const forgotten = 24 * time.Hour

// leave takes this node, and any long silent one, off the list, so that fences
// elsewhere need not wait for them. Everything this node had on its way is
// dropped first.
func (g *Gate) leave() {
	g.feed.retire()
	if g.db.Engine() == store.SQLite {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), leaving)
	defer cancel()
	old := g.clock().Add(-forgotten)
	if err := g.db.Write(ctx, func(tx *store.Tx) error {
		_, err := tx.Exec(ctx, sqlGone, g.node, store.Micros(old))
		return err
	}); err != nil {
		g.log.Warn("this node could not sign off", "error", err)
	}
}
