package web

import (
	"github.com/kyodaku/kyodaku/internal/addr"
	"github.com/kyodaku/kyodaku/internal/gate"
	"github.com/kyodaku/kyodaku/internal/law"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/web/page"
)

// contactAnswerPage answers "may I mail this person?" whole.
type contactAnswerPage struct {
	contactHead
	Addresses []addressAnswer
	// Rules is the version of the rule set.
	Rules string
}

// addressAnswer is the answer about one address.
type addressAnswer struct {
	gate.AddressAnswer
	// Shown is the address as this operator may see it.
	Shown string
	Laws  []string
	// Told says what told the country, or that nothing did.
	Told   string
	Topics []messageAnswer
	Single []messageAnswer
}

// WordKey is the catalogue key of the answer's one word.
func (a addressAnswer) WordKey() string { return "law_answer.word." + string(a.Word) }

// Level is the answer's colour.
func (a addressAnswer) Level() page.Level {
	switch a.Word {
	case gate.Yes:
		return page.Green
	case gate.Individually:
		return page.Amber
	}
	return page.Red
}

// LevelKey is the catalogue key of the colour's word.
func (a addressAnswer) LevelKey() string { return "page.finding." + string(a.Level()) }

// messageAnswer is the answer about one kind of message, in the reader's language.
type messageAnswer struct {
	Name    string
	Allowed bool
	// Until says until or from when, Event leads to what the answer rests on; both may be
	// empty.
	Until, Event, EventID string
	Findings              []page.Finding
}

// WordKey is the catalogue key of yes or no.
func (m messageAnswer) WordKey() string {
	if m.Allowed {
		return "law_answer.word.yes"
	}
	return "law_answer.word.no"
}

func (s *Site) contactAnswerShow(c *Call) error {
	one, err := s.live(c)
	if err != nil {
		return err
	}
	addresses, err := s.Contacts.AddressesOf(c.Context(), s.DB, c.Workspace.ID, one.ID)
	if err != nil {
		return err
	}
	p := contactAnswerPage{contactHead: c.contactHead(one), Rules: s.Gate.Rules().Version()}
	for _, a := range addresses {
		if a.Channel != addr.Email {
			continue
		}
		found, err := s.Gate.ExplainAddress(c.Context(), s.DB, c.Workspace.ID, a.ID, c.Now)
		if err != nil {
			return err
		}
		row := addressAnswer{AddressAnswer: found, Shown: c.shown(a.Channel, a.Shown), Told: c.told(found.Reach)}
		for _, j := range found.Reach.Apply.Names() {
			row.Laws = append(row.Laws, c.T("law_answer.jurisdiction."+j))
		}
		for i := range found.Topics {
			t := &found.Topics[i]
			row.Topics = append(row.Topics, c.messageAnswer(p.Path(), t.Topic.Name(c.Lang), &t.Answer))
		}
		for i := range found.Individual {
			m := &found.Individual[i]
			row.Single = append(row.Single, c.messageAnswer(p.Path(), c.T("law_answer.class."+string(m.Request.Class)), m))
		}
		p.Addresses = append(p.Addresses, row)
	}
	return c.Render("contact_answer", p)
}

// told says which fact told the recipient's country.
func (c *Call) told(r law.Reach) string {
	switch {
	case r.Strictest && r.Country == "":
		return c.T("law_answer.strictest")
	case r.Strictest:
		return c.T("law_answer.strictest_known", "Country", r.Country)
	}
	return c.T("law_answer.told."+r.Hint, "Country", r.Country)
}

func (c *Call) messageAnswer(person, name string, a *gate.Answer) messageAnswer {
	m := messageAnswer{Name: name, Allowed: a.Allowed()}
	if !a.Until.IsZero() {
		key := "law_answer.until_no"
		if m.Allowed {
			key = "law_answer.until_yes"
		}
		m.Until = c.T(key, "At", c.timeText(a.Until))
	}
	if a.Event != 0 {
		m.EventID = store.Public(eventPrefix, a.Event)
		m.Event = person + "/events/" + m.EventID
	}
	for _, f := range a.Findings {
		m.Findings = append(m.Findings, c.lawFinding(f.Rule))
	}
	return m
}

// lawFinding puts a rule that holds into words, with kind, source and certainty.
func (c *Call) lawFinding(r *law.Rule) page.Finding {
	level := map[law.Effect]page.Level{law.Block: page.Red, law.Warn: page.Amber, law.Record: page.Green}[r.Effect]
	return page.Finding{
		Level: level, Title: r.Text(string(c.Lang)), Text: c.T("law_answer.effect." + string(r.Effect)),
		Citation: c.T("law_answer.source", "Rule", string(r.ID), "Kind", c.T("law_answer.kind."+string(r.Kind)),
			"Unsure", r.Certainty != law.Verified, "Source", r.Source(string(c.Lang))),
	}
}
