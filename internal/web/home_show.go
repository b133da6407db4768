package web

import (
	"github.com/kyodaku/kyodaku/internal/account"
)

func (s *Site) homeRoutes() []Route {
	return []Route{{Pattern: "GET " + root + "{$}", Access: SignedIn(), Handle: s.homeShow, Views: []string{"home"}}}
}

// homePage is the first page: what is to do, and the numbers.
type homePage struct {
	Workspace account.Workspace
	// Checklist is shown until all of it is done.
	Checklist []checkItem
	Done      int
	Tiles     []tile
}

// Open says whether anything of the checklist is left.
func (p homePage) Open() bool { return p.Done < len(p.Checklist) }

// checkItem is one stop on the way to the first mail. Key is its title; Key_help
// and Key_act are the line below and the button.
type checkItem struct {
	Key, Href string
	Done      bool
}

// tile is one number. Href leads to what is counted, empty where the role may not look.
type tile struct {
	Key, Unit, Note, Href string
	Number                int64
}

func (s *Site) homeShow(c *Call) error {
	list, err := s.checklist(c)
	if err != nil {
		return err
	}
	p := homePage{Workspace: c.Workspace, Checklist: list}
	for _, item := range list {
		if item.Done {
			p.Done++
		}
	}
	return c.Render("home", p)
}

// checklist says how far the workspace is, for who may change it.
func (s *Site) checklist(c *Call) ([]checkItem, error) {
	if !c.Can(account.ManageSettings) {
		return nil, nil
	}
	domains, err := s.Accounts.Domains(c.Context(), s.DB, c.Workspace.ID)
	if err != nil {
		return nil, err
	}
	profiles, err := s.Accounts.Profiles(c.Context(), s.DB, c.Workspace.ID)
	if err != nil {
		return nil, err
	}
	proven, sender := false, false
	for _, d := range domains {
		proven = proven || d.State != account.Unproven
	}
	for _, p := range profiles {
		sender = sender || p.Complete() == nil
	}
	return []checkItem{
		{Key: "web.home.check.label", Href: root + "settings", Done: c.Workspace.Label.Complete() == nil},
		{Key: "web.home.check.sender", Href: root + "settings/profiles", Done: sender},
		{Key: "web.home.check.domain", Href: root + "settings/domains", Done: proven},
		{Key: "web.home.check.second", Href: root + "security", Done: c.Operator.SecondFactor},
	}, nil
}
