package web

import (
	"time"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/contact"
	"github.com/kyodaku/kyodaku/internal/duty"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/web/page"
)

// requestsPage lists what people ask about their data, and enters a request.
type requestsPage struct {
	Requests     []requestRow
	Form         page.Form
	Kinds, Forms []page.Option
	MayEdit      bool
	// Public is where people make their requests themselves.
	Public string
}

// requestRow is a request with its person.
type requestRow struct {
	duty.Request
	Href, Contact string
	Late          bool
}

func (s *Site) requestList(c *Call) error {
	return s.requestForm(c, page.FormOf("", "contact", c.R.URL.Query().Get("contact"), "received_at", c.Now.In(c.Zone).Format(time.DateOnly)))
}

func (s *Site) requestForm(c *Call, form page.Form) error {
	all, err := s.Duty.Requests(c.Context(), s.DB, c.Workspace.ID)
	if err != nil {
		return err
	}
	p := requestsPage{
		Form: form, MayEdit: c.Can(account.Erase), Kinds: options(duty.RequestKinds(), "web.requests.kind."),
		Forms: options(duty.RequestForms(), "web.requests.form."), Public: "/s/" + c.Workspace.Slug + "/request",
	}
	for _, q := range all {
		p.Requests = append(p.Requests, c.requestRow(q))
	}
	return c.renderTyped(form, "requests", p)
}

func (c *Call) requestRow(q duty.Request) requestRow {
	row := requestRow{Request: q, Href: requestsPath + "/" + store.Public(duty.RequestPrefix, q.ID), Late: q.Open() && c.Now.After(q.Due())}
	if q.Contact != 0 {
		row.Contact = store.Public(contact.Prefix, q.Contact)
	}
	return row
}

func (s *Site) requestEnter(c *Call) error {
	form, err := c.Form()
	if err != nil {
		return err
	}
	q := duty.Request{
		Workspace: c.Workspace.ID, Kind: form.Get("kind"), Form: form.Get("form"), Note: form.Get("note"), ReceivedAt: c.dayOf(form.Get("received_at")),
		Name: form.Get("name"), Address: form.Get("address"), Agent: form.Get("agent"),
	}
	if form.Get("contact") != "" {
		q.Contact, err = s.personTyped(c, form.Get("contact"))
	}
	if err == nil {
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

// mayGrant refuses to say that a provision was stopped while nothing stops it.
func (s *Site) mayGrant(c *Call, q duty.Request, outcome string) error {
	if q.Kind != "stop_provision" || outcome != "granted" {
		return nil
	}
	hash := s.Contacts.PersonHash(q.Workspace, q.Contact)
	stopped, err := s.Provisions.Stopped(c.Context(), s.DB, q.Workspace, q.Programme, [][]byte{hash})
	if err == nil && !stopped[string(hash)] {
		err = fault.Bad("outcome", "web.requests.not_stopped")
	}
	return err
}
