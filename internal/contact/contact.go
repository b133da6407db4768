package contact

import (
	"time"

	"github.com/kyodaku/kyodaku/internal/addr"
	"github.com/kyodaku/kyodaku/internal/i18n"
)

// Prefixes of the outside ids, for store.Public and store.ParsePublic.
const (
	// Prefix is of a Contact.
	Prefix = "con"
	// AddressPrefix is of an Address.
	AddressPrefix = "adr"
	// AttributePrefix is of an Attribute.
	AttributePrefix = "att"
)

// Contact is a person. Every text may be empty.
type Contact struct {
	ID        int64
	Workspace int64
	// FamilyName and GivenName are 姓 and 名, or surname and first name.
	FamilyName, GivenName string
	// FamilyKana and GivenKana are セイ and メイ.
	FamilyKana, GivenKana string
	// DisplayName stands for the whole name where it does not split.
	DisplayName string
	Company     string
	Department  string
	Title       string
	PostalCode  string
	Prefecture  string
	// Country is an ISO 3166-1 alpha-2 code.
	Country string
	// Lang is the language the person reads; empty is unknown.
	Lang i18n.Lang
	// Attrs are the values of own attributes by Attribute.Key.
	Attrs     map[string]string
	CreatedAt time.Time
	UpdatedAt time.Time
	// ErasedAt is set when the person was erased; all texts are empty then.
	ErasedAt time.Time
	// MergedInto is the contact this one was merged into, 0 if none.
	MergedInto int64
}

// Live says whether the contact is neither erased nor merged away.
func (c Contact) Live() bool { return c.ErasedAt.IsZero() && c.MergedInto == 0 }

// Name is the whole name without honorific: the display name; or family name
// first, but last for those who read English. It is empty for the nameless.
func (c Contact) Name() string {
	first, last := c.FamilyName, c.GivenName
	if c.Lang == i18n.En {
		first, last = last, first
	}
	switch {
	case c.DisplayName != "":
		return c.DisplayName
	case first == "" || last == "":
		return first + last
	}
	return first + " " + last
}

// Kana is the whole name in kana, empty if unknown.
func (c Contact) Kana() string {
	if c.FamilyKana == "" || c.GivenKana == "" {
		return c.FamilyKana + c.GivenKana
	}
	return c.FamilyKana + " " + c.GivenKana
}

// Address is one point of contact of a person, or of nobody known yet.
type Address struct {
	ID        int64
	Workspace int64
	// Contact is 0 while nobody has confirmed the address.
	Contact int64
	Channel addr.Channel
	// Canonical is the comparing form, Shown the form to send to and to show; both
	// are empty after erasure.
	Canonical string
	Shown     string
	// Domain is the mail domain in A-labels, empty for other channels.
	Domain string
	// Hash is the keyed hash of the canonical form (keyring.Ring.AddressHash); it stays after erasure.
	Hash      []byte
	CreatedAt time.Time
	ErasedAt  time.Time
}

// Note is a remark that an operator wrote about a person.
type Note struct {
	ID       int64
	Contact  int64
	Operator int64
	At       time.Time
	Body     string
}
