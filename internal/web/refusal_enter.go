package web

import (
	"context"
	"time"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/contact"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/preference"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/web/page"
)

const refusalPath = suppressionPath + "/refusal"

// Refusals takes down what people say by telephone, letter or at a counter, and knows
// who is being asked whether mail is still wanted.
type Refusals interface {
	// Enter records a refusal and returns when it is binding; see preference.Desk.
	Enter(ctx context.Context, by account.By, f preference.Refusal, now time.Time) (preference.Entered, error)
	// Ageing counts the permissions on their way to rest; see preference.Desk.
	Ageing(ctx context.Context, r store.Reader, workspace int64, now time.Time) (preference.Ageing, error)
}

func (s *Site) refusalRoutes() []Route {
	may := Needs(account.RecordRefusal)
	return []Route{
		{Pattern: "GET " + refusalPath, Access: may, Handle: s.refusalShow, Views: []string{"refusal"}},
		{Pattern: "POST " + refusalPath, Access: may, Handle: s.refusalEnter},
	}
}

// refusalPage asks who said no, to what, when and how.
type refusalPage struct {
	// Person is set when the page was come to from a person's.
	Person *contactHead
	// Addresses are the person's own, masked where the operator may not see them.
	Addresses []page.Option
	Form      page.Form
	Scopes    []page.Option
	Topics    []page.Option
	Ways      []page.Option
}

func (s *Site) refusalShow(c *Call) error {
	now := c.Now.In(c.Zone)
	form := page.FormOf("", "received", now.Format("2006-01-02T15:04"), "way", string(preference.ByPhone), "scope", "all", "contact", c.R.URL.Query().Get("contact"))
	return s.refusalForm(c, form)
}

func (s *Site) refusalForm(c *Call, form page.Form) error {
	p := refusalPage{Form: form, Scopes: []page.Option{{Value: "all", Key: "web.every_topic"}, {Value: "some", Key: "web.refusal.some"}}}
	var err error
	if p.Topics, err = s.topicOptions(c, ""); err != nil {
		return err
	}
	for _, w := range preference.Ways() {
		p.Ways = append(p.Ways, page.Option{Value: string(w), Key: w.WayKey()})
	}
	if public := form.Get("contact"); public != "" {
		if err := s.refusalOf(c, &p, public); err != nil {
			return err
		}
	}
	return c.renderTyped(form, "refusal", p)
}

// refusalOf fills in a person and the addresses to choose from.
func (s *Site) refusalOf(c *Call, p *refusalPage, public string) error {
	id, err := store.ParsePublic(contact.Prefix, public)
	if err != nil {
		return err
	}
	one, err := s.Contacts.Get(c.Context(), s.DB, c.Workspace.ID, id)
	if err != nil {
		return err
	}
	head := c.contactHead(one)
	addresses, err := s.Contacts.AddressesOf(c.Context(), s.DB, c.Workspace.ID, id)
	if err != nil {
		return err
	}
	for _, a := range addresses {
		p.Addresses = append(p.Addresses, page.Option{Value: store.Public(contact.AddressPrefix, a.ID), Text: c.shown(a.Channel, a.Shown)})
	}
	if len(p.Addresses) > 0 {
		p.Person = &head
	}
	if len(p.Addresses) == 1 && p.Form.Get("address_id") == "" {
		p.Form.Values.Set("address_id", p.Addresses[0].Value)
	}
	return nil
}

func (s *Site) refusalEnter(c *Call) error {
	form, err := c.Form()
	if err != nil {
		return err
	}
	f, err := s.refusalFrom(c, form)
	var made preference.Entered
	if err == nil {
		made, err = s.Refusals.Enter(c.Context(), c.By(), f, c.Now)
	}
	if form.Take(err) {
		return s.refusalForm(c, form)
	}
	if err != nil {
		return err
	}
	if made.Contact != 0 && c.Can(account.ReadContacts) {
		return c.Done(contactsPath+"/"+store.Public(contact.Prefix, made.Contact), "web.refusal.entered")
	}
	return c.Done(suppressionPath, "web.refusal.entered")
}

// refusalFrom reads the form. The address is one of the person's, or typed.
func (s *Site) refusalFrom(c *Call, form page.Form) (preference.Refusal, error) {
	f := preference.Refusal{Workspace: c.Workspace.ID, Way: preference.Way(form.Get("way")), Note: block(form.Get("note"))}
	if received, err := time.ParseInLocation("2006-01-02T15:04", form.Get("received"), c.Zone); err == nil {
		f.Received = received
	}
	if form.Get("scope") != "all" {
		for _, public := range form.Values["topics"] {
			id, err := s.chosenTopic(c, public)
			if err != nil {
				return f, fault.Bad("topics", "consent.topic.needed")
			}
			f.Topics = append(f.Topics, id)
		}
		if form.Get("scope") == "some" && len(f.Topics) == 0 {
			return f, fault.Bad("topics", "web.refusal.no_topic")
		}
	}
	if public := form.Get("address_id"); public != "" {
		id, err := store.ParsePublic(contact.AddressPrefix, public)
		if err != nil {
			return f, err
		}
		a, err := s.Contacts.AddressByID(c.Context(), s.DB, c.Workspace.ID, id)
		f.Channel, f.Address = a.Channel, a.Shown
		return f, err
	}
	a, err := parseAddress(form.Get("address"))
	if err != nil {
		return f, err
	}
	f.Channel, f.Address = a.Channel(), a.String()
	return f, nil
}
