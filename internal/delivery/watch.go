package delivery

import "time"

// Watcher is told what delivery does, for figures. It is called by the one that writes
// outcomes down, so it must neither wait nor fail.
type Watcher interface {
	// Committed is told of each transaction of the journal: how long it took and how many
	// intents and outcomes it stored.
	Committed(took time.Duration, items int)
	// Settled is told of each message whose outcome, or next try, has just been stored.
	Settled(s Settled)
}

// Settled is what became of one hand-off. It names nobody.
type Settled struct {
	// Provider is the profile's id, "relay" or "everyone"; Awaited says that somebody
	// waits for the message.
	Provider string
	Awaited  bool
	Outcome  Outcome
	// Tried says that there was an attempt; then Blame is whose fault a refusal was, and
	// Code what the server answered, 0 if it did not.
	Tried bool
	Blame string
	Code  int
}

// tellWatcher reports a stored group. Rows that went back untried are nobody's figure.
func (e *Engine) tellWatcher(records []record, took time.Duration, items int) {
	if e.Watch == nil {
		return
	}
	e.Watch.Committed(took, items)
	for _, r := range records {
		if r.outcome == "" {
			continue
		}
		e.Watch.Settled(Settled{
			Provider: e.mannersOf(e.Router.Lane(r.row.Domain)).provider, Awaited: r.row.priority < PriorityBulk, Outcome: r.outcome,
			Tried: !r.attempt.started.IsZero(), Blame: string(r.attempt.verdict.Blame), Code: r.attempt.code,
		})
	}
}

// OpenSessions counts this node's connections that are open or being opened, by provider.
func (e *Engine) OpenSessions() map[string]int {
	out := map[string]int{}
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, l := range e.lanes {
		l.mu.Lock()
		for _, o := range l.outlets {
			out[l.manners.provider] += o.open
		}
		l.mu.Unlock()
	}
	return out
}
