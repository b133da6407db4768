package web

import (
	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/web/page"
)

const securityPath = root + "security"

func (s *Site) securityRoutes() []Route {
	return []Route{
		{Pattern: "GET " + securityPath, Access: SignedIn(), Handle: s.securityShow, Views: []string{"security"}},
		{Pattern: "POST " + securityPath + "/profile", Access: SignedIn(), Handle: s.securityProfile},
		{Pattern: "POST " + securityPath + "/password", Access: SignedIn(), Handle: s.securityPassword},
		{Pattern: "POST " + securityPath + "/second-factor", Access: SignedIn(), Handle: s.secondFactorEnrol, Views: []string{"second_factor"}},
		{Pattern: "POST " + securityPath + "/second-factor/confirm", Access: SignedIn(), Handle: s.secondFactorConfirm, Views: []string{"recovery_codes"}},
		{Pattern: "POST " + securityPath + "/second-factor/remove", Access: SignedIn(), Handle: s.secondFactorRemove},
		{Pattern: "POST " + securityPath + "/second-factor/codes", Access: SignedIn(), Handle: s.secondFactorCodes},
		{Pattern: "POST " + securityPath + "/workspace", Access: SignedIn(), Handle: s.workspaceSwitch},
		{Pattern: "POST " + securityPath + "/sessions/{id}/revoke", Access: SignedIn(), Handle: s.sessionRevoke},
	}
}

// securityPage is an operator's own account.
type securityPage struct {
	Operator account.Operator
	// Profile, Password and Code are the forms of their sections.
	Profile, Password, Code page.Form
	Langs                   []page.Option
	CodesLeft               int
	Sessions                []sessionRow
	// Workspaces are the others that the operator works in.
	Workspaces []workspaceRow
}

// workspaceRow is another workspace of the operator.
type workspaceRow struct{ Public, Name string }

// sessionRow is one browser that is signed in.
type sessionRow struct {
	account.Session
	Public, Device string
	// Here marks the browser that asks.
	Here bool
}

func (s *Site) securityShow(c *Call) error {
	p, err := s.securityPage(c)
	if err != nil {
		return err
	}
	return c.Render("security", p)
}

// securityPage reads the whole page; a form with something to mend replaces its own.
func (s *Site) securityPage(c *Call) (securityPage, error) {
	p := securityPage{
		Operator: c.Operator, Langs: langOptions(),
		Profile:  page.FormOf("profile", "name", c.Operator.Name, "lang", string(c.Operator.Lang)),
		Password: page.FormOf("password"), Code: page.FormOf("second"),
	}
	var err error
	if c.Operator.SecondFactor {
		if p.CodesLeft, err = s.Accounts.RecoveryCodesLeft(c.Context(), c.Operator.ID); err != nil {
			return p, err
		}
	}
	if p.Workspaces, err = s.otherWorkspaces(c); err != nil {
		return p, err
	}
	sessions, err := s.Accounts.Sessions(c.Context(), c.Operator.ID, c.Now)
	if err != nil {
		return p, err
	}
	for _, one := range sessions {
		p.Sessions = append(p.Sessions, sessionRow{
			Session: one, Public: store.Public(account.SessionPrefix, one.ID), Device: device(one.UserAgent), Here: one.ID == c.Session.ID,
		})
	}
	return p, nil
}

func (s *Site) otherWorkspaces(c *Call) ([]workspaceRow, error) {
	memberships, err := s.Accounts.Memberships(c.Context(), c.Operator.ID)
	if err != nil {
		return nil, err
	}
	var rows []workspaceRow
	for _, m := range memberships {
		if m.Workspace == c.Workspace.ID {
			continue
		}
		w, err := s.Accounts.WorkspaceByID(c.Context(), s.DB, m.Workspace)
		if err != nil {
			return nil, err
		}
		rows = append(rows, workspaceRow{store.Public(account.WorkspacePrefix, w.ID), w.Name})
	}
	return rows, nil
}

// securityForm shows the page again with one form that has something to mend.
func (s *Site) securityForm(c *Call, put func(p *securityPage)) error {
	p, err := s.securityPage(c)
	if err != nil {
		return err
	}
	put(&p)
	return c.RenderForm("security", p)
}
