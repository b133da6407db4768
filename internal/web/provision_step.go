package web

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/provision"
	"github.com/kyodaku/kyodaku/internal/web/page"
)

// programmeCourse is a version with its steps, and the form of the next one.
type programmeCourse struct {
	Version int
	Steps   []programmeStep
	Form    page.Form
	Href    string
	Class   provision.Class
	MayEdit bool
}

// Open says that something typed into a form of the version is to be mended.
func (c programmeCourse) Open() bool {
	return c.Form.Wrong() || slices.ContainsFunc(c.Steps, func(s programmeStep) bool { return s.Correct.Wrong() })
}

// programmeStep is a step with its day, zero while it was not taken. Next says that it is the
// one to take.
type programmeStep struct {
	Kind                provision.StepKind
	On                  time.Time
	Evidence, Elsewhere string
	Next                bool
	// Past is what it said before, Correct the form that puts it right; only the Last of those
	// taken can be taken back.
	Past    []provision.Past
	Correct page.Form
	Last    bool
}

// courses are the versions with their steps, the latest first: those in their course, and the others.
func (c *Call) courses(p provision.Programme, form page.Form) (open, others []programmeCourse) {
	inCourse := p.Open(c.Now)
	for _, v := range slices.Backward(p.Versions) {
		one := programmeCourse{Version: v.Number, Form: page.FormOf(courseID(v.Number)), Class: p.Class, Href: provisionPath + "/" + p.Public(), MayEdit: c.Can(account.Erase)}
		if form.ID == one.Form.ID {
			one.Form = form
		}
		one.Steps = c.stepsOf(p, v, form)
		if slices.Contains(inCourse, v.Number) {
			open = append(open, one)
		} else {
			others = append(others, one)
		}
	}
	return open, others
}

// courseID keeps the forms of several versions apart, correctionID those of their steps.
func courseID(version int) string { return fmt.Sprint("v", version) }

func correctionID(version int, k provision.StepKind) string { return fmt.Sprint("v", version, "-", k) }

// stepsOf are the steps of a version in their order; the first that is missing is the next.
func (c *Call) stepsOf(p provision.Programme, v provision.Version, form page.Form) []programmeStep {
	var out []programmeStep
	open := false
	kind := func(k provision.StepKind) func(provision.Step) bool {
		return func(s provision.Step) bool { return s.Kind == k }
	}
	for _, k := range p.CourseOf(v) {
		row := programmeStep{Kind: k}
		if i := slices.IndexFunc(v.Steps, kind(k)); i >= 0 {
			s := v.Steps[i]
			row.On, row.Evidence, row.Elsewhere, row.Past, row.Last = s.On, s.Evidence, s.Elsewhere, s.Past, i == len(v.Steps)-1
			row.Correct = page.FormOf(correctionID(v.Number, k), "on", s.On.In(c.Zone).Format(time.DateOnly), "evidence", s.Evidence, "elsewhere", s.Elsewhere)
			if form.ID == row.Correct.ID {
				row.Correct = form
			}
		} else if !open {
			row.Next, open = true, true
		}
		if i := slices.IndexFunc(v.Back, kind(k)); i >= 0 {
			row.Past = v.Back[i].Past
		}
		out = append(out, row)
	}
	return out
}

// untimely are the provisions that the corrected steps do not bear, the latest hundred of all.
func (s *Site) untimely(c *Call, p provision.Programme) (out []page.Finding, all int, err error) {
	if s.ProvisionRuns == nil {
		return nil, 0, nil
	}
	list, all, err := s.ProvisionRuns.Untimely(c.Context(), s.DB, p)
	for _, u := range list {
		f := page.Finding{
			Level: page.Red, Href: runsPath + "/" + u.Run.Public(), Repair: c.T("web.provision.untimely_see"),
			Title: c.T("web.provision.untimely_run", "Day", c.date(u.Run.HandedAt), "Recipient", u.Run.To.Name, "N", u.Run.Counts.Provided),
		}
		if u.Rule != nil {
			f.Text, f.Citation = u.Rule.Text(string(c.Lang)), c.cite(u.Rule)
		} else {
			f.Text = c.T(u.Key)
		}
		out = append(out, f)
	}
	return out, all, err
}

// stepForm is the step of which version a form is about.
func stepForm(form page.Form, p provision.Programme) (version int, kind provision.StepKind) {
	version, err := strconv.Atoi(form.Get("version"))
	if err != nil {
		version = len(p.Versions)
	}
	return version, provision.StepKind(form.Get("step"))
}

func (s *Site) provisionStep(c *Call) error {
	p, form, err := about(c, s.programme)
	if err != nil {
		return err
	}
	version, kind := stepForm(form, p)
	form.ID = courseID(version)
	step := provision.Step{
		Kind: kind, On: c.dayOf(form.Get("on")), Evidence: block(form.Get("evidence")), Elsewhere: strings.TrimSpace(form.Get("elsewhere")),
	}
	err = s.Provisions.Take(c.Context(), c.By(), p, version, step, c.Now)
	if form.Take(err) {
		for i := range form.Fields {
			if f := &form.Fields[i]; f.Key == "provision.step.order" && len(f.Args) == 2 {
				f.Args = []any{"First", c.T(fmt.Sprint("web.provision.step.", f.Args[1]))}
			}
		}
		return s.provisionPage(c, p, form)
	}
	if err != nil {
		return err
	}
	return c.Done(provisionPath+"/"+p.Public(), "web.provision.stepped")
}

func (s *Site) provisionCorrect(c *Call) error {
	p, form, err := about(c, s.programme)
	if err != nil {
		return err
	}
	version, kind := stepForm(form, p)
	form.ID = correctionID(version, kind)
	err = s.Provisions.Correct(c.Context(), c.By(), p, version, provision.Correction{
		Kind: kind, On: c.onDay(p, version, kind, form.Get("on")), Evidence: block(form.Get("evidence")), Elsewhere: strings.TrimSpace(form.Get("elsewhere")),
		Void: form.Has("void", box), Reason: block(form.Get("reason")),
	}, c.Now)
	if form.Take(err) {
		return s.provisionPage(c, p, form)
	}
	if err != nil {
		return err
	}
	return c.Done(provisionPath+"/"+p.Public(), "web.provision.corrected")
}

// onDay reads the day of a correction: a day that was left as it is keeps its hour.
func (c *Call) onDay(p provision.Programme, version int, k provision.StepKind, text string) time.Time {
	on := c.dayOf(text)
	if version > 0 && version <= len(p.Versions) {
		if was := p.Versions[version-1].On(k); was.In(c.Zone).Format(time.DateOnly) == on.Format(time.DateOnly) {
			return was
		}
	}
	return on
}
