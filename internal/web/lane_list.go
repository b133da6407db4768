package web

import (
	"net/url"
	"strings"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/addr"
	"github.com/kyodaku/kyodaku/internal/delivery"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/web/page"
)

const lanesPath = root + "lanes"

// laneRoutes show what delivery does. The figures are the workspace's own; what was
// learned of receivers belongs to nobody.
func (s *Site) laneRoutes() []Route {
	if s.Engine == nil {
		return nil
	}
	return []Route{
		{Pattern: "GET " + lanesPath, Access: SignedIn(), Handle: s.laneList, Views: []string{"lanes"}},
		{Pattern: "GET " + lanesPath + "/{lane}", Access: SignedIn(), Handle: s.laneShow, Views: []string{"lane"}},
		{Pattern: "POST " + lanesPath + "/{lane}/go-on", Access: Needs(account.SendCampaign), Handle: s.laneGoOn},
	}
}

// lanesPage lists the lanes, those with the most waiting first.
type lanesPage struct {
	// Form asks for the lane of a domain.
	Form  page.Form
	Lanes []laneRow
	Cells []cellRow
}

// laneRow is one lane in the reader's words.
type laneRow struct {
	delivery.LaneState
	Title, Href string
	State       page.Badge
}

// lanePath is the address of a lane's page.
func lanePath(name string) string { return lanesPath + "/" + url.PathEscape(name) }

func (s *Site) laneList(c *Call) error {
	query := c.R.URL.Query()
	p := lanesPage{Form: page.Form{Values: query}}
	if name := strings.TrimSpace(p.Form.Get("domain")); name != "" {
		m, err := addr.ParseMail("postmaster@" + name)
		if err == nil {
			return c.Redirect(lanePath(s.Engine.Router.Lane(m.Domain())) + "?" + url.Values{"domain": {m.Domain()}}.Encode())
		}
		p.Form.Take(fault.Bad("domain", "web.lanes.bad_domain"))
	}
	lanes, err := s.Engine.Look().Lanes(c.Context(), c.Workspace.ID, c.Now)
	if err != nil {
		return err
	}
	for _, l := range lanes {
		p.Lanes = append(p.Lanes, s.laneRow(c, l))
	}
	cells, err := s.Engine.Look().OpenCells(c.Context(), c.Workspace.ID, "", c.Now)
	if err != nil {
		return err
	}
	p.Cells = s.cellRows(c, cells)
	if len(p.Form.Fields) > 0 {
		return c.RenderForm("lanes", p)
	}
	return c.Render("lanes", p)
}

func (s *Site) laneRow(c *Call, l delivery.LaneState) laneRow {
	row := laneRow{LaneState: l, Title: s.laneTitle(c, l.Name), Href: lanePath(l.Name), State: page.Badge{Tone: "quiet", Key: "web.lanes.idle"}}
	switch {
	case !l.Paused().IsZero():
		row.State = page.Badge{Tone: "strong", Key: "web.lanes.paused"}
	case l.Queue.Due+l.Queue.InHand+l.Queue.AtDot > 0:
		row.State = page.Badge{Tone: "strong", Key: "web.lanes.sending"}
	case l.Queue.Waiting > 0:
		row.State = page.Badge{Tone: "quiet", Key: "web.lanes.later"}
	}
	return row
}

// laneTitle is the provider's name where the lane is a provider's, else the lane's.
func (s *Site) laneTitle(c *Call, name string) string {
	switch p := s.Engine.Look().Provider(name); {
	case p.Relay():
		return c.T("web.lanes.relay")
	case p.ID == name:
		return p.Name(string(c.Lang))
	}
	return name
}

// cellRow is a campaign that is stopped at a provider.
type cellRow struct {
	delivery.OpenCell
	Href, Lane, ProviderName string
	State, Cause             string
}

func (s *Site) cellRows(c *Call, cells []delivery.OpenCell) (rows []cellRow) {
	p := s.Catalogue.For(c.Lang)
	for _, x := range cells {
		rows = append(rows, cellRow{
			OpenCell: x, Href: campaignsPath + "/" + x.Campaign, Lane: lanePath(x.Provider), ProviderName: s.laneTitle(c, x.Provider),
			State: x.Words(p, c.Zone), Cause: x.Cause(p),
		})
	}
	return rows
}
