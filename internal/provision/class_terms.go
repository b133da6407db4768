package provision

import (
	"maps"
	"slices"

	"github.com/kyodaku/kyodaku/internal/law"
)

// Terms are what the law asks of the classes other than opt-out. Each class asks for its
// own part; the others stay empty.
type Terms struct {
	// Case is the ready-made case that the draft began with, empty for none.
	Case Case `json:"case,omitempty"`
	// Purpose is what the data are used for by who gets them: told before a consent
	// (APPI 27(1)), published for joint use (27(5)(iii)), the entrusted work (27(5)(i)), or
	// the old purpose that binds a successor (18(2)).
	Purpose Text `json:"purpose,omitzero"`
	// Recipients are who the people were told of: by name or by kind for a consent, the
	// range of users for joint use.
	Recipients Text `json:"recipients,omitzero"`
	// Named are the recipients that Recipients means, whatever it calls them.
	Named []NamedRecipient `json:"named,omitempty"`
	// Manager is who answers for jointly used data (27(5)(iii)).
	Manager Manager `json:"manager,omitzero"`
	// Contract and Supervision say on what an entrusted party acts and how it is watched
	// (APPI 25).
	Contract    string `json:"contract,omitempty"`
	Supervision Text   `json:"supervision,omitzero"`
	// Deal is the merger, split or sale that a succession follows from (27(5)(ii)).
	Deal Text `json:"deal,omitzero"`
	// Exception is the number of APPI 27(1) that allows provision without consent, Ground
	// why it is met: the law and its article, or the reason.
	Exception Exception `json:"exception,omitempty"`
	Ground    Text      `json:"ground,omitzero"`
	// Foreign is what is told of a recipient abroad (APPI 28).
	Foreign Foreign `json:"foreign,omitzero"`
	// Research is what a research notice says beyond the rest.
	Research Research `json:"research,omitzero"`
}

// Manager is the party responsible for jointly used data. Representative is empty only for
// a person.
type Manager struct {
	Name           string `json:"name,omitempty"`
	Address        string `json:"address,omitempty"`
	Representative string `json:"representative,omitempty"`
}

// Exception is a number of APPI 27(1).
type Exception string

// The exceptions of APPI 27(1).
const (
	ByLaw       Exception = "i"
	ForLife     Exception = "ii"
	ForHealth   Exception = "iii"
	ForState    Exception = "iv"
	ByAcademics Exception = "v"
	WithinStudy Exception = "vi"
	ToAcademics Exception = "vii"
)

// Exceptions lists all, in the law's order.
func Exceptions() []Exception {
	return []Exception{ByLaw, ForLife, ForHealth, ForState, ByAcademics, WithinStudy, ToAcademics}
}

// Research says whether it is one of those for academic research (APPI 27(1)(v)-(vii)).
func (e Exception) Research() bool {
	return slices.Contains([]Exception{ByAcademics, WithinStudy, ToAcademics}, e)
}

// Foreign is what the people are told before their data go abroad (APPI 28(2), APPI-R 17).
type Foreign struct {
	// Needed says that a recipient stands abroad, outside the EEA and the United Kingdom.
	Needed bool `json:"needed,omitempty"`
	// Country is its name; System its law of data protection, Measures what the recipient
	// does. Where the country is not known, Unknown says so, why, and what is told instead.
	Country Text `json:"country,omitzero"`
	// Code is the ISO 3166-1 code of that country; several stand with commas or spaces
	// between. Only recipients there have been told of.
	Code     string `json:"code,omitempty"`
	System   Text   `json:"system,omitzero"`
	Measures Text   `json:"measures,omitzero"`
	Unknown  Text   `json:"unknown,omitzero"`
}

// The items that classes other than opt-out can lack.
const (
	ItemPurpose     Item = "purpose"
	ItemRecipients  Item = "recipients"
	ItemManager     Item = "manager"
	ItemContract    Item = "contract"
	ItemSupervision Item = "supervision"
	ItemDeal        Item = "deal"
	ItemGround      Item = "ground"
	ItemForeign     Item = "foreign"
	ItemResearch    Item = "research"
)

// texts are all texts of the terms, by the field that an error names; each is bounded for itself.
func (t *Terms) texts() []struct{ name, value string } {
	lines := []struct{ name, value string }{
		{"manager", t.Manager.Name},
		{"manager", t.Manager.Address},
		{"manager", t.Manager.Representative},
		{"contract", t.Contract},
		{"foreign", t.Foreign.Code},
		{"research", t.Research.Approval},
	}
	for _, both := range [...]struct {
		name string
		text Text
	}{
		{"purpose", t.Purpose},
		{"recipients", t.Recipients},
		{"supervision", t.Supervision},
		{"deal", t.Deal},
		{"ground", t.Ground},
		{"foreign", t.Foreign.Country},
		{"foreign", t.Foreign.System},
		{"foreign", t.Foreign.Measures},
		{"foreign", t.Foreign.Unknown},
		{"research", t.Research.Title},
		{"research", t.Research.Subjects},
		{"research", t.Research.Period},
		{"research", t.Research.Leader},
		{"users", t.Research.Users},
	} {
		lines = append(lines, struct{ name, value string }{both.name, both.text.Ja}, struct{ name, value string }{both.name, both.text.En})
	}
	return lines
}

// gaps are the items that are empty, whether a class asks for them or not.
func (i Items) gaps() map[Item]bool {
	t := i.Terms
	out := map[Item]bool{
		ItemProvider:    blank(i.Name) || blank(i.Address) || !i.Person && blank(i.Representative) || i.Abroad && blank(i.Agent),
		ItemData:        len(i.Data) == 0,
		ItemAcquisition: blank(i.Acquisition.Ja),
		ItemMethod:      blank(i.Method.Ja),
		ItemStopBy:      blank(i.StopBy.Ja),
		ItemUpdate:      blank(i.Update.Ja),
		ItemStart:       i.StartDay().IsZero(),
		ItemPurpose:     blank(t.Purpose.Ja),
		ItemRecipients:  blank(t.Recipients.Ja),
		ItemManager:     blank(t.Manager.Name) || blank(t.Manager.Address),
		ItemContract:    blank(t.Contract),
		ItemSupervision: blank(t.Supervision.Ja),
		ItemDeal:        blank(t.Deal.Ja),
		ItemGround:      blank(t.Ground.Ja) || !slices.Contains(Exceptions(), t.Exception),
		ItemForeign:     t.Foreign.empty(),
	}
	maps.Copy(out, i.studyGaps())
	return out
}

// Wanted lists the items that the law asks of a class, in its order. The exception decides
// for legal duties: a study is published in a form of its own.
func Wanted(c Class, e Exception) []Item {
	switch c {
	case Consent:
		return []Item{ItemPurpose, ItemRecipients, ItemData, ItemForeign}
	case Entrust:
		return []Item{ItemPurpose, ItemData, ItemContract, ItemSupervision, ItemForeign}
	case Succession:
		return []Item{ItemDeal, ItemPurpose, ItemData, ItemForeign}
	case JointUse:
		return []Item{ItemData, ItemRecipients, ItemPurpose, ItemManager, ItemForeign}
	case LegalDuty:
		if e.Research() {
			return wantedOfStudy()
		}
		return []Item{ItemGround, ItemData}
	}
	return []Item{ItemProvider, ItemData, ItemAcquisition, ItemMethod, ItemStopBy, ItemUpdate, ItemStart}
}

// MissingOf lists what the law asks of the programme's class and the items lack.
func (p Programme) MissingOf(i Items) []Item {
	var out []Item
	gaps, unfilled := i.gaps(), i.unfilled()
	for _, item := range Wanted(p.Class, i.Terms.Exception) {
		if gaps[item] || unfilled[item] {
			out = append(out, item)
		}
	}
	return out
}

// Missing lists what the draft lacks.
func (p Programme) Missing() []Item { return p.MissingOf(p.Draft) }

// termChanges are the items of the terms that differ. Of joint use, the manager's address or
// representative may change first and be announced without delay; all else is announced
// before (APPI 27(6)). A manager of another name may be another party, and is taken for one.
func termChanges(from, to Terms) []Change {
	var out []Change
	moved := from.Manager != to.Manager
	other := from.Manager.Name != to.Manager.Name
	for _, c := range [...]struct {
		item           Item
		differs, prior bool
	}{
		{ItemPurpose, from.Purpose != to.Purpose, true},
		{ItemRecipients, from.Recipients != to.Recipients || !slices.Equal(from.Named, to.Named), true},
		{ItemManager, moved, other},
		{ItemContract, from.Contract != to.Contract, true},
		{ItemSupervision, from.Supervision != to.Supervision, true},
		{ItemDeal, from.Deal != to.Deal, true},
		{ItemGround, from.Exception != to.Exception || from.Ground != to.Ground, true},
		{ItemForeign, from.Foreign != to.Foreign, true},
		{ItemResearch, from.Research != to.Research, true},
	} {
		if c.differs {
			out = append(out, Change{Item: c.item, Prior: c.prior})
		}
	}
	return out
}

// consentTerms is what a consent on these items says of a provision to the recipient (APPI 27(1)).
func (i Items) consentTerms(recipient int64, to RecipientTerms) law.ProvisionConsent {
	return law.ProvisionConsent{Purpose: !blank(i.Terms.Purpose.Ja), Recipient: i.told(recipient, to)}
}
