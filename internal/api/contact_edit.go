package api

import (
	"context"
	"maps"
	"net/http"
	"slices"
	"time"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/addr"
	"github.com/kyodaku/kyodaku/internal/contact"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/i18n"
	"github.com/kyodaku/kyodaku/internal/store"
)

// ContactTexts are the texts of a contact; what is absent stays, what is empty is
// emptied. It is exported because the description reads embedded types only then.
type ContactTexts struct {
	FamilyName  *string           `json:"family_name,omitempty"`
	GivenName   *string           `json:"given_name,omitempty"`
	FamilyKana  *string           `json:"family_kana,omitempty"`
	GivenKana   *string           `json:"given_kana,omitempty"`
	DisplayName *string           `json:"display_name,omitempty"`
	Company     *string           `json:"company,omitempty"`
	Department  *string           `json:"department,omitempty"`
	Title       *string           `json:"title,omitempty"`
	PostalCode  *string           `json:"postal_code,omitempty"`
	Prefecture  *string           `json:"prefecture,omitempty"`
	Country     *string           `json:"country,omitempty" doc:"ISO 3166-1 alpha-2"`
	Language    *string           `json:"language,omitempty" enum:"ja,en"`
	Attributes  map[string]string `json:"attributes,omitempty" doc:"own attributes by key; an empty value takes one away"`
}

// contactCreate is a person to be.
type contactCreate struct {
	Address *string `json:"address,omitempty" doc:"mail address; without one a name is needed, and the person is only held"`
	ContactTexts
}

type contactInput struct{ Body contactCreate }

type contactEdit struct {
	ID      string `path:"id"`
	IfMatch string `header:"If-Match" doc:"the ETag of what the edit started from"`
	Body    ContactTexts
}

func (s *server) contactEditOperations() {
	register(s, operation{method: http.MethodPost, path: "/contacts", id: "createContact", summary: "Add a person, with or without a mail address; this gives no permission", scope: account.ContactsWrite, status: http.StatusCreated}, s.createContact)
	register(s, operation{method: http.MethodPatch, path: "/contacts/{id}", id: "editContact", summary: "Change what is named of a person", scope: account.ContactsWrite}, s.editContact)
	register(s, operation{method: http.MethodDelete, path: "/contacts/{id}", id: "eraseContact", summary: "Erase a person; refusals are kept as keyed hashes", scope: account.ContactsWrite, status: http.StatusNoContent}, s.eraseContact)
}

// change puts what was given into a contact. Attributes are those of the workspace,
// in their form.
func (t ContactTexts) change(c *contact.Contact, known []contact.Attribute, zone *time.Location) error {
	set(&c.FamilyName, t.FamilyName)
	set(&c.GivenName, t.GivenName)
	set(&c.FamilyKana, t.FamilyKana)
	set(&c.GivenKana, t.GivenKana)
	set(&c.DisplayName, t.DisplayName)
	set(&c.Company, t.Company)
	set(&c.Department, t.Department)
	set(&c.Title, t.Title)
	set(&c.PostalCode, t.PostalCode)
	set(&c.Prefecture, t.Prefecture)
	set(&c.Country, t.Country)
	if t.Language != nil {
		c.Lang = i18n.Lang(*t.Language)
	}
	c.Attrs = maps.Clone(c.Attrs)
	if c.Attrs == nil {
		c.Attrs = map[string]string{}
	}
	var wrong fault.Fields
	for _, key := range slices.Sorted(maps.Keys(t.Attributes)) {
		value := t.Attributes[key]
		i := slices.IndexFunc(known, func(a contact.Attribute) bool { return a.Key == key })
		if i < 0 {
			wrong.Add("attributes."+key, "api.attribute.unknown")
			continue
		}
		if value == "" {
			delete(c.Attrs, key)
			continue
		}
		read, ok := known[i].Read(value, zone)
		if !ok {
			wrong.Add("attributes."+key, "api.attribute.bad")
		}
		c.Attrs[key] = read
	}
	return wrong.Err()
}

// reading is what is needed to read attributes.
func (s *server) reading(ctx context.Context, r store.Reader, c call) ([]contact.Attribute, *time.Location, error) {
	w, err := s.Accounts.WorkspaceByID(ctx, r, c.workspace())
	if err != nil {
		return nil, nil, err
	}
	known, err := s.Contacts.Attributes(ctx, r, c.workspace())
	return known, w.Location(), err
}

// contactFields are the names of the room's fields here.
func contactField(name string) string {
	if name == "lang" {
		return "language"
	}
	return name
}

// createContact adds a person, with an address or with none and a name. Neither gives a
// permission to mail.
func (s *server) createContact(ctx context.Context, c call, in *contactInput) (*answer[contactView], error) {
	var m addr.Mail
	var err error
	if in.Body.Address != nil {
		if m, _, err = s.address(c, *in.Body.Address); err != nil {
			return nil, err
		}
	}
	var made contact.Contact
	err = s.DB.Write(ctx, func(tx *store.Tx) error {
		known, zone, err := s.reading(ctx, tx, c)
		if err != nil {
			return err
		}
		x := contact.Contact{Workspace: c.workspace()}
		if err := in.Body.change(&x, known, zone); err != nil {
			return err
		}
		if made, err = s.Contacts.Add(ctx, tx, x, m, c.now); err != nil {
			return err
		}
		return s.audit(ctx, tx, c, account.Entry{Action: "contact.create", Subject: account.Subject{Kind: "contact", ID: made.ID}})
	})
	if err != nil {
		return nil, renamed(err, contactField)
	}
	out, err := s.answerContact(ctx, c, made.ID)
	if err == nil {
		out.Location = prefix + "/contacts/" + out.Body.ID
	}
	return out, err
}

func (s *server) editContact(ctx context.Context, c call, in *contactEdit) (*answer[contactView], error) {
	from, err := seen(in.IfMatch)
	if err != nil {
		return nil, err
	}
	id, err := store.ParsePublic(contact.Prefix, in.ID)
	if err != nil {
		return nil, err
	}
	err = s.DB.Write(ctx, func(tx *store.Tx) error {
		x, err := s.Contacts.Get(ctx, tx, c.workspace(), id)
		if err != nil {
			return err
		}
		known, zone, err := s.reading(ctx, tx, c)
		if err != nil {
			return err
		}
		if err := in.Body.change(&x, known, zone); err != nil {
			return err
		}
		x.UpdatedAt = from
		if _, err := s.Contacts.Edit(ctx, tx, x, c.now); err != nil {
			return err
		}
		return s.audit(ctx, tx, c, account.Entry{Action: "contact.edit", Subject: account.Subject{Kind: "contact", ID: id}})
	})
	if err != nil {
		return nil, renamed(err, contactField)
	}
	return s.answerContact(ctx, c, id)
}

type eraseInput struct {
	ID     string `path:"id"`
	Reason string `query:"reason" maxLength:"500" doc:"why, for the audit log"`
}

// eraseContact is a refusal of everything too: it answers when no dot can follow.
func (s *server) eraseContact(ctx context.Context, c call, in *eraseInput) (*nothing, error) {
	id, err := store.ParsePublic(contact.Prefix, in.ID)
	if err != nil {
		return nil, err
	}
	var hashes [][]byte
	err = s.DB.Write(ctx, func(tx *store.Tx) (err error) {
		if err := s.Contacts.Erase(ctx, tx, c.workspace(), id, c.now); err != nil {
			return err
		}
		if hashes, err = s.Contacts.HashesOf(ctx, tx, c.workspace(), []int64{id}); err != nil { // also what a merge has just brought
			return err
		}
		return s.audit(ctx, tx, c, account.Entry{Action: "contact.erase", Reason: in.Reason, Subject: account.Subject{Kind: "contact", ID: id}})
	})
	if err != nil {
		return nil, err
	}
	return nil, s.Gate.FenceAddresses(ctx, c.workspace(), hashes)
}
