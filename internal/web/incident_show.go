package web

import (
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/duty"
	"github.com/kyodaku/kyodaku/internal/fault"
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
	// History is all that was written down of the steps, the latest first.
	History []takenRow
	MayEdit bool
	// MayJudge says that the thresholds can be changed: until the close.
	MayJudge bool
	// Wrong is the form that something is wrong in, of a step.
	Wrong page.Form
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

// stepRow is something to do, and what counts of it once it was done.
type stepRow struct {
	duty.Taken
	Key string
	// Form is what is typed about it, Fix what is typed to correct it; Explains says that it may be
	// taken with a reason, Proves that it needs its receipt number.
	Form, Fix        page.Form
	Explains, Proves bool
}

// takenRow is what somebody wrote down of a step.
type takenRow struct {
	duty.Taken
	Key, Who string
}

func (s *Site) incidentShow(c *Call) error {
	i, err := s.incident(c)
	if err != nil {
		return err
	}
	return s.incidentPage(c, i, tellForm(i), page.Form{})
}

// incidentWrong shows the page with what could not be done.
func (s *Site) incidentWrong(c *Call, id int64, form page.Form) error {
	i, err := s.Duty.Incident(c.Context(), s.DB, c.Workspace.ID, id)
	if err != nil {
		return err
	}
	return s.incidentPage(c, i, tellForm(i), form)
}

// judging is the id of the form that says what an incident is taken for.
const judging = "judge"

func (s *Site) incidentPage(c *Call, i duty.Incident, tell, wrong page.Form) error {
	p := incidentPage{incidentRow: c.incidentRow(i), MayEdit: c.Can(account.Erase), Tell: tell, Wrong: wrong, MayList: c.Can(account.Export) && i.Affected.Known()}
	p.MayJudge = p.MayEdit && i.ClosedAt.IsZero()
	p.Form = page.FormOf(judging, marked("sensitive", i.Sensitive, "financial", i.Financial, "wrongful", i.Wrongful, "many", i.Many, "undecided", i.Undecided, "entrusted", i.Entrusted)...)
	if wrong.ID == judging {
		p.Form = wrong
	}
	var shown compliancePage
	c.find(&shown, s.Duty.IncidentFindings(i, c.Now), i.Title, "", "web.compliance.see")
	for k := range shown.Findings {
		shown.Findings[k].Repair = ""
	}
	p.Findings = shown.Findings
	p.Timers = timers(i, c.Now)
	if err := s.incidentSteps(c, i, &p); err != nil {
		return err
	}
	if wrong.Wrong() {
		return c.renderTyped(wrong, "incident", p)
	}
	return c.renderTyped(tell, "incident", p)
}

// incidentSteps reads what was done, and by whom it was written down.
func (s *Site) incidentSteps(c *Call, i duty.Incident, p *incidentPage) error {
	all, err := s.Duty.StepsOf(c.Context(), s.DB, i)
	if err != nil {
		return err
	}
	for _, step := range duty.Steps() {
		if step == duty.ToldPrincipal && !i.Entrusted && i.PrincipalToldAt.IsZero() {
			continue
		}
		p.Steps = append(p.Steps, c.stepRow(step, duty.Latest(all, step), p.Wrong))
	}
	who := newNames(s, nil)
	for _, t := range slices.Backward(all) {
		row := takenRow{Taken: t, Key: stepKey(t.Step)}
		if t.By != 0 {
			if row.Who, err = who.operator(c, t.By); err != nil {
				return err
			}
		}
		p.History = append(p.History, row)
	}
	return nil
}

func stepKey(step duty.Step) string { return "web.incident.step." + string(step) }

// fixing is what the id of a form that corrects a step begins with.
const fixing = "fix-"

// stepRow holds a step with its forms; typed is the one that something is wrong in.
func (c *Call) stepRow(step duty.Step, known duty.Taken, typed page.Form) stepRow {
	known.Step = step
	row := stepRow{
		Taken: known, Key: stepKey(step), Form: page.FormOf(string(step), "on", c.Now.In(c.Zone).Format(time.DateOnly)),
		Explains: step == duty.Final || step == duty.Closed, Proves: step.Evidenced(),
	}
	if !known.On.IsZero() {
		row.Fix = page.FormOf(fixing+string(step), "on", known.On.In(c.Zone).Format(time.DateOnly), "evidence", known.Evidence)
	}
	switch typed.ID {
	case row.Form.ID:
		row.Form = typed
	case row.Fix.ID:
		if typed.Wrong() {
			row.Fix = typed
		}
	}
	return row
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
	form.ID = judging
	err = s.Duty.Judge(c.Context(), c.By(), i, form.Get("reason"), c.Now)
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

// takenTyped is a step as it was typed.
func takenTyped(c *Call, form page.Form) duty.Taken {
	return duty.Taken{
		Step: duty.Step(form.Get("step")), On: c.dayOf(form.Get("on")), Evidence: strings.TrimSpace(form.Get("evidence")), Reason: strings.TrimSpace(form.Get("reason")),
	}
}

func (s *Site) incidentStep(c *Call) error {
	id, form, err := c.formFor(duty.IncidentPrefix)
	if err != nil {
		return err
	}
	form.ID = form.Get("step")
	err = s.Duty.Take(c.Context(), c.By(), duty.Incident{ID: id, Workspace: c.Workspace.ID}, takenTyped(c, form), c.Now)
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

// incidentCorrect changes what is written of a step, or takes it back.
func (s *Site) incidentCorrect(c *Call) error {
	id, form, err := c.formFor(duty.IncidentPrefix)
	if err != nil {
		return err
	}
	form.ID = fixing + form.Get("step")
	t := takenTyped(c, form)
	if form.Get("take_back") == "1" {
		t.On = time.Time{}
	} else if t.On.IsZero() { // no day is a mistake here, not a wish
		err = fault.Bad("on", "duty.past")
	}
	if err == nil {
		err = s.Duty.Correct(c.Context(), c.By(), duty.Incident{ID: id, Workspace: c.Workspace.ID}, t, c.Now)
	}
	if form.Take(err) {
		return s.incidentWrong(c, id, form)
	}
	if err != nil {
		return err
	}
	return c.Done(incidentsPath+"/"+c.R.PathValue("id"), "web.incident.corrected")
}
