package web

import (
	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/campaign"
	"github.com/kyodaku/kyodaku/internal/delivery"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/web/page"
)

const campaignsPath = root + "campaigns"

// campaignRoutes are the campaigns. Numbers are for every operator; people behind
// them only for those who may read people.
func (s *Site) campaignRoutes() []Route {
	all, write, send, people := SignedIn(), Needs(account.WriteCampaign), Needs(account.SendCampaign), Needs(account.ReadContacts)
	one := campaignsPath + "/{id}"
	return []Route{
		{Pattern: "GET " + campaignsPath, Access: all, Handle: s.campaignList, Views: []string{"campaigns"}},
		{Pattern: "GET " + campaignsPath + "/new", Access: write, Handle: s.campaignNew, Views: []string{"campaign_new"}},
		{Pattern: "POST " + campaignsPath + "/new", Access: write, Handle: s.campaignCreate},
		{Pattern: "GET " + one, Access: all, Handle: s.campaignFollow, Views: []string{"campaign"}},
		{Pattern: "GET " + one + "/what-if", Access: write, Handle: s.whatIfShow, Views: []string{"what_if"}},
		{Pattern: "GET " + one + "/progress", Access: all, Handle: s.campaignProgress},
		{Pattern: "POST " + one + "/copy", Access: write, Handle: s.campaignCopy},
		{Pattern: "GET " + one + "/write", Access: write, Handle: s.campaignWrite, Views: []string{"campaign_write"}, MaxBody: maxWriting},
		{Pattern: "POST " + one + "/write", Access: write, Handle: s.campaignSave, MaxBody: maxWriting},
		{Pattern: "GET " + one + "/class", Access: write, Handle: s.campaignClassShow, Views: []string{"campaign_class"}},
		{Pattern: "POST " + one + "/class", Access: write, Handle: s.campaignClass},
		{Pattern: "POST " + one + "/flag", Access: Needs(account.ApproveAmber), Handle: s.campaignFlag},
		{Pattern: "GET " + policyPath, Access: Needs(account.ManageSettings), Handle: s.policyShow, Views: []string{"campaign_policy"}},
		{Pattern: "POST " + policyPath, Access: Needs(account.ManageSettings), Handle: s.policyEdit},
		{Pattern: "POST " + one + "/repair", Access: write, Handle: s.campaignRepair, MaxBody: maxWriting},
		{Pattern: "POST " + one + "/check", Access: write, Handle: s.campaignCheck, MaxBody: maxWriting},
		{Pattern: "GET " + one + "/preview", Access: all, Handle: s.campaignPreview},
		{Pattern: "POST " + one + "/preview", Access: write, Handle: s.campaignLook, MaxBody: maxWriting},
		{Pattern: "GET " + one + "/send", Access: send, Handle: s.campaignSendShow, Views: []string{"campaign_send"}},
		{Pattern: "POST " + one + "/send", Access: send, Handle: s.campaignSend},
		{Pattern: "POST " + one + "/approve", Access: all, Handle: s.campaignApprove},
		{Pattern: "POST " + one + "/test", Access: write, Handle: s.campaignTest},
		{Pattern: "POST " + one + "/recall", Access: send, Handle: s.campaignAct(s.Campaigns.Recall, "recalled")},
		{Pattern: "POST " + one + "/pause", Access: send, Handle: s.campaignAct(s.Campaigns.Pause, "paused")},
		{Pattern: "POST " + one + "/resume", Access: send, Handle: s.campaignAct(s.Campaigns.Resume, "resumed")},
		{Pattern: "GET " + one + "/cancel", Access: send, Handle: s.campaignCancelShow, Views: []string{"campaign_cancel"}},
		{Pattern: "POST " + one + "/cancel", Access: send, Handle: s.campaignAct(s.Campaigns.Cancel, "cancelled")},
		{Pattern: "GET " + one + "/people", Access: people, Handle: s.deliveryList, Views: []string{"deliveries"}},
		{Pattern: "GET " + one + "/people/{message}", Access: people, Handle: s.deliveryShow, Views: []string{"delivery"}},
		{Pattern: "GET " + one + "/people/{message}/letter", Access: people, Handle: s.deliveryLetter},
	}
}

// maxWriting is the largest draft with the largest block document, in bytes, as a
// form encodes Japanese: nine bytes for three.
const maxWriting = 4 << 20

// campaignsPage lists campaigns, the newest first.
type campaignsPage struct {
	Campaigns []campaignRow
	MayWrite  bool
	Pager     page.Pager
}

// campaignRow is a campaign with its numbers, in the reader's language.
type campaignRow struct {
	campaign.Campaign
	TopicName string
	Progress  campaign.Progress
	// Href leads to where the operator goes on with it.
	Href string
}

// State is the badge of where the campaign stands.
func (r campaignRow) State() page.Badge { return stateBadge(r.Campaign.State) }

// stateBadge names a state; what is on its way stands out.
func stateBadge(s campaign.State) page.Badge {
	b := page.Badge{Tone: "plain", Key: "campaign.state." + string(s)}
	switch s {
	case campaign.Draft, campaign.Stopped:
		b.Tone = "quiet"
	case campaign.Scheduled, campaign.Holding, campaign.Sending:
		b.Tone = "strong"
	case campaign.Paused, campaign.Done:
	}
	return b
}

const campaignsPerPage = 30

func (s *Site) campaignList(c *Call) error {
	before := int64(0)
	if after := c.After(); after != "" {
		var err error
		if before, err = store.ParsePublic(campaign.Prefix, after); err != nil {
			return err
		}
	}
	list, err := s.Campaigns.List(c.Context(), s.DB, c.Workspace.ID, before, campaignsPerPage)
	if err != nil {
		return err
	}
	rows, err := s.campaignRows(c, list)
	if err != nil {
		return err
	}
	p := campaignsPage{Campaigns: rows, MayWrite: c.Can(account.WriteCampaign)}
	next := ""
	if len(list) == campaignsPerPage {
		next = list[len(list)-1].PublicID()
	}
	p.Pager = c.Pager(next)
	return c.Render("campaigns", p)
}

// campaignRows adds names and numbers to campaigns.
func (s *Site) campaignRows(c *Call, list []campaign.Campaign) ([]campaignRow, error) {
	ids := make([]int64, len(list))
	for i, one := range list {
		ids[i] = one.ID
	}
	progress, err := s.Campaigns.ProgressOf(c.Context(), s.DB, ids)
	if err != nil {
		return nil, err
	}
	topics, err := s.topicNames(c)
	if err != nil {
		return nil, err
	}
	rows := make([]campaignRow, len(list))
	for i, one := range list {
		rows[i] = campaignRow{Campaign: one, TopicName: topics[one.Topic], Progress: progress[one.ID], Href: campaignPath(one)}
		if one.State == campaign.Draft && c.Can(account.WriteCampaign) {
			rows[i].Href += "/write"
		}
	}
	return rows, nil
}

// campaignPath is the address of a campaign's page.
func campaignPath(one campaign.Campaign) string { return campaignsPath + "/" + one.PublicID() }

// peoplePath leads to the people of a campaign with an outcome; "" are those who wait.
func peoplePath(one campaign.Campaign, o delivery.Outcome) string {
	if o == "" {
		o = outcomeWaiting
	}
	return campaignPath(one) + "/people?outcome=" + string(o)
}

// campaign reads the campaign that the path names.
func (s *Site) campaign(c *Call) (campaign.Campaign, error) {
	id, err := c.ID(campaign.Prefix, "id")
	if err != nil {
		return campaign.Campaign{}, err
	}
	return s.Campaigns.Get(c.Context(), s.DB, c.Workspace.ID, id)
}

// campaignAct makes the handler of a button that changes a campaign's state.
func (s *Site) campaignAct(do campaignVerb, done string) func(c *Call) error {
	return func(c *Call) error {
		one, err := s.campaign(c)
		if err != nil {
			return err
		}
		if err := do(c.Context(), c.By(), one, c.Now); err != nil {
			return err
		}
		return c.Done(campaignPath(one), "web.campaign."+done)
	}
}
