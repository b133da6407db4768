package law

import (
	"fmt"
	"math/bits"
	"strings"
)

// Jurisdictions is a set of legal orders, as bits.
type Jurisdictions uint16

// The legal orders that rules are written for. DE stands beside EU because its
// reading is stricter; Providers is what mailbox providers ask of everybody.
const (
	JP Jurisdictions = 1 << iota
	US
	EU
	DE
	UK
	AU
	CA
	Providers

	everywhere = JP | US | EU | DE | UK | AU | CA | Providers
)

var jurisdictionNames = [...]string{"JP", "US", "EU", "DE", "UK", "AU", "CA", "providers"}

// ParseJurisdictions reads names such as "JP" and "EU"; "all" is every one.
func ParseJurisdictions(names []string) (Jurisdictions, error) {
	var j Jurisdictions
	for _, name := range names {
		if name == "all" {
			j |= everywhere
			continue
		}
		at := -1
		for i, known := range jurisdictionNames {
			if known == name {
				at = i
			}
		}
		if at < 0 {
			return 0, fmt.Errorf("jurisdiction %q is unknown", name)
		}
		j |= 1 << at
	}
	if j == 0 {
		return 0, fmt.Errorf("no jurisdiction is named")
	}
	return j, nil
}

// Has says whether any of the other's legal orders is among these.
func (j Jurisdictions) Has(other Jurisdictions) bool { return j&other != 0 }

// Names lists the set, Japan first.
func (j Jurisdictions) Names() []string {
	out := make([]string, 0, bits.OnesCount16(uint16(j)))
	for i, name := range jurisdictionNames {
		if j.Has(1 << i) {
			out = append(out, name)
		}
	}
	return out
}

// String joins the names, or says "all".
func (j Jurisdictions) String() string {
	if j == everywhere {
		return "all"
	}
	return strings.Join(j.Names(), ", ")
}
