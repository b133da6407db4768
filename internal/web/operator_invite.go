package web

import (
	"log/slog"

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
	// Mailed says that a mail is on its way.
	Mailed bool
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
	if s.Notices != nil {
		// The membership stands; without the mail the link on this page is the way in.
		if p.Mailed, err = s.Notices.Invite(c.Context(), c.Workspace.ID, made, c.Now); err != nil {
			s.Log.ErrorContext(c.Context(), "an invitation cannot be mailed", slog.Any("error", err))
		}
	}
	return c.Render("operator_invited", p)
}
