package web

import (
	"encoding/hex"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/consent"
	"github.com/kyodaku/kyodaku/internal/contact"
	"github.com/kyodaku/kyodaku/internal/report"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/web/page"
)

const (
	evidencePath = root + "evidence"
	// eventsPerPage is how many events one page of the log has.
	eventsPerPage = 50
)

func (s *Site) evidenceRoutes() []Route {
	read, prove := Needs(account.ReadConsent), Needs(account.Evidence)
	return []Route{
		{Pattern: "GET " + evidencePath, Access: read, Handle: s.evidenceShow, Views: []string{"evidence"}},
		{Pattern: "POST " + evidencePath + "/verify", Access: prove, Handle: s.evidenceVerify},
		{Pattern: "GET " + evidencePath + "/verify/{id}", Access: read, Handle: s.evidenceProgress},
		{Pattern: "GET " + evidencePath + "/shown/{hash}", Access: read, Handle: s.evidenceShown, Views: []string{"evidence_shown"}},
		{Pattern: "GET " + evidencePath + "/shown/{hash}/page", Access: read, Handle: s.evidenceShownPage},
	}
}

// evidencePageData is the state of the consent log.
type evidencePageData struct {
	Head     consent.Checkpoint
	Root     string
	Verify   *verifyState
	Events   []eventRow
	Pager    page.Pager
	MayProve bool
	// Search finds a person for a pack; People is what it found.
	Search page.Form
	Asked  bool
	People []contactHead
}

// eventRow is an event of the log in words.
type eventRow struct {
	report.Event
	Title, Topic, Who, Href string
}

// MethodKey is the catalogue key of the method's words.
func (e eventRow) MethodKey() string { return "web.method." + string(e.Method) }

func hexOf(b []byte) string { return hex.EncodeToString(b) }

func (s *Site) evidenceShow(c *Call) error {
	head, err := s.Consent.Head(c.Context(), s.DB, c.Workspace.ID)
	if err != nil {
		return err
	}
	p := evidencePageData{Head: head, Root: hexOf(head.Root), MayProve: c.Can(account.Evidence), Search: page.Form{Values: c.R.URL.Query()}}
	if p.Verify, err = s.lastVerify(c); err != nil {
		return err
	}
	if err := s.evidenceEvents(c, &p); err != nil {
		return err
	}
	if err := s.evidencePeople(c, &p); err != nil {
		return err
	}
	return c.Render("evidence", p)
}

// evidenceEvents reads a page of the log, the newest first.
func (s *Site) evidenceEvents(c *Call, p *evidencePageData) error {
	before := int64(0)
	if after := c.After(); after != "" {
		var err error
		if before, err = store.ParsePublic(eventPrefix, after); err != nil {
			return err
		}
	}
	list, err := report.Events(c.Context(), s.DB, c.Workspace.ID, before, eventsPerPage)
	if err != nil {
		return err
	}
	topics, err := s.topicNames(c)
	if err != nil {
		return err
	}
	for _, e := range list {
		p.Events = append(p.Events, c.eventRow(e, topics))
	}
	next := ""
	if len(list) == eventsPerPage {
		next = store.Public(eventPrefix, list[len(list)-1].ID)
	}
	p.Pager = c.Pager(next)
	return nil
}

func (c *Call) eventRow(e report.Event, topics map[int64]string) eventRow {
	row := eventRow{Event: e, Topic: topics[e.Topic], Who: c.shown(e.Channel, e.Shown)}
	if e.Topic == 0 {
		row.Topic = c.T("web.every_topic")
	}
	row.Title = c.T("web.event."+string(e.Action), "Topic", row.Topic)
	if e.Contact != 0 && c.Can(account.ReadContacts) {
		row.Href = contactsPath + "/" + store.Public(contact.Prefix, e.Contact) + "/events/" + store.Public(eventPrefix, e.ID)
	}
	return row
}
