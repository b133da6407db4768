package law

import "time"

// ProvisionFacts is all that decides whether personal data may be handed to a third
// party: of the programme, of a run, and of each person in it.
type ProvisionFacts struct {
	Now   time.Time     `toml:"now"`
	Reach Jurisdictions `toml:"-"`

	// Class is the legal class of the programme (APPI 27, 28).
	Class string `toml:"class" choices:"none,consent,opt_out,entrust,succession,joint_use,legal_duty"`

	Consent   ProvisionConsent `toml:"consent"`
	Filing    Filing           `toml:"filing"`
	Change    FilingChange     `toml:"change"`
	Joint     JointUse         `toml:"joint"`
	Data      ProvidedData     `toml:"data"`
	Person    ProvidedPerson   `toml:"person"`
	Recipient Recipient        `toml:"recipient"`
	Record    ProvisionRecord  `toml:"record"`
	// Abroad says that the operator itself stands outside Japan, Agent that it has
	// appointed one within (APPI-R 12).
	Abroad bool `toml:"abroad"`
	// Research: the exception it rests on is one of those for academic research.
	Research bool `toml:"research"`
	Agent    bool `toml:"agent"`
	// UnknownStops counts the requests to stop of which nobody has found out yet whose they are.
	UnknownStops int `toml:"unknown_stops"`
}

// ProvisionConsent is what a consent to provision says (APPI 27(1)).
type ProvisionConsent struct {
	Purpose   bool `toml:"purpose"`
	Recipient bool `toml:"recipient"`
}

// Filing is the state of a programme under APPI 27(2).
type Filing struct {
	// MissingItems counts the items 1 to 8b that are empty in notice or filing.
	MissingItems int  `toml:"missing_items"`
	Filed        bool `toml:"filed"`
	// PublishedByPPC is the commission's publication (27(4)), PublishedByUs our own (APPI-R 14).
	PublishedByPPC bool `toml:"published_by_ppc"`
	PublishedByUs  bool `toml:"published_by_us"`
	// NoticeDays lie between our notice and the planned start.
	NoticeDays int `toml:"notice_days" min:"-36500"`
	// Started says that the planned start (item 8b) has come.
	Started bool `toml:"started"`
}

// FilingChange is an edit of a filed programme (APPI 27(3)).
type FilingChange struct {
	// Kind is "prior" for items 3, 4, 5, 7 and 8, "after" for item 1 and the end of the
	// provision, "fixed" for items 2 and 6, which cannot change.
	Kind string `toml:"kind" choices:"none,prior,after,fixed"`
	// Announced says that the change was notified or published and filed.
	Announced bool `toml:"announced"`
}

// JointUse is what must be published before it (APPI 27(5)(iii)).
type JointUse struct {
	MissingItems int `toml:"missing_items"`
	// OutsideRange says that the recipient is not among the users that were published.
	OutsideRange bool `toml:"outside_range"`
}

// ProvidedData is what the data set contains and where it comes from.
type ProvidedData struct {
	// Sensitive is special care-required data (APPI 2(3), APPI-O 2); Face is face-feature
	// data, which the 2026 amendment keeps out of opt-out provision.
	Sensitive bool `toml:"sensitive"`
	Face      bool `toml:"face"`
	// Acquired is how the data came to us; ViaOptOut that another gave them under its own
	// opt-out provision. Copies and derived sets inherit both.
	Acquired  string `toml:"acquired" choices:"lawful,unknown,illicit"`
	ViaOptOut bool   `toml:"via_opt_out"`
	// Extra counts items that the notice does not name.
	Extra int `toml:"extra"`
	// Device says that the data are keyed by cookie or device and will be matched to
	// persons; DeviceConsent that the recipient's consent from them is confirmed (APPI 31).
	Device        bool `toml:"device"`
	DeviceConsent bool `toml:"device_consent"`
}

// ProvidedPerson is what the person said.
type ProvidedPerson struct {
	// Stop is a stop of provision; MailRefusal a refusal of mail, which counts here only
	// where the United States' law asks for it (OUT-14).
	Stop        bool `toml:"stop"`
	MailRefusal bool `toml:"mail_refusal"`
	// Consent says that a consent to this provision stands.
	Consent bool `toml:"consent"`
	// Counted says that they are among those whom somebody counted and approved.
	Counted bool `toml:"counted"`
}

// Recipient is who gets the data.
type Recipient struct {
	// Place is where it stands: Japan, a country held equal (EEA, United Kingdom), or elsewhere.
	Place string `toml:"place" choices:"japan,equal,elsewhere"`
	// System says that it has a system held equal (APPI 28(1), APPI-R 16); CheckedMonths is
	// how long ago that was checked, ForeignConsent that the person agreed to a foreign
	// recipient with the three pieces of information (APPI 28(2), APPI-R 17).
	System        bool `toml:"system"`
	CheckedMonths int  `toml:"checked_months"`
	// Told says that what a person is told of it on request is written down: its country's
	// rules that bear on the data, and what it does itself (APPI 28(3), APPI-R 18(3)).
	Told           bool `toml:"told"`
	ForeignConsent bool `toml:"foreign_consent"`
	// Contract says that supervision of an entrusted party is settled (APPI 25).
	Contract bool `toml:"contract"`
	// Identified says that identity and purpose were checked (2026 amendment).
	Identified bool `toml:"identified"`
}

// PlaceOf says where a recipient of a country stands, as Recipient.Place has it. The
// countries held equal are those of the European Economic Area and the United Kingdom
// (APPI 28(1), APPI-R 15). A country that is not known is elsewhere.
func PlaceOf(country string) string {
	switch {
	case country == "JP":
		return "japan"
	case country == "IS", country == "LI", ofCountry(country).Has(EU | UK):
		return "equal"
	}
	return "elsewhere"
}

// ProvisionRecord is the record that is written with the data (APPI 29).
type ProvisionRecord struct {
	// MissingFields counts the recipient's name, address and representative, the person,
	// the items and (opt-out) the date where they are missing.
	MissingFields int `toml:"missing_fields"`
	// Ready says that the record is written in the same transaction as the data.
	Ready bool `toml:"ready"`
	// Batched says that one record stands for several provisions.
	Batched bool `toml:"batched"`
}

// provisionChecks are the functions that provision rules may name.
var provisionChecks = map[string]func(*ProvisionFacts) bool{}

// Provision is everything the rules say of a provision, blocks first.
func (s *Set) Provision(f *ProvisionFacts) Findings {
	return s.provision.all(f, f.Now, f.Reach, s.doubt)
}
