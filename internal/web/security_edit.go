package web

import (
	"strings"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/i18n"
)

// securityProfile changes the operator's own name and language.
func (s *Site) securityProfile(c *Call) error {
	form, err := c.Form()
	if err != nil {
		return err
	}
	lang := i18n.Lang(form.Get("lang"))
	if err := s.Accounts.EditOperator(c.Context(), c.Signed, form.Get("name"), lang, c.Now); form.Take(err) {
		form.ID = "profile"
		return s.securityForm(c, func(p *securityPage) { p.Profile = form })
	} else if err != nil {
		return err
	}
	c.Remember(lang)
	return c.Done(securityPath, "web.security.profile_saved")
}

// securityPassword changes the operator's own password.
func (s *Site) securityPassword(c *Call) error {
	form, err := c.Form()
	if err != nil {
		return err
	}
	change := account.PasswordChange{Old: form.Get("old_password"), New: form.Get("new_password")}
	if err := s.Accounts.ChangePassword(c.Context(), c.Signed, change, c.Now); form.Take(err) {
		form.ID = "password"
		return s.securityForm(c, func(p *securityPage) { p.Password = form })
	} else if err != nil {
		return err
	}
	return c.Done(securityPath, "web.security.password_changed")
}

// sessionRevoke ends one of the operator's own sessions.
func (s *Site) sessionRevoke(c *Call) error {
	id, err := c.ID(account.SessionPrefix, "id")
	if err != nil {
		return err
	}
	if err := s.Accounts.RevokeSession(c.Context(), c.Signed, id, c.Now); err != nil {
		return err
	}
	return c.Done(securityPath, "web.security.session_revoked")
}

// device names browser and system of a user agent as people know them, for telling
// one's sessions apart. What it does not know, it leaves out.
func device(agent string) string {
	var words []string
	for _, family := range [][][2]string{
		// In this order: most browsers also claim to be those further down.
		{{"Edg/", "Edge"}, {"OPR/", "Opera"}, {"Firefox/", "Firefox"}, {"FxiOS/", "Firefox"}, {"CriOS/", "Chrome"}, {"Chrome/", "Chrome"}, {"Safari/", "Safari"}},
		{{"iPhone", "iPhone"}, {"iPad", "iPad"}, {"Android", "Android"}, {"Windows", "Windows"}, {"Mac OS X", "macOS"}, {"CrOS", "ChromeOS"}, {"Linux", "Linux"}},
	} {
		for _, known := range family {
			if strings.Contains(agent, known[0]) {
				words = append(words, known[1])
				break
			}
		}
	}
	return strings.Join(words, " · ")
}
