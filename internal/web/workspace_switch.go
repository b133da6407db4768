package web

import (
	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/store"
)

// workspaceSwitch moves the session to another workspace of the operator.
func (s *Site) workspaceSwitch(c *Call) error {
	form, err := c.Form()
	if err != nil {
		return err
	}
	id, err := store.ParsePublic(account.WorkspacePrefix, form.Get("workspace"))
	if err != nil {
		return err
	}
	if err := s.Accounts.SwitchWorkspace(c.Context(), c.Signed, id, c.Now); err != nil {
		return err
	}
	return c.Redirect(root)
}
