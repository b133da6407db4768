package web

import (
	"errors"
	"maps"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/duty"
	"github.com/kyodaku/kyodaku/internal/law"
	"github.com/kyodaku/kyodaku/internal/web/page"
)

// requestPage is one request: who asks, until when, what is done about it, and the answer.
type requestPage struct {
	requestRow
	Form                 page.Form
	Outcomes, Identities []page.Option
	Findings             []page.Finding
	MayEdit, MayDisclose bool
	// Acts lead to what the request asks for.
	Acts []requestAct
	// EnteredWho, IdentifiedWho and AnsweredWho are the names of who did so.
	EnteredWho, IdentifiedWho, AnsweredWho string
	// About is the provision that is to stop, nil for every one.
	About *programmeRow
}

// requestAct is a page where something that was asked for can be done; without one, the key says
// who does it.
type requestAct struct{ Key, Href string }

func (s *Site) requestShow(c *Call) error {
	q, err := s.request(c)
	if err != nil {
		return err
	}
	return s.requestPage(c, q, page.FormOf(""), nil)
}

// request reads the one that the path names.
func (s *Site) request(c *Call) (duty.Request, error) {
	id, err := c.ID(duty.RequestPrefix, "id")
	if err != nil {
		return duty.Request{}, err
	}
	return s.Duty.Request(c.Context(), s.DB, c.Workspace.ID, id)
}

func (s *Site) requestPage(c *Call, q duty.Request, form page.Form, no law.Findings) error {
	p := requestPage{
		requestRow: c.requestRow(q), Form: form, Outcomes: options(duty.RequestOutcomes(), "web.requests.outcome."),
		Identities: options(duty.Identities(), "web.requests.identity."), MayEdit: c.Can(account.Erase) && q.Open(),
		MayDisclose: c.Can(account.Export) && q.Kind == "disclosure" && q.Contact != 0 && q.Identified(),
	}
	if p.Form.Get("contact") == "" && p.Contact != "" {
		p.Form.Values = maps.Clone(form.Values) // what was typed into the other form stays
		p.Form.Values.Set("contact", p.Contact)
	}
	if err := s.requestNames(c, &p); err != nil {
		return err
	}
	if p.Contact != "" {
		p.Acts = c.actsFor(q.Kind, p.Contact)
	}
	if q.Programme != 0 {
		of, err := s.Provisions.ByID(c.Context(), s.DB, q.Workspace, q.Programme)
		if err != nil {
			return err
		}
		about := c.programmeRow(of)
		p.About = &about
	}
	var shown compliancePage
	c.find(&shown, append(no, s.Duty.RequestFindings(q, c.Now)...), c.T("web.requests.kind."+q.Kind), "", "web.compliance.see")
	for k := range shown.Findings {
		shown.Findings[k].Repair = ""
	}
	p.Findings = shown.Findings
	return c.renderTyped(form, "request", p)
}

// requestNames reads who worked on a request.
func (s *Site) requestNames(c *Call, p *requestPage) (err error) {
	who := newNames(s, nil)
	for name, id := range map[*string]int64{&p.EnteredWho: p.EnteredBy, &p.IdentifiedWho: p.IdentifiedBy, &p.AnsweredWho: p.AnsweredBy} {
		if id == 0 {
			continue
		}
		if *name, err = who.operator(c, id); err != nil {
			return err
		}
	}
	return nil
}

// actsFor are the pages where a kind of request is carried out.
func (c *Call) actsFor(kind, contact string) []requestAct {
	at := root + "contacts/" + contact
	switch kind {
	case "correction":
		if !c.Can(account.EditContacts) {
			return []requestAct{{"web.requests.act.correct_who", ""}}
		}
		return []requestAct{{"web.requests.act.correct", at + "/edit"}}
	case "cease":
		return []requestAct{{"web.requests.act.cease", refusalPath + "?contact=" + contact}, {"web.requests.act.erase", at + "/erase"}}
	case "erase":
		return []requestAct{{"web.requests.act.erase", at + "/erase"}}
	case "stop_provision":
		return []requestAct{{"web.requests.act.stop", provisionPath}}
	}
	return nil
}

func (s *Site) requestIdentify(c *Call) error {
	q, form, err := about(c, s.request)
	if err != nil {
		return err
	}
	made := duty.Request{ID: q.ID, Workspace: c.Workspace.ID, Identity: form.Get("identity")}
	if made.Contact, err = s.personTyped(c, form.Get("contact")); err == nil {
		err = s.Duty.Identify(c.Context(), c.By(), made, c.Now)
	}
	if form.Take(err) {
		return s.requestPage(c, q, form, nil)
	}
	if err != nil {
		return err
	}
	return c.Done(c.requestRow(q).Href, "web.requests.identified")
}

func (s *Site) requestAnswer(c *Call) error {
	q, form, err := about(c, s.request)
	if err != nil {
		return err
	}
	answer := duty.Request{ID: q.ID, Workspace: c.Workspace.ID, Outcome: form.Get("outcome"), Reason: form.Get("reason")}
	if err = s.mayGrant(c, q, answer.Outcome); err == nil {
		err = s.Duty.Answer(c.Context(), c.By(), answer, c.Now)
	}
	if no, ok := errors.AsType[*duty.NotYet](err); ok && form.Take(err) {
		return s.requestPage(c, q, form, law.Findings{{Rule: no.Rule}})
	}
	if form.Take(err) {
		return s.requestPage(c, q, form, nil)
	}
	if err != nil {
		return err
	}
	return c.Done(c.requestRow(q).Href, "web.requests.answered")
}
