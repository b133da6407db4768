package consent

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/kyodaku/kyodaku/internal/consent/evidence"
	"github.com/kyodaku/kyodaku/internal/i18n"
)

// recordSchema is the standard whose shape the record has.
const recordSchema = "ISO/IEC TS 27560:2023"

// parties reads sender and person and begins the record.
func (p *packing) parties() error {
	var name, nameEn, address, addressEn, phone, email, url, privacy, zone string
	err := p.l.db.QueryRow(p.ctx, sqlPackSender, p.req.Workspace).
		Scan(&name, &nameEn, &address, &addressEn, &phone, &email, &url, &privacy, &zone)
	if err != nil {
		return err
	}
	if p.out.Zone, err = time.LoadLocation(zone); err != nil {
		p.out.Zone = time.UTC // a zone that this machine does not know; the page names no other
	}
	person, err := p.person()
	if err != nil {
		return err
	}
	p.out.Document.Record = evidence.Record{
		SchemaVersion: recordSchema, RecordID: person.ID + "/" + instant(p.req.Now), PrincipalID: person.ID,
		Processing: evidence.Processing{PrivacyNotice: privacy, Language: string(p.out.Lang), Purposes: []evidence.Purpose{}},
		Parties: []evidence.Party{{
			ID: public("ws", p.req.Workspace), Name: pick(p.out.Lang, name, nameEn), Address: pick(p.out.Lang, address, addressEn),
			Email: email, URL: url, Phone: phone, Contact: joinWords(" / ", phone, email, url), Role: "pii controller", Type: "organization",
		}, person},
		Events: []evidence.State{},
	}
	return nil
}

func (p *packing) person() (evidence.Party, error) {
	var family, given, display, company string
	err := p.l.db.QueryRow(p.ctx, sqlPackPerson, p.req.Contact, p.req.Workspace).Scan(&family, &given, &display, &company)
	if err != nil {
		return evidence.Party{}, err
	}
	if err := p.readAddresses(); err != nil {
		return evidence.Party{}, err
	}
	shown := make([]string, 0, len(p.addresses))
	for _, a := range p.addresses {
		shown = append(shown, a.shown)
	}
	name := joinWords(" ", family, given)
	if p.out.Lang == i18n.En {
		name = joinWords(" ", given, family)
	}
	if name == "" {
		name = display
	}
	return evidence.Party{
		ID: public("con", p.req.Contact), Name: joinWords(" ", company, name), Contact: joinWords(" / ", shown...),
		Role: "pii principal", Type: "person",
	}, nil
}

// joinWords joins the words that are not empty.
func joinWords(by string, words ...string) string {
	var some []string
	for _, w := range words {
		if w != "" {
			some = append(some, w)
		}
	}
	return strings.Join(some, by)
}

func (p *packing) readAddresses() error {
	rows, err := p.l.db.Query(p.ctx, sqlPackAddresses, p.req.Contact, p.req.Workspace)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var a packAddress
		if err := rows.Scan(&a.id, &a.channel, &a.shown, &a.hash); err != nil {
			return err
		}
		p.addresses = append(p.addresses, a)
	}
	return rows.Err()
}

// recordEvent adds an event to the record, if it changes a state of the standard.
func (p *packing) recordEvent(e *Entry) error {
	if err := p.purpose(e.Topic); err != nil {
		return err
	}
	rec := &p.out.Document.Record
	if e.Evidence.PolicyURL != "" {
		rec.Processing.PrivacyNotice = e.Evidence.PolicyURL
	}
	if e.Action.Grants() {
		for i := range rec.Processing.Purposes {
			if of := &rec.Processing.Purposes[i]; of.ID == public("tpc", e.Topic) {
				of.LawfulBasis = p.printer.T("consent.basis." + string(e.Basis))
				of.CollectionMethod = p.printer.T("consent.method." + string(e.Method))
			}
		}
	}
	state := recordState(e.Action)
	if state == "" {
		return nil
	}
	validity := "until withdrawn"
	if !e.ValidUntil.IsZero() {
		validity = instant(e.OccurredAt) + "/" + instant(e.ValidUntil)
	}
	rec.Events = append(rec.Events, evidence.State{
		EventID: public("evt", e.ID), EventTime: instant(e.OccurredAt), ValidityDuration: validity,
		EntityID: public("adr", e.Address), PurposeID: public("tpc", e.Topic), EventType: string(e.Action), EventState: state,
	})
	return nil
}

// recordState is the standard's state after an action (DPV-27560, 8.5.2), "" if
// the action changes none.
func recordState(a Action) string {
	switch a {
	case ActionRequested:
		return "requested"
	case ActionGranted, ActionConfirmed:
		return "given"
	case ActionReconfirmed:
		return "renewed"
	case ActionRefused:
		return "refused"
	case ActionWithdrawn, ActionComplained:
		return "withdrawn"
	case ActionDisowned:
		return "invalidated"
	case ActionExpired:
		return "expired"
	case ActionErased:
		return "terminated"
	}
	return ""
}

// purpose adds a topic to the record when it is met first.
func (p *packing) purpose(topic int64) error {
	if _, known := p.topics[topic]; known || topic == 0 {
		return nil
	}
	t, err := p.l.TopicByID(p.ctx, p.l.db, p.req.Workspace, topic)
	if err != nil && !noSuch(err) {
		return err
	}
	p.topics[topic] = t
	if err != nil {
		return nil //nolint:nilerr // a topic that is gone keeps its id
	}
	rec := &p.out.Document.Record
	rec.Processing.Purposes = append(rec.Processing.Purposes, evidence.Purpose{
		ID: public("tpc", topic), Purpose: t.Name(p.out.Lang), Type: "direct marketing", Description: t.Content(p.out.Lang),
		Frequency: p.printer.T("consent.per."+string(t.Promise.Period), "N", t.Promise.Count),
		PII:       []evidence.PII{{Type: "contact point", AttributeID: "address"}}, Controllers: []string{public("ws", p.req.Workspace)},
		ProcessingMethod: p.printer.T("consent.pack.processing"), StorageLocations: []string{p.printer.T("consent.pack.storage")},
		RetentionPeriod: p.printer.T("consent.pack.retention"), Jurisdictions: []string{"JP"}, Recipients: []string{},
		WithdrawalMethod: p.printer.T("consent.pack.withdrawal"),
	})
	return nil
}

// standing adds where the permissions stand now.
func (p *packing) standing() error {
	for _, a := range p.addresses {
		states, err := p.l.State(p.ctx, p.l.db, a.id)
		if err != nil {
			return err
		}
		subjects := make([]Subject, 0, len(states))
		for topic := range states {
			if states[topic].Status != "" {
				subjects = append(subjects, Subject{a.id, topic})
			}
		}
		slices.SortFunc(subjects, func(x, y Subject) int { return cmp.Compare(x.Topic, y.Topic) })
		standings, err := p.l.Standings(p.ctx, p.l.db, p.req.Workspace, subjects, p.req.Now)
		if err != nil {
			return err
		}
		for i, s := range standings {
			st := states[subjects[i].Topic]
			out := evidence.Standing{
				Address: public("adr", a.id), Purpose: public("tpc", st.Topic), Status: string(st.Status), Basis: string(st.Basis),
				Grade: string(st.Grade), Since: instant(st.Since), Event: public("evt", st.Event),
			}
			for _, stop := range s.Stops {
				out.Stops = append(out.Stops, string(stop.Kind))
			}
			p.out.Document.Standing = append(p.out.Document.Standing, out)
		}
	}
	return nil
}
