package contact

import "time"

// BasisFacts is what a permission rests on besides the person's own word: what law.md
// asks of each basis. Zero means that nobody showed it. It stands in the event's
// evidence, so that the log proves it, and in consent_basis, so that the gate can read it.
type BasisFacts struct {
	// Entity is the legal entity that got the permission; empty is the workspace itself
	// (特定電子メール法3条1項1号).
	Entity string `json:"entity,omitempty"`

	// Counterparty is with whom the business of B3 is, empty for the workspace;
	// Transaction names contract or order, LastTransaction is its last day.
	Counterparty    string    `json:"counterparty,omitempty"`
	Transaction     string    `json:"transaction,omitempty"`
	LastTransaction time.Time `json:"last_transaction,omitzero"`

	// Written says that the address of B2 was notified in writing, Document names the
	// scan or the form, ReceivedBy who took it, AdsDeclined that it declined advertising
	// (施行規則2条).
	Written     bool   `json:"written,omitempty"`
	Document    string `json:"document,omitempty"`
	ReceivedBy  string `json:"received_by,omitempty"`
	AdsDeclined bool   `json:"ads_declined,omitempty"`

	// PageURL is where the address of B4 was published, PageCaptured when somebody last
	// looked, PageHash the hash of the picture, PageRefuses that advertising is declined
	// there, InBusiness that the publisher is an organisation or in business (施行規則3条).
	PageURL      string    `json:"page_url,omitempty"`
	PageCaptured time.Time `json:"page_captured,omitzero"`
	PageHash     string    `json:"page_hash,omitempty"`
	PageRefuses  bool      `json:"page_refuses,omitempty"`
	InBusiness   bool      `json:"in_business,omitempty"`

	// Express says that the person agreed in so many words, which can be shown. Otherwise Implied is how
	// Canadian law implies it: purchase, inquiry, published or disclosed (CASL 10(9), (10)),
	// and RelevantToRole that messages fit the person's role.
	Express        bool   `json:"express,omitempty"`
	Implied        string `json:"implied,omitempty"`
	RelevantToRole bool   `json:"relevant_to_role,omitempty"`

	// OwnSimilar and RefusalOffered are the soft opt-in: the sender's own similar goods, and
	// a way to refuse where the address was collected (ePrivacy 13(2), UWG 7(3)).
	OwnSimilar     bool `json:"own_similar,omitempty"`
	RefusalOffered bool `json:"refusal_offered,omitempty"`
	// Charity says that a charity collected it for its charitable purpose alone (PECR 22(3A)).
	Charity bool `json:"charity,omitempty"`
	// DoubleOptIn says that the mailbox confirmed elsewhere; here grade A says it.
	DoubleOptIn bool `json:"double_opt_in,omitempty"`
}

// The ends of the bases: B3 by our policy after the last transaction (rule BASIS-06), B4
// when the page must be looked at again (BASIS-08), and how long Canadian law implies a
// consent (CASL 10(10)).
const (
	relationshipMonths = 24
	lookAgain          = 90 * 24 * time.Hour
	purchaseYears      = 2
	inquiryMonths      = 6
)

// RunsOut is when a basis stops counting unless it is renewed; false for one without
// an end of its own. For people in Canada an implied consent may end earlier.
func (f BasisFacts) RunsOut(b Basis) (time.Time, bool) {
	switch {
	case b == Relationship && !f.LastTransaction.IsZero():
		return f.LastTransaction.AddDate(0, relationshipMonths, 0), true
	case b == Published && !f.PageCaptured.IsZero():
		return f.PageCaptured.Add(lookAgain), true
	}
	return time.Time{}, false
}

// ImpliedUntil is when Canadian law no longer implies a consent from a purchase or an
// inquiry on a day; false for what has no end.
func (f BasisFacts) ImpliedUntil(on time.Time) (time.Time, bool) {
	switch f.Implied {
	case "purchase":
		return on.AddDate(purchaseYears, 0, 0), true
	case "inquiry":
		return on.AddDate(0, inquiryMonths, 0), true
	}
	return time.Time{}, false
}
