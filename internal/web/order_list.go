package web

import (
	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/duty"
	"github.com/kyodaku/kyodaku/internal/web/page"
)

// ordersPage lists orders under Article 7, and enters one.
type ordersPage struct {
	Orders  []duty.Order
	Form    page.Form
	MayEdit bool
}

func (s *Site) orderList(c *Call) error { return s.orderForm(c, page.FormOf("")) }

func (s *Site) orderForm(c *Call, form page.Form) error {
	orders, err := s.Duty.Orders(c.Context(), s.DB, c.Workspace.ID)
	if err != nil {
		return err
	}
	p := ordersPage{orders, form, c.Can(account.Erase)}
	return c.renderTyped(form, "orders", p)
}

func (s *Site) orderEnter(c *Call) error {
	form, err := c.Form()
	if err != nil {
		return err
	}
	_, err = s.Duty.EnterOrder(c.Context(), c.By(), duty.Order{
		Workspace: c.Workspace.ID, Authority: form.Get("authority"), Reference: form.Get("reference"), Note: form.Get("note"), ReceivedAt: c.dayOf(form.Get("received_at")),
	}, c.Now)
	if form.Take(err) {
		return s.orderForm(c, form)
	}
	if err != nil {
		return err
	}
	return c.Done(ordersPath, "web.orders.entered")
}
