package web

import (
	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/delivery"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/web/page"
)

const (
	caughtPath   = root + "caught"
	caughtPrefix = "cgt"
)

// caughtRoutes are the mails that did not leave this machine. Where mail goes out
// for real there are none. What is in them opens readers' own pages, so looking is
// for those who may edit people.
func (s *Site) caughtRoutes() []Route {
	if s.Caught == nil {
		return nil
	}
	may := Needs(account.EditContacts)
	return []Route{
		{Pattern: "GET " + caughtPath, Access: may, Handle: s.caughtList, Views: []string{"caught"}},
		{Pattern: "GET " + caughtPath + "/{id}", Access: may, Handle: s.caughtShow, Views: []string{"caught_mail"}},
		{Pattern: "GET " + caughtPath + "/{id}/html", Access: may, Handle: s.caughtHTML},
		{Pattern: "GET " + caughtPath + "/{id}/text", Access: may, Handle: s.caughtText},
		{Pattern: "GET " + caughtPath + "/{id}/source", Access: may, Handle: s.caughtSource},
	}
}

// caughtPage lists caught mails, the newest first.
type caughtPage struct {
	Form  page.Form
	Mails []caughtRow
	Pager page.Pager
}

// Filtered says that only some recipients' mails are shown.
func (p caughtPage) Filtered() bool { return p.Form.Get("to") != "" }

// caughtRow is one caught mail.
type caughtRow struct {
	delivery.CaughtMail
	Href string
}

const caughtPerPage = 50

// caughtBy says whose mails the operator may read: their own workspace's. What is
// nobody's is for the owners of the only workspace; where there are several it
// could be another company's, so nobody sees it.
func (s *Site) caughtBy(c *Call) ([]int64, error) {
	all, err := s.Accounts.Workspaces(c.Context(), s.DB)
	if err != nil {
		return nil, err
	}
	if len(all) == 1 && c.Role == account.Owner {
		return []int64{c.Workspace.ID, 0}, nil
	}
	return []int64{c.Workspace.ID}, nil
}

func (s *Site) caughtList(c *Call) error {
	before := int64(0)
	if c.After() != "" {
		var err error
		if before, err = store.ParsePublic(caughtPrefix, c.After()); err != nil {
			return err
		}
	}
	to := line(c.R.URL.Query().Get("to"))
	whose, err := s.caughtBy(c)
	if err != nil {
		return err
	}
	list, err := s.Caught.List(c.Context(), delivery.CaughtQuery{Workspaces: whose, To: to, Before: before, Limit: caughtPerPage})
	if err != nil {
		return err
	}
	p := caughtPage{Form: page.FormOf("", "to", to)}
	for _, m := range list {
		p.Mails = append(p.Mails, caughtRow{m, caughtPath + "/" + store.Public(caughtPrefix, m.ID)})
	}
	next := ""
	if len(list) == caughtPerPage {
		next = store.Public(caughtPrefix, list[len(list)-1].ID)
	}
	p.Pager = c.Pager(next)
	return c.Render("caught", p)
}
