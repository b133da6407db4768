package web

import "github.com/kyodaku/kyodaku/internal/web/page"

// signInCodeShow asks for the second factor of a sign-in that waits for it.
func signInCodeShow(c *Call) error {
	if !c.halfway {
		return c.Redirect(signInPath)
	}
	return c.Render("sign_in_code", signInPage{Next: c.R.URL.Query().Get("next")})
}

func (s *Site) signInCode(c *Call) error {
	if !c.halfway {
		return c.Redirect(signInPath)
	}
	form, err := c.Form()
	if err != nil {
		return err
	}
	next := page.LocalPath(form.Get("next"), root)
	secret, session, err := s.Accounts.SecondFactor(c.Context(), c.secret(), form.Get("code"), c.Network(), c.Now)
	if form.Take(err) {
		return c.RenderForm("sign_in_code", signInPage{Form: form, Next: next})
	}
	if err != nil {
		return err
	}
	return c.enter(secret, session, next)
}
