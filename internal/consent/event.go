package consent

import (
	"time"

	"github.com/kyodaku/kyodaku/internal/addr"
)

// Action is what happened to a consent.
type Action string

// The actions. Their names are part of the canonical encoding and never change.
const (
	// ActionRequested: somebody typed the address into a form; nobody confirmed it yet.
	ActionRequested Action = "requested"
	// ActionGranted: a permission was given, or imported with its evidence.
	ActionGranted Action = "granted"
	// ActionConfirmed: the person confirmed, from the mailbox itself.
	ActionConfirmed Action = "confirmed"
	// ActionReconfirmed: the person said once more that the permission stands.
	ActionReconfirmed Action = "reconfirmed"
	// ActionRefused: the person said no where no permission stood.
	ActionRefused Action = "refused"
	// ActionWithdrawn: the person took a permission back.
	ActionWithdrawn Action = "withdrawn"
	// ActionDisowned: the owner of the mailbox says that he never signed up.
	ActionDisowned Action = "disowned"
	// ActionComplained: a provider reported the message as unwanted.
	ActionComplained Action = "complained"
	// ActionErased: the person's data was erased; it refuses everything.
	ActionErased Action = "erased"
	// ActionPaused: nothing until PausedUntil.
	ActionPaused Action = "paused"
	// ActionResumed: the pause ends early.
	ActionResumed Action = "resumed"
	// ActionFrequencyChanged: at most Frequency from now on.
	ActionFrequencyChanged Action = "frequency_changed"
	// ActionExpired: a permission or a request outlived its time.
	ActionExpired Action = "expired"
	// ActionMerged: the address now belongs to the contact named in the event.
	ActionMerged Action = "merged"
)

// kind groups actions by what they do to the projection.
type kind uint8

const (
	unknown kind = iota
	requesting
	granting
	refusing
	changing // pause and frequency
	recording
)

func (a Action) kind() kind {
	switch a {
	case ActionRequested:
		return requesting
	case ActionGranted, ActionConfirmed, ActionReconfirmed:
		return granting
	case ActionRefused, ActionWithdrawn, ActionDisowned, ActionComplained, ActionErased:
		return refusing
	case ActionPaused, ActionResumed, ActionFrequencyChanged:
		return changing
	case ActionExpired, ActionMerged:
		return recording
	}
	return unknown
}

// Refuses says whether the action is a no.
func (a Action) Refuses() bool { return a.kind() == refusing }

// Grants says whether the action gives a permission.
func (a Action) Grants() bool { return a.kind() == granting }

// Method is the way an event came to us.
type Method string

// The methods. Their names are part of the canonical encoding and never change.
const (
	// MethodForm is a form that the person filled in.
	MethodForm Method = "form"
	// MethodPage is a page that the person opened from a message and pressed a button on.
	MethodPage Method = "page"
	// MethodPreferenceCentre is the person's own page of settings.
	MethodPreferenceCentre Method = "preference_centre"
	// MethodReply is a message of the person: a mail, START by SMS, adding on LINE.
	MethodReply Method = "reply"
	// MethodOneClick is RFC 8058; a machine may press it, so it can only refuse.
	MethodOneClick Method = "one_click"
	// MethodImport is a file.
	MethodImport Method = "import"
	// MethodOperator is a person of the sender's, on somebody's word (phone, letter).
	MethodOperator Method = "operator"
	// MethodAPI is a program of the sender's.
	MethodAPI Method = "api"
	// MethodProvider is a report of a mailbox provider or a platform.
	MethodProvider Method = "provider"
	// MethodTimer is time that ran out.
	MethodTimer Method = "timer"
	// MethodMerge is the joining of two contacts.
	MethodMerge Method = "merge"
	// MethodErasure is the erasing of a person's data.
	MethodErasure Method = "erasure"
)

// Valid says whether the method is one of ours.
func (m Method) Valid() bool {
	switch m {
	case MethodOneClick, MethodImport, MethodOperator, MethodAPI, MethodProvider, MethodTimer, MethodMerge, MethodErasure:
		return true
	}
	return m.OwnAct()
}

// OwnAct says whether the person acted, beyond doubt and by hand. Only such an
// act lifts a refusal: no import, operator, program, timer or merge does.
func (m Method) OwnAct() bool {
	return m == MethodForm || m == MethodPage || m == MethodPreferenceCentre || m == MethodReply
}

// Tells says whether somebody's word stands behind it: the person's own, or that of whoever
// brings the permission. Time that passes, a report, and what machines press tell nothing
// that could be taken for a yes (rule COL-18).
func (m Method) Tells() bool {
	return m.OwnAct() || m == MethodImport || m == MethodOperator || m == MethodAPI
}

// Basis is which of the four ways of Article 3(1) of the mail law lets a sender
// mail an address (特定電子メール法3条1項1号–4号).
type Basis string

// The bases.
const (
	// BasisConsent is 1号: asked for or agreed to beforehand.
	BasisConsent Basis = "B1"
	// BasisNotified is 2号: the person gave the address in writing.
	BasisNotified Basis = "B2"
	// BasisRelationship is 3号: in business with the advertiser.
	BasisRelationship Basis = "B3"
	// BasisPublished is 4号: an organisation, or somebody in business, published it.
	BasisPublished Basis = "B4"
)

// Valid says whether the basis is one of the four.
func (b Basis) Valid() bool {
	return b == BasisConsent || b == BasisNotified || b == BasisRelationship || b == BasisPublished
}

// Grade says how good the evidence of a permission is.
type Grade string

// The grades, best first.
const (
	// GradeA is a confirmation from the mailbox, with what was shown.
	GradeA Grade = "A"
	// GradeB is the person's own act with what was shown, not confirmed.
	GradeB Grade = "B"
	// GradeC is a file or a document that names its source.
	GradeC Grade = "C"
	// GradeD is a word without a document.
	GradeD Grade = "D"
)

// gradeOf is the grade that an event's evidence deserves.
func gradeOf(e *Event) Grade {
	ev := &e.Evidence
	shown := ev.Shown != "" || len(ev.Wordings) > 0
	switch {
	case e.Method.OwnAct() && ev.Confirmation != nil && shown:
		return GradeA
	case e.Method.OwnAct() && shown:
		return GradeB
	case ev.FileHash != "" || ev.Source != "":
		return GradeC
	}
	return GradeD
}

// Period is a stretch of time that messages are counted over.
type Period string

// The periods.
const (
	Day   Period = "day"
	Week  Period = "week"
	Month Period = "month"
	Year  Period = "year"
)

// Valid says whether the period is one of the four.
func (p Period) Valid() bool { return p == Day || p == Week || p == Month || p == Year }

// Before is the beginning of the period that ends now; an unknown period begins now.
func (p Period) Before(now time.Time) time.Time {
	switch p {
	case Day:
		return now.AddDate(0, 0, -1)
	case Week:
		return now.AddDate(0, 0, -7)
	case Month:
		return now.AddDate(0, -1, 0)
	case Year:
		return now.AddDate(-1, 0, 0)
	}
	return now
}

// perYear is how many periods a year has, to compare frequencies.
func (p Period) perYear() int {
	switch p {
	case Day:
		return 365
	case Week:
		return 52
	case Month:
		return 12
	}
	return 1
}

// Frequency is "at most Count messages per Period"; a zero Count is no limit.
type Frequency struct {
	Count  int
	Period Period
}

// Stricter says whether f allows fewer messages than other.
func (f Frequency) Stricter(other Frequency) bool {
	if f.Count == 0 {
		return false
	}
	return other.Count == 0 || f.Count*f.Period.perYear() < other.Count*other.Period.perYear()
}

// Event is one entry of the consent log.
type Event struct {
	// ID is given by Append; ids of one address grow in the order of the commits.
	ID        int64
	Workspace int64
	// Contact is 0 while nobody has confirmed the address; Append fills in the
	// address's own contact.
	Contact int64
	Address int64
	// AddressHash and Channel are filled in by Append from the address.
	AddressHash []byte
	Channel     addr.Channel
	// Topic is 0 for every topic. Requests and permissions always name one.
	Topic  int64
	Action Action
	// Basis is needed by actions that grant.
	Basis  Basis
	Method Method
	// OccurredAt is when the person acted, ReceivedAt when we learned of it
	// (zero: the same).
	OccurredAt, ReceivedAt time.Time
	// ValidUntil ends a permission, PausedUntil a pause; zero is never.
	ValidUntil, PausedUntil time.Time
	Frequency               Frequency
	// RefersTo is the event this one follows from, 0 if none.
	RefersTo int64
	// Operator entered the event, 0 if nobody did.
	Operator int64
	// Grade is worked out by Append for actions that grant, if empty.
	Grade    Grade
	Evidence Evidence

	// fresh: nothing was said of the address before and its fields here are right.
	fresh bool
	// person is the kind of a fresh address's person (contact.Traits.Kind), else 0.
	person int64
}

// Refused is a refusal on its way to the gates of all nodes.
type Refused struct {
	// Seq is its place in the feed; feed order is commit order.
	Seq         int64
	Workspace   int64
	AddressHash []byte
	// Topic is 0 for every topic.
	Topic int64
	Event int64
	At    time.Time
}
