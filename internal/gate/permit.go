package gate

import (
	"time"

	"github.com/kyodaku/kyodaku/internal/law"
)

// Stage is when the gate was asked.
type Stage string

// The stages.
const (
	Planned Stage = "planned"
	Leased  Stage = "leased"
	Mail    Stage = "mail"
	Dot     Stage = "dot"
)

// permitLife bounds how long an answer may be used without asking again. Refusals,
// pauses and chosen frequencies travel by the feed and count at once; what does not
// (time that runs out, messages that use up a frequency, a changed sender) counts
// again after it.
const permitLife = time.Minute

// Request is one message that wants to go to one address.
type Request struct {
	Address int64
	// Topic is 0 for messages that belong to none (transactional).
	Topic int64
	Class law.Class
	// Message is the outbox row; 0 while it is only planned. Earlier messages
	// count against a chosen frequency, later ones do not.
	Message int64
}

// Audience is what a batch of requests has in common.
type Audience struct {
	Workspace int64
	// Profile is the sender profile whose label the messages carry.
	Profile int64
	Stage   Stage
	// Promotes says that advertising is seen in the messages, whatever their class.
	Promotes bool
	// StripsAds says that whoever renders the messages leaves all advertising out where the
	// permit says so (Permit.StripAds). Without it, advertising beside a transactional
	// message keeps the whole message from those who said no (rules OUT-01, OUT-03, FREQ-01).
	StripsAds bool
	// Tracks says that the messages measure opening or clicks by person (rule TRK-01).
	Tracks bool
	// Kilobytes is the size of one letter in units of 1,000 octets, as far as it is known
	// before it is rendered; 0 is unknown (rule DLV-03).
	Kilobytes int
}

// Permit is a yes of the gate for one message. Only the gate makes one.
type Permit struct{ p *permit }

type permit struct {
	workspace int64
	request   Request
	hash      key
	event     int64
	rules     string
	at        time.Time
	// seq is how far the feed had come before the facts were read.
	seq int64
	// promotes says that advertising is seen in the message, whatever its class.
	promotes bool
	// strip says that the person wants no advertising beside the message now.
	strip bool
}

// advertises says whether the person would read advertising: whether a no stops it.
func (p *permit) advertises() bool { return !p.strip && (p.promotes || p.request.Class.Refusable()) }

// Event is the consent event the permit rests on; 0 for classes that need none.
func (p Permit) Event() int64 {
	if p.p == nil {
		return 0
	}
	return p.p.event
}

// Rules is the version of the rule set that was held against the facts.
func (p Permit) Rules() string {
	if p.p == nil {
		return ""
	}
	return p.p.rules
}

// At is when the gate said yes.
func (p Permit) At() time.Time {
	if p.p == nil {
		return time.Time{}
	}
	return p.p.at
}

// Address is the address row that may be written to; 0 in a zero Permit.
func (p Permit) Address() int64 {
	if p.p == nil {
		return 0
	}
	return p.p.request.Address
}

// Request is what was permitted.
func (p Permit) Request() Request {
	if p.p == nil {
		return Request{}
	}
	return p.p.request
}

// StripAds says that the message may go out only without its advertising: the person
// refused it, paused it or has had as much as they chose (rule OUT-03).
func (p Permit) StripAds() bool { return p.p == nil || p.p.strip }

// Expired says whether Admit must be asked anew before a hand-off.
func (p Permit) Expired(now time.Time) bool {
	return p.p == nil || now.Sub(p.p.at) >= permitLife
}

// Refusal is a no of the gate, as a value with its rule.
type Refusal struct {
	Rule  law.RuleID
	Rules string
	// Event is the consent event that the no rests on, 0 if none.
	Event int64
	Stage Stage
}

// Error makes a Refusal usable as an error; people are shown the rule's text.
func (r *Refusal) Error() string {
	return "gate: refused at " + string(r.Stage) + " by rule " + string(r.Rule)
}

// Decision is the gate's answer to one request: exactly one of the two is set.
type Decision struct {
	Permit  Permit
	Refusal *Refusal
	// Verdict is everything the rules say, warnings of a yes too.
	Verdict law.Verdict
}
