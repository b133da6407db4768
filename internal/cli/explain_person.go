package cli

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/addr"
	"github.com/kyodaku/kyodaku/internal/app"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/gate"
	"github.com/kyodaku/kyodaku/internal/law"
	"github.com/kyodaku/kyodaku/internal/store"
)

// personAnswer is the answer of one company about one address, for programs.
type personAnswer struct {
	Workspace     string          `json:"workspace"`
	Answer        gate.Mailable   `json:"answer"`
	Jurisdictions []string        `json:"jurisdictions"`
	Country       string          `json:"country,omitempty"`
	ToldBy        string          `json:"told_by,omitempty"`
	Strictest     bool            `json:"strictest"`
	Messages      []messageAnswer `json:"messages"`
	Rules         string          `json:"rules"`
}

type messageAnswer struct {
	Topic    string          `json:"topic,omitempty"`
	Class    law.Class       `json:"class"`
	Allowed  bool            `json:"allowed"`
	Event    string          `json:"event,omitempty"`
	Until    *time.Time      `json:"until,omitempty"`
	Findings []findingAnswer `json:"findings"`
}

type findingAnswer struct {
	Rule      law.RuleID    `json:"rule"`
	Effect    law.Effect    `json:"effect"`
	Kind      law.Kind      `json:"kind"`
	Certainty law.Certainty `json:"certainty"`
	Reason    string        `json:"reason"`
	Citation  string        `json:"citation"`
}

// explainPerson asks the gate in every company that knows the address.
func (s *shell) explainPerson(ctx context.Context, a *app.App, text string, asJSON bool) error {
	mail, err := addr.ParseMail(text)
	if err != nil {
		return err
	}
	workspaces, err := a.Accounts.Workspaces(ctx, a.DB)
	if err != nil {
		return err
	}
	var all []personAnswer
	for _, w := range workspaces {
		known, err := a.Contacts.AddressByHash(ctx, a.DB, w.ID, a.Contacts.Hash(w.ID, mail))
		if fault.Is(err, fault.NotFound) {
			continue
		}
		if err != nil {
			return err
		}
		answer, err := a.Gate.ExplainAddress(ctx, a.DB, w.ID, known.ID, a.Clock())
		if err != nil {
			return err
		}
		if !asJSON {
			s.tellPerson(text, w, answer)
		}
		all = append(all, s.personAnswer(w, answer))
	}
	switch {
	case len(all) == 0:
		return fault.New(fault.NotFound, "law_answer.person.unknown")
	case asJSON:
		return s.writeJSON(all)
	}
	return nil
}

func (s *shell) personAnswer(w account.Workspace, a gate.AddressAnswer) personAnswer {
	p := personAnswer{
		Workspace: w.Slug, Answer: a.Word, Jurisdictions: a.Reach.Apply.Names(), Country: a.Reach.Country,
		ToldBy: a.Reach.Hint, Strictest: a.Reach.Strictest,
	}
	for i := range a.Topics {
		p.Messages = append(p.Messages, s.messageAnswer(a.Topics[i].Topic.Key, &a.Topics[i].Answer))
	}
	for i := range a.Individual {
		p.Messages, p.Rules = append(p.Messages, s.messageAnswer("", &a.Individual[i])), a.Individual[i].Rules
	}
	return p
}

func (s *shell) messageAnswer(topic string, a *gate.Answer) messageAnswer {
	m := messageAnswer{
		Topic: topic, Class: a.Request.Class, Allowed: a.Allowed(), Event: eventID(a.Event), Findings: []findingAnswer{},
	}
	if !a.Until.IsZero() {
		m.Until = &a.Until
	}
	for _, f := range a.Findings {
		r, lang := f.Rule, string(s.say.Lang)
		m.Findings = append(m.Findings, findingAnswer{r.ID, r.Effect, r.Kind, r.Certainty, r.Text(lang), r.Source(lang)})
	}
	return m
}

func eventID(id int64) string {
	if id == 0 {
		return ""
	}
	return store.Public("evt", id)
}

func (s *shell) tellPerson(address string, w account.Workspace, a gate.AddressAnswer) {
	s.tell("law_answer.person.head", "Address", address, "Workspace", w.Name, "Word", s.say.T("law_answer.word."+string(a.Word)))
	s.tell("law_answer.person.laws", "Laws", s.laws(a.Reach), "Told", s.told(a.Reach))
	for i := range a.Topics {
		t := &a.Topics[i]
		s.tell("law_answer.person.topic", "Topic", t.Topic.Name(s.say.Lang), "Word", s.word(&t.Answer))
		s.tellRules(&t.Answer)
	}
	for i := range a.Individual {
		m := &a.Individual[i]
		s.tell("law_answer.person.class", "Class", s.say.T("law_answer.class."+string(m.Request.Class)), "Word", s.word(m))
		s.tellRules(m)
		if i == len(a.Individual)-1 {
			s.tell("law_answer.person.rules", "Rules", m.Rules)
		}
	}
	fmt.Fprintln(s.out)
}

func (s *shell) laws(r law.Reach) string {
	var names []string
	for _, j := range r.Apply.Names() {
		names = append(names, s.say.T("law_answer.jurisdiction."+j))
	}
	return strings.Join(names, s.say.T("law_answer.comma"))
}

func (s *shell) told(r law.Reach) string {
	switch {
	case r.Strictest && r.Country == "":
		return s.say.T("law_answer.strictest")
	case r.Strictest:
		return s.say.T("law_answer.strictest_known", "Country", r.Country)
	}
	return s.say.T("law_answer.told."+r.Hint, "Country", r.Country)
}

// word is yes or no with its end and the event it rests on.
func (s *shell) word(a *gate.Answer) string {
	word, until := "law_answer.word.no", "law_answer.until_no"
	if a.Allowed() {
		word, until = "law_answer.word.yes", "law_answer.until_yes"
	}
	parts := []string{s.say.T(word)}
	if !a.Until.IsZero() {
		parts = append(parts, s.say.T(until, "At", s.when(a.Until)))
	}
	if a.Event != 0 {
		parts = append(parts, s.say.T("law_answer.rests", "Event", eventID(a.Event)))
	}
	return strings.Join(parts, s.say.T("law_answer.comma"))
}

func (s *shell) tellRules(a *gate.Answer) {
	lang := string(s.say.Lang)
	for _, f := range a.Findings {
		r := f.Rule
		s.tell("law_answer.person.finding", "Text", s.say.T("law_answer.finding",
			"Rule", string(r.ID), "Effect", s.say.T("law_answer.effect."+string(r.Effect)), "Kind", s.say.T("law_answer.kind."+string(r.Kind)),
			"Unsure", r.Certainty != law.Verified, "Text", r.Text(lang), "Source", r.Source(lang)))
	}
}
