package gate

import (
	"context"
	"sync"
	"time"
)

const (
	// beatEvery is how often a node shows that it lives when there is nothing new.
	beatEvery = 500 * time.Millisecond
	// silence is after how long without a sign a node counts as gone. It had stopped
	// handing off long before: without a sign of life in the table it goes stale.
	silence = 4 * time.Second
)

// peer is what another node last wrote about itself.
type peer struct {
	node    string
	applied int64
	seen    int64
}

// peers remembers when the signs of other nodes last changed, by this node's own
// clock: what they wrote was told by theirs, and clocks differ.
type peers struct {
	mu      sync.Mutex
	changed map[string]sign
}

type sign struct {
	peer
	at time.Time
}

// watch takes a reading of the table in.
func (p *peers) watch(others []peer, now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	next := make(map[string]sign, len(others))
	for _, o := range others {
		s, known := p.changed[o.node]
		if !known || s.peer != o {
			s = sign{peer: o, at: now}
		}
		next[o.node] = s
	}
	p.changed = next
}

// silent says whether a node has given no sign for so long that it is gone. One
// that is not known yet is not.
func (p *peers) silent(o peer, now time.Time) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	s, known := p.changed[o.node]
	return known && s.peer == o && now.Sub(s.at) > silence
}

func (g *Gate) readPeers(ctx context.Context) ([]peer, error) {
	rows, err := g.db.Query(ctx, sqlPeers, g.node)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []peer
	for rows.Next() {
		var p peer
		if err := rows.Scan(&p.node, &p.applied, &p.seen); err != nil {
			return nil, err
		}
		out = append(out, p)
	}
	return out, rows.Err()
}
