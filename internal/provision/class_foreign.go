package provision

import (
	"slices"
	"strings"
)

// codes are the countries of a foreign wording, by their codes.
func (f Foreign) codes() []string {
	return strings.FieldsFunc(f.Code, func(r rune) bool { return strings.ContainsRune(", 、，　", r) })
}

// empty says whether a foreign recipient is told of too little: the country with its system, or
// why it cannot be known (APPI-R 17(2), (3)), and what the recipient does.
func (f Foreign) empty() bool {
	told := !blank(f.Country.Ja) && !blank(f.System.Ja) && len(f.codes()) > 0
	unknown := blank(f.Country.Ja) && !blank(f.Unknown.Ja)
	return f.Needed && (!told && !unknown || blank(f.Measures.Ja))
}

// tells says whether who read it was told of a provision to a country (APPI 28(2)). Which
// country that would be could not be known where Unknown says why.
func (f Foreign) tells(country string) bool {
	if !f.Needed || f.empty() {
		return false
	}
	return blank(f.Country.Ja) || slices.Contains(f.codes(), country)
}
