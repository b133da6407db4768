package gate

import (
	"context"
	"sync"
	"time"

	"github.com/kyodaku/kyodaku/internal/law"
)

// FreshnessBound is how old a node's knowledge of refusals may be; beyond it the
// node hands nothing off (design promise P2).
const FreshnessBound = time.Second

// feedMemory is how long a refusal stays in memory: longer than any permit lives,
// so that every permit older than it has expired by itself.
const feedMemory = 10 * permitLife

// key is a keyed address hash; it differs by workspace and channel.
type key [32]byte

// refused is where a refusal stands in memory: an address and a topic (0: all).
type refused struct {
	hash  key
	topic int64
}

// entry is when a refusal came.
type entry struct {
	seq int64
	at  time.Time
}

// feed is a node's memory of committed refusals and of hand-offs under way.
type feed struct {
	mu sync.Mutex
	// applied is the highest sequence number known, fresh when it was last read.
	applied int64
	fresh   time.Time
	since   map[refused]entry
	// held counts transactions between the last check and the final dot.
	held map[key]*hold
}

// hold is the transactions of one address that are about to send their dot.
type hold struct {
	n      int
	aborts map[int]func()
	next   int
	// free is closed when n falls to zero.
	free chan struct{}
}

func newFeed() *feed {
	return &feed{since: map[refused]entry{}, held: map[key]*hold{}}
}

// apply notes a refusal. It is harmless to note one twice or out of order.
func (f *feed) apply(hash key, topic, seq int64, now time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	at := refused{hash: hash, topic: topic}
	if f.since[at].seq < seq {
		f.since[at] = entry{seq: seq, at: now}
	}
}

// advance notes how far the feed was read, and when the reading began.
func (f *feed) advance(seq int64, began time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.applied = max(f.applied, seq)
	if began.After(f.fresh) {
		f.fresh = began
	}
	for at, e := range f.since {
		if began.Sub(e.at) > feedMemory {
			delete(f.since, at)
		}
	}
}

// position is what a permit must remember: the sequence before its facts are read.
func (f *feed) position() int64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.applied
}

// check says which rule forbids using a permit now, or "".
func (f *feed) check(p *permit, now time.Time) law.RuleID {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.checkLocked(p, now)
}

func (f *feed) checkLocked(p *permit, now time.Time) law.RuleID {
	if p == nil || now.Sub(p.at) >= permitLife || now.Sub(f.fresh) > FreshnessBound {
		return "GATE-01"
	}
	if !p.request.Class.Refusable() {
		return ""
	}
	for _, topic := range [...]int64{0, p.request.Topic} {
		if f.since[refused{hash: p.hash, topic: topic}].seq > p.seq {
			return "OUT-02"
		}
	}
	return ""
}

// hold checks and, in the same breath, counts the transaction as under way, so
// that a refusal applied later waits for it.
func (f *feed) hold(p *permit, now time.Time, abort func()) (release func(), no law.RuleID) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if no := f.checkLocked(p, now); no != "" {
		return nil, no
	}
	h := f.held[p.hash]
	if h == nil {
		h = &hold{aborts: map[int]func(){}, free: make(chan struct{})}
		f.held[p.hash] = h
	}
	h.n++
	h.next++
	number := h.next
	h.aborts[number] = abort
	return sync.OnceFunc(func() { f.release(p.hash, h, number) }), ""
}

func (f *feed) release(hash key, h *hold, number int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(h.aborts, number)
	if h.n--; h.n == 0 {
		delete(f.held, hash)
		close(h.free)
	}
}

// patience is how long a fence waits for a dot on its way before it has the
// connection dropped instead.
const patience = 500 * time.Millisecond

// drain waits until no transaction of the address that began before the refusal
// can still send its dot: it has sent it, or its connection was dropped.
func (f *feed) drain(ctx context.Context, hash key) error {
	f.mu.Lock()
	h := f.held[hash]
	f.mu.Unlock()
	if h == nil {
		return nil
	}
	timer := time.NewTimer(patience)
	defer timer.Stop()
	for {
		select {
		case <-h.free:
			return nil
		case <-timer.C:
			f.abort(h)
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

func (f *feed) abort(h *hold) {
	f.mu.Lock()
	aborts := make([]func(), 0, len(h.aborts))
	for _, a := range h.aborts {
		aborts = append(aborts, a)
	}
	f.mu.Unlock()
	for _, a := range aborts {
		a()
	}
}
