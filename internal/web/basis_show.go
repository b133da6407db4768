package web

import (
	"slices"

	"github.com/kyodaku/kyodaku/internal/consent"
	"github.com/kyodaku/kyodaku/internal/contact"
	"github.com/kyodaku/kyodaku/internal/store"
)

// basisRow is what one permission of a person rests on, how good its evidence is, and
// how to make it better.
type basisRow struct {
	Topic, Href string
	// Grade and Raise are catalogue keys; Raise is empty for the best grade.
	Grade, Raise string
	Facts        []factRow
}

// readBases fills in what the standing permissions of a person rest on.
func (s *Site) readBases(c *Call, p *contactPage, addresses []contact.Address) error {
	names, err := s.topicNames(c)
	if err != nil {
		return err
	}
	var given []consent.State
	var events []int64
	for _, a := range addresses {
		states, err := s.Consent.State(c.Context(), s.DB, a.ID)
		if err != nil {
			return err
		}
		for _, st := range states {
			if st.Status == consent.StatusGiven && st.Topic != 0 {
				given, events = append(given, st), append(events, st.Event)
			}
		}
	}
	facts, err := s.Consent.BasisFacts(c.Context(), s.DB, events)
	if err != nil {
		return err
	}
	slices.SortFunc(given, func(a, b consent.State) int { return int(a.Event - b.Event) })
	for _, st := range given {
		row := basisRow{
			Topic: names[st.Topic], Href: p.Path() + "/events/" + store.Public(eventPrefix, st.Event),
			Grade: "web.grade." + string(st.Grade), Facts: c.basisFacts(st, facts[st.Event]),
		}
		if st.Grade != consent.GradeA {
			row.Raise = "web.grade.raise." + string(st.Grade)
		}
		p.Bases = append(p.Bases, row)
	}
	return nil
}

// basisFacts puts what a basis rests on into words.
func (c *Call) basisFacts(st consent.State, f contact.BasisFacts) (rows []factRow) {
	add := func(key, text string) {
		if text != "" {
			rows = append(rows, factRow{c.T(key), text})
		}
	}
	add("web.import.basis", c.T("web.basis."+string(st.Basis)))
	add("sheet.field.basis_entity", f.Entity)
	add("sheet.field.counterparty", f.Counterparty)
	add("sheet.field.transaction", f.Transaction)
	if !f.LastTransaction.IsZero() {
		add("web.basis.last_transaction", c.date(f.LastTransaction))
	}
	add("sheet.field.document", f.Document)
	add("sheet.field.received_by", f.ReceivedBy)
	add("sheet.field.page_url", f.PageURL)
	if !f.PageCaptured.IsZero() {
		add("sheet.field.page_at", c.date(f.PageCaptured))
	}
	if end, ok := f.RunsOut(contact.Basis(st.Basis)); ok {
		add("web.basis.runs_out", c.date(end))
	}
	if end, ok := f.ImpliedUntil(st.Since); ok {
		add("web.basis.implied_until", c.date(end))
	}
	return rows
}
