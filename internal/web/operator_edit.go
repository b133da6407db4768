package web

import (
	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/web/page"
)

// operatorPage is one member: role, and the way out.
type operatorPage struct {
	Member memberRow
	Form   page.Form
	Roles  []page.Option
}

// member finds the member that the path names.
func (s *Site) member(c *Call) (memberRow, error) {
	id, err := c.ID(account.OperatorPrefix, "id")
	if err != nil {
		return memberRow{}, err
	}
	rows, err := s.members(c)
	if err != nil {
		return memberRow{}, err
	}
	for _, m := range rows {
		if m.Operator.ID == id {
			return m, nil
		}
	}
	return memberRow{}, fault.New(fault.NotFound, "fault.not_found")
}

func (s *Site) operatorShow(c *Call) error {
	m, err := s.member(c)
	if err != nil {
		return err
	}
	return c.Render("operator", operatorPage{m, page.FormOf("", "role", string(m.Membership.Role)), roleOptions()})
}

func (s *Site) operatorRole(c *Call) error {
	m, form, err := about(c, s.member)
	if err != nil {
		return err
	}
	to := m.Membership
	to.Role = account.Role(form.Get("role"))
	if err := s.Accounts.ChangeRole(c.Context(), c.By(), to, c.Now); form.Take(err) {
		return c.RenderForm("operator", operatorPage{m, form, roleOptions()})
	} else if err != nil {
		return err
	}
	return c.Done(operatorsPath, "web.operators.role_changed", "Name", m.Operator.Name)
}

func (s *Site) operatorDisable(c *Call) error {
	m, err := s.member(c)
	if err != nil {
		return err
	}
	form := page.FormOf("", "role", string(m.Membership.Role))
	if err := s.Accounts.Disable(c.Context(), c.By(), m.Membership, c.Now); form.Take(err) {
		return c.RenderForm("operator", operatorPage{m, form, roleOptions()})
	} else if err != nil {
		return err
	}
	return c.Done(operatorsPath, "web.operators.disabled", "Name", m.Operator.Name)
}
