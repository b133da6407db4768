package web

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/kyodaku/kyodaku/internal/consent"
	"github.com/kyodaku/kyodaku/internal/contact"
	"github.com/kyodaku/kyodaku/internal/delivery"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/report"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/web/page"
)

// happening is an entry of a person's timeline with its place in it.
type happening struct {
	page.Happening
	id int64
	// Kind is event, message or note: the catalogue key of its word is web.timeline.<kind>.
	Kind string
}

// KindKey is the catalogue key of the kind's word.
func (h happening) KindKey() string { return "web.timeline." + h.Kind }

const (
	// timelinePerPage is how many entries one page of a timeline has.
	timelinePerPage = 40
	// notesMost is how many notes about a person are shown: the newest.
	notesMost = 200
)

// readTimeline brings together what was said, sent and noted, the newest first.
// Ids are unique among all three, so that a place names one entry.
func (s *Site) readTimeline(c *Call, p *contactPage, addresses []contact.Address) error {
	before, err := place(c.After())
	if err != nil {
		return err
	}
	var all []happening
	for _, read := range []func(*Call, *contactPage, []contact.Address, report.Before) ([]happening, error){s.eventsOf, s.messagesOf, s.notesOf} {
		part, err := read(c, p, addresses, before)
		if err != nil {
			return err
		}
		all = append(all, part...)
	}
	slices.SortFunc(all, func(a, b happening) int {
		if d := b.At.Compare(a.At); d != 0 {
			return d
		}
		return cmp.Compare(b.id, a.id)
	})
	next := ""
	if len(all) > timelinePerPage {
		all = all[:timelinePerPage]
		last := all[len(all)-1]
		next = fmt.Sprintf("%d-%d", store.Micros(last.At), last.id)
	}
	p.Timeline, p.Pager = all, c.Pager(next)
	return nil
}

// place reads a cursor of the timeline.
func place(after string) (b report.Before, err error) {
	if after == "" {
		return b, nil
	}
	var at int64
	if _, err := fmt.Sscanf(after, "%d-%d", &at, &b.ID); err != nil {
		return b, fault.New(fault.NotFound, "fault.not_found")
	}
	b.At = store.Time(at)
	return b, nil
}

// comes says whether an entry stands behind a place.
func comes(b report.Before, at time.Time, id int64) bool {
	return b.At.IsZero() || at.Before(b.At) || at.Equal(b.At) && id < b.ID
}

// eventsOf reads the consent events behind a place. The log is read from its
// beginning; only the newest entries are held.
func (s *Site) eventsOf(c *Call, p *contactPage, _ []contact.Address, before report.Before) ([]happening, error) {
	topics, err := s.topicNames(c)
	if err != nil {
		return nil, err
	}
	who := newNames(s, nil)
	var kept []consent.Entry
	for e, err := range s.Consent.History(c.Context(), s.DB, consent.Of{Workspace: c.Workspace.ID, Contact: p.Contact.ID}) {
		if err != nil {
			return nil, err
		}
		if comes(before, e.OccurredAt, e.ID) {
			kept = append(kept, e)
		}
		if len(kept) > 4*timelinePerPage {
			kept = newest(kept, 2*timelinePerPage)
		}
	}
	var all []happening
	for _, e := range newest(kept, timelinePerPage+1) {
		one, err := s.eventWords(c, e, topics, who)
		if err != nil {
			return nil, err
		}
		one.Href = p.Path() + "/events/" + store.Public(eventPrefix, e.ID)
		all = append(all, one)
	}
	return all, nil
}

// newest keeps the n latest entries by when they occurred.
func newest(list []consent.Entry, n int) []consent.Entry {
	slices.SortFunc(list, func(a, b consent.Entry) int {
		if d := b.OccurredAt.Compare(a.OccurredAt); d != 0 {
			return d
		}
		return cmp.Compare(b.ID, a.ID)
	})
	return list[:min(n, len(list))]
}

// eventWords tells an event in plain words.
func (s *Site) eventWords(c *Call, e consent.Entry, topics map[int64]string, who names) (happening, error) {
	topic := topics[e.Topic]
	if e.Topic == 0 {
		topic = c.T("web.every_topic")
	}
	one := happening{Kind: "event", id: e.ID, Happening: page.Happening{
		At: e.OccurredAt, Title: c.T("web.event."+string(e.Action), "Topic", topic), Text: c.T("web.method." + string(e.Method)),
	}}
	switch e.Action {
	case consent.ActionPaused:
		one.Text = c.T("web.event.until", "At", c.date(e.PausedUntil)) + " " + one.Text
	case consent.ActionFrequencyChanged:
		one.Text = c.frequency(e.Frequency) + " " + one.Text
	}
	if e.Operator != 0 {
		name, err := who.operator(c, e.Operator)
		if err != nil {
			return one, err
		}
		one.Note = c.T("web.event.by", "Name", name)
	}
	if reason := e.Evidence.Reason; reason != "" {
		one.Note = line(one.Note + " " + c.T("web.event.reason", "Reason", reason))
	}
	if e.Evidence.File != "" {
		one.Note = line(one.Note + " " + c.T("web.event.file", "File", e.Evidence.File, "Line", e.Evidence.Line))
	}
	return one, nil
}

// messagesOf reads what was sent to the person, or not.
func (s *Site) messagesOf(c *Call, p *contactPage, addresses []contact.Address, before report.Before) ([]happening, error) {
	ids := make([]int64, len(addresses))
	for i, a := range addresses {
		ids[i] = a.ID
	}
	list, err := report.Latest(c.Context(), s.DB, c.Workspace.ID, ids, before, timelinePerPage+1)
	if err != nil {
		return nil, err
	}
	all := make([]happening, len(list))
	for i, m := range list {
		all[i] = s.messageWords(c, m)
	}
	return all, nil
}

// messageWords tells what became of a message, and by which rule it was withheld.
func (s *Site) messageWords(c *Call, m report.Message) happening {
	one := happening{Kind: "message", id: m.ID, Happening: page.Happening{At: m.At(), Title: m.Subject}}
	if one.Title == "" {
		one.Title = c.T("web.message.kind." + string(m.Kind))
	}
	outcome := string(m.Outcome)
	if m.Open {
		outcome = "open"
	}
	one.Text = c.T("web.message." + outcome)
	switch {
	case m.Outcome == delivery.Withheld:
		if rule, ok := s.Gate.Rules().Rule(m.Rule); ok {
			one.Text += " " + rule.Text(string(c.Lang))
			one.Note = string(rule.ID) + " · " + rule.Source(string(c.Lang))
		}
	case m.Outcome == delivery.Failed || m.Outcome == delivery.Deferred:
		one.Note = m.Reply
	}
	return one
}

// notesOf reads what operators wrote about the person.
func (s *Site) notesOf(c *Call, p *contactPage, _ []contact.Address, before report.Before) ([]happening, error) {
	notes, err := s.Contacts.Notes(c.Context(), s.DB, c.Workspace.ID, p.Contact.ID, notesMost)
	if err != nil {
		return nil, err
	}
	who := newNames(s, nil)
	var all []happening
	for _, n := range notes {
		if !comes(before, n.At, n.ID) {
			continue
		}
		name, err := who.operator(c, n.Operator)
		if err != nil {
			return nil, err
		}
		all = append(all, happening{Kind: "note", id: n.ID, Happening: page.Happening{
			At: n.At, Title: c.T("web.timeline.note_by", "Name", name), Text: n.Body,
		}})
	}
	return all, nil
}
