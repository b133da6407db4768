package web

import (
	"errors"
	"strings"
	"time"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/duty"
	"github.com/kyodaku/kyodaku/internal/law"
	"github.com/kyodaku/kyodaku/internal/web/page"
)

// incidentPage is one incident: its thresholds, its timers, what was done.
type incidentPage struct {
	incidentRow
	Form     page.Form
	Timers   []timerRow
	Steps    []stepRow
	Findings []page.Finding
	MayEdit  bool
	// Tell is the form of the nine items and of whose data it was.
	Tell page.Form
	// MayList says that the list of persons can be taken out.
	MayList bool
}

// timerRow is one of the four timers.
type timerRow struct {
	Key        string
	Until      time.Time
	Done, Late bool
}

// stepRow is something to do; At is when it was done.
type stepRow struct {
	Step duty.Step
	Key  string
	At   time.Time
	// Form is what is typed about it; Explains says that it may be taken with a reason.
	Form     page.Form
	Explains bool
}

func (s *Site) incidentShow(c *Call) error {
	i, err := s.incident(c)
	if err != nil {
		return err
	}
	return s.incidentPage(c, i, tellForm(i))
}

// incidentWrong shows the page with what could not be done.
func (s *Site) incidentWrong(c *Call, id int64, form page.Form) error {
	i, err := s.Duty.Incident(c.Context(), s.DB, c.Workspace.ID, id)
	if err != nil {
		return err
	}
	tell := tellForm(i)
	tell.Key, tell.Args = form.Key, form.Args
	return s.incidentPage(c, i, tell)
}

func (s *Site) incidentPage(c *Call, i duty.Incident, tell page.Form) error {
	p := incidentPage{incidentRow: c.incidentRow(i), MayEdit: c.Can(account.Erase) && i.ClosedAt.IsZero(), Tell: tell, MayList: c.Can(account.Export) && i.Affected.Known()}
	p.Form = page.FormOf("", marked("sensitive", i.Sensitive, "financial", i.Financial, "wrongful", i.Wrongful, "many", i.Many, "undecided", i.Undecided, "entrusted", i.Entrusted)...)
	var shown compliancePage
	c.find(&shown, s.Duty.IncidentFindings(i, c.Now), i.Title, "", "web.compliance.see")
	for k := range shown.Findings {
		shown.Findings[k].Repair = ""
	}
	p.Findings = shown.Findings
	p.Timers = timers(i, c.Now)
	for _, step := range duty.Steps() {
		if step == duty.ToldPrincipal && !i.Entrusted {
			continue
		}
		p.Steps = append(p.Steps, stepRow{
			step, "web.incident.step." + string(step), stepAt(i, step), page.FormOf(string(step)), step == duty.Final || step == duty.Closed,
		})
	}
	return c.renderTyped(tell, "incident", p)
}

// marked lists the boxes that are ticked, as name and value.
func marked(pairs ...any) []string {
	var out []string
	for i := 0; i+1 < len(pairs); i += 2 {
		name, _ := pairs[i].(string)
		if on, _ := pairs[i+1].(bool); on {
			out = append(out, name, "1")
		}
	}
	return out
}

func stepAt(i duty.Incident, step duty.Step) time.Time {
	switch step {
	case duty.ToldPrincipal:
		return i.PrincipalToldAt
	case duty.Preliminary:
		return i.PreliminaryAt
	case duty.Final:
		return i.FinalAt
	case duty.ToldPersons:
		return i.PersonsToldAt
	}
	return i.ClosedAt
}

// timers are day 3 and 5 for the preliminary report, 30 or 60 for the final one.
func timers(i duty.Incident, now time.Time) []timerRow {
	if !i.Reportable() {
		return nil
	}
	due := law.ReportOf(i.KnownAt, i.Wrongful)
	first, last := !i.PreliminaryAt.IsZero(), !i.FinalAt.IsZero()
	final := "web.incident.timer.final"
	if i.Wrongful {
		final = "web.incident.timer.final_wrongful"
	}
	rows := []timerRow{
		{"web.incident.timer.remind", due.Remind, first, false},
		{"web.incident.timer.preliminary", due.Preliminary, first, false},
		{final, due.Final, last, false},
	}
	for k := range rows {
		rows[k].Late = !rows[k].Done && now.After(rows[k].Until)
	}
	return rows
}

func (s *Site) incidentJudge(c *Call) error {
	id, form, err := c.formFor(duty.IncidentPrefix)
	if err != nil {
		return err
	}
	i := incidentOf(duty.Incident{ID: id, Workspace: c.Workspace.ID}, form)
	err = s.Duty.Judge(c.Context(), c.By(), i, c.Now)
	if form.Take(err) {
		return s.incidentWrong(c, id, form)
	}
	if err != nil {
		return err
	}
	return c.Done(incidentsPath+"/"+c.R.PathValue("id"), "web.incidents.judged")
}

// lacking names what a step of an incident waits for.
func (c *Call) lacking(no *duty.Lacking) string {
	var names []string
	for _, item := range no.Items {
		names = append(names, c.T("web.incident.r."+item))
	}
	for _, step := range no.Steps {
		names = append(names, c.T("web.incident.step."+string(step)))
	}
	return strings.Join(names, c.T("web.incident.and"))
}

func (s *Site) incidentStep(c *Call) error {
	id, form, err := c.formFor(duty.IncidentPrefix)
	if err != nil {
		return err
	}
	of := duty.Incident{ID: id, Workspace: c.Workspace.ID}
	err = s.Duty.Take(c.Context(), c.By(), of, duty.Step(form.Get("step")), strings.TrimSpace(form.Get("reason")), c.Now)
	if no, ok := errors.AsType[*duty.Lacking](err); ok && form.Take(err) {
		form.Args = []any{"What", c.lacking(no)}
		return s.incidentWrong(c, id, form)
	}
	if form.Take(err) {
		return s.incidentWrong(c, id, form)
	}
	if err != nil {
		return err
	}
	return c.Done(incidentsPath+"/"+c.R.PathValue("id"), "web.incidents.stepped")
}
