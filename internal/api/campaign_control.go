package api

import (
	"context"
	"net/http"
	"time"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/campaign"
	"github.com/kyodaku/kyodaku/internal/contact"
	"github.com/kyodaku/kyodaku/internal/delivery"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/law"
)

const messagePrefix = "msg"

type sendInput struct {
	ID   string `path:"id"`
	Body struct {
		At   *time.Time `json:"at,omitempty" doc:"when to begin; absent is now"`
		Hold int        `json:"hold_seconds,omitempty" minimum:"0" maximum:"86400" doc:"how long it can still be taken back"`
	}
}

func (s *server) campaignControlOperations() {
	register(s, operation{method: http.MethodPost, path: "/campaigns/{id}/send", id: "sendCampaign", summary: "Freeze the text and send", scope: account.MessagesSend, status: http.StatusAccepted}, s.sendCampaign)
	for _, o := range []struct {
		path, id, summary string
		do                func(context.Context, account.By, campaign.Campaign, time.Time) error
	}{
		{"pause", "pauseCampaign", "Stop the hand-off for now", s.Campaigns.Pause},
		{"resume", "resumeCampaign", "Go on after a pause", s.Campaigns.Resume},
		{"cancel", "cancelCampaign", "End a campaign for good", s.Campaigns.Cancel},
		{"recall", "recallCampaign", "Take a campaign that has not begun back to its draft", s.Campaigns.Recall},
	} {
		register(s, operation{method: http.MethodPost, path: "/campaigns/{id}/" + o.path, id: o.id, summary: o.summary, scope: account.MessagesSend},
			func(ctx context.Context, c call, in *byID) (*answer[campaignView], error) {
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
	register(s, operation{method: http.MethodGet, path: "/campaigns/{id}/people", id: "listCampaignPeople", summary: "What became of each person's message, or why not", scope: account.CampaignsRead}, s.listPeople)
}

func (s *server) sendCampaign(ctx context.Context, c call, in *sendInput) (*answer[campaignView], error) {
	x, err := s.campaign(ctx, c, in.ID)
	if err != nil {
		return nil, err
	}
	if x.State != campaign.Draft {
		return nil, fault.New(fault.Refused, "campaign.not_draft")
	}
	l := campaign.Launch{Hold: time.Duration(in.Body.Hold) * time.Second}
	set(&l.At, in.Body.At)
	if err := s.Campaigns.Send(ctx, c.by, x, l, c.now); err != nil {
		return nil, asNamed(err, map[string]string{"hold": "hold_seconds"})
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
	ID         string     `json:"id" doc:"id of the message"`
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
	last, err := after(messagePrefix, in.After)
	if err != nil {
		return nil, err
	}
	rows, err := s.Campaigns.People(ctx, s.DB, x.ID, delivery.Outcome(in.Outcome), last, in.Limit)
	if err != nil || len(rows) == 0 {
		return listOf[personView](nil, ""), err
	}
	views := viewed(rows, func(r campaign.Row) personView { return s.viewPerson(c, r) })
	return listOf(views, next(messagePrefix, len(rows) == in.Limit, rows[len(rows)-1].ID)), nil
}

func (s *server) viewPerson(c call, r campaign.Row) personView {
	v := personView{
		ID: public(messagePrefix, r.ID), Address: r.Shown, Contact: public(contact.Prefix, r.Contact), Outcome: string(r.Outcome),
		Rule: string(r.Rule), Event: public(eventPrefix, r.DecidedEvent), Attempts: r.Attempts, FinishedAt: when(r.FinishedAt),
	}
	v.Reason, v.Citation = s.ruleText(law.RuleID(v.Rule), c.lang)
	return v
}
