package contact

import (
	"time"

	"github.com/kyodaku/kyodaku/internal/contact/sheet"
	"github.com/kyodaku/kyodaku/internal/law"
)

// Origin says how a list came to whoever imports it.
type Origin string

// The origins. Lists that were bought, rented, appended or scraped are not taken at all
// (law rules IMP-02 and IMP-11): nobody on them gave anything to this sender.
const (
	// Own is a list that the workspace itself collected.
	Own Origin = "own"
	// Shared is a list that a third party gave with the people's consent (APPI 27(1)).
	Shared Origin = "shared"
	// OptOut is a list that was provided by opt-out (APPI 27(2)).
	OptOut Origin = "optout"
	// Succession is a list that came with a business (APPI 27(5)(ii)).
	Succession Origin = "succession"
	Purchased  Origin = "purchased"
	Rented     Origin = "rented"
	Appended   Origin = "appended"
	Scraped    Origin = "scraped"
)

// Origins lists the origins in the order of the choice.
func Origins() []Origin {
	return []Origin{Own, Shared, OptOut, Succession, Purchased, Rented, Appended, Scraped}
}

// Received says whether the list came from somebody else, so that the check and the
// record of APPI 30 are due.
func (o Origin) Received() bool { return o == Shared || o == OptOut || o == Succession }

// What people were told when their addresses were collected (APPI 17, 18).
const (
	// PurposeAds: that advertising would be mailed.
	PurposeAds = "ads"
	// PurposeOther: something else.
	PurposeOther = "other"
	// PurposeHeld: something else, and the list is to allow no mail. Its people are held, for
	// provision to third parties or for requests, with the addresses that they have, or with
	// none and a name.
	PurposeHeld = "held"
)

// Declaration is what the operator states for every row whose own columns are silent.
type Declaration struct {
	Origin Origin
	Basis  Basis
	// Source says where and how the addresses were obtained.
	Source string
	// At is when; the consent, the business card, the last transaction, the capture.
	At time.Time
	// Evidence names the proof.
	Evidence string
	// Express says that those who consented (B1) did so in so many words, and that the
	// words can be shown (UWG 7(2), CASL 13): a ticked box, a signed form.
	Express bool
	// Written says that those who notified their address (B2) did so in writing (施行規則2条).
	Written bool
	// AdsDeclined says that the notification or the publication declined advertising;
	// then neither B2 nor B4 stands (施行規則2条2項, 3条).
	AdsDeclined bool
	// PagesSilent says that somebody looked at the pages of B4, and none declines advertising.
	PagesSilent bool
	// Purpose is PurposeAds, PurposeOther or PurposeHeld, empty if nobody checked.
	Purpose string
	// Carried says that the purposes of the former business go on (Succession).
	Carried bool
	// Probed says that the addresses were tried out against mail servers.
	Probed bool
	// Entity is the legal entity that got the permissions, if not the workspace itself.
	Entity string
	// Receipt is the record of lists that came from somebody else.
	Receipt Receipt
}

// holds says that the list brings no permission.
func (d *Declaration) holds() bool { return d.Purpose == PurposeHeld }

// Receipt is what whoever receives personal data checks and records (APPI 30,
// 施行規則22条–24条).
type Receipt struct {
	Provider, Address, Representative string
	// Acquisition is how the provider got the data, Evidence the paper that showed it.
	Acquisition, Evidence string
	ReceivedAt            time.Time
	// PublishedAt is when the PPC's publication of the provider's filing was seen.
	PublishedAt time.Time
}

// listFacts is what the law asks of a file before any row is read into the book.
func (order *Import) listFacts(m sheet.Mapping, generated float64) law.ListFacts {
	d, r := &order.Declared, &order.Declared.Receipt
	has := func(f sheet.Field) bool { return m.Index(f) >= 0 }
	return law.ListFacts{
		Origin: string(d.Origin), Refusals: has(sheet.FieldRefusedAt) || d.holds(),
		Source: d.Source != "" || has(sheet.FieldBasisSource), Basis: d.Basis.Valid() || has(sheet.FieldBasis),
		Dated: !d.At.IsZero() || has(sheet.FieldBasisAt), Evidence: d.Evidence != "" || has(sheet.FieldBasisEvidence),
		Purpose: d.Purpose, Carried: d.Carried, Probed: d.Probed, Generated: generated,
		Receipt: law.ReceiptFacts{
			Provider: r.Provider, Address: r.Address, Representative: r.Representative, Acquisition: r.Acquisition,
			Evidence: r.Evidence, Dated: !r.ReceivedAt.IsZero(), Published: !r.PublishedAt.IsZero(),
		},
	}
}
