package web

import "time"

// signOut ends the session, also one that waits for its second factor.
func (s *Site) signOut(c *Call) error {
	if secret := c.secret(); secret != "" {
		if err := s.Accounts.SignOut(c.Context(), secret, c.Now); err != nil {
			return err
		}
	}
	c.SetCookie(sessionCookie, "", -time.Second)
	return c.Done(signInPath, "web.sign_out.done")
}
