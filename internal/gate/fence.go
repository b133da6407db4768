package gate

import (
	"context"
	"fmt"
	"slices"
	"sync"
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
	last := int64(0)
	for _, r := range refused {
		last = max(last, r.Seq)
	}
	if err := drain(ctx, g.note(refused)); err != nil {
		return fmt.Errorf("gate: fence: %w", err)
	}
	return g.awaitOthers(ctx, last)
}

// FenceAddresses is Fence for refusals of everything by some addresses of a workspace
// that were recorded where nobody was told their place in the feed: an erasure. Call
// it after the commit.
func (g *Gate) FenceAddresses(ctx context.Context, workspace int64, hashes [][]byte) error {
	if len(hashes) == 0 {
		return nil
	}
	var end int64
	if err := g.db.QueryRow(ctx, sqlFeedEnd).Scan(&end); err != nil {
		return fmt.Errorf("gate: fence: %w", err)
	}
	all := make([]consent.Refused, len(hashes))
	for i, hash := range hashes {
		all[i] = consent.Refused{Seq: end, Workspace: workspace, AddressHash: hash}
	}
	return g.Fence(ctx, all)
}

// FenceCommitted is Fence for every refusal that this node has committed so far by other
// hands, which did not take their places in the feed along: an import, a merge. Call it
// after the commit and before anybody is told that they count.
func (g *Gate) FenceCommitted(ctx context.Context) error {
	var end int64
	if err := g.db.QueryRow(ctx, sqlFeedEnd).Scan(&end); err != nil {
		return fmt.Errorf("gate: fence: %w", err)
	}
	if err := drain(ctx, g.owed.live()); err != nil {
		return fmt.Errorf("gate: fence: %w", err)
	}
	return g.awaitOthers(ctx, end)
}

// owed are the transactions that refusals noted right after their commit concern, until
// they can send no dot any more.
type owed struct {
	mu    sync.Mutex
	holds []*Hold
}

func (o *owed) add(holds []*Hold) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.holds = append(slices.DeleteFunc(o.holds, (*Hold).over), holds...)
}

func (o *owed) live() []*Hold {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.holds = slices.DeleteFunc(o.holds, (*Hold).over)
	return slices.Clone(o.holds)
}

// take notes refusals right after their commit, whoever recorded them.
func (g *Gate) take(refused []consent.Refused) {
	g.owed.add(g.note(refused))
	if g.committed != nil {
		g.committed(refused, g.clock())
	}
}

// OnCommitted has fn told of refusals that this node has just committed, and when. fn
// must not wait. Set it before Start.
func (g *Gate) OnCommitted(fn func(refused []consent.Refused, at time.Time)) { g.committed = fn }

// note takes refusals in and returns the transactions that they concern.
func (g *Gate) note(news []consent.Refused) (holds []*Hold) {
	now := g.clock()
	for _, r := range news {
		at := refused{hash: key(r.AddressHash), topic: r.Topic}
		holds = append(holds, g.feed.apply(at, entry{seq: r.Seq, event: r.Event, at: now})...)
	}
	return holds
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
// either taken the refusal in or gone stale, and a stale node sends no dot and
// has dropped what was on its way.
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
		behind, err := g.behind(ctx, seq)
		if err != nil {
			return fmt.Errorf("gate: fence: %w", err)
		}
		if !behind {
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

// behind says whether some other node that may be alive has not come as far.
func (g *Gate) behind(ctx context.Context, seq int64) (bool, error) {
	others, err := g.readPeers(ctx)
	if err != nil {
		return false, err
	}
	now := g.clock()
	for _, p := range others {
		if p.applied < seq && !g.peers.silent(p, now) {
			return true, nil
		}
	}
	return false, nil
}
