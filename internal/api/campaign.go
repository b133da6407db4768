package api

import (
	"context"
	"net/http"
	"time"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/campaign"
	"github.com/kyodaku/kyodaku/internal/compose"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/i18n"
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

type campaignEdit struct {
	ID      string `path:"id"`
	IfMatch string `header:"If-Match" doc:"the ETag of what the edit started from"`
	Body    struct {
		Name      *string `json:"name,omitempty" maxLength:"200"`
		Topic     *string `json:"topic,omitempty" doc:"key or id"`
		Profile   *string `json:"profile,omitempty" doc:"id"`
		Class     *string `json:"class,omitempty" enum:"ad,consent_request,tx,tx_with_incidental_ad,notice"`
		Lang      *string `json:"lang,omitempty" enum:"ja,en"`
		Subject   *string `json:"subject,omitempty"`
		Preheader *string `json:"preheader,omitempty"`
		Kind      *string `json:"kind,omitempty" enum:"markdown,blocks"`
		Body      *string `json:"body,omitempty"`
	}
}

type campaignView struct {
	ID          string        `json:"id"`
	Name        string        `json:"name"`
	State       string        `json:"state" enum:"draft,scheduled,holding,sending,paused,stopped,done"`
	Topic       string        `json:"topic" doc:"id"`
	Profile     string        `json:"profile" doc:"id"`
	Class       string        `json:"class"`
	Lang        string        `json:"lang"`
	Subject     string        `json:"subject"`
	Preheader   string        `json:"preheader,omitempty"`
	Kind        string        `json:"kind"`
	Body        string        `json:"body,omitempty" doc:"not told in lists"`
	Progress    progressView  `json:"progress"`
	Findings    []findingView `json:"findings,omitempty" nullable:"false" doc:"only told where it was written"`
	ScheduledAt *time.Time    `json:"scheduled_at,omitempty"`
	HoldUntil   *time.Time    `json:"hold_until,omitempty"`
	StartedAt   *time.Time    `json:"started_at,omitempty"`
	FinishedAt  *time.Time    `json:"finished_at,omitempty"`
	CreatedAt   time.Time     `json:"created_at"`
	UpdatedAt   time.Time     `json:"updated_at"`
}

type progressView struct {
	Queued    int64 `json:"queued" doc:"with those under way"`
	Delivered int64 `json:"delivered"`
	Deferred  int64 `json:"deferred"`
	Failed    int64 `json:"failed"`
	Withheld  int64 `json:"withheld"`
	Uncertain int64 `json:"uncertain"`
	Total     int64 `json:"total"`
}

type findingView struct {
	Severity string `json:"severity" enum:"red,amber,green" doc:"red forbids sending"`
	Field    string `json:"field"`
	Message  string `json:"message"`
	Rule     string `json:"rule,omitempty"`
	Citation string `json:"citation,omitempty"`
	// Kind and Certainty are the rule's.
	Kind      string `json:"kind,omitempty" enum:"statute,guideline,provider,policy"`
	Certainty string `json:"certainty,omitempty" enum:"verified,secondary,unverified" doc:"how well the source was read; anything but verified is to be shown with a warning"`
	Repair    string `json:"repair,omitempty" doc:"the act that mends it, on the pages"`
}

type listQuery struct {
	After string `query:"after"`
	Limit int    `query:"limit" default:"50" minimum:"1" maximum:"200"`
}

func (s *server) campaignOperations() {
	register(s, operation{method: http.MethodGet, path: "/campaigns", id: "listCampaigns", summary: "Campaigns, newest first", scope: account.CampaignsRead}, s.listCampaigns)
	register(s, operation{method: http.MethodPost, path: "/campaigns", id: "createCampaign", summary: "Write a campaign", scope: account.CampaignsWrite, status: http.StatusCreated}, s.createCampaign)
	register(s, operation{method: http.MethodGet, path: "/campaigns/{id}", id: "getCampaign", summary: "A campaign and how it is going", scope: account.CampaignsRead}, s.getCampaign)
	register(s, operation{method: http.MethodPatch, path: "/campaigns/{id}", id: "editCampaign", summary: "Change what is named of a draft", scope: account.CampaignsWrite}, s.editCampaign)
	register(s, operation{method: http.MethodPost, path: "/campaigns/{id}/check", id: "checkCampaign", summary: "What speaks against sending it as it is", scope: account.CampaignsRead}, s.checkCampaign)
}

func viewCampaign(x campaign.Campaign, p campaign.Progress) campaignView {
	return campaignView{
		ID: x.PublicID(), Name: x.Name, State: string(x.State), Topic: public(topicPrefix, x.Topic), Profile: public(account.ProfilePrefix, x.Profile),
		Class: string(x.Class), Lang: string(x.Lang), Subject: x.Subject, Preheader: x.Preheader, Kind: string(x.Kind),
		Progress: progressView{
			Queued: p.Queued, Delivered: p.Delivered, Deferred: p.Deferred, Failed: p.Failed, Withheld: p.Withheld,
			Uncertain: p.Uncertain, Total: p.Total(),
		},
		ScheduledAt: when(x.ScheduledAt), HoldUntil: when(x.HoldUntil), StartedAt: when(x.StartedAt), FinishedAt: when(x.FinishedAt),
		CreatedAt: x.CreatedAt, UpdatedAt: x.UpdatedAt,
	}
}

// campaign reads the campaign that a path names.
func (s *server) campaign(ctx context.Context, c call, id string) (campaign.Campaign, error) {
	n, err := store.ParsePublic(campaign.Prefix, id)
	if err != nil {
		return campaign.Campaign{}, err
	}
	return s.Campaigns.Get(ctx, s.DB, c.workspace(), n)
}

// answerCampaign is a campaign with its text and its progress.
func (s *server) answerCampaign(ctx context.Context, x campaign.Campaign) (*answer[campaignView], error) {
	p, err := s.Campaigns.Progress(ctx, s.DB, x.ID)
	a := &answer[campaignView]{ETag: tag(x.UpdatedAt), Body: viewCampaign(x, p)}
	a.Body.Body = x.Body
	return a, err
}

func (s *server) listCampaigns(ctx context.Context, c call, in *listQuery) (*list[campaignView], error) {
	before, err := after(campaign.Prefix, in.After)
	if err != nil {
		return nil, err
	}
	found, err := s.Campaigns.List(ctx, s.DB, c.workspace(), before, in.Limit)
	if err != nil || len(found) == 0 {
		return listOf[campaignView](nil, ""), err
	}
	ids := viewed(found, func(x campaign.Campaign) int64 { return x.ID })
	progress, err := s.Campaigns.ProgressOf(ctx, s.DB, ids)
	views := viewed(found, func(x campaign.Campaign) campaignView { return viewCampaign(x, progress[x.ID]) })
	return listOf(views, next(campaign.Prefix, len(found) == in.Limit, ids[len(ids)-1])), err
}

func (s *server) getCampaign(ctx context.Context, c call, in *byID) (*answer[campaignView], error) {
	x, err := s.campaign(ctx, c, in.ID)
	if err != nil {
		return nil, err
	}
	return s.answerCampaign(ctx, x)
}

func (s *server) createCampaign(ctx context.Context, c call, in *campaignInput) (*answer[campaignView], error) {
	b := in.Body
	t, err := s.topic(ctx, s.DB, c, b.Topic)
	if err != nil {
		return nil, err
	}
	content := campaign.Content{
		Name: b.Name, Topic: t.ID, Profile: t.Profile, Class: compose.Class(b.Class), Lang: i18n.Lang(b.Lang),
		Subject: b.Subject, Preheader: b.Preheader, Kind: compose.Kind(b.Kind), Body: b.Body,
	}
	if b.Profile != "" {
		if content.Profile, err = s.ownProfile(ctx, s.DB, c, b.Profile); err != nil {
			return nil, err
		}
	}
	x, err := s.Campaigns.Create(ctx, c.by, c.workspace(), content, c.now)
	if err != nil {
		return nil, err
	}
	a, err := s.written(ctx, c, x)
	if err == nil {
		a.Location = prefix + "/campaigns/" + a.Body.ID
	}
	return a, err
}

// written is the answer to writing: the campaign with what speaks against sending it.
func (s *server) written(ctx context.Context, c call, x campaign.Campaign) (*answer[campaignView], error) {
	a, err := s.answerCampaign(ctx, x)
	if err != nil {
		return nil, err
	}
	found, err := s.Campaigns.Check(ctx, s.DB, x)
	a.Body.Findings = s.viewFindings(found, c.lang)
	return a, err
}

// change puts what was given into a campaign's content.
func (in *campaignEdit) change(x *campaign.Content) {
	b := in.Body
	set(&x.Name, b.Name)
	set(&x.Subject, b.Subject)
	set(&x.Preheader, b.Preheader)
	set(&x.Body, b.Body)
	if b.Class != nil {
		x.Class = compose.Class(*b.Class)
	}
	if b.Lang != nil {
		x.Lang = i18n.Lang(*b.Lang)
	}
	if b.Kind != nil {
		x.Kind = compose.Kind(*b.Kind)
	}
}

func (s *server) editCampaign(ctx context.Context, c call, in *campaignEdit) (*answer[campaignView], error) {
	from, err := seen(in.IfMatch)
	if err != nil {
		return nil, err
	}
	x, err := s.campaign(ctx, c, in.ID)
	if err != nil {
		return nil, err
	}
	if x.State != campaign.Draft {
		return nil, fault.New(fault.Refused, "campaign.not_draft")
	}
	if !x.UpdatedAt.Equal(from) {
		return nil, fault.New(fault.Stale, "fault.stale")
	}
	content := x.Content
	in.change(&content)
	if in.Body.Topic != nil {
		t, err := s.topic(ctx, s.DB, c, *in.Body.Topic)
		if err != nil {
			return nil, err
		}
		content.Topic = t.ID
	}
	if in.Body.Profile != nil {
		if content.Profile, err = s.ownProfile(ctx, s.DB, c, *in.Body.Profile); err != nil {
			return nil, err
		}
	}
	if x, err = s.Campaigns.Edit(ctx, c.by, x, content, c.now); err != nil {
		return nil, err
	}
	return s.written(ctx, c, x)
}

type checkView struct {
	Sendable bool          `json:"sendable" doc:"no finding is red"`
	Findings []findingView `json:"findings" nullable:"false"`
}

func (s *server) checkCampaign(ctx context.Context, c call, in *byID) (*answer[checkView], error) {
	x, err := s.campaign(ctx, c, in.ID)
	if err != nil {
		return nil, err
	}
	found, err := s.Campaigns.Check(ctx, s.DB, x)
	return one(checkView{Sendable: !campaign.Red(found), Findings: s.viewFindings(found, c.lang)}), err
}

func (s *server) viewFindings(found []campaign.Finding, lang i18n.Lang) []findingView {
	say := s.Texts.For(lang)
	return viewed(found, func(f campaign.Finding) findingView {
		v := findingView{Severity: string(f.Severity), Field: f.Field, Rule: string(f.Rule)}
		if v.Message, v.Citation = s.ruleText(f.Rule, lang); v.Message == "" {
			v.Message = say.T(f.Key, f.Args...)
		}
		if v.Repair = string(f.Repair); f.Law != nil {
			v.Message, v.Citation = f.Law.Text(string(lang)), f.Law.Source(string(lang))
			v.Kind, v.Certainty = string(f.Law.Kind), string(f.Law.Certainty)
		}
		return v
	})
}
