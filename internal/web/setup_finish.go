package web

import (
	"slices"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/web/page"
)

// setupSender checks the label and goes on to the administrator.
func setupSender(c *Call) error {
	form, err := c.Form()
	if err != nil {
		return err
	}
	if form.Take(labelOf(form).Complete()) {
		return c.RenderForm("setup_sender", setupPage{Steps: setupSteps(2), Form: form})
	}
	return c.Render("setup_admin", setupAdminPage(form))
}

// setupBack shows the label again, as it was typed.
func setupBack(c *Call) error {
	form, err := c.Form()
	if err != nil {
		return err
	}
	return c.Render("setup_sender", setupPage{Steps: setupSteps(2), Form: form})
}

func setupAdminPage(form page.Form) setupPage {
	p := setupPage{Steps: setupSteps(3), Form: form}
	for _, name := range labelFields {
		p.Kept = append(p.Kept, kept{name, form.Get(name)})
	}
	return p
}

// setupFinish stores all of it at once and signs the administrator in.
func (s *Site) setupFinish(c *Call) error {
	form, err := c.Form()
	if err != nil {
		return err
	}
	_, _, err = s.Accounts.SetUp(c.Context(), account.SetUp{
		Workspace:  account.WorkspaceForm{Label: labelOf(form), Lang: c.Lang},
		AdminEmail: form.Get("admin_email"), AdminName: form.Get("admin_name"), AdminPassword: form.Get("admin_password"),
		Network: c.Network(),
	}, c.Now)
	switch {
	case form.Take(err) && slices.ContainsFunc(form.Fields, ofLabel):
		return c.RenderForm("setup_sender", setupPage{Steps: setupSteps(2), Form: form})
	case form.Wrong():
		return c.RenderForm("setup_admin", setupAdminPage(form))
	case err != nil:
		return err
	}
	secret, session, err := s.Accounts.SignIn(c.Context(), form.Get("admin_email"), form.Get("admin_password"), c.Network(), c.R.UserAgent(), c.Now)
	if err != nil {
		return err
	}
	return c.enter(secret, session, setupPath+"/done")
}

func ofLabel(f fault.Field) bool { return slices.Contains(labelFields[:], f.Name) }

// setupDonePage shows what every advertisement will carry from now on.
type setupDonePage struct {
	Steps []page.Step
	Name  string
	Label account.Label
}

func setupDone(c *Call) error {
	return c.Render("setup_done", setupDonePage{Steps: setupSteps(5), Name: c.Operator.Name, Label: c.Workspace.Label})
}
