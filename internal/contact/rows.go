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

func scanContact(row scanner) (Contact, error) {
	var c Contact
	var attrs, lang string
	var created, updated, erased int64
	err := row.Scan(&c.ID, &c.Workspace, &c.FamilyName, &c.GivenName, &c.FamilyKana, &c.GivenKana, &c.DisplayName,
		&c.Company, &c.Department, &c.Title, &c.PostalCode, &c.Prefecture, &c.Country, &lang, &attrs,
		&created, &updated, &erased, &c.MergedInto)
	if err != nil {
		return Contact{}, err
	}
	c.Lang = i18n.Lang(lang)
	c.CreatedAt, c.UpdatedAt, c.ErasedAt = store.Time(created), store.Time(updated), store.Time(erased)
	c.Attrs, err = readAttrs(attrs)
	return c, err
}

func scanAddress(row scanner) (Address, error) {
	var a Address
	var channel string
	var created, erased int64
	err := row.Scan(&a.ID, &a.Workspace, &a.Contact, &channel, &a.Canonical, &a.Shown, &a.Domain, &a.Hash, &created, &erased)
	a.Channel, a.CreatedAt, a.ErasedAt = addr.Channel(channel), store.Time(created), store.Time(erased)
	return a, err
}

// contactRow appends the arguments of one row of sqlInsertContacts.
func contactRow(args []any, c Contact, key string) ([]any, error) {
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
	return []any{c.FamilyName, c.GivenName, c.FamilyKana, c.GivenKana, c.DisplayName, c.Company, c.Department, c.Title,
		c.PostalCode, c.Prefecture, c.Country, string(c.Lang), attrs, key, store.Micros(c.UpdatedAt),
		c.Workspace, c.ID, before}, nil
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
