package web

import (
	"slices"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/law"
	"github.com/kyodaku/kyodaku/internal/provision"
	"github.com/kyodaku/kyodaku/internal/web/page"
)

const provisionPath = root + "provision"

// provisionRoutes are the pages of third-party provision.
func (s *Site) provisionRoutes() []Route {
	if s.Provisions == nil {
		return nil
	}
	see, act, hear := Needs(account.Evidence), Needs(account.Erase), Needs(account.RecordRefusal)
	one := provisionPath + "/{id}"
	return []Route{
		{Pattern: "GET " + provisionPath, Access: see, Handle: s.provisionList, Views: []string{"provisions"}},
		{Pattern: "GET " + provisionPath + "/new", Access: act, Handle: s.provisionNew, Views: []string{"provision_new"}},
		{Pattern: "POST " + provisionPath, Access: act, Handle: s.provisionCreate, Views: []string{"provision_new"}},
		{Pattern: "GET " + one, Access: see, Handle: s.provisionShow, Views: []string{"provision"}},
		{Pattern: "GET " + one + "/edit", Access: act, Handle: s.provisionEditShow, Views: []string{"provision_edit"}},
		{Pattern: "POST " + one + "/edit", Access: act, Handle: s.provisionEdit, Views: []string{"provision_edit"}},
		{Pattern: "POST " + one + "/freeze", Access: act, Handle: s.provisionFreeze, Views: []string{"provision"}},
		{Pattern: "POST " + one + "/step", Access: act, Handle: s.provisionStep, Views: []string{"provision"}},
		{Pattern: "POST " + one + "/step/correct", Access: act, Handle: s.provisionCorrect, Views: []string{"provision"}},
		{Pattern: "GET " + one + "/documents/{form}", Access: see, Handle: s.provisionDocument, Views: []string{"provision_document"}},
		{Pattern: "GET " + one + "/stops", Access: hear, Handle: s.provisionStops, Views: []string{"provision_stops"}},
		{Pattern: "POST " + one + "/stops", Access: hear, Handle: s.provisionStopEnter, Views: []string{"provision_stops"}},
	}
}

// provisionsPage lists the programmes.
type provisionsPage struct {
	Rows    []programmeRow
	MayEdit bool
	// Runs says that data can be handed over from here.
	Runs bool
}

// programmeRow is a programme with what is owed about it.
type programmeRow struct {
	provision.Programme
	Href string
	page.Badge
	// Notice is the path of the public notice, empty while nothing was put up.
	Notice string
	Owing  []owingRow
}

// owingRow is what is owed next, in words.
type owingRow struct {
	provision.Owing
	Text string
	Late bool
}

func (c *Call) programmeRow(p provision.Programme) programmeRow {
	row := programmeRow{Programme: p, Href: provisionPath + "/" + p.Public(), Notice: noticePath(p)}
	state := p.State(c.Now)
	row.Badge = page.Badge{Tone: "plain", Key: "web.provision.state." + string(state)}
	switch state {
	case provision.Running:
		row.Tone = "strong"
	case provision.HasEnded, provision.Draft:
		row.Tone = "quiet"
	}
	for _, o := range p.Next(c.Now) {
		row.Owing = append(row.Owing, owingRow{o, c.T("web.provision.owing."+o.Kind, "N", o.Version), o.Late(c.Now)})
	}
	return row
}

// noticePath is where people read the notice, empty while nobody can.
func noticePath(p provision.Programme) string {
	if !p.Announces() {
		return ""
	}
	for _, v := range p.Versions {
		if !v.On(provision.Noticed).IsZero() {
			return "/provision/" + p.Public()
		}
	}
	return ""
}

// First is the most pressing thing owed, nil for none.
func (r programmeRow) First() *owingRow {
	if len(r.Owing) == 0 {
		return nil
	}
	return &r.Owing[0]
}

func (s *Site) provisionList(c *Call) error {
	all, err := s.Provisions.List(c.Context(), s.DB, c.Workspace.ID)
	if err != nil {
		return err
	}
	p := provisionsPage{MayEdit: c.Can(account.Erase), Runs: s.ProvisionRuns != nil}
	for _, one := range all {
		p.Rows = append(p.Rows, c.programmeRow(one))
	}
	return c.Render("provisions", p)
}

// programme reads the one that the path names.
func (s *Site) programme(c *Call) (provision.Programme, error) {
	id, err := c.ID(provision.Prefix, "id")
	if err != nil {
		return provision.Programme{}, err
	}
	return s.Provisions.ByID(c.Context(), s.DB, c.Workspace.ID, id)
}

// objections are the findings without those that only say what is recorded.
func objections(all law.Findings) law.Findings {
	return slices.DeleteFunc(slices.Clone(all), func(f law.Finding) bool { return f.Rule.Effect == law.Record })
}

// complianceProvision puts what is owed about provision before the legal officer.
func (s *Site) complianceProvision(c *Call, p *compliancePage) error {
	if s.Provisions == nil {
		return nil
	}
	all, err := s.Provisions.List(c.Context(), s.DB, c.Workspace.ID)
	if err != nil {
		return err
	}
	running := int64(0)
	for _, one := range all {
		row := c.programmeRow(one)
		if one.State(c.Now) == provision.Running {
			running++
			c.find(p, objections(s.Provisions.Findings(one, c.Now)), one.Name, row.Href, "web.compliance.see")
		}
		if _, n, err := s.untimely(c, one); err != nil {
			return err
		} else if n > 0 {
			p.Findings = append(p.Findings, page.Finding{Level: page.Red, Title: one.Name, Text: c.T("web.provision.untimely_count", "N", n), Href: row.Href, Repair: c.T("web.compliance.see")})
		}
		for _, o := range row.Owing {
			if !o.Until.IsZero() {
				p.Clocks = append(p.Clocks, clockRow{Text: one.Name + c.T("web.provision.colon") + o.Text, Href: row.Href, Until: o.Until.In(c.Zone), Late: o.Late})
			}
		}
	}
	if err := s.complianceStops(c, p); err != nil {
		return err
	}
	p.Tiles = append(p.Tiles, tile{Key: "web.provision.title", Number: running, Unit: "web.compliance.unit.cases", Note: "web.provision.tile_note", Href: provisionPath})
	return nil
}

// complianceStops puts the stops that recipients are still to be told of before the legal
// officer.
func (s *Site) complianceStops(c *Call, p *compliancePage) error {
	if s.ProvisionRuns == nil {
		return nil
	}
	tasks, err := s.ProvisionRuns.Tasks(c.Context(), s.DB, provision.TaskQuery{Workspace: c.Workspace.ID, Open: true, Limit: runsMost})
	for _, t := range tasks {
		p.Clocks = append(p.Clocks, clockRow{Text: c.T("web.provision.task_clock", "Name", t.RecipientName), Href: recordsPath, Until: t.DueAt.In(c.Zone), Late: t.Overdue(c.Now)})
	}
	return err
}
