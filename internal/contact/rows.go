package contact

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/kyodaku/kyodaku/internal/addr"
	"github.com/kyodaku/kyodaku/internal/contact/kana"
	"github.com/kyodaku/kyodaku/internal/i18n"
	"github.com/kyodaku/kyodaku/internal/store"
)

// scanner is a row to scan, of one or of many.
type scanner interface{ Scan(dest ...any) error }

// contactRowScan reads contactColumns into a contact.
type contactRowScan struct {
	contact                  *Contact
	attrs, lang              string
	created, updated, erased int64
}

func (s *contactRowScan) dest() []any {
	c := s.contact
	return []any{
		&c.ID, &c.Workspace, &c.FamilyName, &c.GivenName, &c.FamilyKana, &c.GivenKana, &c.DisplayName,
		&c.Company, &c.Department, &c.Title, &c.PostalCode, &c.Prefecture, &c.Country, &s.lang, &s.attrs,
		&s.created, &s.updated, &s.erased, &c.MergedInto,
	}
}

func (s *contactRowScan) end() (err error) {
	c := s.contact
	c.Lang = i18n.Lang(s.lang)
	c.CreatedAt, c.UpdatedAt, c.ErasedAt = store.Time(s.created), store.Time(s.updated), store.Time(s.erased)
	c.Attrs, err = readAttrs(s.attrs)
	return err
}

func scanContact(row scanner) (Contact, error) {
	var c Contact
	s := contactRowScan{contact: &c}
	if err := row.Scan(s.dest()...); err != nil {
		return Contact{}, err
	}
	return c, s.end()
}

// addressRowScan reads addressColumns into an address.
type addressRowScan struct {
	address         *Address
	channel         string
	created, erased int64
}

func (s *addressRowScan) dest() []any {
	a := s.address
	return []any{&a.ID, &a.Workspace, &a.Contact, &s.channel, &a.Canonical, &a.Shown, &a.Domain, &a.Hash, &s.created, &s.erased}
}

func (s *addressRowScan) end() {
	a := s.address
	a.Channel, a.CreatedAt, a.ErasedAt = addr.Channel(s.channel), store.Time(s.created), store.Time(s.erased)
}

func scanAddress(row scanner) (Address, error) {
	var a Address
	s := addressRowScan{address: &a}
	if err := row.Scan(s.dest()...); err != nil {
		return Address{}, err
	}
	s.end()
	return a, nil
}

// contactRow appends the arguments of one row of sqlInsertContacts.
func contactRow(args []any, c *Contact, key string) ([]any, error) {
	attrs, err := writeAttrs(c.Attrs)
	if err != nil {
		return nil, err
	}
	return append(args, c.ID, c.Workspace, c.FamilyName, c.GivenName, c.FamilyKana, c.GivenKana, c.DisplayName,
		c.Company, c.Department, c.Title, c.PostalCode, c.Prefecture, c.Country, string(c.Lang), attrs, key,
		store.Micros(c.CreatedAt), store.Micros(c.UpdatedAt)), nil
}

// editRow gives the arguments of sqlEditContact.
func editRow(c Contact, key string, before int64) ([]any, error) {
	attrs, err := writeAttrs(c.Attrs)
	if err != nil {
		return nil, err
	}
	return []any{
		c.FamilyName, c.GivenName, c.FamilyKana, c.GivenKana, c.DisplayName, c.Company, c.Department, c.Title,
		c.PostalCode, c.Prefecture, c.Country, string(c.Lang), attrs, key, store.Micros(c.UpdatedAt),
		c.Workspace, c.ID, before,
	}, nil
}

// addressRow appends the arguments of one row of sqlInsertAddresses.
func addressRow(args []any, a Address) []any {
	return append(args, a.ID, a.Workspace, a.Contact, string(a.Channel), a.Canonical, a.Shown, a.Domain, a.Hash,
		store.Micros(a.CreatedAt))
}

func readAttrs(text string) (map[string]string, error) {
	if text == "{}" || text == "" {
		return nil, nil
	}
	var attrs map[string]string
	if err := json.Unmarshal([]byte(text), &attrs); err != nil {
		return nil, fmt.Errorf("contact: attributes: %w", err)
	}
	return attrs, nil
}

// writeAttrs writes keys in order, so that equal attributes are equal texts.
func writeAttrs(attrs map[string]string) (string, error) {
	if len(attrs) == 0 {
		return "{}", nil
	}
	text, err := json.Marshal(attrs)
	if err != nil {
		return "", fmt.Errorf("contact: attributes: %w", err)
	}
	return string(text), nil
}

// searchKey is what Search looks in: every name, the company and the addresses,
// folded, with a blank between them; see also romanise.
func searchKey(c Contact, addresses []Address) string {
	reading := kana.SearchKey(c.FamilyKana + " " + c.GivenKana)
	parts := []string{
		kana.SearchKey(c.FamilyName + " " + c.GivenName), reading, kana.SearchKey(c.DisplayName),
		kana.SearchKey(c.Company), romanise(reading),
	}
	for _, a := range addresses {
		parts = append(parts, strings.ToLower(a.Canonical))
	}
	var b strings.Builder
	for _, p := range parts {
		if p == "" {
			continue
		}
		b.WriteByte(' ')
		b.WriteString(p)
	}
	return b.String()
}
