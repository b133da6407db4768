package web

import (
	"encoding/json"
	"time"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/contact"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/i18n"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/web/page"
)

// actCreate is the act in the audit log.
const actCreate = "contact.create"

// contactNewPage is the form of one person who is entered by hand, and held.
type contactNewPage struct {
	contactInputs
	Origins []page.Option
	// Known is who is there already instead, nil for nobody.
	Known *contactHead
}

func (s *Site) contactNewShow(c *Call) error {
	return s.contactNewForm(c, page.FormOf("", "origin", string(contact.Own)), nil)
}

func (s *Site) contactNewForm(c *Call, form page.Form, known *contactHead) error {
	inputs, err := s.contactInputs(c, form)
	if err != nil {
		return err
	}
	return c.renderTyped(form, "contact_new", contactNewPage{inputs, originOptions(), known})
}

// contactNew takes the person by the rules of a list that is held. The origin stands in the
// audit log, and the record of receiving where somebody else gave the data.
func (s *Site) contactNew(c *Call) error {
	form, err := c.Form()
	if err != nil {
		return err
	}
	x, err := s.entered(c, form)
	var made contact.Contact
	if err == nil {
		err = s.DB.Write(c.Context(), func(tx *store.Tx) (err error) {
			if made, err = s.Imports.Enter(c.Context(), tx, x, c.Now); err != nil {
				return err
			}
			return c.note(tx, account.Entry{
				Action: actCreate, Reason: x.Declared.Source, Subject: account.Subject{Kind: "contact", ID: made.ID},
				Detail: map[string]any{"origin": x.Declared.Origin, "obtained_at": x.Declared.At.Format(time.DateOnly), "purpose": contact.PurposeHeld},
			})
		})
	}
	if form.Take(err) {
		known, err := s.known(c, made.ID)
		if err != nil {
			return err
		}
		return s.contactNewForm(c, form, known)
	}
	if err != nil {
		return err
	}
	return c.Done(c.contactHead(made).Path(), "web.contact.new_done")
}

// entered reads the form.
func (s *Site) entered(c *Call, form page.Form) (contact.Entered, error) {
	x := contact.Entered{Contact: contact.Contact{Workspace: c.Workspace.ID, Lang: i18n.Lang(form.Get("lang"))}, Mail: line(form.Get("email")), Zone: c.Zone}
	for name, text := range textsOf(&x.Contact) {
		*text = form.Get(name)
	}
	var wrong fault.Fields
	x.Declared = c.declared(form, &wrong)
	var err error
	if x.Contact.Attrs, err = s.attrsOf(c, x.Contact, form); err != nil {
		return x, err
	}
	return x, wrong.Err()
}

// known names the person who is there already, to those who may open the page.
func (s *Site) known(c *Call, id int64) (*contactHead, error) {
	if id == 0 || !c.Can(account.ReadContacts) {
		return nil, nil
	}
	one, err := s.Contacts.Get(c.Context(), s.DB, c.Workspace.ID, id)
	if err != nil {
		return nil, err
	}
	head := c.contactHead(one)
	return &head, nil
}

// cameRow is what was said of a person's data when they were entered.
type cameRow struct {
	At                   time.Time
	By, Source, Obtained string
	// Origin is the catalogue key of where they came from.
	Origin string
}

// cameBy reads what was said when a person was entered by hand.
func (s *Site) cameBy(c *Call, id int64) (*cameRow, error) {
	lines, err := s.Accounts.AuditList(c.Context(), s.DB, account.AuditQuery{
		Workspace: c.Workspace.ID, Action: actCreate, Subject: account.Subject{Kind: "contact", ID: id},
	})
	if err != nil {
		return nil, err
	}
	for _, l := range lines {
		var said struct {
			Origin   contact.Origin `json:"origin"`
			Obtained string         `json:"obtained_at"`
		}
		raw, ok := l.Detail.(json.RawMessage)
		if !ok {
			continue // a program's, which tells no origin
		}
		if err := json.Unmarshal(raw, &said); err != nil {
			return nil, err
		}
		if said.Origin == "" {
			continue
		}
		by, err := newNames(s, nil).actor(c, l.Actor)
		return &cameRow{l.At, by, l.Reason, said.Obtained, "web.import.origin." + string(said.Origin)}, err
	}
	return nil, nil
}
