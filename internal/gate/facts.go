package gate

import (
	"context"
	"time"

	"github.com/kyodaku/kyodaku/internal/consent"
	"github.com/kyodaku/kyodaku/internal/law"
	"github.com/kyodaku/kyodaku/internal/store"
)

// facts is everything a batch is judged by, read with a handful of statements.
type facts struct {
	standings []consent.Standing
	messages  map[int64][]message
	topics    map[int64]bool
	sender    sender
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
	f := &facts{}
	var err error
	if f.standings, err = g.consent.Standings(ctx, r, a.Workspace, subjects, now); err != nil {
		return nil, err
	}
	if f.messages, err = earlier(ctx, r, requests, f.standings, now); err != nil {
		return nil, err
	}
	if f.topics, err = openTopics(ctx, r, a.Workspace, requests); err != nil {
		return nil, err
	}
	f.sender, err = loadSender(ctx, r, a)
	return f, err
}

// of gathers the facts of request i.
func (f *facts) of(i int, q Request, now time.Time) law.SendFacts {
	s := &f.standings[i]
	return law.SendFacts{
		Now: now, Nexus: f.sender.nexus(s), Class: q.Class, Channel: "mail", Recipient: "unknown",
		Known: s.Known, TopicOpen: f.topics[q.Topic], Asked: f.asked(q),
		Permission: f.permission(q, s, now), Stop: stops(s), Sender: f.sender.facts,
	}
}

// permission is what the log says of the address and topic, at this time.
func (f *facts) permission(q Request, s *consent.Standing, now time.Time) law.Permission {
	p := law.Permission{
		State: string(s.State.Status), Basis: string(s.State.Basis), Recorded: s.State.Event != 0,
		Months: law.Months(s.State.Since, now),
		RunOut: !s.State.ValidUntil.IsZero() && !now.Before(s.State.ValidUntil),
		Paused: now.Before(later(s.State.PausedUntil, s.Every.PausedUntil)),
	}
	p.LimitReached = f.full(q, s, now)
	return p
}

func stops(s *consent.Standing) law.Stop {
	out := law.Stop{All: s.RefusedAll}
	for _, stop := range s.Stops {
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

func openTopics(ctx context.Context, r store.Reader, workspace int64, requests []Request) (map[int64]bool, error) {
	seen := map[int64]bool{}
	var ids []int64
	for _, q := range requests {
		if !seen[q.Topic] && q.Topic != 0 {
			seen[q.Topic] = true
			ids = append(ids, q.Topic)
		}
	}
	open := map[int64]bool{}
	if len(ids) == 0 {
		return open, nil
	}
	rows, err := r.Query(ctx, sqlTopics, workspace, store.In(ids))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var id int64
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		open[id] = true
	}
	return open, rows.Err()
}
