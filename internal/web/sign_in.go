package web

import (
	"net/url"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/web/page"
)

// The paths that other pages lead to.
const (
	signInPath = root + "sign-in"
	codePath   = root + "sign-in/code"
)

func (s *Site) signInRoutes() []Route {
	return []Route{
		{Pattern: "GET " + signInPath, Access: Open(), Handle: s.signInShow, Views: []string{"sign_in"}},
		{Pattern: "POST " + signInPath, Access: Open(), Handle: s.signIn},
		{Pattern: "GET " + codePath, Access: Open(), Handle: signInCodeShow, Views: []string{"sign_in_code"}},
		{Pattern: "POST " + codePath, Access: Open(), Handle: s.signInCode},
		{Pattern: "GET " + root + "link/{secret}", Access: Open(), Handle: s.signInLinkShow, Views: []string{"sign_in_link"}},
		{Pattern: "POST " + root + "link/{secret}", Access: Open(), Handle: s.signInLink},
		{Pattern: "POST " + root + "sign-out", Access: Open(), Handle: s.signOut},
		{Pattern: "POST " + root + "language", Access: Open(), Handle: languageChoose},
	}
}

// signInPage asks for address and password, or for the code after them.
type signInPage struct {
	Form page.Form
	// Next is where the person wanted to go.
	Next string
	// Forgotten is where to ask for a new password; empty where no mail is sent.
	Forgotten string
}

func (s *Site) signInShow(c *Call) error {
	if c.Operator.ID != 0 {
		return c.Redirect(root)
	}
	return c.Render("sign_in", s.signInPage(page.Form{}, c.R.URL.Query().Get("next")))
}

func (s *Site) signInPage(form page.Form, next string) signInPage {
	p := signInPage{Form: form, Next: next}
	if s.Notices != nil {
		p.Forgotten = forgottenPath
	}
	return p
}

func (s *Site) signIn(c *Call) error {
	form, err := c.Form()
	if err != nil {
		return err
	}
	next := page.LocalPath(form.Get("next"), root)
	secret, session, err := s.Accounts.SignIn(c.Context(), form.Get("email"), form.Get("password"), c.Network(), c.R.UserAgent(), c.Now)
	if form.Take(err) {
		return c.RenderForm("sign_in", s.signInPage(form, next))
	}
	if err != nil {
		return err
	}
	return c.enter(secret, session, next)
}

// enter gives the browser a new session and leads on: to the second factor if it
// is due.
func (c *Call) enter(secret string, session account.Session, next string) error {
	c.keep(secret)
	if session.SecondFactorDue {
		return c.Redirect(codePath + "?" + url.Values{"next": {next}}.Encode())
	}
	return c.Redirect(next)
}
