package gate

import (
	"context"
	"time"

	"github.com/kyodaku/kyodaku/internal/addr"
	"github.com/kyodaku/kyodaku/internal/consent"
	"github.com/kyodaku/kyodaku/internal/contact"
	"github.com/kyodaku/kyodaku/internal/law"
	"github.com/kyodaku/kyodaku/internal/store"
)

// facts is everything a batch is judged by, read with a handful of statements.
type facts struct {
	standings []consent.Standing
	messages  map[int64][]message
	topics    map[int64]topic
	people    map[int64]person
	bases     map[int64]contact.BasisFacts
	sender    sender
	company   company
	audience  Audience
}

// topic is what a topic tells of its permissions: whether it is still offered, and the
// sender profile it belongs to.
type topic struct {
	open      bool
	profile   int64
	legalName string
}

// message is an earlier message that may count against a frequency.
type message struct {
	id, topic int64
	class     law.Class
	open      bool
	finished  time.Time
}

func (g *Gate) facts(ctx context.Context, r store.Reader, a Audience, requests []Request, now time.Time) (*facts, error) {
	subjects := make([]consent.Subject, len(requests))
	for i, q := range requests {
		subjects[i] = consent.Subject{Address: q.Address, Topic: q.Topic}
	}
	f := &facts{audience: a}
	var err error
	if f.standings, err = g.consent.Standings(ctx, r, a.Workspace, subjects, now); err != nil {
		return nil, err
	}
	if f.messages, err = earlier(ctx, r, requests, f.standings, now); err != nil {
		return nil, err
	}
	if f.topics, err = readTopics(ctx, r, a.Workspace, requests); err != nil {
		return nil, err
	}
	if f.people, err = people(ctx, r, a.Workspace, requests); err != nil {
		return nil, err
	}
	if f.bases, err = g.bases(ctx, r, f.standings); err != nil {
		return nil, err
	}
	if f.company, err = loadCompany(ctx, r, a.Workspace); err != nil {
		return nil, err
	}
	f.sender, err = loadSender(ctx, r, a, now)
	return f, err
}

// of gathers the facts of request i at a time.
func (f *facts) of(i int, q Request, now time.Time) law.SendFacts {
	s, p := &f.standings[i], f.people[q.Address]
	var b basis
	b.BasisFacts, b.known = f.bases[s.State.Event]
	nexus := p.nexus(&f.company)
	return law.SendFacts{
		Now: now, Nexus: nexus, Class: q.Class, Channel: p.media(), Recipient: p.kind(b.InBusiness),
		Carrier: addr.Carrier(p.domain), LocalHour: p.localHour(nexus.Reach(), &f.company, now),
		Known: s.Known, TopicOpen: f.topics[q.Topic].open, Asked: f.asked(q),
		Permission: f.permission(q, s, &b, now), Published: published(&b, now), Stop: stops(s, now),
		Message: f.audience.message(), Line: law.LineFacts{Linked: p.linked}, Workspace: f.company.facts, Sender: f.sender.facts,
	}
}

// message is what a batch has in common, besides its class.
func (a Audience) message() law.Message {
	return law.Message{Promotes: a.Promotes, AdsStripped: a.StripsAds, Tracks: a.Tracks, Kilobytes: a.Kilobytes}
}

// stops tells which live entries of the suppression list count at a time.
func stops(s *consent.Standing, now time.Time) law.Stop {
	out := law.Stop{All: s.RefusedAll}
	for _, stop := range s.Stops {
		if !stop.ExpiresAt.IsZero() && !now.Before(stop.ExpiresAt) {
			continue
		}
		switch stop.Kind {
		case consent.SuppressionRefusal:
			out.Refusal = true
		case consent.SuppressionComplaint:
			out.Complaint = true
		case consent.SuppressionBounce:
			out.Bounce = true
		default:
			out.Manual = true
		}
	}
	return out
}

// asked counts the requests for consent that were put into the outbox before this one.
func (f *facts) asked(q Request) int {
	n := 0
	for _, m := range f.messages[q.Address] {
		if m.class == law.ConsentRequest && m.before(q) {
			n++
		}
	}
	return n
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// before says whether a message was put into the outbox before the one asked about.
func (m message) before(q Request) bool { return q.Message == 0 || m.id < q.Message }

// full says whether the person has had as much as they want to hear from us: by the
// choice for the topic, or by the choice for everything.
func (f *facts) full(q Request, s *consent.Standing, now time.Time) bool {
	for _, c := range [...]struct {
		consent.Frequency
		every bool
	}{{s.State.Frequency, false}, {s.Every.Frequency, true}} {
		if c.Count == 0 {
			continue
		}
		n, from := 0, c.Period.Before(now)
		for _, m := range f.messages[q.Address] {
			counts := m.open && m.before(q) || !m.open && !m.finished.Before(from)
			if counts && m.id != q.Message && (c.every || m.topic == q.Topic) {
				n++
			}
		}
		if n >= c.Count {
			return true
		}
	}
	return false
}

// earlier reads earlier messages, only for those who chose a frequency or are
// asked for their consent.
func earlier(ctx context.Context, r store.Reader, requests []Request, standings []consent.Standing, now time.Time) (map[int64][]message, error) {
	from := now
	var ids []int64
	for i, q := range requests {
		wanted := q.Class == law.ConsentRequest
		if wanted {
			from = time.Time{}
		}
		for _, c := range [...]consent.Frequency{standings[i].State.Frequency, standings[i].Every.Frequency} {
			if c.Count > 0 {
				wanted = true
				if b := c.Period.Before(now); b.Before(from) {
					from = b
				}
			}
		}
		if wanted {
			ids = append(ids, q.Address)
		}
	}
	if len(ids) == 0 {
		return nil, nil
	}
	if err := takeTurns(ctx, r, ids); err != nil {
		return nil, err
	}
	return readMessages(ctx, r, ids, from)
}

// takeTurns holds the addresses to the end of the transaction: of two campaigns
// that plan for one person at a time, the second sees the first one's message.
func takeTurns(ctx context.Context, r store.Reader, addresses []int64) error {
	rows, err := r.Query(ctx, sqlTurn, store.In(addresses))
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
	}
	return rows.Err()
}

func readMessages(ctx context.Context, r store.Reader, addresses []int64, from time.Time) (map[int64][]message, error) {
	rows, err := r.Query(ctx, sqlReceived, store.In(addresses), store.Micros(from))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := map[int64][]message{}
	for rows.Next() {
		var m message
		var address, state, finished int64
		if err := rows.Scan(&m.id, &address, &m.topic, &m.class, &state, &finished); err != nil {
			return nil, err
		}
		const done = 3
		m.open, m.finished = state != done, store.Time(finished)
		out[address] = append(out[address], m)
	}
	return out, rows.Err()
}

func readTopics(ctx context.Context, r store.Reader, workspace int64, requests []Request) (map[int64]topic, error) {
	topics := map[int64]topic{}
	var ids []int64
	for _, q := range requests {
		if _, seen := topics[q.Topic]; !seen && q.Topic != 0 {
			topics[q.Topic] = topic{}
			ids = append(ids, q.Topic)
		}
	}
	if len(ids) == 0 {
		return topics, nil
	}
	rows, err := r.Query(ctx, sqlTopics, workspace, store.In(ids))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var id int64
		var t topic
		if err := rows.Scan(&id, &t.open, &t.profile, &t.legalName); err != nil {
			return nil, err
		}
		topics[id] = t
	}
	return topics, rows.Err()
}
