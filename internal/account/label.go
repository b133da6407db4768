package account

import (
	"errors"

	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/i18n"
)

// Label is what a sender must tell about itself in every advertisement: 特定電子
// メール法 4条 and 同施行規則 7条・9条 (L1 name, L4 address, L5 where to complain).
// The way to refuse (L2, L3) is the program's own and cannot be left out.
type Label struct {
	// LegalName is the registered name (L1); a shop or brand name is not enough.
	LegalName string
	// LegalNameEn is the name for mails in English; it comes with PostalAddressEn.
	LegalNameEn string
	// PostalAddress is the address (L4), on one line.
	PostalAddress   string
	PostalAddressEn string
	// Phone, Email and URL take complaints and questions (L5); one is enough.
	Phone string
	Email string
	URL   string
}

// In is the label in a language that it exists in.
func (l Label) In(lang i18n.Lang) Label {
	if lang == i18n.En && l.LegalNameEn != "" {
		l.LegalName, l.PostalAddress = l.LegalNameEn, l.PostalAddressEn
	}
	return l
}

// Complete says what is missing or malformed, as an Invalid fault with one field
// for each item, or nil.
func (l Label) Complete() error {
	var c checker
	c.label(l)
	return c.fields.Err()
}

// label reads all items of the label.
func (c *checker) label(l Label) Label {
	out := Label{
		LegalName:       c.must("legal_name", l.LegalName, maxLegal),
		LegalNameEn:     c.line("legal_name_en", l.LegalNameEn, maxLegal),
		PostalAddress:   c.postal("postal_address", c.must("postal_address", l.PostalAddress, maxAddress)),
		PostalAddressEn: c.postal("postal_address_en", c.line("postal_address_en", l.PostalAddressEn, maxAddress)),
		Phone:           c.phone("phone", l.Phone),
		Email:           c.mail("email", l.Email).String(),
		URL:             c.url("url", l.URL),
	}
	if (l.LegalNameEn == "") != (l.PostalAddressEn == "") {
		field := "legal_name_en"
		if l.PostalAddressEn == "" {
			field = "postal_address_en"
		}
		c.bad(field, "account.label.english")
	}
	if l.Phone == "" && l.Email == "" && l.URL == "" {
		c.bad("email", "account.label.contact")
	}
	return out
}

// minPostal keeps out "Tokyo" and "東京都", which are no address anybody could visit.
const minPostal = 6

func (c *checker) postal(field, value string) string {
	if value != "" && len([]rune(value)) < minPostal {
		c.bad(field, "account.label.postal")
	}
	return value
}

// fieldsOf reads the wrong fields out of an error.
func fieldsOf(err error) []fault.Field {
	f, ok := errors.AsType[*fault.Error](err)
	if !ok {
		return nil
	}
	return f.Fields
}
