package api

import (
	"context"
	"net/http"
	"time"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/campaign"
	"github.com/kyodaku/kyodaku/internal/compose"
	"github.com/kyodaku/kyodaku/internal/delivery"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/i18n"
	"github.com/kyodaku/kyodaku/internal/law"
	"github.com/kyodaku/kyodaku/internal/store"
)

type campaignInput struct {
	Body struct {
		Name      string `json:"name" maxLength:"200"`
		Topic     string `json:"topic" doc:"key or id"`
		Profile   string `json:"profile,omitempty" doc:"id; the topic's own if empty"`
		Class     string `json:"class" enum:"ad,consent_request,tx,tx_with_incidental_ad,notice"`
		Lang      string `json:"lang" enum:"ja,en"`
		Subject   string `json:"subject"`
		Preheader string `json:"preheader,omitempty"`
		Kind      string `json:"kind" enum:"markdown,blocks"`
		Body      string `json:"body"`
	}
}

type campaignView struct {
	ID         string        `json:"id"`
	Name       string        `json:"name"`
	State      string        `json:"state"`
	Subject    string        `json:"subject"`
	Class      string        `json:"class"`
	Progress   progressView  `json:"progress"`
	Findings   []findingView `json:"findings,omitempty"`
	StartedAt  *time.Time    `json:"started_at,omitempty"`
	FinishedAt *time.Time    `json:"finished_at,omitempty"`
	UpdatedAt  time.Time     `json:"updated_at"`
}

type progressView struct {
	Queued    int64 `json:"queued"`
	Delivered int64 `json:"delivered"`
	Deferred  int64 `json:"deferred"`
	Failed    int64 `json:"failed"`
	Withheld  int64 `json:"withheld"`
	Uncertain int64 `json:"uncertain"`
	Total     int64 `json:"total"`
}

type findingView struct {
	Severity string `json:"severity"`
	Field    string `json:"field"`
	Message  string `json:"message"`
	Rule     string `json:"rule,omitempty"`
	Citation string `json:"citation,omitempty"`
}

type sendInput struct {
	ID   string `path:"id"`
	Body struct {
		At   *time.Time `json:"at,omitempty"`
		Hold int        `json:"hold_seconds,omitempty" minimum:"0" maximum:"86400"`
	}
}

func (s *server) campaignOperations() {
	register(s, operation{http.MethodPost, "/campaigns", "createCampaign", "Write a campaign", account.CampaignsWrite, http.StatusCreated}, s.createCampaign)
	register(s, operation{http.MethodGet, "/campaigns/{id}", "getCampaign", "A campaign and how it is going", account.CampaignsRead, 0}, s.getCampaign)
	register(s, operation{http.MethodPost, "/campaigns/{id}/send", "sendCampaign", "Freeze and send", account.MessagesSend, http.StatusAccepted}, s.sendCampaign)
	for _, o := range []struct {
		path, id, summary string
		do                func(context.Context, account.By, campaign.Campaign, time.Time) error
	}{
		{"pause", "pauseCampaign", "Stop the hand-off for now", s.Campaigns.Pause},
		{"resume", "resumeCampaign", "Go on after a pause", s.Campaigns.Resume},
		{"cancel", "cancelCampaign", "End a campaign for good", s.Campaigns.Cancel},
	} {
		register(s, operation{http.MethodPost, "/campaigns/{id}/" + o.path, o.id, o.summary, account.MessagesSend, 0},
			func(ctx context.Context, c call, in *byID) (*one[campaignView], error) {
				x, err := s.campaign(ctx, c, in.ID)
				if err != nil {
					return nil, err
				}
				if err := o.do(ctx, c.by, x, c.now); err != nil {
					return nil, err
				}
				return s.getCampaign(ctx, c, in)
			})
	}
	register(s, operation{http.MethodGet, "/campaigns/{id}/people", "listCampaignPeople", "What became of each person's message, or why not", account.CampaignsRead, 0}, s.listPeople)
}

func (s *server) createCampaign(ctx context.Context, c call, in *campaignInput) (*one[campaignView], error) {
	b := in.Body
	t, err := s.topic(ctx, c, b.Topic)
	if err != nil {
		return nil, err
	}
	content := campaign.Content{
		Name: b.Name, Topic: t.ID, Profile: t.Profile, Class: compose.Class(b.Class), Lang: i18n.Lang(b.Lang),
		Subject: b.Subject, Preheader: b.Preheader, Kind: compose.Kind(b.Kind), Body: b.Body,
	}
	if b.Profile != "" {
		if content.Profile, err = store.ParsePublic("snd", b.Profile); err != nil {
			return nil, fault.Bad("profile", "campaign.profile.bad")
		}
	}
	x, err := s.Campaigns.Create(ctx, c.by, c.workspace(), content, c.now)
	if err != nil {
		return nil, err
	}
	v, err := s.view(ctx, c, x)
	if err != nil {
		return nil, err
	}
	v.Findings, err = s.findings(ctx, c, x)
	return &one[campaignView]{v}, err
}

func (s *server) findings(ctx context.Context, c call, x campaign.Campaign) ([]findingView, error) {
	found, err := s.Campaigns.Check(ctx, s.DB, x)
	var out []findingView
	for _, f := range found {
		v := findingView{Severity: string(f.Severity), Field: f.Field, Rule: string(f.Rule)}
		if r, ok := s.Gate.Rules().Rule(f.Rule); ok {
			v.Message, v.Citation = r.Text(string(c.lang)), r.Source(string(c.lang))
		} else {
			v.Message = s.Texts.For(c.lang).T(f.Key, f.Args...)
		}
		out = append(out, v)
	}
	return out, err
}

func (s *server) campaign(ctx context.Context, c call, id string) (campaign.Campaign, error) {
	n, err := store.ParsePublic(campaign.Prefix, id)
	if err != nil {
		return campaign.Campaign{}, err
	}
	return s.Campaigns.Get(ctx, s.DB, c.workspace(), n)
}

func (s *server) getCampaign(ctx context.Context, c call, in *byID) (*one[campaignView], error) {
	x, err := s.campaign(ctx, c, in.ID)
	if err != nil {
		return nil, err
	}
	v, err := s.view(ctx, c, x)
	return &one[campaignView]{v}, err
}

func (s *server) view(ctx context.Context, _ call, x campaign.Campaign) (campaignView, error) {
	p, err := s.Campaigns.Progress(ctx, s.DB, x.ID)
	return campaignView{
		ID: x.PublicID(), Name: x.Name, State: string(x.State), Subject: x.Subject, Class: string(x.Class),
		Progress: progressView{
			Queued: p.Queued, Delivered: p.Delivered, Deferred: p.Deferred, Failed: p.Failed, Withheld: p.Withheld,
			Uncertain: p.Uncertain, Total: p.Total(),
		},
		StartedAt: when(x.StartedAt), FinishedAt: when(x.FinishedAt), UpdatedAt: x.UpdatedAt,
	}, err
}

func (s *server) sendCampaign(ctx context.Context, c call, in *sendInput) (*one[campaignView], error) {
	x, err := s.campaign(ctx, c, in.ID)
	if err != nil {
		return nil, err
	}
	l := campaign.Launch{Hold: time.Duration(in.Body.Hold) * time.Second}
	if in.Body.At != nil {
		l.At = *in.Body.At
	}
	if err := s.Campaigns.Send(ctx, c.by, x, l, c.now); err != nil {
		return nil, err
	}
	return s.getCampaign(ctx, c, &byID{in.ID})
}

type peopleQuery struct {
	ID      string `path:"id"`
	Outcome string `query:"outcome" enum:",delivered,deferred,failed,withheld,uncertain" doc:"empty: not sent yet"`
	After   string `query:"after"`
	Limit   int    `query:"limit" default:"100" minimum:"1" maximum:"1000"`
}

type personView struct {
	ID         string     `json:"id"`
	Address    string     `json:"address"`
	Contact    string     `json:"contact,omitempty"`
	Outcome    string     `json:"outcome"`
	Rule       string     `json:"rule,omitempty"`
	Reason     string     `json:"reason,omitempty"`
	Citation   string     `json:"citation,omitempty"`
	Event      string     `json:"event,omitempty"`
	Attempts   int        `json:"attempts"`
	FinishedAt *time.Time `json:"finished_at,omitempty"`
}

func (s *server) listPeople(ctx context.Context, c call, in *peopleQuery) (*list[personView], error) {
	x, err := s.campaign(ctx, c, in.ID)
	if err != nil {
		return nil, err
	}
	after := int64(0)
	if in.After != "" {
		if after, err = store.ParsePublic("msg", in.After); err != nil {
			return nil, fault.Bad("after", "api.cursor.bad")
		}
	}
	rows, err := s.Campaigns.People(ctx, s.DB, x.ID, delivery.Outcome(in.Outcome), after, in.Limit)
	if err != nil {
		return nil, err
	}
	var out []personView
	for _, r := range rows {
		out = append(out, s.person(c, r))
	}
	next := ""
	if len(rows) == in.Limit {
		next = store.Public("msg", rows[len(rows)-1].ID)
	}
	return listOf(out, next), nil
}

func (s *server) person(c call, r campaign.Row) personView {
	v := personView{
		ID: store.Public("msg", r.ID), Address: r.Shown, Outcome: string(r.Outcome), Rule: string(r.Rule),
		Attempts: r.Attempts, FinishedAt: when(r.FinishedAt),
	}
	if r.Contact != 0 {
		v.Contact = store.Public("con", r.Contact)
	}
	if r.DecidedEvent != 0 {
		v.Event = store.Public("evt", r.DecidedEvent)
	}
	if rule, ok := s.Gate.Rules().Rule(law.RuleID(v.Rule)); ok {
		v.Reason, v.Citation = rule.Text(string(c.lang)), rule.Source(string(c.lang))
	}
	return v
}
