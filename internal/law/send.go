package law

import "time"

// Permission is what the consent log says of one address and topic.
type Permission struct {
	// State is "", requested, given, refused, withdrawn or expired.
	State string
	// Basis is B1 (consent) to B4 (published), see SEMA 3(1).
	Basis string
	// Event is the consent event this rests on.
	Event int64
	Since time.Time
	// ValidUntil and PausedUntil are zero when there is no such date.
	ValidUntil  time.Time
	PausedUntil time.Time
	// Limit is how many messages per period the person allows; 0 means no limit.
	Limit int
	// Received is how many were delivered or are under way in that period.
	Received int
}

// Stop is a live entry that forbids sending: a refusal, a complaint, a dead
// address or an operator's stop.
type Stop struct {
	Kind  string
	Event int64
}

// The kinds of Stop, as the suppression list names them.
const (
	StopRefusal   = "refusal"
	StopComplaint = "complaint"
	StopBounce    = "bounce"
	StopManual    = "manual"
)

// Label is what a message tells of its sender (SEMA 4).
type Label struct {
	LegalName     string
	PostalAddress string
	// Contact is a telephone number, mail address or URL for complaints.
	Contact string
	// Exit is the way to refuse; the renderer always has one for what needs it.
	Exit bool
}

// SendFacts is all that decides whether one message may go to one address.
type SendFacts struct {
	Class Class
	Now   time.Time
	// Known is false for an erased or unknown address.
	Known bool
	// TopicOpen is false for a closed topic.
	TopicOpen  bool
	Permission Permission
	// Stops are those that cover this topic and are not lifted by a later own act.
	Stops []Stop
	// RefusedAll says that the person refused everything, whatever the topic.
	RefusedAll bool
	// Asked counts earlier consent requests to the address by this sender.
	Asked int
	Label Label
	// OwnDomain says that the From domain is proven to be the sender's.
	OwnDomain bool
}

// relationshipMonths is when an old business relationship no longer counts
// (rule BASIS-06, policy).
const relationshipMonths = 24

// Send returns the rule that forbids sending, or "" when none does. The first
// rule that says no is the answer: what the person said comes before what is
// wrong with the message.
func Send(f SendFacts) RuleID {
	if !f.Class.Valid() {
		return "SCOPE-01"
	}
	if !f.Known {
		return "ERASE-01"
	}
	if id := stopped(f); id != "" {
		return id
	}
	if f.Class.NeedsBasis() {
		if id := permitted(f); id != "" {
			return id
		}
	}
	return Identified(f)
}

func stopped(f SendFacts) RuleID {
	for _, s := range f.Stops {
		switch {
		case s.Kind == StopManual:
			return "SUP-01"
		case !f.Class.Refusable():
			continue
		case s.Kind == StopRefusal:
			return "OUT-01"
		case s.Kind == StopComplaint:
			return "OUT-12"
		case s.Kind == StopBounce:
			return "DLV-02"
		}
	}
	if f.RefusedAll && f.Class == TxWithIncidentalAd {
		return "OUT-03"
	}
	return ""
}

func permitted(f SendFacts) RuleID {
	p := f.Permission
	if !f.TopicOpen {
		return "TOPIC-01"
	}
	switch p.State {
	case "given":
	case "requested":
		return "REC-04"
	case "refused", "withdrawn":
		return "OUT-01"
	case "expired":
		return "REC-06"
	default:
		return "BASIS-01"
	}
	switch {
	case p.Basis == "" || p.Event == 0:
		return "BASIS-01"
	case p.Basis == "B3" && f.Now.After(p.Since.AddDate(0, relationshipMonths, 0)):
		return "BASIS-06"
	case !p.ValidUntil.IsZero() && !f.Now.Before(p.ValidUntil):
		return "REC-06"
	case f.Class == ConsentRequest && f.Asked > 0:
		return "BASIS-12"
	case f.Now.Before(p.PausedUntil):
		return "FREQ-02"
	case p.Limit > 0 && p.Received >= p.Limit:
		return "FREQ-01"
	}
	return ""
}

// Identified returns the rule about label and sender identity that a message
// breaks, or "". It needs only the facts about the message.
func Identified(f SendFacts) RuleID {
	switch {
	case f.Label.LegalName == "":
		return "LBL-01"
	case f.Class.NeedsExit() && !f.Label.Exit:
		return "LBL-02"
	case f.Class.NeedsExit() && f.Label.PostalAddress == "":
		return "LBL-04"
	case f.Class.NeedsExit() && f.Label.Contact == "":
		return "LBL-05"
	case !f.OwnDomain:
		return "ID-01"
	}
	return ""
}
