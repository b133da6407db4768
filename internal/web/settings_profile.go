package web

import (
	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/web/page"
)

const profilesPath = settingsPath + "/profiles"

// profilesPage lists how the workspace shows itself as a sender.
type profilesPage struct{ Profiles []profileRow }

// profileRow is a profile with the address of its page.
type profileRow struct {
	account.Profile
	Public string
	// Ready says that mails can leave under it.
	Ready bool
}

// profilePage edits a profile; Public is empty for a new one.
type profilePage struct {
	Public string
	Form   page.Form
}

func (s *Site) profileList(c *Call) error {
	profiles, err := s.Accounts.Profiles(c.Context(), s.DB, c.Workspace.ID)
	if err != nil {
		return err
	}
	var p profilesPage
	for _, one := range profiles {
		p.Profiles = append(p.Profiles, profileRow{one, store.Public(account.ProfilePrefix, one.ID), one.Complete() == nil})
	}
	return c.Render("profiles", p)
}

func (s *Site) profileNew(c *Call) error {
	form := withLabel(page.FormOf("", "from_name", c.Workspace.Name), c.Workspace.Label)
	return c.Render("profile", profilePage{Form: form})
}

func (s *Site) profileCreate(c *Call) error {
	form, err := c.Form()
	if err != nil {
		return err
	}
	if _, err := s.Accounts.CreateProfile(c.Context(), c.By(), c.Workspace.ID, profileForm(form), c.Now); form.Take(err) {
		return c.RenderForm("profile", profilePage{Form: form})
	} else if err != nil {
		return err
	}
	return c.Done(profilesPath, "web.profiles.created")
}

func (s *Site) profileShow(c *Call) error {
	one, public, err := s.profile(c)
	if err != nil {
		return err
	}
	return c.Render("profile", profilePage{public, formOfProfile(one)})
}

func (s *Site) profileEdit(c *Call) error {
	one, public, err := s.profile(c)
	if err != nil {
		return err
	}
	form, err := c.Form()
	if err != nil {
		return err
	}
	if _, err := s.Accounts.EditProfile(c.Context(), c.By(), c.Workspace.ID, one.ID, profileForm(form), c.Now); form.Take(err) {
		return c.RenderForm("profile", profilePage{public, form})
	} else if err != nil {
		return err
	}
	return c.Done(profilesPath, "web.profiles.saved")
}

func (s *Site) profileArchive(c *Call) error {
	one, public, err := s.profile(c)
	if err != nil {
		return err
	}
	form := formOfProfile(one)
	if err := s.Accounts.ArchiveProfile(c.Context(), c.By(), c.Workspace.ID, one.ID, c.Now); form.Take(err) {
		return c.RenderForm("profile", profilePage{public, form})
	} else if err != nil {
		return err
	}
	return c.Done(profilesPath, "web.profiles.archived")
}

// profile reads the profile that the path names.
func (s *Site) profile(c *Call) (account.Profile, string, error) {
	id, err := c.ID(account.ProfilePrefix, "id")
	if err != nil {
		return account.Profile{}, "", err
	}
	one, err := s.Accounts.ProfileByID(c.Context(), s.DB, c.Workspace.ID, id)
	return one, store.Public(account.ProfilePrefix, id), err
}

func formOfProfile(one account.Profile) page.Form {
	form := page.FormOf("", "name", one.Name, "from_name", one.FromName, "from_address", one.FromAddress.String(),
		"reply_to", one.ReplyTo.String(), "seen", version(one.UpdatedAt))
	return withLabel(form, one.Label)
}

func profileForm(f page.Form) account.ProfileForm {
	return account.ProfileForm{
		Name: f.Get("name"), Label: labelOf(f), FromName: f.Get("from_name"), FromAddress: f.Get("from_address"),
		ReplyTo: f.Get("reply_to"), Seen: seen(f),
	}
}
