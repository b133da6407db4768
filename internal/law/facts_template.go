package law

import "time"

// TemplateFacts is what the rules of writing are held against: a message as its reader
// would get it, compiled, in both of its parts.
type TemplateFacts struct {
	Now   time.Time     `toml:"now"`
	Reach Jurisdictions `toml:"-"`

	// Class and Channel are what the message is and how it travels.
	Class   Class  `toml:"class" choices:"none,ad,consent_request,tx,tx_with_incidental_ad,notice"`
	Channel string `toml:"channel" choices:"mail,sms,line"`

	Subject  TemplateSubject  `toml:"subject"`
	Content  TemplateContent  `toml:"content"`
	Label    TemplateLabel    `toml:"label"`
	Pages    TemplatePages    `toml:"pages"`
	Audience TemplateAudience `toml:"audience"`
	Seller   TemplateSeller   `toml:"seller"`
	Scoring  TemplateScoring  `toml:"scoring"`
}

// TemplateSubject is what is told of a message's subject.
type TemplateSubject struct {
	// OldMark: it bears 未承諾広告※, the mark of the system that ended in 2008.
	OldMark bool `toml:"old_mark"`
	// Answer: it pretends to answer or to pass on a mail ("Re:", "Fwd:", 返信).
	Answer bool `toml:"answer"`
	// Flagged: a reviewer calls it misleading.
	Flagged bool `toml:"flagged"`
}

// TemplateContent is what a message holds besides its label.
type TemplateContent struct {
	// AdBlocks counts the blocks marked as advertising.
	AdBlocks int `toml:"ad_blocks"`
	// Coupon: a coupon, a discount or a code for one is offered.
	Coupon bool `toml:"coupon"`
	// PromoLink: a link leads to a page that advertises.
	PromoLink bool `toml:"promo_link"`
	// Images counts pictures that are fetched when the mail is opened.
	Images int `toml:"images"`
	// Pixels counts pictures that are there to be fetched and not to be seen, or whose
	// address differs from reader to reader; PersonalLinks links whose address does, our
	// own ways out apart. Either lets somebody measure who opened or clicked.
	Pixels        int `toml:"pixels"`
	PersonalLinks int `toml:"personal_links"`
	// Foreign counts pictures that are fetched from somebody else's servers.
	Foreign int `toml:"foreign"`
}

// TemplateLabel is the sender's label as it stands in the message (SEMA 4, SEMR 7 to 9).
type TemplateLabel struct {
	// Name is the official name (L1); Registered says that it is the one the company, or
	// the sender profile's own legal person, is registered under.
	Name       string `toml:"name"`
	Registered bool   `toml:"registered"`
	// Exit is the way to refuse (L2), Notice the sentence that says so (L3), Beside that
	// the two stand in one block.
	Exit   bool `toml:"exit"`
	Notice bool `toml:"notice"`
	Beside bool `toml:"beside"`
	// Address is the postal address (L4) and Contact where complaints go (L5), in the
	// message; the Linked ones say that the page that the message names has them.
	Address       string `toml:"address"`
	AddressLinked bool   `toml:"address_linked"`
	Contact       string `toml:"contact"`
	ContactLinked bool   `toml:"contact_linked"`
	// InHTML and InText say that L1 to L3 can be read in that part.
	InHTML bool `toml:"in_html"`
	InText bool `toml:"in_text"`
	// OnlyImage: something of L1 to L3 is only a picture; Hidden: it is there but cannot
	// be seen; Size is that of its smallest letters, in pixels.
	OnlyImage bool `toml:"only_image"`
	Hidden    bool `toml:"hidden"`
	Size      int  `toml:"size"`
	// Beneficiary is whether the one on whose behalf it is sent is named: the sender
	// itself ("same"), somebody who is, or somebody who is not.
	Beneficiary string `toml:"beneficiary" choices:"same,named,missing"`
}

// TemplatePages is whether the pages work that the label leads to (SEMR 7(1)(iii), 8).
type TemplatePages struct {
	// State is that of the sender page and of the exit page when they were last looked
	// at, a day ago at most; "unknown" when nobody could look.
	State string `toml:"state" choices:"unknown,fine,broken"`
	// StopAll: the preference page offers to stop everything.
	StopAll bool `toml:"stop_all"`
	// ExitAsks counts what the exit page asks for besides the choice itself: a login, a
	// reason, an address, a puzzle, a page to open first.
	ExitAsks int `toml:"exit_asks"`
	// ExitChanges: opening the exit page changed what was agreed to.
	ExitChanges bool `toml:"exit_changes"`
	// OneClick is whether a press by a mail program is taken as RFC 8058 3.1 wants it, in
	// both encodings, without a redirect or a cookie; "unknown" when nobody could try.
	OneClick string `toml:"one_click" choices:"unknown,fine,broken"`
	// Secure: the links lead over https, without which no mail program offers one click.
	Secure bool `toml:"secure"`
}

// TemplateAudience is who the message is meant for, as far as it matters to its text.
type TemplateAudience struct {
	// SoftOptIn: some are written to as customers and not by their consent (B3).
	SoftOptIn bool `toml:"soft_opt_in"`
}

// TemplateSeller is what a seller by mail order must tell (SCTA 11, SCTR 23).
type TemplateSeller struct {
	MailOrder bool `toml:"mail_order"`
	// Mail is the seller's mail address in the message; Items says that the items of
	// Article 11, or a link to them, are in it.
	Mail  string `toml:"mail"`
	Items bool   `toml:"items"`
}

// TemplateScoring is whether the text depends on what was watched of a person.
type TemplateScoring struct {
	Used bool `toml:"used"`
	// Purposed: the published purposes of use say so (APPI 17, 18).
	Purposed bool `toml:"purposed"`
}

// templateChecks are the functions that template rules may name: none, data says it all.
var templateChecks = map[string]func(*TemplateFacts) bool{}

// Template is everything the rules say, blocks first.
func (s *Set) Template(f *TemplateFacts) Findings { return s.template.all(f, f.Now, f.Reach, s.doubt) }
