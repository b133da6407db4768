package web

import (
	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/contact"
	"github.com/kyodaku/kyodaku/internal/duty"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/web/page"
)

// requestsPage lists what people ask about their data, and enters a request.
type requestsPage struct {
	Requests               []requestRow
	Form                   page.Form
	Kinds, Forms, Outcomes []page.Option
	MayEdit                bool
}

// requestRow is a request with its person.
type requestRow struct {
	duty.Request
	Public, Contact string
	Late            bool
}

func (s *Site) requestList(c *Call) error {
	return s.requestForm(c, page.FormOf("", "contact", c.R.URL.Query().Get("contact")))
}

func (s *Site) requestForm(c *Call, form page.Form) error {
	all, err := s.Duty.Requests(c.Context(), s.DB, c.Workspace.ID)
	if err != nil {
		return err
	}
	p := requestsPage{
		Form: form, MayEdit: c.Can(account.Erase), Kinds: options(duty.RequestKinds(), "web.requests.kind."),
		Forms: options(duty.RequestForms(), "web.requests.form."), Outcomes: options(duty.RequestOutcomes(), "web.requests.outcome."),
	}
	for _, q := range all {
		row := requestRow{Request: q, Public: store.Public(duty.RequestPrefix, q.ID), Late: q.Open() && c.Now.After(q.Due())}
		if q.Contact != 0 {
			row.Contact = store.Public(contact.Prefix, q.Contact)
		}
		p.Requests = append(p.Requests, row)
	}
	if form.Wrong() {
		return c.RenderForm("requests", p)
	}
	return c.Render("requests", p)
}

func (s *Site) requestEnter(c *Call) error {
	form, err := c.Form()
	if err != nil {
		return err
	}
	q := duty.Request{Workspace: c.Workspace.ID, Kind: form.Get("kind"), Form: form.Get("form"), Note: form.Get("note"), ReceivedAt: c.dayOf(form.Get("received_at"))}
	if q.Contact, err = contactOf(form); err == nil {
		_, err = s.Duty.EnterRequest(c.Context(), c.By(), q, c.Now)
	}
	if form.Take(err) {
		return s.requestForm(c, form)
	}
	if err != nil {
		return err
	}
	return c.Done(requestsPath, "web.requests.entered")
}

func (s *Site) requestAnswer(c *Call) error {
	id, form, err := c.formFor(duty.RequestPrefix)
	if err != nil {
		return err
	}
	q := duty.Request{ID: id, Workspace: c.Workspace.ID, Outcome: form.Get("outcome"), Reason: form.Get("reason")}
	err = s.Duty.Answer(c.Context(), c.By(), q, c.Now)
	if form.Take(err) {
		return s.requestForm(c, form)
	}
	if err != nil {
		return err
	}
	return c.Done(requestsPath, "web.requests.answered")
}
