package web

import (
	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/contact"
	"github.com/kyodaku/kyodaku/internal/duty"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/web/page"
)

// holdsPage lists legal holds, and places one.
type holdsPage struct {
	Holds   []holdRow
	Form    page.Form
	MayEdit bool
}

// holdRow is a hold with who is meant.
type holdRow struct {
	duty.Hold
	Public, Contact, By string
}

func (s *Site) holdList(c *Call) error {
	return s.holdForm(c, page.FormOf("", "contact", c.R.URL.Query().Get("contact")))
}

func (s *Site) holdForm(c *Call, form page.Form) error {
	holds, err := s.Duty.Holds(c.Context(), s.DB, c.Workspace.ID)
	if err != nil {
		return err
	}
	p := holdsPage{Form: form, MayEdit: c.Can(account.Erase)}
	names := newNames(s, nil)
	for _, h := range holds {
		row := holdRow{Hold: h, Public: store.Public(duty.HoldPrefix, h.ID)}
		if h.Contact != 0 {
			row.Contact = store.Public(contact.Prefix, h.Contact)
		}
		if row.By, err = names.operator(c, h.PlacedBy); err != nil {
			return err
		}
		p.Holds = append(p.Holds, row)
	}
	return c.renderTyped(form, "holds", p)
}

func (s *Site) holdPlace(c *Call) error {
	form, err := c.Form()
	if err != nil {
		return err
	}
	h := duty.Hold{Workspace: c.Workspace.ID, Reason: form.Get("reason")}
	h.Contact, err = contactOf(form)
	if err == nil && h.Contact == 0 && form.Get("everybody") != "1" {
		err = fault.Bad("contact", "web.holds.whom")
	}
	if err == nil {
		_, err = s.Duty.PlaceHold(c.Context(), c.By(), h, c.Now)
	}
	if fault.Is(err, fault.NotFound) {
		err = fault.Bad("contact", "web.holds.no_contact")
	}
	if form.Take(err) {
		return s.holdForm(c, form)
	}
	if err != nil {
		return err
	}
	return c.Done(holdsPath, "web.holds.placed")
}

func (s *Site) holdLift(c *Call) error {
	id, form, err := c.formFor(duty.HoldPrefix)
	if err != nil {
		return err
	}
	err = s.Duty.LiftHold(c.Context(), c.By(), c.Workspace.ID, id, form.Get("reason"), c.Now)
	if form.Take(err) {
		return s.holdForm(c, form)
	}
	if err != nil {
		return err
	}
	return c.Done(holdsPath, "web.holds.lifted")
}
