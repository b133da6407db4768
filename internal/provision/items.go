package provision

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/law"
)

// Text is a sentence for people in both languages; English may be empty.
type Text struct {
	Ja string `json:"ja"`
	En string `json:"en,omitempty"`
}

// Items are what is notified and filed for an opt-out provision (APPI 27(2)(i)-(viii),
// APPI-R 11(4)). Items 2 and 6 are sentences of the law that nobody can change and
// therefore stand in no field.
type Items struct {
	// Item 1: the provider. Representative is empty only for a person.
	Name           string `json:"name"`
	Address        string `json:"address"`
	Representative string `json:"representative"`
	// Person says that the provider is a natural person.
	Person bool `json:"person,omitempty"`
	// Item 3: the kinds of data, each a contact field and how people call it.
	Data []DataItem `json:"data"`
	// Items 4, 5, 7 and 8a: how the data are acquired and provided, how a stop is asked
	// for, and how the data are updated.
	Acquisition Text `json:"acquisition"`
	Method      Text `json:"method"`
	StopBy      Text `json:"stop_by"`
	Update      Text `json:"update"`
	// Start is item 8b, a day such as "2026-12-01".
	Start string `json:"start"`
	// Phone and WishPublication are fields of the form, not items of the law.
	Phone           string `json:"phone,omitempty"`
	WishPublication bool   `json:"wish_publication,omitempty"`
	// Abroad says that the provider has no place in Japan; Agent is then the one who acts
	// for it (APPI-R 12).
	Abroad bool   `json:"abroad,omitempty"`
	Agent  string `json:"agent,omitempty"`
	// Terms are what the other classes ask for.
	Terms Terms `json:"terms,omitzero"`
}

// DataItem is one kind of data that is provided.
type DataItem struct {
	// Field is a column of contacts, such as "family_name", or "attr:" and a key.
	Field string `json:"field"`
	Name  Text   `json:"name"`
}

// Item is a number of the law's list.
type Item string

// The items that can be missing or change.
const (
	ItemProvider    Item = "1"
	ItemData        Item = "3"
	ItemAcquisition Item = "4"
	ItemMethod      Item = "5"
	ItemStopBy      Item = "7"
	ItemUpdate      Item = "8a"
	ItemStart       Item = "8b"
)

func blank(s string) bool { return strings.TrimSpace(s) == "" }

// StartDay is the first moment of the planned start (item 8b), zero when there is none.
func (i Items) StartDay() time.Time {
	day, err := time.ParseInLocation(time.DateOnly, i.Start, law.Japan)
	if err != nil {
		return time.Time{}
	}
	return day
}

// mostText and mostData bound what a filing holds.
const (
	mostText = 4000
	mostData = 100
)

// broken says whether a text cannot be stored and shown: too long, not UTF-8, or with a zero.
func broken(text string) bool {
	return len(text) > mostText || !utf8.ValidString(text) || strings.ContainsRune(text, 0)
}

// check refuses what could not be filed however complete it becomes: broken text,
// a day that is none, the same field twice. Missing items are no error of a draft.
func (i Items) check() error {
	var bad fault.Fields
	for _, f := range [...]struct{ name, value string }{
		{"name", i.Name},
		{"address", i.Address},
		{"representative", i.Representative},
		{"agent", i.Agent},
		{"phone", i.Phone},
		{"acquisition", i.Acquisition.Ja},
		{"acquisition", i.Acquisition.En},
		{"method", i.Method.Ja},
		{"method", i.Method.En},
		{"stop_by", i.StopBy.Ja},
		{"stop_by", i.StopBy.En},
		{"update", i.Update.Ja},
		{"update", i.Update.En},
	} {
		if broken(f.value) {
			bad.Add(f.name, "provision.text.bad")
		}
	}
	for _, f := range i.Terms.texts() {
		if broken(f.value) {
			bad.Add(f.name, "provision.text.bad")
		}
	}
	if slices.ContainsFunc(i.Terms.Foreign.codes(), func(c string) bool { return !isCountry(c) }) {
		bad.Add("country_code", "provision.recipient.country")
	}
	if i.Start != "" && i.StartDay().IsZero() {
		bad.Add("start", "provision.start.bad")
	}
	if len(i.Data) > mostData {
		bad.Add("data", "provision.data.many")
	}
	for n, d := range i.Data {
		switch {
		case blank(d.Field) || blank(d.Name.Ja):
			bad.Add(fmt.Sprintf("data[%d]", n), "provision.data.empty")
		case broken(d.Field) || broken(d.Name.Ja) || broken(d.Name.En):
			bad.Add(fmt.Sprintf("data[%d]", n), "provision.text.bad")
		}
		if slices.ContainsFunc(i.Data[:n], func(o DataItem) bool { return o.Field == d.Field }) {
			bad.Add(fmt.Sprintf("data[%d]", n), "provision.data.twice")
		}
	}
	return bad.Err()
}

// Change is one item that differs between two versions.
type Change struct {
	Item Item
	// Prior says that it may count only after it was notified and filed; otherwise both
	// are owed without delay (APPI 27(3)).
	Prior bool
}

// provider is all that says who provides, its agent in Japan too (APPI-R 12).
type provider struct {
	name, address, representative, agent string
	person, abroad                       bool
}

func (i Items) provider() provider {
	return provider{i.Name, i.Address, i.Representative, i.Agent, i.Person, i.Abroad}
}

// Changes compares two versions, in the law's order.
func Changes(from, to Items) []Change {
	var out []Change
	for _, c := range [...]struct {
		item    Item
		differs bool
	}{
		{ItemProvider, from.provider() != to.provider()},
		{ItemData, !slices.Equal(from.Data, to.Data)},
		{ItemAcquisition, from.Acquisition != to.Acquisition},
		{ItemMethod, from.Method != to.Method},
		{ItemStopBy, from.StopBy != to.StopBy || from.Phone != to.Phone}, // the telephone stands under item 7
		{ItemUpdate, from.Update != to.Update},
		{ItemStart, from.Start != to.Start},
	} {
		if c.differs {
			out = append(out, Change{Item: c.item, Prior: c.item != ItemProvider})
		}
	}
	return append(out, termChanges(from.Terms, to.Terms)...)
}
