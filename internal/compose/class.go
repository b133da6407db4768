package compose

import "github.com/kyodaku/kyodaku/internal/law"

// Class is what a message is for; it decides which label and which exits it
// carries (Act on Regulation of Transmission of Specified Electronic Mail, art. 4).
// The classes are the law's.
type Class = law.Class

// The message classes.
const (
	Ad                 = law.Ad
	ConsentRequest     = law.ConsentRequest
	Tx                 = law.Tx
	TxWithIncidentalAd = law.TxWithIncidentalAd
	Notice             = law.Notice
)
