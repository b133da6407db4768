package web

import (
	"cmp"
	"strings"

	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/provision"
	"github.com/kyodaku/kyodaku/internal/web/page"
)

// provisionNewPage leads from plain questions, or from a ready-made case, to a legal class.
type provisionNewPage struct {
	Form    page.Form
	Presets []provision.Preset
	// Case is the case that was chosen, empty for none.
	Case provision.Case
	// Asked says that the questions were answered; Advice is what follows.
	Asked  bool
	Advice provision.Advice
	// Others are the classes beside the one that fits, with what is to be said of each.
	Others []classRow
	Class  classRow
	// Answered are the questions that were said yes to, Choices the classes that are open.
	Answered []string
	Choices  []page.Option
}

// classRow is a legal class in words.
type classRow struct {
	Class provision.Class
	// Closed is the key of why the law does not offer it here, empty when it does.
	Closed string
}

// questions are the fields of the answers, in the order of the page.
var questions = [...]string{"duty", "study", "work", "deal", "group", "ask", "abroad", "sensitive", "illicit", "opted_out"}

// answersOf reads the boxes that were ticked.
func answersOf(f page.Form) provision.Answers {
	yes := func(name string) bool { return f.Get(name) == "1" }
	return provision.Answers{
		Duty: yes("duty"), Study: yes("study"), Work: yes("work"), Deal: yes("deal"), Group: yes("group"), Ask: yes("ask"),
		Abroad: yes("abroad"), Sensitive: yes("sensitive"), Illicit: yes("illicit"), OptedOut: yes("opted_out"),
	}
}

// presetForm is the form with a case's own answers.
func presetForm(p provision.Preset) page.Form {
	a := p.Answers
	return page.FormOf("", append(marked("duty", a.Duty, "study", a.Study, "work", a.Work, "deal", a.Deal, "group", a.Group,
		"ask", a.Ask, "abroad", a.Abroad, "sensitive", a.Sensitive), "answered", "1", "case", string(p.Case))...)
}

func (s *Site) provisionNew(c *Call) error {
	form := page.Form{Values: c.R.URL.Query()}
	if preset, ok := provision.PresetOf(provision.Case(form.Get("case"))); ok && form.Get("answered") == "" {
		form = presetForm(preset)
	}
	return s.provisionAdvise(c, form)
}

func (s *Site) provisionAdvise(c *Call, form page.Form) error {
	p := provisionNewPage{Form: form, Presets: provision.Presets(), Asked: form.Get("answered") != ""}
	if preset, ok := provision.PresetOf(provision.Case(form.Get("case"))); ok {
		p.Case = preset.Case
	}
	if p.Asked {
		p.Advice = provision.Advise(answersOf(form))
		for _, class := range provision.Classes() {
			row := classRow{Class: class, Closed: p.Advice.Cannot[class]}
			if class == p.Advice.Class {
				p.Class = row
			} else {
				p.Others = append(p.Others, row)
			}
			if row.Closed == "" {
				p.Choices = append(p.Choices, page.Option{Value: string(class), Key: "web.provision.class." + string(class)})
			}
		}
		for _, q := range questions {
			if form.Get(q) == "1" {
				p.Answered = append(p.Answered, q)
			}
		}
		if form.Get("class") == "" {
			p.Form.Values.Set("class", string(p.Advice.Class))
		}
	}
	return c.renderTyped(form, "provision_new", p)
}

func (s *Site) provisionCreate(c *Call) error {
	form, err := c.Form()
	if err != nil {
		return err
	}
	if provision.Advise(answersOf(form)).Cannot[provision.Class(form.Get("class"))] != "" {
		form.Take(fault.Bad("class", "web.provision.closed_class"))
		return s.provisionAdvise(c, form)
	}
	made := provision.Programme{Workspace: c.Workspace.ID, Name: form.Get("name"), Class: provision.Class(form.Get("class"))}
	preset, _ := provision.PresetOf(provision.Case(form.Get("case")))
	made.Draft = preset.Draft
	made.Draft.Name, made.Draft.Address = c.Workspace.Label.LegalName, c.Workspace.Label.PostalAddress
	made.Draft.Phone = c.Workspace.Label.Phone
	made.Draft.Terms.Foreign.Needed = made.Draft.Terms.Foreign.Needed || form.Get("abroad") == "1"
	if made.Class == provision.LegalDuty {
		made.Draft.Terms.Exception = cmp.Or(made.Draft.Terms.Exception, exceptionOf(form))
	}
	made, err = s.Provisions.Create(c.Context(), c.By(), made, c.Now)
	if form.Take(err) {
		return s.provisionAdvise(c, form)
	}
	if err != nil {
		return err
	}
	return c.Done(provisionPath+"/"+made.Public()+"/edit", "web.provision.created", "Name", strings.TrimSpace(made.Name))
}

// exceptionOf is the number of APPI 27(1) that the answers point at.
func exceptionOf(form page.Form) provision.Exception {
	if form.Get("study") == "1" {
		return provision.ToAcademics
	}
	return provision.ByLaw
}
