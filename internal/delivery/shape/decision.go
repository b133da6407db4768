package shape

import (
	"strings"
	"time"

	"github.com/kyodaku/kyodaku/internal/delivery/reply"
)

// Variable is what a decision changed. Its value is stable: it is stored and shown.
type Variable string

// The variables.
const (
	// Connections open at the same time.
	Connections Variable = "connections"
	// PerConnection are the mails on one connection.
	PerConnection Variable = "per_connection"
	// PerSecond are the mails a second; 0 is no bound.
	PerSecond Variable = "per_second"
	// Pause is a rest of the whole lane; its value is in seconds.
	Pause Variable = "pause"
)

// Reason is why a decision was made. Its value is stable: it is stored and shown.
type Reason string

// The reasons.
const (
	// Grown: everything was accepted while the limit was in use.
	Grown Reason = "grown"
	// Recovered: quiet after a cut, one step back to what was good before.
	Recovered Reason = "recovered"
	// Tried: long quiet at a known limit, one step beyond it.
	Tried Reason = "tried"
	// TooMany: the receiver refused another connection.
	TooMany Reason = "too_many_connections"
	// Throttled: the receiver asked for fewer mails.
	Throttled Reason = "throttled"
	// BrokenOff: the receiver ends connections at this mail.
	BrokenOff Reason = "broken_off"
	// NotTheLimit: what looked like a limit of mails on a connection was none.
	NotTheLimit Reason = "not_the_limit"
	// Blamed: the receiver has something against our address or domain.
	Blamed Reason = "sender_blamed"
	// OutOfOrder: the receiving side has a fault of its own.
	OutOfOrder Reason = "receiver_fault"
	// Slower: the receiver takes longer and longer to greet.
	Slower Reason = "slow_greeting"
	// Asked: the receiver said how long to leave it alone.
	Asked Reason = "asked_to_wait"
	// NothingTaken: cohort after cohort was refused.
	NothingTaken Reason = "nothing_taken"
	// ProbeTaken: after a rest one mail was accepted.
	ProbeTaken Reason = "probe_taken"
	// ProbeRefused: after a rest one mail was refused again.
	ProbeRefused Reason = "probe_refused"
)

// Decision is one change of a lane's limits.
type Decision struct {
	At   time.Time `json:"at"`
	What Variable  `json:"what"`
	// From and To are the values before and after, in the unit of What.
	From float64 `json:"from"`
	To   float64 `json:"to"`
	Why  Reason  `json:"why"`
	// Rule, Blame, Stage and Reply are of the answer that caused it; empty if success
	// or time did.
	Rule  string      `json:"rule,omitempty"`
	Blame reply.Blame `json:"blame,omitempty"`
	Stage string      `json:"stage,omitempty"`
	Reply string      `json:"reply,omitempty"`
}

const (
	// decisionsKept is how many decisions a lane remembers.
	decisionsKept = 20
	// replyKept bounds what a decision keeps of a server's words, in bytes.
	replyKept = 300
)

// record is the memory of the last decisions, the newest last.
type record struct {
	kept  []Decision
	count uint64
}

// steps are reasons of which many follow each other: they are kept as one.
func (r Reason) steps() bool { return r == Grown || r == Recovered }

// note adds a decision. A step that continues the last one of its variable extends it,
// or growing would drive out what is worth knowing.
func (r *record) note(d Decision) {
	r.count++
	d.Reply = shorten(d.Reply)
	if d.Why.steps() {
		for i := len(r.kept) - 1; i >= 0; i-- {
			last := &r.kept[i]
			if last.What != d.What {
				continue
			}
			if last.Why == d.Why {
				last.At, last.To = d.At, d.To
				return
			}
			break
		}
	}
	if len(r.kept) == decisionsKept {
		copy(r.kept, r.kept[1:])
		r.kept = r.kept[:decisionsKept-1]
	}
	r.kept = append(r.kept, d)
}

func shorten(text string) string {
	if len(text) <= replyKept {
		return text
	}
	return strings.ToValidUTF8(text[:replyKept], "")
}

// because makes the decision that a sample causes.
func because(s Sample, now time.Time, what Variable, why Reason) Decision {
	return Decision{
		At: now, What: what, Why: why,
		Rule: s.Verdict.Rule, Blame: s.Verdict.Blame, Stage: s.Stage, Reply: s.Reply,
	}
}

// change notes a change of a limit; what does not change is no decision.
func (c *Controller) change(d Decision, from, to float64) {
	if from == to {
		return
	}
	d.From, d.To = from, to
	c.decisions.note(d)
}
