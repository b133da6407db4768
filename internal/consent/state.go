package consent

import "time"

// Status is where a permission stands.
type Status string

// The statuses. An address that nobody has said anything about has none.
const (
	StatusRequested Status = "requested"
	StatusGiven     Status = "given"
	StatusRefused   Status = "refused"
	StatusWithdrawn Status = "withdrawn"
	StatusExpired   Status = "expired"
)

// State is what the log says now about one address and topic. The state of topic
// 0 holds what was said about every topic: a refusal, a pause, a frequency.
type State struct {
	Address, Topic, Workspace, Contact int64
	Status                             Status
	Basis                              Basis
	Grade                              Grade
	// Event is the event the status rests on.
	Event int64
	// OwnEvent is the person's last own act that granted, 0 if none since the last refusal.
	OwnEvent int64
	// Since is when that event occurred: the consent, the last transaction.
	Since       time.Time
	ValidUntil  time.Time
	Frequency   Frequency
	PausedUntil time.Time
}

func (s *State) refusing() bool {
	return s != nil && (s.Status == StatusRefused || s.Status == StatusWithdrawn)
}

// Lapsed says whether a given permission has outlived its time.
func (s *State) Lapsed(now time.Time) bool {
	return !s.ValidUntil.IsZero() && !now.Before(s.ValidUntil)
}

// effect is what an event means for the suppression list.
type effect uint8

const (
	none effect = iota
	// suppresses: a live row of the event's kind and topic.
	suppresses
	// lifts: the refusals of the event's very topic end.
	lifts
)

// fold computes the states of one address from its events in their order. Append
// and Rebuild both use it, so the stored projection is the log's meaning.
type fold struct {
	rows map[int64]*State
	// dirty holds the topics whose row differs from what was loaded.
	dirty map[int64]bool
	// person is the kind of the address's person, 0 while it is not sorted.
	person int64
}

func newFold() *fold { return &fold{rows: map[int64]*State{}, dirty: map[int64]bool{}} }

// apply takes one event in.
func (f *fold) apply(e *Event) effect {
	f.moveTo(e.Contact)
	switch e.Action.kind() {
	case refusing:
		f.refuse(e)
		return suppresses
	case granting:
		f.grant(e)
		if e.Method.OwnAct() {
			return lifts
		}
	case requesting:
		f.request(e)
	case changing:
		f.change(e)
	case recording:
		if e.Action == ActionExpired {
			f.expire(e)
		}
	}
	return none
}

// moveTo notes whose address this is now.
func (f *fold) moveTo(contact int64) {
	if contact == 0 {
		return
	}
	for topic, s := range f.rows {
		if s.Contact != contact {
			s.Contact = contact
			f.dirty[topic] = true
		}
	}
}

// row returns the row of a topic for changing, made if there is none.
func (f *fold) row(e *Event, topic int64) *State {
	f.dirty[topic] = true
	s := f.rows[topic]
	if s == nil {
		s = &State{Address: e.Address, Topic: topic, Workspace: e.Workspace, Contact: e.Contact}
		f.rows[topic] = s
	}
	return s
}

// set puts a row on a new event; what the person chose for how often stays.
func (s *State) set(e *Event, status Status) {
	s.Status, s.Event, s.Since = status, e.ID, e.OccurredAt
	s.Basis, s.Grade, s.ValidUntil = "", "", time.Time{}
}

// refuse follows a no. A no to everything also ends every single permission.
func (f *fold) refuse(e *Event) {
	status := StatusWithdrawn
	if e.Action == ActionRefused || e.Action == ActionDisowned {
		status = StatusRefused
	}
	s := f.row(e, e.Topic)
	s.set(e, status)
	s.OwnEvent = 0
	if e.Topic != 0 {
		return
	}
	for topic, s := range f.rows {
		if topic != 0 && !s.refusing() {
			s.set(e, status)
			s.OwnEvent = 0
			f.dirty[topic] = true
		}
	}
}

// refused says whether the person's last word on a topic is a no.
func (f *fold) refused(topic int64) bool {
	s, every := f.rows[topic], f.rows[0]
	if s.refusing() {
		return true
	}
	return every.refusing() && (s == nil || s.OwnEvent < every.Event)
}

// grant follows a permission. Somebody else's word neither overwrites a no nor
// replaces a better permission.
func (f *fold) grant(e *Event) {
	s, own := f.rows[e.Topic], e.Method.OwnAct()
	if !own && (f.refused(e.Topic) || s.better(e)) {
		return
	}
	s = f.row(e, e.Topic)
	s.set(e, StatusGiven)
	s.Basis, s.Grade, s.ValidUntil = e.Basis, e.Grade, e.ValidUntil
	if e.Frequency.Count > 0 {
		s.Frequency = e.Frequency
	}
	if own {
		s.OwnEvent, s.PausedUntil = e.ID, e.PausedUntil
	}
}

// better says whether a permission that stands is to be kept when somebody else
// than the person brings another: the person's own, or one on a better basis.
func (s *State) better(e *Event) bool {
	if s == nil || s.Status != StatusGiven || s.Lapsed(e.OccurredAt) {
		return false
	}
	return s.OwnEvent != 0 || (s.Basis == BasisConsent && e.Basis != BasisConsent)
}

// request notes that a permission was asked for. It changes nothing that stands,
// least of all a no: only the confirmation does.
func (f *fold) request(e *Event) {
	if s := f.rows[e.Topic]; s != nil && s.Status != StatusRequested && s.Status != StatusExpired && s.Status != "" {
		return
	}
	f.row(e, e.Topic).set(e, StatusRequested)
}

// change follows a pause or a frequency. The person may choose anything; others
// may only make it stricter, for a pause is a refusal limited in time (SEMR 5).
func (f *fold) change(e *Event) {
	old, own := State{}, e.Method.OwnAct()
	if s := f.rows[e.Topic]; s != nil {
		old = *s
	}
	switch e.Action {
	case ActionPaused:
		if own || e.PausedUntil.After(old.PausedUntil) {
			f.row(e, e.Topic).PausedUntil = e.PausedUntil
		}
	case ActionResumed:
		if !old.PausedUntil.IsZero() && (own || !old.PausedUntil.After(e.OccurredAt)) {
			f.row(e, e.Topic).PausedUntil = time.Time{}
		}
	case ActionFrequencyChanged:
		if own || e.Frequency.Stricter(old.Frequency) {
			f.row(e, e.Topic).Frequency = e.Frequency
		}
	}
}

// expire ends what ran out; a no never does. An expiry that refers to an event
// is void when the permission rests on another by now.
func (f *fold) expire(e *Event) {
	for topic, s := range f.rows {
		meant := (e.Topic == 0 || topic == e.Topic) && (e.RefersTo == 0 || e.RefersTo == s.Event)
		if meant && (s.Status == StatusGiven || s.Status == StatusRequested) {
			s.set(e, StatusExpired)
			f.dirty[topic] = true
		}
	}
}

// Covers says whether an entry of the suppression list forbids advertising to an
// address on a topic, given its state there (its zero value, with Topic set, if
// there is none). It is the one place that decides this.
//
// A refusal or complaint about everything stays for ever, but it does not cover a
// topic that the person has asked for since by an own act. Dead addresses and
// operators' stops cover whatever anybody said.
func Covers(s Suppression, st State, now time.Time) bool {
	if !s.LiftedAt.IsZero() || (!s.ExpiresAt.IsZero() && !now.Before(s.ExpiresAt)) {
		return false
	}
	if s.Topic != 0 && s.Topic != st.Topic {
		return false
	}
	if s.Kind.Permanent() && s.Topic == 0 && st.Topic != 0 {
		return st.Status != StatusGiven || st.OwnEvent <= s.Event
	}
	return true
}
