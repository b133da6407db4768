package law

import (
	"strings"
	"time"
)

// SendFacts is all that decides whether one message may go to one address.
type SendFacts struct {
	Now   time.Time `toml:"now"`
	Nexus Nexus     `toml:"nexus"`

	// Class and Channel are what the message is and how it travels.
	Class   Class  `toml:"class" choices:"none,ad,consent_request,tx,tx_with_incidental_ad,notice"`
	Channel string `toml:"channel" choices:"mail,sms,line"`
	// Recipient is what kind of person the address belongs to; "unknown" is judged as a consumer.
	Recipient string `toml:"recipient" choices:"unknown,consumer,business,organisation"`

	// Known is false for an erased or unknown address.
	Known bool `toml:"known"`
	// TopicOpen is false for a closed topic.
	TopicOpen bool `toml:"topic_open"`

	Permission Permission `toml:"permission"`
	Stop       Stop       `toml:"stop"`
	// Asked counts earlier consent requests to the address by this sender.
	Asked int `toml:"asked"`

	Workspace WorkspaceFacts `toml:"workspace"`
	Sender    SenderFacts    `toml:"sender"`
}

// Permission is what the consent log says of one address and topic.
type Permission struct {
	State string `toml:"state" choices:"none,requested,given,refused,withdrawn,expired"`
	// Basis is B1 (consent) to B4 (published), SEMA 3(1).
	Basis string `toml:"basis" choices:"none,B1,B2,B3,B4"`
	// Recorded says that a consent event can be named for it.
	Recorded bool `toml:"recorded"`
	// Months is how many whole months ago the basis began or was last renewed: for B3
	// the last transaction.
	Months int `toml:"months"`
	// RunOut says that its own end has come.
	RunOut bool `toml:"run_out"`
	// Paused says that the person asked for a rest that is not over.
	Paused bool `toml:"paused"`
	// LimitReached says that the person's chosen frequency is used up.
	LimitReached bool `toml:"limit_reached"`
}

// Stop is what forbids sending: live entries of the suppression list that cover this
// topic and are not lifted by a later act of the person's own.
type Stop struct {
	Refusal   bool `toml:"refusal"`
	Complaint bool `toml:"complaint"`
	Bounce    bool `toml:"bounce"`
	Manual    bool `toml:"manual"`
	// All says that the person refused everything, whatever the topic.
	All bool `toml:"all"`
}

// WorkspaceFacts is what the sending company told of itself.
type WorkspaceFacts struct {
	// ConsentOnly is the policy that only B1 counts.
	ConsentOnly bool `toml:"consent_only"`
	// NonProfit senders are outside the Japanese act (SCOPE-04).
	NonProfit bool `toml:"non_profit"`
	// MailOrder says that the advertising offers goods or services by mail order (SCTA 2(2)).
	MailOrder bool `toml:"mail_order"`
}

// SenderFacts is what a message tells of its sender, and whether it is true.
type SenderFacts struct {
	// Name is the legal name, Address the postal one, Contact a telephone number, mail
	// address or URL for complaints (SEMA 4).
	Name    string `toml:"name"`
	Address string `toml:"address"`
	Contact string `toml:"contact"`
	// Exit is the way to refuse; the renderer always has one for what needs it.
	Exit bool `toml:"exit"`
	// OwnDomain says that the From domain is proven to be the sender's.
	OwnDomain bool `toml:"own_domain"`
}

// sendChecks are the functions that send rules may name.
var sendChecks = map[string]func(*SendFacts) bool{}

// Send returns the rule that forbids sending, nil when none does. What the person said
// comes before what is wrong with the message.
func (s *Set) Send(f *SendFacts) *Rule {
	return s.send.first(f, f.Now, f.Nexus.Reach().Apply, s.doubt)
}

// SendFindings is everything the rules say of a message to an address, blocks first.
func (s *Set) SendFindings(f *SendFacts) Findings {
	return s.send.all(f, f.Now, f.Nexus.Reach().Apply, s.doubt)
}

// SenderFindings is what the rules say of a message whoever it goes to: of its class,
// its sender and the company behind it. It needs only those facts.
func (s *Set) SenderFindings(f *SendFacts) Findings {
	var out Findings
	for _, found := range s.send.all(f, f.Now, everywhere, s.doubt) {
		if !found.Rule.personal() {
			out = append(out, found)
		}
	}
	return out
}

// personal says whether the rule's condition looks at the person written to.
func (r *Rule) personal() bool {
	for _, table := range r.When {
		for name := range table {
			if name != "class" && name != "channel" && !strings.HasPrefix(name, "sender.") && !strings.HasPrefix(name, "workspace.") {
				return true
			}
		}
	}
	return r.Check != ""
}

// Months is how many whole calendar months lie between two times; 0 when to is not
// after from.
func Months(from, to time.Time) int {
	if !to.After(from) {
		return 0
	}
	n := (to.Year()-from.Year())*12 + int(to.Month()) - int(from.Month())
	if from.AddDate(0, n, 0).After(to) {
		n--
	}
	return n
}
