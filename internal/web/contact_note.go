package web

import (
	"github.com/kyodaku/kyodaku/internal/contact"
	"github.com/kyodaku/kyodaku/internal/store"
)

// contactNote writes a note about a person.
func (s *Site) contactNote(c *Call) error {
	one, form, err := about(c, s.live)
	if err != nil {
		return err
	}
	form.ID = "note"
	err = s.DB.Write(c.Context(), func(tx *store.Tx) error {
		_, err := s.Contacts.AddNote(c.Context(), tx, c.Workspace.ID, contact.Note{
			Contact: one.ID, Operator: c.Operator.ID, At: c.Now, Body: block(form.Get("body")),
		})
		return err
	})
	if form.Take(err) {
		return s.contactRender(c, one, form)
	}
	if err != nil {
		return err
	}
	return c.Done(c.contactHead(one).Path(), "web.contact.noted")
}
