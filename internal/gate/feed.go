package gate

import (
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

// entry is which refusal came, and when this node learned of it.
type entry struct {
	seq, event int64
	at         time.Time
}

// feed is a node's memory of committed refusals and of hand-offs under way.
type feed struct {
	mu sync.Mutex
	// rules say what of the news forbids handing over.
	rules *law.Set
	// applied is the highest sequence number known, fresh when it was last read.
	applied int64
	fresh   time.Time
	since   map[refused]entry
	// changed are choices that came meanwhile (a pause, a frequency, a return):
	// permits from before must be asked for anew.
	changed map[refused]entry
	// swept is when entries that have served their time were last forgotten.
	swept time.Time
	// held are the transactions between the last check and the server's answer.
	held map[key]map[*Hold]struct{}
}

func newFeed(rules *law.Set) *feed {
	return &feed{rules: rules, since: map[refused]entry{}, changed: map[refused]entry{}, held: map[key]map[*Hold]struct{}{}}
}

// apply notes a refusal and returns the transactions under way that it concerns.
// It is harmless to note one twice or out of order.
func (f *feed) apply(at refused, e entry) []*Hold {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.since[at].seq < e.seq {
		f.since[at] = e
	}
	var holds []*Hold
	for h := range f.held[at.hash] {
		if at.topic == 0 || at.topic == h.topic {
			holds = append(holds, h)
		}
	}
	return holds
}

// change notes that what was said before about an address is out of date.
func (f *feed) change(at refused, e entry) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.changed[at].seq < e.seq {
		f.changed[at] = e
	}
}

// advance notes how far the feed was read.
func (f *feed) advance(seq int64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.applied = max(f.applied, seq)
}

// refresh notes when a complete reading of the feed began.
func (f *feed) refresh(began time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if began.After(f.fresh) {
		f.fresh = began
	}
	if began.Sub(f.swept) < permitLife {
		return
	}
	f.swept = began
	for _, memory := range [...]map[refused]entry{f.since, f.changed} {
		for at, e := range memory {
			if began.Sub(e.at) > feedMemory {
				delete(memory, at)
			}
		}
	}
}

// position is what a permit must remember: the sequence before its facts are read.
func (f *feed) position() int64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.applied
}

// age is how long ago the last complete reading of the feed began.
func (f *feed) age(now time.Time) time.Duration {
	f.mu.Lock()
	defer f.mu.Unlock()
	return now.Sub(f.fresh)
}

// stale says whether too little is known to hand anything off.
func (f *feed) stale(now time.Time) bool { return now.Sub(f.fresh) > FreshnessBound }

// check says which rule forbids using a permit now, or "", and on which event.
func (f *feed) check(p *permit, now time.Time) (law.RuleID, int64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.checkLocked(p, now)
}

func (f *feed) checkLocked(p *permit, now time.Time) (law.RuleID, int64) {
	facts := law.HandoffFacts{Now: now, Step: "permit", Permit: law.PermitFacts{FeedSeconds: now.Sub(f.fresh).Seconds()}}
	event := int64(0)
	if p != nil {
		facts.Class = p.request.Class
		facts.Permit.Held, facts.Permit.Seconds, facts.Permit.Stripped, facts.Permit.Promotes = true, now.Sub(p.at).Seconds(), p.strip, p.promotes
		facts.Permit.Refused, facts.Permit.Changed, event = f.newsLocked(p)
	}
	no := f.rules.Handoff(&facts)
	switch {
	case no == nil:
		return "", 0
	case no.ID == ruleRefused:
		return no.ID, event
	}
	return no.ID, 0
}

// ruleRefused is the rule of a refusal that came after the permit.
const ruleRefused law.RuleID = "OUT-02"

// newsLocked is what people said after a permit was given: a refusal with its event, or
// another choice of theirs.
func (f *feed) newsLocked(p *permit) (no, changed bool, event int64) {
	for _, topic := range [...]int64{0, p.request.Topic} {
		at := refused{hash: p.hash, topic: topic}
		if e := f.since[at]; e.seq > p.seq && !no {
			no, event = true, e.event
		}
		changed = changed || f.changed[at].seq > p.seq
	}
	return no, changed, event
}

// retire makes the memory stale for good and drops what is on its way.
func (f *feed) retire() {
	f.mu.Lock()
	f.fresh = time.Time{}
	f.mu.Unlock()
	f.dropIfStale(time.Time{}.Add(2 * FreshnessBound))
}
