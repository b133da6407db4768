package web

import (
	"errors"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/contact"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/web/page"
)

// contactMergePage finds the other entry of one person, and shows what would become
// of the two.
type contactMergePage struct {
	contactHead
	Search page.Form
	Asked  bool
	Found  []contactRow
	// Other is the entry to be joined; nil while none is chosen.
	Other *mergeSide
	This  mergeSide
	// Answers are what may be sent to the person afterwards.
	Answers []answerRow
}

// mergeSide is one of the two entries, or what both become.
type mergeSide struct {
	contactHead
	Facts     []factRow
	Addresses []string
}

func (s *Site) contactMergeShow(c *Call) error {
	one, err := s.live(c)
	if err != nil {
		return err
	}
	p := contactMergePage{contactHead: c.contactHead(one), Search: page.Form{Values: c.R.URL.Query()}}
	if public := p.Search.Get("with"); public != "" {
		if err := s.mergePreview(c, &p, one, public); err != nil {
			return err
		}
		return c.Render("contact_merge", p)
	}
	if text := p.Search.Get("q"); text != "" {
		p.Asked = true
		people, err := s.Contacts.Search(c.Context(), s.DB, c.Workspace.ID, contact.Query{Text: text, Limit: 20})
		if err != nil {
			return err
		}
		if p.Found, err = s.contactRows(c, without(people, one.ID)); err != nil {
			return err
		}
	}
	return c.Render("contact_merge", p)
}

func without(people []contact.Contact, id int64) []contact.Contact {
	var others []contact.Contact
	for _, one := range people {
		if one.ID != id {
			others = append(others, one)
		}
	}
	return others
}

// other reads the entry that is to be joined to another.
func (s *Site) other(c *Call, one contact.Contact, public string) (contact.Contact, error) {
	id, err := store.ParsePublic(contact.Prefix, public)
	if err != nil {
		return contact.Contact{}, err
	}
	other, err := s.Contacts.Get(c.Context(), s.DB, c.Workspace.ID, id)
	if err == nil && (!other.Live() || other.ID == one.ID) {
		err = fault.New(fault.NotFound, "fault.not_found")
	}
	return other, err
}

// errPreview ends a transaction whose outcome was only to be looked at.
var errPreview = errors.New("web: nothing is kept of a preview")

// mergePreview merges, looks and takes it back: what is shown is what will be.
func (s *Site) mergePreview(c *Call, p *contactMergePage, one contact.Contact, public string) error {
	other, err := s.other(c, one, public)
	if err != nil {
		return err
	}
	side, err := s.mergeSide(c, s.DB, other)
	if err != nil {
		return err
	}
	p.Other = &side
	err = s.DB.Write(c.Context(), func(tx *store.Tx) error {
		if err := s.Contacts.Merge(c.Context(), tx, c.Workspace.ID, other.ID, one.ID, c.Now); err != nil {
			return err
		}
		joint, err := s.Contacts.Get(c.Context(), tx, c.Workspace.ID, one.ID)
		if err != nil {
			return err
		}
		if p.This, err = s.mergeSide(c, tx, joint); err != nil {
			return err
		}
		addresses, err := s.Contacts.AddressesOf(c.Context(), tx, c.Workspace.ID, one.ID)
		if err != nil {
			return err
		}
		if p.Answers, err = s.answers(c, tx, addresses); err != nil {
			return err
		}
		return errPreview
	})
	if errors.Is(err, errPreview) {
		return nil
	}
	return err
}

func (s *Site) mergeSide(c *Call, r store.Reader, one contact.Contact) (mergeSide, error) {
	side := mergeSide{contactHead: c.contactHead(one), Facts: c.contactFacts(one, contactTexts[:])}
	attrs, err := s.Contacts.Attributes(c.Context(), r, c.Workspace.ID)
	if err != nil {
		return side, err
	}
	side.Facts = append(side.Facts, attributeFacts(one, attrs, c.Lang)...)
	addresses, err := s.Contacts.AddressesOf(c.Context(), r, c.Workspace.ID, one.ID)
	for _, a := range addresses {
		side.Addresses = append(side.Addresses, c.shown(a.Channel, a.Shown))
	}
	return side, err
}

// contactFacts are some of a person's texts beside their labels; empty ones are left
// out.
func (c *Call) contactFacts(one contact.Contact, names []string) []factRow {
	var facts []factRow
	texts := textsOf(&one)
	for _, name := range names {
		if text := *texts[name]; text != "" {
			facts = append(facts, factRow{c.T("sheet.field." + name), text})
		}
	}
	if one.Lang != "" {
		facts = append(facts, factRow{c.T("sheet.field.locale"), c.T("web.lang." + string(one.Lang))})
	}
	return facts
}

// contactMerge joins another entry to this one.
func (s *Site) contactMerge(c *Call) error {
	one, form, err := about(c, s.live)
	if err != nil {
		return err
	}
	other, err := s.other(c, one, form.Get("with"))
	if err != nil {
		return err
	}
	err = s.DB.Write(c.Context(), func(tx *store.Tx) error {
		if err := s.Contacts.Merge(c.Context(), tx, c.Workspace.ID, other.ID, one.ID, c.Now); err != nil {
			return err
		}
		return c.note(tx, account.Entry{
			Action: "contact.merge", Subject: account.Subject{Kind: "contact", ID: one.ID},
			Detail: map[string]string{"from": store.Public(contact.Prefix, other.ID)},
		})
	})
	if err != nil {
		return err
	}
	if err := s.Gate.FenceCommitted(c.Context()); err != nil { // the stricter word of the two
		return err
	}
	return c.Done(c.contactHead(one).Path(), "web.contact.merged")
}
