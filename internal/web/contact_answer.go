package web

import (
	"time"

	"github.com/kyodaku/kyodaku/internal/consent"
	"github.com/kyodaku/kyodaku/internal/contact"
	"github.com/kyodaku/kyodaku/internal/gate"
	"github.com/kyodaku/kyodaku/internal/law"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/web/page"
)

// answerRow is the gate's answer to "may I mail this person about this topic?",
// with what the log says.
type answerRow struct {
	page.Finding
	// Address is the address as this operator may see it.
	Address string
	State   consent.State
	// Frequency and Pause are what the person chose; empty and zero if nothing.
	Frequency string
	Pause     time.Time
}

// StatusKey is the catalogue key of the state's word.
func (a answerRow) StatusKey() string {
	if a.State.Status == "" {
		return "web.status.none"
	}
	return "web.status." + string(a.State.Status)
}

// answers asks the gate about every address and topic: the same question that is
// asked before every mail.
func (s *Site) answers(c *Call, r store.Reader, addresses []contact.Address) ([]answerRow, error) {
	topics, err := s.Consent.Topics(c.Context(), r, c.Workspace.ID, false)
	if err != nil {
		return nil, err
	}
	decisions := map[consent.Subject]gate.Decision{}
	for profile, about := range byProfile(topics) {
		if err := s.ask(c, r, profile, about, addresses, decisions); err != nil {
			return nil, err
		}
	}
	var all []answerRow
	for _, a := range addresses {
		states, err := s.Consent.State(c.Context(), r, a.ID)
		if err != nil {
			return nil, err
		}
		for _, t := range topics {
			row := answerRow{Address: c.shown(a.Channel, a.Shown), State: states[t.ID]}
			row.Finding = s.answer(c, t, states[t.ID], decisions[consent.Subject{Address: a.ID, Topic: t.ID}])
			row.Frequency = c.frequency(strictest(states[t.ID].Frequency, states[0].Frequency))
			row.Pause = future(states[t.ID].PausedUntil, states[0].PausedUntil, c.Now)
			all = append(all, row)
		}
	}
	return all, nil
}

func strictest(a, b consent.Frequency) consent.Frequency {
	if b.Stricter(a) {
		return b
	}
	return a
}

// future is the later of two times if it lies ahead, else zero.
func future(a, b, now time.Time) time.Time {
	if b.After(a) {
		a = b
	}
	if a.After(now) {
		return a
	}
	return time.Time{}
}

// byProfile sorts topics by the sender profile that their mails carry.
func byProfile(topics []consent.Topic) map[int64][]consent.Topic {
	m := map[int64][]consent.Topic{}
	for _, t := range topics {
		m[t.Profile] = append(m[t.Profile], t)
	}
	return m
}

// ask asks the gate about addresses and the topics of one profile.
func (s *Site) ask(c *Call, r store.Reader, profile int64, topics []consent.Topic, addresses []contact.Address, into map[consent.Subject]gate.Decision) error {
	var requests []gate.Request
	for _, a := range addresses {
		for _, t := range topics {
			requests = append(requests, gate.Request{Address: a.ID, Topic: t.ID, Class: law.Ad})
		}
	}
	if len(requests) == 0 {
		return nil
	}
	audience := gate.Audience{Workspace: c.Workspace.ID, Profile: profile, Stage: gate.Planned}
	decisions, err := s.Gate.Admit(c.Context(), r, audience, requests, c.Now)
	if err != nil {
		return err
	}
	for i, q := range requests {
		into[consent.Subject{Address: q.Address, Topic: q.Topic}] = decisions[i]
	}
	return nil
}

// answer puts a decision into words: a yes with what it rests on, a no with the
// rule's own text and citation.
func (s *Site) answer(c *Call, t consent.Topic, st consent.State, d gate.Decision) page.Finding {
	f := page.Finding{Level: page.Green, Title: t.Name(c.Lang)}
	if d.Refusal == nil {
		f.Text = c.T("web.answer.yes."+string(st.Basis), "At", c.date(st.Since))
		if st.Grade != "" {
			f.Citation = c.T("web.grade." + string(st.Grade))
		}
		return f
	}
	f.Level = page.Red
	if rule, ok := s.Gate.Rules().Rule(d.Refusal.Rule); ok {
		f.Text, f.Citation = rule.Text(string(c.Lang)), string(rule.ID)+" · "+rule.Source(string(c.Lang))
		return f
	}
	f.Text = string(d.Refusal.Rule)
	return f
}

// date writes a day in the reader's language and zone, for sentences.
func (c *Call) date(t time.Time) string { return c.site.Catalogue.For(c.Lang).Date(t, c.Zone) }

// timeText writes an instant in the reader's language and zone, for sentences.
func (c *Call) timeText(t time.Time) string { return c.site.Catalogue.For(c.Lang).Time(t, c.Zone) }
