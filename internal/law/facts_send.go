package law

import (
	"strings"
	"time"
)

// SendFacts is all that decides whether one message may go to one address.
type SendFacts struct {
	Now   time.Time `toml:"now"`
	Nexus Nexus     `toml:"nexus"`
	// Beside are legal orders that are to count whatever the nexus says: what if all
	// these people were in Germany?
	Beside Jurisdictions `toml:"-"`

	// Class and Channel are what the message is and how it travels.
	Class   Class  `toml:"class" choices:"none,ad,consent_request,tx,tx_with_incidental_ad,notice"`
	Channel string `toml:"channel" choices:"mail,sms,line"`
	// Recipient is what kind of person the address belongs to; "unknown" is judged as a consumer.
	Recipient string `toml:"recipient" choices:"unknown,consumer,business,organisation"`
	// Carrier is the Japanese mobile carrier whose mailbox it is.
	Carrier string `toml:"carrier" choices:"none,docomo,au,softbank"`
	// LocalHour is the hour of the day where the person is, 0 to 23.
	LocalHour int `toml:"local_hour" max:"23"`

	// Known is false for an erased or unknown address.
	Known bool `toml:"known"`
	// TopicOpen is false for a closed topic.
	TopicOpen bool `toml:"topic_open"`

	Permission Permission `toml:"permission"`
	Published  Published  `toml:"published"`
	Stop       Stop       `toml:"stop"`
	Message    Message    `toml:"message"`
	Line       LineFacts  `toml:"line"`
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
	// QuietMonths is for how many whole months the person has given no sign of life: no
	// own act, no transaction.
	QuietMonths int `toml:"quiet_months"`

	// GivenTo is whom a consent was given to, as against the sender (SEMA 3(1)(i)).
	GivenTo string `toml:"given_to" choices:"sender,other"`
	// Counterparty is with whom the business of B3 is, as against the advertiser (3(1)(iii)).
	Counterparty string `toml:"counterparty" choices:"none,unstated,advertiser,other"`
	// Express says that the person agreed in so many words (CASL 6(1), UWG 7(2)).
	Express bool `toml:"express"`
	// Casl is how Canadian law finds a permission: in so many words, or implied by what
	// (CASL 10(9), (10)).
	Casl string `toml:"casl" choices:"none,express,purchase,inquiry,published,disclosed"`
	// Soft is the customer exception that the permission rests on (ePrivacy 13(2), UWG 7(3);
	// PECR 22(3A) for charities); the three points below are its conditions.
	Soft string `toml:"soft" choices:"none,sale,charity"`
	// OwnSimilar: for the sender's own similar goods, or for a charity's purpose alone.
	OwnSimilar bool `toml:"own_similar"`
	// RefusalOffered: a way to refuse was offered where the address was collected.
	RefusalOffered bool `toml:"refusal_offered"`
	// CollectedOn is the day of collection in Japan as a number, 20260205.
	CollectedOn int `toml:"collected_on"`
}

// Published is what is known of the page that B4 rests on (SEMR 3).
type Published struct {
	// Refuses is whether the page declines advertising.
	Refuses string `toml:"refuses" choices:"unknown,no,yes"`
	// CheckedDays is how many days ago somebody last looked.
	CheckedDays int `toml:"checked_days"`
	// Relevant says that the messages fit the published role (CASL 10(9)(b), Spam Act sch 2 cl 4).
	Relevant bool `toml:"relevant"`
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

// Message is what is known of the message besides its class.
type Message struct {
	// AdsStripped says that whoever renders it leaves all of its advertising out for this
	// person.
	AdsStripped bool `toml:"ads_stripped"`
	// Tracks says that it measures opening or clicks by person.
	Tracks bool `toml:"tracks"`
	// Kilobytes is the size of the whole letter in units of 1,000 octets, 0 while unknown.
	Kilobytes int `toml:"kilobytes"`
	// ConfirmsStop says that it confirms a STOP by SMS; StopMinutes is how long after.
	ConfirmsStop bool `toml:"confirms_stop"`
	StopMinutes  int  `toml:"stop_minutes"`
	// Promotes says that advertising is seen in it, whatever its class.
	Promotes bool `toml:"promotes"`
}

// LineFacts is what is known of a LINE user id.
type LineFacts struct {
	// Linked says that it is joined with a mail address of the same person.
	Linked bool `toml:"linked"`
	// PurposeShown says that the person was shown what the joining is for.
	PurposeShown bool `toml:"purpose_shown"`
}

// WorkspaceFacts is what the sending company told of itself.
type WorkspaceFacts struct {
	// ConsentOnly is the policy that only B1 counts.
	ConsentOnly bool `toml:"consent_only"`
	// NonProfit senders are outside the Japanese act (SCOPE-04).
	NonProfit bool `toml:"non_profit"`
	// MailOrder says that the advertising offers goods or services by mail order (SCTA 2(2)).
	MailOrder bool `toml:"mail_order"`
	// Charity says that the sender is one under the law of England, Scotland or Northern Ireland.
	Charity bool `toml:"charity"`
	// Bundled says that consents, records and labels are entrusted to the sender as one (SCTA 12-4).
	Bundled bool `toml:"bundled"`
	// Figures are what receivers have lately answered and reported.
	Figures Figures `toml:"figures"`
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
	// Identity is what the domain name system says of the From domain.
	Identity Identity `toml:"identity"`
}

// sendChecks are the functions that send rules may name.
var sendChecks = map[string]func(*SendFacts) bool{
	// country_untold: nothing tells the recipient's country, or we know no law of it.
	"country_untold": func(f *SendFacts) bool { return f.Nexus.Reach().Strictest },
}

// Send returns the rule that forbids sending, nil when none does. What the person said
// comes before what is wrong with the message.
func (s *Set) Send(f *SendFacts) *Rule { return s.Judge(f).Block() }

// SendFindings is everything the rules say of a message to an address, blocks first.
func (s *Set) SendFindings(f *SendFacts) Findings { return s.Judge(f).Findings() }

// SenderFindings is what the rules say of a message whoever it goes to: of its class,
// its sender and the company behind it. It needs only those facts.
func (s *Set) SenderFindings(f *SendFacts) Findings {
	bare := *f
	bare.Recipient, bare.Permission.GivenTo, bare.Published.Refuses = "unknown", "sender", "unknown"
	var out Findings
	for _, found := range s.send.all(&bare, f.Now, everywhere, s.doubt) {
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

// Day writes the day that a time falls on in Japan as a number, 20260205; 0 for the
// zero time.
func Day(t time.Time) int {
	if t.IsZero() {
		return 0
	}
	y, m, d := t.In(Japan).Date()
	return y*10000 + int(m)*100 + d
}
