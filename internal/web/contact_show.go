package web

import (
	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/consent"
	"github.com/kyodaku/kyodaku/internal/contact"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/web/page"
)

const contactsPath = root + "contacts"

// contactPage is one person: who it is, what may be sent, and what has happened.
type contactPage struct {
	contactHead
	Contact contact.Contact
	// Facts are the person's texts, Attrs the workspace's own fields.
	Facts, Attrs []factRow
	Addresses    []addressRow
	// Answers say for each address and topic whether it may be mailed.
	Answers []answerRow
	// Bases are what the standing permissions rest on.
	Bases []basisRow
	// Provision is nil while nobody provides.
	Provision *contactProvision
	Timeline  []happening
	Pager     page.Pager
	Note      page.Form
	// The acts that the operator may do.
	MayEdit, MayErase, MayProve, MayRefuse bool
}

// contactHead is what every page about one person begins with.
type contactHead struct {
	Public, Name, Kana string
}

// Path is the address of the person's page.
func (h contactHead) Path() string { return contactsPath + "/" + h.Public }

// factRow is a label with its text.
type factRow struct{ Label, Text string }

// addressRow is an address as this operator may see it.
type addressRow struct {
	contact.Address
	Public, Text string
	// Stops are the live entries of the suppression list about it.
	Stops []suppressionRow
}

// ChannelKey is the catalogue key of the channel's word.
func (a addressRow) ChannelKey() string { return "web.channel." + string(a.Channel) }

func (c *Call) contactHead(one contact.Contact) contactHead {
	h := contactHead{Public: store.Public(contact.Prefix, one.ID), Name: one.Name(), Kana: one.Kana()}
	if h.Name == "" {
		h.Name = one.Company
	}
	if h.Name == "" {
		h.Name = c.T("web.contact.nameless")
	}
	return h
}

// contact reads the person that the path names, erased and merged ones too.
func (s *Site) contact(c *Call) (contact.Contact, error) {
	id, err := c.ID(contact.Prefix, "id")
	if err != nil {
		return contact.Contact{}, err
	}
	return s.Contacts.Get(c.Context(), s.DB, c.Workspace.ID, id)
}

// live reads the person that the path names; erased and merged ones cannot be changed.
func (s *Site) live(c *Call) (contact.Contact, error) {
	one, err := s.contact(c)
	if err == nil && !one.Live() {
		err = fault.New(fault.NotFound, "fault.not_found")
	}
	return one, err
}

func (s *Site) contactShow(c *Call) error {
	one, err := s.contact(c)
	if err != nil {
		return err
	}
	if one.MergedInto != 0 {
		return c.Redirect(contactsPath + "/" + store.Public(contact.Prefix, one.MergedInto))
	}
	return s.contactRender(c, one, page.Form{ID: "note"})
}

// contactRender shows a person with the note form as it was filled in.
func (s *Site) contactRender(c *Call, one contact.Contact, note page.Form) error {
	p := contactPage{
		contactHead: c.contactHead(one), Contact: one, Facts: c.contactFacts(one, contactTexts[namesMany:]), Note: note, MayEdit: c.Can(account.EditContacts) && one.Live(),
		MayErase: c.Can(account.Erase) && one.Live(), MayProve: c.Can(account.Evidence), MayRefuse: c.Can(account.RecordRefusal) && one.Live(),
	}
	if !one.ErasedAt.IsZero() {
		p.Name = c.T("web.contact.erased")
	}
	addresses, err := s.Contacts.AddressesOf(c.Context(), s.DB, c.Workspace.ID, one.ID)
	if err != nil {
		return err
	}
	for _, read := range []func(*Call, *contactPage, []contact.Address) error{s.readAttrs, s.readAddresses, s.readTimeline, s.readProvision} {
		if err := read(c, &p, addresses); err != nil {
			return err
		}
	}
	if one.Live() {
		if p.Answers, err = s.answers(c, s.DB, addresses); err != nil {
			return err
		}
		if err := s.readBases(c, &p, addresses); err != nil {
			return err
		}
	}
	if note.Wrong() {
		return c.RenderForm("contact", p)
	}
	return c.Render("contact", p)
}

// readAttrs puts own attributes beside their labels.
func (s *Site) readAttrs(c *Call, p *contactPage, _ []contact.Address) error {
	attrs, err := s.Contacts.Attributes(c.Context(), s.DB, c.Workspace.ID)
	if err != nil {
		return err
	}
	p.Attrs = attributeFacts(p.Contact, attrs, c.Lang)
	return nil
}

func (s *Site) readAddresses(c *Call, p *contactPage, addresses []contact.Address) error {
	for _, a := range addresses {
		row := addressRow{Address: a, Public: store.Public(contact.AddressPrefix, a.ID), Text: c.shown(a.Channel, a.Shown)}
		stops, err := s.Consent.Suppressions(c.Context(), s.DB, c.Workspace.ID, consent.SuppressionQuery{AddressHash: a.Hash})
		if err != nil {
			return err
		}
		if row.Stops, err = s.suppressionRows(c, stops); err != nil {
			return err
		}
		p.Addresses = append(p.Addresses, row)
	}
	return nil
}
