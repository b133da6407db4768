package compose

// Class is what a message is for; it decides which label and which exits it carries
// (Act on Regulation of Transmission of Specified Electronic Mail, art. 4).
type Class string

// The message classes.
const (
	// Ad is advertising.
	Ad Class = "ad"
	// ConsentRequest asks for permission to advertise; the law treats it as advertising.
	ConsentRequest Class = "consent_request"
	// Tx is what a person asked for or a contract needs, confirmations included.
	Tx Class = "tx"
	// TxWithIncidentalAd is Tx with an advertisement beside it.
	TxWithIncidentalAd Class = "tx_with_incidental_ad"
	// Notice is news a person must get: changes of terms, incidents.
	Notice Class = "notice"
)

// Classes lists the classes in the order forms show them.
func Classes() []Class { return []Class{Ad, ConsentRequest, Tx, TxWithIncidentalAd, Notice} }

// Valid says whether the class is one of ours.
func (c Class) Valid() bool {
	for _, k := range Classes() {
		if c == k {
			return true
		}
	}
	return false
}

// NeedsExit says whether the mail must carry the whole label and a way to refuse.
func (c Class) NeedsExit() bool { return c == Ad || c == ConsentRequest }
