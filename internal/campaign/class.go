package campaign

import "github.com/kyodaku/kyodaku/internal/compose"

// Promotes is how much of a message advertises.
type Promotes string

// The answers to how much of a message advertises.
const (
	PromotesNothing Promotes = "nothing"
	PromotesBeside  Promotes = "beside"
	PromotesMainly  Promotes = "mainly"
)

// Answers are those to the plain questions by which a class is found.
type Answers struct {
	// AsksOnly: it only asks for a permission to send.
	AsksOnly bool
	// Needed: its reader ordered, applied or has a contract, and needs it for that.
	Needed bool
	// Promotes: goods, services or events are recommended, or a page that does is linked.
	Promotes Promotes
}

// Valid says whether every question is answered with one of its answers.
func (a Answers) Valid() bool {
	return a.Promotes == PromotesNothing || a.Promotes == PromotesBeside || a.Promotes == PromotesMainly
}

// Class is what the answers lead to. A mail that asks for a permission counts as an
// advertisement by law; one that advertises besides is simply one. Advertising may
// stand beside a message only where that is needed (SEMR 6).
func (a Answers) Class() compose.Class {
	switch {
	case a.AsksOnly && a.Promotes == PromotesNothing:
		return compose.ConsentRequest
	case a.Promotes == PromotesMainly || a.AsksOnly || a.Promotes == PromotesBeside && !a.Needed:
		return compose.Ad
	case a.Promotes == PromotesBeside:
		return compose.TxWithIncidentalAd
	case a.Needed:
		return compose.Tx
	}
	return compose.Notice
}
