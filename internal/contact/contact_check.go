package contact

import (
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/kyodaku/kyodaku/internal/contact/kana"
	"github.com/kyodaku/kyodaku/internal/fault"
)

// maxText is the longest a text of a contact may be, in characters.
const maxText = 200

// maxValue is the longest an attribute's value may be, in characters.
const maxValue = 1000

// texts lists the plain texts of a contact under the names that forms and columns use.
func (c *Contact) texts() []namedText {
	return []namedText{
		{"family_name", &c.FamilyName},
		{"given_name", &c.GivenName},
		{"family_kana", &c.FamilyKana},
		{"given_kana", &c.GivenKana},
		{"display_name", &c.DisplayName},
		{"company", &c.Company},
		{"department", &c.Department},
		{"title", &c.Title},
		{"postal_code", &c.PostalCode},
		{"prefecture", &c.Prefecture},
		{"country", &c.Country},
	}
}

// namedText is a text of a contact, to be read or changed.
type namedText struct {
	name  string
	value *string
}

// check brings the texts into their normal form (kana.NormalName, so that no line
// break or control character stays) and says which of them will not do.
func (c *Contact) check() error {
	var wrong fault.Fields
	for _, t := range c.texts() {
		*t.value = kana.NormalName(*t.value)
		if utf8.RuneCountInString(*t.value) > maxText {
			wrong.Add(t.name, "contact.text.long", "Max", maxText)
		}
	}
	c.Country = strings.ToUpper(c.Country)
	if c.Country != "" && !isCountry(c.Country) {
		wrong.Add("country", "contact.country.form")
	}
	if c.Lang != "" && !c.Lang.Valid() {
		wrong.Add("lang", "contact.lang.unknown")
	}
	for _, key := range slices.Sorted(maps.Keys(c.Attrs)) {
		if utf8.RuneCountInString(c.Attrs[key]) > maxValue {
			wrong.Add("attrs."+key, "contact.text.long", "Max", maxValue)
		}
	}
	return wrong.Err()
}

func isCountry(s string) bool {
	return len(s) == 2 && 'A' <= s[0] && s[0] <= 'Z' && 'A' <= s[1] && s[1] <= 'Z'
}

// fillFrom takes from o what c has not, and says whether that was anything. An
// attribute that c holds stays, and so does a whole name against a half of another.
func (c *Contact) fillFrom(o Contact) bool {
	nameless := c.FamilyName+c.GivenName+c.DisplayName == ""
	filled := false
	from := o.texts()
	for i, t := range c.texts() {
		isName := t.name == "family_name" || t.name == "given_name" || t.name == "display_name"
		if *t.value == "" && *from[i].value != "" && (!isName || nameless) {
			*t.value, filled = *from[i].value, true
		}
	}
	if c.Lang == "" && o.Lang != "" {
		c.Lang, filled = o.Lang, true
	}
	for key, value := range o.Attrs {
		if value == "" || c.Attrs[key] != "" {
			continue
		}
		if c.Attrs == nil {
			c.Attrs = map[string]string{}
		}
		c.Attrs[key], filled = value, true
	}
	return filled
}
