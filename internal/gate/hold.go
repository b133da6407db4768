package gate

import (
	"context"
	"time"

	"github.com/kyodaku/kyodaku/internal/law"
)

// Hold is a transaction that the gate let pass to its final dot. A refusal that
// comes now waits for it: until the server has answered if that is soon, and at
// least until the dot has left or cannot leave any more.
type Hold struct {
	feed  *feed
	hash  key
	topic int64
	abort func()
	// written and done are closed by the methods of those names.
	written, done chan struct{}
	past          bool // written, under feed.mu
}

// hold checks and, in the same breath, registers the transaction, so that a
// refusal applied later waits for it.
func (f *feed) hold(p *permit, now time.Time, abort func()) (*Hold, law.RuleID, int64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if no, event := f.checkLocked(p, now); no != "" {
		return nil, no, event
	}
	h := &Hold{
		feed: f, hash: p.hash, topic: p.request.Topic, abort: abort,
		written: make(chan struct{}), done: make(chan struct{}),
	}
	if !p.advertises() {
		return h, "", 0
	}
	if f.held[h.hash] == nil {
		f.held[h.hash] = map[*Hold]struct{}{}
	}
	f.held[h.hash][h] = struct{}{}
	return h, "", 0
}

// Written says that nothing of the message will be written any more: the dot has
// left, or never will. It may be called more than once.
func (h *Hold) Written() {
	h.feed.mu.Lock()
	defer h.feed.mu.Unlock()
	h.pass()
}

// over says whether the server has answered or the connection is gone.
func (h *Hold) over() bool {
	select {
	case <-h.done:
		return true
	default:
		return false
	}
}

func (h *Hold) pass() {
	if !h.past {
		h.past = true
		close(h.written)
	}
}

// Done says that the server has answered or the connection is gone. It must be
// called exactly once.
func (h *Hold) Done() {
	h.feed.mu.Lock()
	defer h.feed.mu.Unlock()
	h.pass()
	close(h.done)
	delete(h.feed.held[h.hash], h)
	if len(h.feed.held[h.hash]) == 0 {
		delete(h.feed.held, h.hash)
	}
}

// cut has the connection dropped if the dot may still be written.
func (h *Hold) cut() {
	h.feed.mu.Lock()
	defer h.feed.mu.Unlock()
	if !h.past {
		h.abort()
	}
}

// patience is how long a refusal waits for a transaction under way before the
// connection is dropped under one that has not sent its dot.
const patience = 500 * time.Millisecond

// drain waits for transactions that began before a refusal. When it returns nil,
// none of them can send its dot any more; those that sent it have been answered,
// unless the server took longer than our patience.
func drain(ctx context.Context, holds []*Hold) error {
	if len(holds) == 0 {
		return nil
	}
	timer := time.NewTimer(patience)
	defer timer.Stop()
	for i, h := range holds {
		select {
		case <-h.done:
			continue
		case <-timer.C:
		case <-ctx.Done():
		}
		return cutAll(ctx, holds[i:])
	}
	return nil
}

// cutAll ends the waiting: connections are dropped and nobody is waited for but
// those who are just handing their last bytes over. An impatient caller changes
// nothing about that, for the refusal counts all the same.
func cutAll(ctx context.Context, holds []*Hold) error {
	for _, h := range holds {
		h.cut()
	}
	for _, h := range holds {
		select {
		case <-h.written:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	return nil
}

// dropIfStale drops every connection that has not sent its dot once this node
// knows too little: a fence on another node counts on it.
func (f *feed) dropIfStale(now time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.stale(now) {
		return
	}
	for _, holds := range f.held {
		for h := range holds {
			if !h.past {
				h.abort()
			}
		}
	}
}
