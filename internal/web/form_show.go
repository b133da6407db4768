package web

import (
	"html/template"
	"time"

	"github.com/kyodaku/kyodaku/internal/collect"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/web/chart"
	"github.com/kyodaku/kyodaku/internal/web/page"
)

// formPage is a form with its numbers, and what keeps it from its readers.
type formPage struct {
	formHead
	URL   string
	Check formCheck
	// Form is that of publishing: the reason where there are warnings.
	Form  page.Form
	Chart template.HTML
	Tiles []tile
}

func (s *Site) formShow(c *Call) error {
	f, err := s.form(c)
	if err != nil {
		return err
	}
	return s.formPage(c, f, nil, page.FormOf("", "reason", ""))
}

// formPage renders a form's page; found are findings that were just made.
func (s *Site) formPage(c *Call, f collect.Form, found []collect.Finding, form page.Form) error {
	p := formPage{formHead: c.formHead(f, "show"), URL: s.formURL(f), Form: form}
	spec, err := s.latest(c, f)
	if err != nil {
		return err
	}
	if p.Check, err = s.checkForm(c, spec); err != nil {
		return err
	}
	days, err := s.Collect.Days(c.Context(), s.DB, f, c.monthBack())
	if err != nil {
		return err
	}
	var sum collect.Day
	for _, d := range days {
		sum.Shown, sum.Submitted, sum.Confirmed = sum.Shown+d.Shown, sum.Submitted+d.Submitted, sum.Confirmed+d.Confirmed
	}
	p.Tiles = []tile{
		{Key: "web.forms.shown", Number: sum.Shown, Unit: "web.forms.times"},
		{Key: "web.forms.submitted", Number: sum.Submitted, Unit: "web.forms.times"},
		{Key: "web.forms.confirmed", Number: sum.Confirmed, Unit: "web.forms.times"},
	}
	if sum.Shown+sum.Submitted+sum.Confirmed > 0 {
		p.Chart = c.formChart(days)
	}
	if found != nil {
		p.Check = c.formCheck(found)
	}
	p.Check = p.Check.from(p.Row.Path() + "/edit")
	if found != nil {
		return c.RenderForm("form", p)
	}
	return c.Render("form", p)
}

// formChart draws the last thirty days, those without anything too.
func (c *Call) formChart(days []collect.Day) template.HTML {
	known := map[string]collect.Day{}
	for _, d := range days {
		known[d.Day] = d
	}
	plot := chart.Plot{
		Title: c.T("web.forms.chart"), Axis: c.T("web.chart.day"), Table: c.T("web.chart.table"),
		Series: []chart.Series{{Name: c.T("web.forms.shown")}, {Name: c.T("web.forms.submitted")}, {Name: c.T("web.forms.confirmed")}},
	}
	for _, day := range c.month() {
		d := known[day.Format(time.DateOnly)]
		plot.Labels = append(plot.Labels, day.Format("1/2"))
		for i, n := range []int64{d.Shown, d.Submitted, d.Confirmed} {
			plot.Series[i].Values = append(plot.Series[i].Values, float64(n))
		}
	}
	return plot.Lines()
}

// month lists the last thirty days in the workspace's zone, today last.
func (c *Call) month() []time.Time {
	const days = 30
	today := c.Now.In(c.Zone)
	list := make([]time.Time, days)
	for i := range list {
		list[i] = time.Date(today.Year(), today.Month(), today.Day()-(days-1)+i, 12, 0, 0, 0, c.Zone)
	}
	return list
}

func (s *Site) formURL(f collect.Form) string { return s.BaseURL + "/f/" + f.Slug }

// formPublish shows the newest version to readers, or says what keeps it from them.
func (s *Site) formPublish(c *Call) error {
	f, form, err := about(c, s.form)
	if err != nil {
		return err
	}
	reason := line(form.Get("reason"))
	found, err := s.Collect.Publish(c.Context(), c.By(), f, reason, c.Now)
	if fault.Is(err, fault.Refused) && len(found) > 0 {
		if !collect.Blocked(found) {
			form.Take(fault.Bad("reason", "collect.form.reason_needed"))
		}
		return s.formPage(c, f, found, form)
	}
	if err != nil {
		return err
	}
	return c.Done(c.formRow(f).Path()+"/embed", "web.forms.published")
}

// formArchivePage asks once more: a closed form stays closed.
type formArchivePage struct{ formHead }

func (s *Site) formArchiveShow(c *Call) error {
	f, err := s.form(c)
	if err != nil {
		return err
	}
	return c.Render("form_archive", formArchivePage{c.formHead(f, "show")})
}

func (s *Site) formArchive(c *Call) error {
	f, err := s.form(c)
	if err != nil {
		return err
	}
	if err := s.Collect.Archive(c.Context(), c.By(), f, c.Now); err != nil {
		return err
	}
	return c.Done(formsPath, "web.forms.archived", "Name", f.Name)
}

// formVersionsPage lists how the form has changed.
type formVersionsPage struct {
	formHead
	Versions []versionRow
}

// versionRow is one version with who made it.
type versionRow struct {
	collect.Version
	Who  string
	Hash string
	// Live says that readers see this one.
	Live bool
}

func (s *Site) formVersions(c *Call) error {
	f, err := s.form(c)
	if err != nil {
		return err
	}
	list, err := s.Collect.Versions(c.Context(), s.DB, c.Workspace.ID, f.ID)
	if err != nil {
		return err
	}
	names, err := s.operatorNames(c)
	if err != nil {
		return err
	}
	p := formVersionsPage{formHead: c.formHead(f, "versions")}
	for _, v := range list {
		row := versionRow{Version: v, Who: names[v.CreatedBy], Hash: shortHash(v.Hash), Live: v.ID == f.Live}
		if row.Who == "" {
			row.Who = c.T("web.forms.by_program")
		}
		p.Versions = append(p.Versions, row)
	}
	return c.Render("form_versions", p)
}

// operatorNames are the names of the workspace's operators by id.
func (s *Site) operatorNames(c *Call) (map[int64]string, error) {
	members, err := s.Accounts.Operators(c.Context(), c.Workspace.ID)
	if err != nil {
		return nil, err
	}
	names := make(map[int64]string, len(members))
	for _, m := range members {
		names[m.Operator.ID] = m.Operator.Name
	}
	return names, nil
}

// State is the badge of a version.
func (v versionRow) State() page.Badge {
	if v.Live {
		return page.Badge{Tone: "strong", Key: "web.forms.state.live"}
	}
	return page.Badge{Tone: "quiet", Key: "web.forms.version_kept"}
}
