package law

// Class is what kind of message something is. Law treats each differently, so
// every message has exactly one (rule SCOPE-01).
type Class string

// The message classes.
const (
	// Ad advertises the sender's or another's business (特定電子メール, SEMA 2(ii)).
	Ad Class = "ad"
	// ConsentRequest only asks for a permission; by law it counts as an ad.
	ConsentRequest Class = "consent_request"
	// Tx is what a person asked for or a contract needs.
	Tx Class = "tx"
	// TxWithIncidentalAd is a transactional message with advertising beside it (SEMR 6).
	TxWithIncidentalAd Class = "tx_with_incidental_ad"
	// Notice informs and advertises nothing.
	Notice Class = "notice"
)

// Classes lists every class, the most restricted first.
func Classes() []Class { return []Class{Ad, ConsentRequest, TxWithIncidentalAd, Notice, Tx} }

// Valid says whether the class is one of ours.
func (c Class) Valid() bool {
	switch c {
	case Ad, ConsentRequest, Tx, TxWithIncidentalAd, Notice:
		return true
	}
	return false
}

// NeedsBasis says whether the class may go only to those with a basis.
func (c Class) NeedsBasis() bool { return c == Ad || c == ConsentRequest }

// Refusable says whether a refusal of the topic or of everything stops the class.
func (c Class) Refusable() bool { return c != Tx && c != Notice }

// NeedsExit says whether the message must carry a way out (SEMA 4(ii)).
func (c Class) NeedsExit() bool { return c == Ad || c == ConsentRequest }
