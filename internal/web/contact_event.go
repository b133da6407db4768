package web

import (
	"maps"
	"slices"
	"strconv"

	"github.com/kyodaku/kyodaku/internal/consent"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/i18n"
	"github.com/kyodaku/kyodaku/internal/store"
)

const eventPrefix = "evt"

// contactEventPage is one consent event with its evidence.
type contactEventPage struct {
	contactHead
	Event happening
	// Public is the event's own id.
	EventID string
	// Facts are what the evidence holds, in the order in which they are read.
	Facts []factRow
	Texts []wordingRow
	// Boxes are the boxes that stood on the form.
	Boxes []boxRow
	// Shown leads to what the person saw, empty if it was not kept.
	Shown string
	// Leaf is the event's place in the log, empty while it waits for one.
	Leaf       string
	Commitment string
	Erased     bool
}

// boxRow is a box of a form and whether the person ticked it.
type boxRow struct {
	Name   string
	Ticked bool
}

func (s *Site) contactEvent(c *Call) error {
	one, err := s.contact(c)
	if err != nil {
		return err
	}
	id, err := c.ID(eventPrefix, "event")
	if err != nil {
		return err
	}
	e, err := s.Consent.EventByID(c.Context(), s.DB, c.Workspace.ID, id)
	if err != nil {
		return err
	}
	if err := s.belongs(c, e, one.ID); err != nil {
		return err
	}
	topics, err := s.topicNames(c)
	if err != nil {
		return err
	}
	p := contactEventPage{
		contactHead: c.contactHead(one), EventID: store.Public(eventPrefix, e.ID), Erased: e.Erased,
		Commitment: hexOf(e.Commitment),
	}
	if e.Seq >= 0 {
		p.Leaf = strconv.FormatInt(e.Seq, 10)
	}
	if p.Event, err = s.eventWords(c, e, topics, newNames(s, nil)); err != nil {
		return err
	}
	p.Facts = c.eventFacts(e)
	if p.Texts, err = s.eventTexts(c, e.Evidence); err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(e.Evidence.Boxes)) {
		p.Boxes = append(p.Boxes, boxRow{name, e.Evidence.Boxes[name]})
	}
	if e.Evidence.Shown != "" {
		p.Shown = evidencePath + "/shown/" + e.Evidence.Shown
	}
	return c.Render("contact_event", p)
}

// belongs refuses an event that is not about one of the person's addresses.
func (s *Site) belongs(c *Call, e consent.Entry, person int64) error {
	a, err := s.Contacts.AddressByID(c.Context(), s.DB, c.Workspace.ID, e.Address)
	if err == nil && a.Contact != person {
		err = fault.New(fault.NotFound, "fault.not_found")
	}
	return err
}

// eventFacts lists what is known about an event; what is unknown is left out.
func (c *Call) eventFacts(e consent.Entry) []factRow {
	ev := e.Evidence
	var facts []factRow
	add := func(key, text string) {
		if text != "" {
			facts = append(facts, factRow{c.T(key), text})
		}
	}
	add("web.evidence.fact.address", c.shown(e.Channel, ev.Address))
	if e.Basis != "" {
		add("web.evidence.fact.basis", c.T("web.basis."+string(e.Basis)))
	}
	if e.Grade != "" {
		add("web.evidence.fact.grade", c.T("web.grade."+string(e.Grade)))
	}
	add("web.evidence.fact.frequency", c.frequency(e.Frequency))
	if !e.ReceivedAt.Equal(e.OccurredAt) {
		add("web.evidence.fact.received", c.timeText(e.ReceivedAt))
	}
	add("web.evidence.fact.page", ev.Page)
	add("web.evidence.fact.referrer", ev.Referrer)
	add("web.evidence.fact.network", ev.Network)
	add("web.evidence.fact.agent", ev.UserAgent)
	add("web.evidence.fact.policy", ev.PolicyURL)
	add("web.evidence.fact.promise", ev.Frequency)
	if ok := ev.Confirmation; ok != nil {
		add("web.evidence.fact.asked", c.timeText(ok.SentAt))
		add("web.evidence.fact.pressed", c.timeText(ok.PressedAt))
		add("web.evidence.fact.pressed_from", ok.Network)
	}
	if ev.File != "" {
		add("web.evidence.fact.file", c.T("web.event.file", "File", ev.File, "Line", ev.Line))
		add("web.evidence.fact.file_hash", ev.FileHash)
	}
	add("web.evidence.fact.source", ev.Source)
	add("web.evidence.fact.reason", ev.Reason)
	add("web.evidence.fact.note", ev.Note)
	return facts
}

func (s *Site) eventTexts(c *Call, ev consent.Evidence) ([]wordingRow, error) {
	var all []wordingRow
	for _, part := range []struct {
		kind consent.WordingKind
		refs []consent.TextRef
	}{{consent.WordingPurpose, ev.Purposes}, {consent.WordingConsent, ev.Wordings}} {
		for _, ref := range part.refs {
			w, err := s.Consent.WordingVersion(c.Context(), s.DB, c.Workspace.ID, part.kind, ref)
			if fault.Is(err, fault.NotFound) {
				continue
			}
			if err != nil {
				return nil, err
			}
			all = append(all, wordingRow{Wording: w, Text: w.Text(i18n.Lang(ref.Lang))})
		}
	}
	return all, nil
}
