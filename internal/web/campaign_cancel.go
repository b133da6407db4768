package web

import (
	"github.com/kyodaku/kyodaku/internal/campaign"
	"github.com/kyodaku/kyodaku/internal/fault"
)

// campaignCancelPage asks once more: a campaign that was cancelled cannot go on.
type campaignCancelPage struct {
	Campaign campaign.Campaign
	Progress campaign.Progress
}

// Path is the address of the campaign.
func (p campaignCancelPage) Path() string { return campaignPath(p.Campaign) }

func (s *Site) campaignCancelShow(c *Call) error {
	one, err := s.campaign(c)
	if err != nil {
		return err
	}
	if !one.State.Active() {
		return fault.New(fault.Refused, "campaign.state.bad")
	}
	progress, err := s.Campaigns.Progress(c.Context(), s.DB, one.ID)
	if err != nil {
		return err
	}
	return c.Render("campaign_cancel", campaignCancelPage{one, progress})
}
