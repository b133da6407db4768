package web

import (
	"slices"
	"strings"
	"time"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/contact"
	"github.com/kyodaku/kyodaku/internal/duty"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/web/page"
)

func sortClocks(rows []clockRow) {
	slices.SortFunc(rows, func(a, b clockRow) int { return a.Until.Compare(b.Until) })
}

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
	if form.Wrong() {
		return c.RenderForm("holds", p)
	}
	return c.Render("holds", p)
}

func (s *Site) holdPlace(c *Call) error {
	form, err := c.Form()
	if err != nil {
		return err
	}
	h := duty.Hold{Workspace: c.Workspace.ID, Reason: form.Get("reason")}
	if text := strings.TrimSpace(form.Get("contact")); text != "" {
		if h.Contact, err = store.ParsePublic(contact.Prefix, text); err != nil {
			err = fault.Bad("contact", "web.holds.no_contact")
		}
	} else if form.Get("everybody") != "1" {
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
	id, err := c.ID(duty.HoldPrefix, "id")
	if err != nil {
		return err
	}
	form, err := c.Form()
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

// dayOf reads a day of the workspace's calendar; the zero time is none.
func (c *Call) dayOf(text string) time.Time {
	t, err := time.ParseInLocation(time.DateOnly, strings.TrimSpace(text), c.Zone)
	if err != nil {
		return time.Time{} // the room asks for it
	}
	return t
}
