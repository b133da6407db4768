package api

import (
	"context"
	"net/http"
	"time"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/campaign"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/gate"
	"github.com/kyodaku/kyodaku/internal/i18n"
	"github.com/kyodaku/kyodaku/internal/law"
)

type personQuery struct {
	Address string `query:"address" required:"true"`
}

// explainedView is the whole answer to "may I mail this person?".
type explainedView struct {
	Answer     string           `json:"answer" enum:"yes,individually,no" doc:"individually: only what concerns the person alone"`
	Reach      reachView        `json:"reach"`
	Topics     []topicVerdict   `json:"topics" nullable:"false" doc:"advertising, topic by topic"`
	Individual []messageVerdict `json:"individual" nullable:"false" doc:"messages that belong to no topic"`
	Rules      string           `json:"rules" doc:"the version of the rules that were asked"`
}

// reachView says which legal orders were applied, and why.
type reachView struct {
	Jurisdictions []string `json:"jurisdictions" nullable:"false"`
	Country       string   `json:"country,omitempty" doc:"of the person; absent when nothing tells it"`
	ToldBy        string   `json:"told_by,omitempty" enum:"stated,postal,phone,domain,language,market,several" doc:"what told the country; several: different facts tell different ones, and the laws of all of them apply"`
	Strictest     bool     `json:"strictest" doc:"the country cannot be told or its law is not among ours, so the strictest set applies"`
}

type topicVerdict struct {
	Topic string `json:"topic" doc:"key"`
	messageVerdict
}

// messageVerdict is the answer about one kind of message.
type messageVerdict struct {
	Class    string     `json:"class"`
	Allowed  bool       `json:"allowed"`
	State    string     `json:"state,omitempty"`
	Basis    string     `json:"basis,omitempty"`
	Event    string     `json:"event,omitempty" doc:"the consent event that the answer rests on"`
	Until    *time.Time `json:"until,omitempty" doc:"when the answer turns, if nothing happens but time"`
	Findings []ruleView `json:"findings" nullable:"false" doc:"every rule that holds, blocks first"`
}

// ruleView is a rule that holds.
type ruleView struct {
	Rule      string `json:"rule"`
	Effect    string `json:"effect" enum:"block,warn,record"`
	Kind      string `json:"kind" enum:"statute,guideline,provider,policy"`
	Certainty string `json:"certainty" enum:"verified,secondary,unverified" doc:"how well the source was read"`
	Reason    string `json:"reason"`
	Citation  string `json:"citation"`
}

type whatIfQuery struct {
	ID      string    `path:"id"`
	At      time.Time `query:"at" doc:"the day that is supposed to be; now if absent"`
	Country string    `query:"country" pattern:"^[A-Z]{2}$" doc:"where everybody is supposed to be"`
	Beside  []string  `query:"beside" enum:"JP,US,EU,DE,UK,AU,CA" doc:"legal orders that count besides those that do anyway"`
}

// supposedView counts what would become of a campaign's audience.
type supposedView struct {
	Asked    int64       `json:"asked"`
	Allowed  int64       `json:"allowed"`
	Complete bool        `json:"complete" doc:"false when there are more people than were asked about"`
	Blocks   []ruleCount `json:"blocks" nullable:"false"`
	Warnings []ruleCount `json:"warnings" nullable:"false"`
}

type ruleCount struct {
	ruleView
	Count int64 `json:"count"`
}

func (s *server) explainOperations() {
	register(s, operation{method: http.MethodGet, path: "/answer", id: "explainPerson", summary: "May I mail this person? By which rule, on which event, until when", scope: account.ConsentRead}, s.explainPerson)
	register(s, operation{method: http.MethodGet, path: "/campaigns/{id}/what-if", id: "whatIfCampaign", summary: "The audience on another day or under another law", scope: account.CampaignsRead}, s.whatIfCampaign)
}

// explainPerson asks the very rules that are asked before every message.
func (s *server) explainPerson(ctx context.Context, c call, in *personQuery) (*answer[explainedView], error) {
	_, hash, err := s.address(c, in.Address)
	if err != nil {
		return nil, err
	}
	a, err := s.Contacts.AddressByHash(ctx, s.DB, c.workspace(), hash)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return nil, err
	}
	found, err := s.Gate.ExplainAddress(ctx, s.DB, c.workspace(), a.ID, c.now)
	if err != nil {
		return nil, err
	}
	v := explainedView{Answer: string(found.Word), Reach: viewReach(found.Reach), Topics: []topicVerdict{}, Rules: s.Gate.Rules().Version()}
	for i := range found.Topics {
		t := &found.Topics[i]
		v.Topics = append(v.Topics, topicVerdict{t.Topic.Key, viewVerdict(&t.Answer, c.lang)})
	}
	for i := range found.Individual {
		v.Individual = append(v.Individual, viewVerdict(&found.Individual[i], c.lang))
	}
	return one(v), nil
}

func viewReach(r law.Reach) reachView {
	return reachView{Jurisdictions: r.Apply.Names(), Country: r.Country, ToldBy: r.Hint, Strictest: r.Strictest}
}

func viewVerdict(a *gate.Answer, lang i18n.Lang) messageVerdict {
	v := messageVerdict{
		Class: string(a.Request.Class), Allowed: a.Allowed(), State: string(a.State.Status), Basis: string(a.State.Basis),
		Event: public(eventPrefix, a.Event), Until: when(a.Until), Findings: []ruleView{},
	}
	for _, f := range a.Findings {
		v.Findings = append(v.Findings, viewFinding(f.Rule, lang))
	}
	return v
}

func viewFinding(r *law.Rule, lang i18n.Lang) ruleView {
	return ruleView{
		Rule: string(r.ID), Effect: string(r.Effect), Kind: string(r.Kind), Certainty: string(r.Certainty),
		Reason: r.Text(string(lang)), Citation: r.Source(string(lang)),
	}
}

// mostSupposed bounds how many people a what-if asks about: somebody waits for it.
const mostSupposed = 200_000

func (s *server) whatIfCampaign(ctx context.Context, c call, in *whatIfQuery) (*answer[supposedView], error) {
	x, err := s.campaign(ctx, c, in.ID)
	if err != nil {
		return nil, err
	}
	suppose := gate.Supposition{At: in.At, Country: in.Country}
	if len(in.Beside) > 0 {
		if suppose.Beside, err = law.ParseJurisdictions(in.Beside); err != nil {
			return nil, fault.Bad("beside", "api.field.bad")
		}
	}
	got, err := s.Campaigns.WhatIf(ctx, s.DB, x, suppose, mostSupposed, c.now)
	if err != nil {
		return nil, err
	}
	return one(supposedView{
		Asked: got.Asked, Allowed: got.Allowed, Complete: got.Complete,
		Blocks: s.countRules(got.Blocks, law.Block, c.lang), Warnings: s.countRules(got.Warnings, law.Warn, c.lang),
	}), nil
}

func (s *server) countRules(reasons []campaign.Reason, e law.Effect, lang i18n.Lang) []ruleCount {
	out := make([]ruleCount, 0, len(reasons))
	for _, x := range reasons {
		if r, ok := s.Gate.Rules().Entry(x.Rule, e); ok {
			out = append(out, ruleCount{viewFinding(r, lang), x.Count})
		}
	}
	return out
}
