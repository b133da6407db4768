package law

import "time"

// CollectionFacts is what decides whether a permission may be collected this way: a
// form as readers see it, one box on it, one entry, one press of the button.
type CollectionFacts struct {
	Now   time.Time     `toml:"now"`
	Reach Jurisdictions `toml:"-"`

	// Act is what is judged: a form before it is published, a box (offer) on it, an entry
	// that came in, the press of the confirming button, a permission that is about to be
	// recorded, or a refusal that reached us.
	Act string `toml:"act" choices:"none,form,offer,signup,confirm,record,refusal"`

	Form    FormFacts    `toml:"form"`
	Offer   OfferFacts   `toml:"offer"`
	Signup  SignupFacts  `toml:"signup"`
	Confirm ConfirmFacts `toml:"confirm"`
	Record  RecordFacts  `toml:"record"`
	Refusal RefusalFacts `toml:"refusal"`
	Site    SiteFacts    `toml:"site"`
	Tags    TagFacts     `toml:"tags"`
}

// FormFacts is what a form shows in one language, read from the very page that
// readers get.
type FormFacts struct {
	// Sender is the official name, Address the postal address, Contact a telephone
	// number, mail address or URL, as the form shows them.
	Sender  string `toml:"sender"`
	Address string `toml:"address"`
	Contact string `toml:"contact"`
	// Purpose is the purpose of use as it stands before the button (APPI 21(2)).
	Purpose string `toml:"purpose"`
	// Offers is how many boxes ask for a permission.
	Offers int `toml:"offers"`
	// SaysAds says that the page states that advertising will be sent, SaysWithdrawal that
	// a consent can be withdrawn at any time, Marked that the words at the button say what
	// pressing it means.
	SaysAds        bool `toml:"says_ads"`
	SaysWithdrawal bool `toml:"says_withdrawal"`
	Marked         bool `toml:"marked"`
	// Withdrawal says that every mail of the offers will carry a way out.
	Withdrawal bool `toml:"withdrawal"`
	// Ticked says that a box is ticked on the blank page, Forced that the form cannot be
	// sent without ticking one.
	Ticked bool `toml:"ticked"`
	Forced bool `toml:"forced"`
	// Contrast is the ratio between the consent text and its ground (WCAG 1.4.3), Font
	// the text's size in CSS pixels, Screens how many screens of 640 pixels lie between
	// the last box and the button.
	Contrast float64 `toml:"contrast" min:"1" max:"21"`
	Font     float64 `toml:"font"`
	Screens  float64 `toml:"screens"`
	// AgreedView says that a page of ours shows, afterwards, what was agreed to.
	AgreedView bool `toml:"agreed_view"`
	// AsksAge says that the form asks for the age, Minors that it addresses people under
	// 16, Guardian that it asks for the consent of a legal representative.
	AsksAge  bool `toml:"asks_age"`
	Minors   bool `toml:"minors"`
	Guardian bool `toml:"guardian"`
	// Sensitive counts fields for special care-required information (APPI 2(3)) without
	// an express consent of their own.
	Sensitive int `toml:"sensitive"`
	// Limited says that entries are limited by network and by address.
	Limited bool `toml:"limited"`
}

// OfferFacts is one box that asks for a permission, in one language.
type OfferFacts struct {
	// Wording is the text beside the box, Sender the official name of who will send.
	Wording string `toml:"wording"`
	Sender  string `toml:"sender"`
	// Vague says whether "related" or "partner" companies send by the text without being
	// named, Bundled whether it asks for terms of use or a provision to third parties too:
	// in so many words, or by words that a person must look at.
	Vague   string `toml:"vague" choices:"none,hinted,plain"`
	Bundled string `toml:"bundled" choices:"none,hinted,plain"`
	// Channels is how many channels (mail, LINE, SMS, telephone, post) the text covers.
	Channels int `toml:"channels" max:"5"`
	// Double says that the mailbox confirms first.
	Double bool `toml:"double"`
}

// SignupFacts is an entry that came in.
type SignupFacts struct {
	// Age is what the person declared, in years; -1 when nobody was asked.
	Age int `toml:"age" min:"-1" max:"150"`
	// Guardian says that a legal representative's consent was declared.
	Guardian bool `toml:"guardian"`
	// Corrected says that it brings another address for an entry that was made before.
	Corrected bool `toml:"corrected"`
}

// RecordFacts is a permission as it is about to be written into the consent log: what the
// record will be able to tell (SEMR 4(1), SCTR 30).
type RecordFacts struct {
	// Deed is what the person did: sent the form, pressed the button in the mail, or chose on
	// a page of their own that a link of ours leads to.
	Deed string `toml:"deed" choices:"none,form,button,page"`
	// Double says that the box asks for double opt-in, Pressed that the button was pressed.
	Double  bool `toml:"double"`
	Pressed bool `toml:"pressed"`
	// Address is the address as typed, Dated that the time is known, Page where the form
	// stood, Network and Agent from where and with what it was sent.
	Address string `toml:"address"`
	Dated   bool   `toml:"dated"`
	Page    string `toml:"page"`
	Network string `toml:"network"`
	Agent   string `toml:"agent"`
	// Form says that the version of the form is named, Lang in which language it stood. A
	// page of one's own is no form.
	Form bool   `toml:"form"`
	Lang string `toml:"lang"`
	// Shown is the hash under which the very page is kept, Wording the consent text in its
	// frozen version or as that page has it, Purpose the purpose of use likewise.
	Shown   string `toml:"shown"`
	Wording string `toml:"wording"`
	Purpose string `toml:"purpose"`
}

// RefusalFacts is a no that reached us.
type RefusalFacts struct {
	// Way is how: by the reader's own hand on a page or by one click, told to staff (SEMR 5),
	// brought by the consignor in a file or by a program (SEMA 3(3)), or read from a report of
	// spam, a reply, a stop word or a block.
	Way string `toml:"way" choices:"none,page,centre,one_click,mail,phone,letter,reply,counter,other,file,api,complaint,wish"`
}

// ConfirmFacts is the press of the button in a confirmation.
type ConfirmFacts struct {
	// Hours is how long ago the link was made.
	Hours float64 `toml:"hours"`
	// Used says that the button was pressed before.
	Used bool `toml:"used"`
}

// SiteFacts is what the company shows and keeps besides the form.
type SiteFacts struct {
	// MailOrder says that the advertising offers goods or services by mail order (SCTA 2(2)).
	MailOrder bool `toml:"mail_order"`
	// Publication says that the page which Article 32 asks for is known.
	Publication bool `toml:"publication"`
	// Inbox says that complaints have somewhere to arrive, Unowned how many of them have
	// nobody who answers for them.
	Inbox   bool `toml:"inbox"`
	Unowned int  `toml:"unowned"`
}

// TagFacts is the external transmission of the pages that carry our forms and widget.
type TagFacts struct {
	// Scope is the company's answer whether the rule is for it; none, not answered, counts as in.
	Scope string `toml:"scope" choices:"none,in,out"`
	// Declared counts tags of other parties, Unexplained those of them without content,
	// party or purpose.
	Declared    int `toml:"declared"`
	Unexplained int `toml:"unexplained"`
	// Published says that the notice is reachable, Japanese that it is in that language,
	// Open that it is readable without any operation.
	Published bool `toml:"published"`
	Japanese  bool `toml:"japanese"`
	Open      bool `toml:"open"`
	// OptOut says that the scheme of Article 27-12(iv) was chosen, Points how many of its
	// seven points are published.
	OptOut bool `toml:"opt_out"`
	Points int  `toml:"points" max:"7"`
}

var collectionChecks = map[string]func(*CollectionFacts) bool{}

// Collection is everything the rules say, blocks first.
func (s *Set) Collection(f *CollectionFacts) Findings {
	return s.collection.all(f, f.Now, f.Reach, s.doubt)
}
