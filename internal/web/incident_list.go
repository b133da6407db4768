package web

import (
	"time"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/duty"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/web/page"
)

// incidentsPage lists incidents, and opens one.
type incidentsPage struct {
	Incidents []incidentRow
	Form      page.Form
	MayEdit   bool
}

// incidentRow is an incident with its next deadline.
type incidentRow struct {
	duty.Incident
	Href string
	// Next is when something is due; zero when nothing is.
	Next time.Time
	Late bool
}

func (c *Call) incidentRow(i duty.Incident) incidentRow {
	row := incidentRow{Incident: i, Href: incidentsPath + "/" + store.Public(duty.IncidentPrefix, i.ID)}
	switch {
	case !i.Reportable() || !i.FinalAt.IsZero() || !i.ClosedAt.IsZero():
		return row
	case i.PreliminaryAt.IsZero():
		row.Next = i.Due().Preliminary
	default:
		row.Next = i.Due().Final
	}
	row.Late = c.Now.After(row.Next)
	return row
}

// incidentList begins a new one as undecided: until somebody knows better its clocks run.
func (s *Site) incidentList(c *Call) error {
	return s.incidentForm(c, page.FormOf("", "known_at", c.Now.In(c.Zone).Format(time.DateOnly), "undecided", "1"))
}

func (s *Site) incidentForm(c *Call, form page.Form) error {
	all, err := s.Duty.Incidents(c.Context(), s.DB, c.Workspace.ID)
	if err != nil {
		return err
	}
	p := incidentsPage{Form: form, MayEdit: c.Can(account.Erase)}
	for _, i := range all {
		p.Incidents = append(p.Incidents, c.incidentRow(i))
	}
	return c.renderTyped(form, "incidents", p)
}

// incidentOf reads the thresholds of a form.
func incidentOf(i duty.Incident, f page.Form) duty.Incident {
	i.Sensitive, i.Financial, i.Wrongful = f.Get("sensitive") == "1", f.Get("financial") == "1", f.Get("wrongful") == "1"
	i.Many, i.Undecided, i.Entrusted = f.Get("many") == "1", f.Get("undecided") == "1", f.Get("entrusted") == "1"
	return i
}

func (s *Site) incidentOpen(c *Call) error {
	form, err := c.Form()
	if err != nil {
		return err
	}
	i := incidentOf(duty.Incident{Workspace: c.Workspace.ID, Title: form.Get("title"), Detail: form.Get("detail"), KnownAt: c.dayOf(form.Get("known_at"))}, form)
	id, err := s.Duty.OpenIncident(c.Context(), c.By(), i, c.Now)
	if form.Take(err) {
		return s.incidentForm(c, form)
	}
	if err != nil {
		return err
	}
	return c.Done(incidentsPath+"/"+store.Public(duty.IncidentPrefix, id), "web.incidents.opened")
}
