package web

import (
	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/web/page"
)

// signInLinkPage is the button of a one-time link. Opening the link uses nothing:
// mail programs open links to look at them.
type signInLinkPage struct {
	Form page.Form
	// Password is set when the link is there to choose one.
	Password bool
	Operator account.Operator
}

func (s *Site) signInLinkShow(c *Call) error {
	link, err := s.Accounts.PeekLink(c.Context(), c.R.PathValue("secret"), c.Now)
	if err != nil {
		return err
	}
	c.leave(link)
	return c.Render("sign_in_link", newSignInLinkPage(link, page.Form{}))
}

func (s *Site) signInLink(c *Call) error {
	form, err := c.Form()
	if err != nil {
		return err
	}
	link, err := s.Accounts.PeekLink(c.Context(), c.R.PathValue("secret"), c.Now)
	if err != nil {
		return err
	}
	use := account.LinkUse{Secret: c.R.PathValue("secret"), Password: form.Get("password"), Network: c.Network(), UserAgent: c.R.UserAgent()}
	secret, session, err := s.Accounts.UseLink(c.Context(), use, c.Now)
	if form.Take(err) {
		c.leave(link)
		return c.RenderForm("sign_in_link", newSignInLinkPage(link, form))
	}
	if err != nil {
		return err
	}
	return c.enter(secret, session, root)
}

func newSignInLinkPage(link account.Link, form page.Form) signInLinkPage {
	return signInLinkPage{Form: form, Password: link.Purpose != account.LinkSignIn, Operator: link.Operator}
}

// leave shows a page as to a stranger, in the language of the link's operator:
// whoever is signed in here need not be that person. The address is a secret, but
// it works once, so that the form may still name its origin.
func (c *Call) leave(link account.Link) {
	c.Frame = nil
	c.Prefer(link.Operator.Lang)
	c.W.Header().Set("X-Robots-Tag", "noindex")
}
