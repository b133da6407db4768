package web

import (
	"github.com/kyodaku/kyodaku/internal/notice"
	"github.com/kyodaku/kyodaku/internal/web/page"
)

// forgottenPath is where somebody asks for a new password.
const forgottenPath = root + "forgotten"

// forgottenPage asks for the address.
type forgottenPage struct{ Form page.Form }

// forgottenRoutes are there where mails can be written.
func (s *Site) forgottenRoutes() []Route {
	if s.Notices == nil {
		return nil
	}
	return []Route{
		{Pattern: "GET " + forgottenPath, Access: Open(), Handle: forgottenShow, Views: []string{"forgotten"}},
		{Pattern: "POST " + forgottenPath, Access: Open(), Handle: s.forgotten},
		{Pattern: "GET " + forgottenPath + "/sent", Access: Open(), Handle: forgottenSent, Views: []string{"forgotten_sent"}},
	}
}

func forgottenShow(c *Call) error {
	return c.Render("forgotten", forgottenPage{})
}

// forgotten answers the same whatever the address: nobody learns here who works with us.
func (s *Site) forgotten(c *Call) error {
	form, err := c.Form()
	if err != nil {
		return err
	}
	err = s.Notices.AskReset(c.Context(), notice.Asked{Email: form.Get("email"), Network: c.Network()}, c.Now)
	if form.Take(err) {
		return c.RenderForm("forgotten", forgottenPage{form})
	}
	if err != nil {
		return err
	}
	return c.Redirect(forgottenPath + "/sent")
}

func forgottenSent(c *Call) error {
	return c.Render("forgotten_sent", nil)
}
