package provision

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/kyodaku/kyodaku/internal/contact"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/law"
	"github.com/kyodaku/kyodaku/internal/store"
)

// runFacts gathers what the rules ask about a run as a whole; the person in it is one
// to whom nothing can be objected.
func runFacts(run Run, p Programme, apart contact.Apart, now time.Time) law.ProvisionFacts {
	v := p.Versions[run.Version-1]
	f := law.ProvisionFacts{
		Now: now, Reach: law.JP, Class: string(p.Class), Abroad: v.Items.Abroad, Agent: !blank(v.Items.Agent),
		Research: v.Items.Terms.Exception.Research(),
		Consent:  v.Items.consentTerms(run.Recipient, run.To), Joint: v.Items.jointTerms(run.Recipient, run.To), Recipient: run.To.facts(now),
		Data:   law.ProvidedData{Acquired: "lawful", DeviceConsent: run.To.Device != ""},
		Person: law.ProvidedPerson{Consent: true, Counted: true},
		// The record is written in the transaction of the data, for each person each time.
		Record: law.ProvisionRecord{MissingFields: run.To.missing(), Ready: true, Batched: false},
	}
	// Where the wording tells of the recipient's country, the consent is asked for person by person.
	f.Recipient.ForeignConsent = v.Items.Terms.Foreign.tells(run.To.Country)
	f.Filing, f.Change = p.filing(now)
	for _, field := range run.Fields {
		if !v.Items.has(field) {
			f.Data.Extra++
		}
		if key, own := strings.CutPrefix(field, "attr:"); own {
			holds(&f.Data, apart.Of(key))
		}
	}
	// Who was picked by an item is told by it, whether or not it stands in the list.
	if run.Segment.Attribute != "" {
		holds(&f.Data, apart.Of(run.Segment.Attribute))
	}
	return f
}

// holds says of a data set that it tells an item of a kind.
func holds(d *law.ProvidedData, s contact.Special) {
	d.Sensitive = d.Sensitive || s == contact.Sensitive
	d.Face = d.Face || s == contact.Face
	d.Device = d.Device || s == contact.Device
}

// RunFindings is what the rules say of a run as a whole, blocks first.
func (s *Runs) RunFindings(ctx context.Context, r store.Reader, run Run, now time.Time) (law.Findings, error) {
	p, err := s.Book.ByID(ctx, r, run.Workspace, run.Plan.Programme)
	if err != nil {
		return nil, err
	}
	apart, err := s.Book.people.Apart(ctx, r, run.Workspace)
	if err != nil {
		return nil, failed("run findings", err)
	}
	f := runFacts(run, p, apart, now)
	if err := r.QueryRow(ctx, sqlUnknownStops, run.Workspace, p.ID).Scan(&f.UnknownStops); err != nil {
		return nil, failed("run findings", err)
	}
	return s.Book.rules.Provision(&f), nil
}

// personFacts is what of a person changes the judgement. Few kinds of people make up
// a million.
type personFacts struct {
	flags                          contact.Flags
	stop, refused, consent, abroad bool
	// unseen says that the count which was approved did not hold them.
	unseen bool
	reach  law.Jurisdictions
}

// bench judges the people of a run.
type bench struct {
	s    *Runs
	run  Run
	base law.ProvisionFacts
	// items are those that the run goes by, apart what the own fields hold.
	items Items
	apart contact.Apart
	// asks says which questions cost a query.
	asksConsent bool
	bears       bearing
	known       map[personFacts]*law.Rule
}

func (s *Runs) newBench(ctx context.Context, r store.Reader, run Run, now time.Time) (*bench, error) {
	p, err := s.Book.ByID(ctx, r, run.Workspace, run.Plan.Programme)
	if err != nil {
		return nil, err
	}
	apart, err := s.Book.people.Apart(ctx, r, run.Workspace)
	if err != nil {
		return nil, err
	}
	b := &bench{s: s, run: run, items: p.Versions[run.Version-1].Items, apart: apart, known: map[personFacts]*law.Rule{}}
	b.base = runFacts(run, p, apart, now)
	if r := s.Book.rules.Provision(&b.base).Block(); r != nil {
		return nil, &RefusedError{Rule: r}
	}
	b.bears = p.bearing(&p.Versions[run.Version-1], run.Fields, func(i Items) bool { return i.told(run.Recipient, run.To) })
	b.asksConsent = run.Class == Consent || b.base.Recipient.Place == "elsewhere" && !b.base.Recipient.System
	return b, nil
}

// RefusedError is a rule that says no to a run as a whole.
type RefusedError struct{ Rule *law.Rule }

// Error implements error.
func (e *RefusedError) Error() string { return fmt.Sprintf("rule %s: %s", e.Rule.ID, e.Rule.En) }

// Unwrap gives what people are told: the rule's text with its source.
func (e *RefusedError) Unwrap() error {
	return fault.New(fault.Refused, "law.finding", e.Rule.Args()...)
}

// block is the rule that keeps a person out, nil for none.
func (b *bench) block(of personFacts) *law.Rule {
	if r, ok := b.known[of]; ok {
		return r
	}
	f := b.base
	f.Reach = of.reach
	f.Person = law.ProvidedPerson{Stop: of.stop, MailRefusal: of.refused, Consent: of.consent, Counted: !of.unseen}
	f.Recipient.ForeignConsent = f.Recipient.ForeignConsent && of.abroad
	f.Data.Sensitive = f.Data.Sensitive || of.flags.Has(contact.FlagSensitive)
	f.Data.Face = f.Data.Face || of.flags.Has(contact.FlagFace)
	f.Data.ViaOptOut = of.flags.Has(contact.FlagOptOut)
	switch {
	case of.flags.Has(contact.FlagIllicit):
		f.Data.Acquired = "illicit"
	case of.flags.Has(contact.FlagUnknown):
		f.Data.Acquired = "unknown"
	}
	r := b.s.Book.rules.Provision(&f).Block()
	b.known[of] = r
	return r
}

// agreement is the latest word of a person on a provision.
type agreement struct {
	id, on int64
	// no is a withdrawal; given says that it is a consent which bears the run.
	no, given, abroad bool
}

// after says whether the word counts over another. Of one moment a withdrawal does, else what
// was written down later.
func (a agreement) after(b agreement) bool {
	if a.on != b.on {
		return a.on > b.on
	}
	if a.no != b.no {
		return a.no
	}
	return a.id > b.id
}

// heard is what the people of a page have said.
type heard struct {
	stops      map[string]bool
	people     map[int64]bool
	refusals   map[string]bool
	agreements map[int64]agreement
	unseen     map[int64]bool
}

// listen asks for everything that the people of a page have said.
func (b *bench) listen(ctx context.Context, r store.Reader, people []contact.Person, reach []law.Jurisdictions) (h heard, err error) {
	var ids []int64
	var all, american [][]byte
	for i := range people {
		p := &people[i]
		ids = append(append(ids, p.ID), p.Before...)
		all = append(all, p.Hashes...)
		if reach[i].Has(law.US) {
			american = append(american, p.Hashes...)
		}
	}
	ws, programme := b.run.Workspace, b.run.Plan.Programme
	if h.stops, err = b.s.Book.Stopped(ctx, r, ws, programme, all); err != nil {
		return h, err
	}
	stopped, err := store.IDs(r.Query(ctx, sqlStoppedPeople, ws, programme, store.In(ids)))
	if err != nil {
		return h, err
	}
	h.people = make(map[int64]bool, len(stopped))
	for _, id := range stopped {
		h.people[id] = true
	}
	if len(american) > 0 {
		if h.refusals, err = b.s.Book.people.Refused(ctx, r, ws, american); err != nil {
			return h, err
		}
	}
	if b.asksConsent {
		h.agreements, err = b.agreements(ctx, r, ids)
	}
	return h, err
}

func (b *bench) agreements(ctx context.Context, r store.Reader, people []int64) (map[int64]agreement, error) {
	rows, err := r.Query(ctx, sqlAgreements, b.run.Plan.Programme, b.run.Recipient, store.In(people))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := map[int64]agreement{}
	for rows.Next() {
		var id, version int64
		var a agreement
		if err := rows.Scan(&id, &a.id, &a.on, &a.given, &a.abroad, &version); err != nil {
			return nil, err
		}
		a.no, a.given = !a.given, a.given && b.bears.has(version, a.on)
		// What was read of a version that nobody noted may have told another country.
		a.abroad = a.abroad && version > 0
		out[id] = a // the latest comes last
	}
	return out, rows.Err()
}

// of gathers the facts of one person.
func (h *heard) of(p *contact.Person, reach law.Jurisdictions) (personFacts, agreement) {
	f := personFacts{flags: p.Flags, reach: reach, stop: h.people[p.ID], unseen: h.unseen[p.ID]}
	a := h.agreements[p.ID]
	for _, id := range p.Before {
		f.stop = f.stop || h.people[id]
		if b := h.agreements[id]; b.after(a) {
			a = b
		}
	}
	for _, hash := range p.Hashes {
		f.stop = f.stop || h.stops[string(hash)]
		f.refused = f.refused || h.refusals[string(hash)]
	}
	f.consent, f.abroad = a.given, a.given && a.abroad
	return f, a
}

// reachOf are the legal orders that a person brings along. Japan's always counts.
func reachOf(p *contact.Person) law.Jurisdictions {
	n := law.Nexus{Sender: "JP", Stated: p.Country, Domain: p.Domain, Language: string(p.Lang)}
	if p.Prefecture != "" || p.PostalCode != "" && p.Country == "" {
		n.Postal = "JP"
	}
	return n.Reach().Apply
}
