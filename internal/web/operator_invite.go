package web

import (
	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/i18n"
	"github.com/kyodaku/kyodaku/internal/web/page"
)

// operatorInvitePage asks whom to invite.
type operatorInvitePage struct {
	Form  page.Form
	Roles []page.Option
	Langs []page.Option
}

// operatorInvitedPage shows the link this once; it is not kept.
type operatorInvitedPage struct {
	Operator account.Operator
	// Link is empty when the person has an account already and only gained a workspace.
	Link string
}

func (s *Site) operatorInviteShow(c *Call) error {
	form := page.FormOf("", "role", string(account.Marketer), "lang", string(c.Lang))
	return c.Render("operator_invite", operatorInvitePage{form, roleOptions(), langOptions()})
}

func (s *Site) operatorInvite(c *Call) error {
	form, err := c.Form()
	if err != nil {
		return err
	}
	made, err := s.Accounts.Invite(c.Context(), c.By(), account.Invite{
		Workspace: c.Workspace.ID, Email: form.Get("email"), Name: form.Get("name"),
		Lang: i18n.Lang(form.Get("lang")), Role: account.Role(form.Get("role")),
	}, c.Now)
	if form.Take(err) {
		return c.RenderForm("operator_invite", operatorInvitePage{form, roleOptions(), langOptions()})
	}
	if err != nil {
		return err
	}
	p := operatorInvitedPage{Operator: made.Operator}
	if made.Secret != "" {
		p.Link = s.BaseURL + root + "link/" + made.Secret
	}
	return c.Render("operator_invited", p)
}
