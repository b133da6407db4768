package api

import (
	"context"
	"net/http"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/campaign"
	"github.com/kyodaku/kyodaku/internal/law"
)

// forecastView is what would become of a campaign's audience if it were sent now.
type forecastView struct {
	Asked         int64       `json:"asked" doc:"how many people the answer is about"`
	Allowed       int64       `json:"allowed" doc:"how many of them may get it"`
	Complete      bool        `json:"complete" doc:"false when not everybody could be counted within five seconds: then asked is less than the whole audience, and the rest is looked at when it is sent"`
	Jurisdictions []string    `json:"jurisdictions" nullable:"false" doc:"the legal orders that these people bring in"`
	Reasons       []ruleCount `json:"reasons" nullable:"false" doc:"why the others may not get it, by rule; each person counts once"`
	Warnings      []ruleCount `json:"warnings" nullable:"false" doc:"what somebody answers for who sends all the same"`
	Answered      []string    `json:"answered" nullable:"false" doc:"the rules among the warnings that somebody has approved for the draft as it is; a key answers for none, so sending waits for the others"`
	Rules         string      `json:"rules" doc:"the version of the rules that were asked"`
}

func (s *server) forecastOperations() {
	register(s, operation{method: http.MethodGet, path: "/campaigns/{id}/forecast", id: "forecastCampaign", summary: "How many would get it now, and why the others would not", scope: account.CampaignsRead}, s.forecastCampaign)
}

// forecastCampaign asks what the page before sending asks, and waits as long.
func (s *server) forecastCampaign(ctx context.Context, c call, in *byID) (*answer[forecastView], error) {
	x, err := s.campaign(ctx, c, in.ID)
	if err != nil {
		return nil, err
	}
	patient, cancel := context.WithTimeout(ctx, campaign.ForecastPatience)
	defer cancel()
	got, err := s.Campaigns.Forecast(patient, s.DB, x, campaign.ForecastMost, c.now)
	if err != nil {
		return nil, err
	}
	about := s.Campaigns.WarningsOf(got)
	standing, err := s.Campaigns.Standing(ctx, s.DB, c.by, x, about)
	if err != nil {
		return nil, err
	}
	answered := []string{}
	for _, f := range about {
		if f.Rule != "" && !standing.IsOpen(f) {
			answered = append(answered, string(f.Rule))
		}
	}
	return one(forecastView{
		Asked: got.Asked, Allowed: got.Allowed, Complete: got.Complete, Jurisdictions: got.Reach.Names(),
		Reasons: s.countRules(got.Reasons, law.Block, c.lang), Warnings: s.countRules(got.Warnings, law.Warn, c.lang),
		Answered: answered, Rules: s.Gate.Rules().Version(),
	}), nil
}
