package law

import "time"

// HandoffFacts is what is known in the last moments before a letter leaves: the permit it
// travels on, measured against the newest refusals, and the letter itself as it was signed.
type HandoffFacts struct {
	Now time.Time `toml:"now"`

	// Step is what is judged: the permit, before MAIL FROM and again before the dot, or the
	// finished letter.
	Step  string `toml:"step" choices:"none,permit,letter"`
	Class Class  `toml:"class" choices:"none,ad,consent_request,tx,tx_with_incidental_ad,notice"`

	Permit PermitFacts `toml:"permit"`
	Letter LetterFacts `toml:"letter"`
}

// PermitFacts is the gate's yes, and what has happened since.
type PermitFacts struct {
	// Held says that there is a permit at all, Seconds how long ago it was given.
	Held    bool    `toml:"held"`
	Seconds float64 `toml:"seconds"`
	// FeedSeconds is how long ago this node last read all refusals to the end.
	FeedSeconds float64 `toml:"feed_seconds"`
	// Refused says that a refusal which covers the message came after the permit, Changed
	// that another choice of the person's did (a pause, a frequency, a return).
	Refused bool `toml:"refused"`
	Changed bool `toml:"changed"`
	// Stripped says that the permit is for the message without its advertising.
	Stripped bool `toml:"stripped"`
	// Promotes says that advertising is seen in the message, whatever its class.
	Promotes bool `toml:"promotes"`
}

// LetterFacts is read from the octets that are about to leave.
type LetterFacts struct {
	// Recipients counts the addresses that can be seen in To, Cc and Bcc.
	Recipients int `toml:"recipients"`
	// Exit says that List-Unsubscribe names an https address, OneClick that
	// List-Unsubscribe-Post stands beside it (RFC 8058 3.1).
	Exit     bool `toml:"exit"`
	OneClick bool `toml:"one_click"`
	// Signature is whether the DKIM signatures cover both of those headers; "none" where the
	// letter bears no signature of ours, because a relay signs.
	Signature string `toml:"signature" choices:"none,covers,omits"`
}

var handoffChecks = map[string]func(*HandoffFacts) bool{}

// Handoff is the most weighty rule that forbids handing over, nil when none does. It
// counts wherever the recipient is.
func (s *Set) Handoff(f *HandoffFacts) *Rule {
	m, sure := s.handoff.judge(f, f.Now, everywhere)
	if !sure {
		return s.doubt
	}
	if i := m.first(); i >= 0 && s.handoff.entries[i].rule.Effect == Block {
		return s.handoff.entries[i].rule
	}
	return nil
}

// HandoffFindings is everything the rules say, blocks first.
func (s *Set) HandoffFindings(f *HandoffFacts) Findings {
	return s.handoff.all(f, f.Now, everywhere, s.doubt)
}
