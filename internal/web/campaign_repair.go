package web

import (
	"strings"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/campaign"
	"github.com/kyodaku/kyodaku/internal/compose"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/law"
	"github.com/kyodaku/kyodaku/internal/notice"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/web/page"
)

// repairButton is one act that mends a finding: a button of the writing form with a
// Value, or a link to where it is done.
type repairButton struct{ Text, Value, Href string }

// lawRepair begins the value of a button for a repair of a rule: "law REPAIR RULE".
const lawRepair = "law "

// repairButtons are all that can be done about a finding.
func (c *Call) repairButtons(one campaign.Campaign, f campaign.Finding) (out []repairButton) {
	for _, r := range one.Repairs(f) {
		b := repairButton{Text: c.T("web.campaign.repair." + string(r)), Value: lawRepair + string(r) + " " + string(f.Rule)}
		if r.Mechanical() {
			b.Value = repairValue(f)
		}
		out = append(out, b)
	}
	if b, ok := c.repairLink(one, f); ok {
		out = append(out, b)
	}
	return out
}

// mendLink leads from the page before sending to where something can be done about a
// finding. People are not mended in a text, and a second person is asked on the page.
func (c *Call) mendLink(one campaign.Campaign, f campaign.Finding) repairButton {
	switch f.Field {
	case "audience":
		return repairButton{Text: c.T("web.send.mend_people"), Href: campaignPath(one) + "/what-if"}
	case "approval":
		return repairButton{}
	}
	return repairButton{Text: c.T("web.send.mend"), Href: campaignPath(one) + "/write#findings"}
}

// repairLink leads to where a finding is mended by hand.
func (c *Call) repairLink(one campaign.Campaign, f campaign.Finding) (repairButton, bool) {
	link := func(key, href string) (repairButton, bool) { return repairButton{Text: c.T(key), Href: href}, true }
	settings := c.Can(account.ManageSettings)
	switch {
	case f.Rule == "SCOPE-01":
		return link("web.campaign.repair.choose_class", campaignPath(one)+"/class")
	case f.Rule == "SCOPE-02":
		return link("web.campaign.repair.ask_class", campaignPath(one)+"/class")
	case f.Rule == "TRK-06":
		return link("web.campaign.repair.edit_purpose", root+"wordings")
	case strings.HasPrefix(string(f.Rule), "ID-0") && f.Field == "profile" && settings:
		return link("web.campaign.repair.domain", root+"settings/domains")
	case (f.Field == "profile" || strings.HasPrefix(f.Field, "label.")) && settings:
		return link("web.campaign.repair.profile", root+"settings/profiles/"+store.Public(account.ProfilePrefix, one.Profile))
	case f.Field == "approval" && settings:
		return link("web.campaign.repair.policy", root+"settings/campaigns")
	case f.Field == "" || f.Field == blocksPath || f.Field == "approval" || f.Field == "pages" || f.Field == "profile":
		return repairButton{}, false
	case f.Field == "body" && one.Kind == compose.Blocks:
		return repairButton{}, false
	case !f.Repair.Mechanical():
		return link("web.campaign.repair.go", "#"+itemOf.ReplaceAllString(f.Field, "/items"))
	}
	return repairButton{}, false
}

// campaignRepairLaw stores the text as it was typed, with one repair of a rule done.
func (s *Site) campaignRepairLaw(c *Call, one campaign.Campaign, form page.Form) error {
	repair, rule, _ := strings.Cut(strings.TrimPrefix(form.Get("repair"), lawRepair), " ")
	if form.Values.Has("subject") { // the whole text came along
		saved, err := s.Campaigns.Edit(c.Context(), c.By(), one, one.Content, c.Now)
		if form.Take(err) {
			return s.campaignWriting(c, one, form)
		}
		if err != nil {
			return err
		}
		one = saved
	}
	saved, err := s.Campaigns.Repair(c.Context(), c.By(), one, compose.Repair(repair), law.RuleID(rule), c.Now)
	if fault.Is(err, fault.Refused) {
		c.AddFlash(page.Flash{Tone: "warn", Key: "campaign.repair.nothing"})
		return c.Redirect(campaignPath(one) + "/write#check")
	}
	if err != nil {
		return err
	}
	if repair == string(campaign.RequestApproval) && s.Notices != nil {
		wanted := notice.Wanted{Workspace: saved.Workspace, By: c.By().Actor.ID, Title: saved.Name, Path: campaignPath(saved)}
		if wanted.Act, err = s.Campaigns.ApprovalAct(c.Context(), c.By(), saved, c.Now); err != nil {
			return err
		}
		if _, err := s.Notices.AskApproval(c.Context(), wanted, c.Now); err != nil {
			return err
		}
	}
	return c.Done(campaignPath(saved)+"/write", "web.campaign.repaired."+repair)
}

// campaignClassPage asks the plain questions that lead to a class.
type campaignClassPage struct {
	Campaign campaign.Campaign
	Form     page.Form
	YesNo    []page.Option
	HowMuch  []page.Option
}

// Path is the address of the campaign.
func (p campaignClassPage) Path() string { return campaignPath(p.Campaign) }

func newCampaignClassPage(one campaign.Campaign, form page.Form) campaignClassPage {
	p := campaignClassPage{Campaign: one, Form: form, YesNo: []page.Option{{Value: "yes", Key: "web.class.yes"}, {Value: "no", Key: "web.class.no"}}}
	for _, v := range []campaign.Promotes{campaign.PromotesNothing, campaign.PromotesBeside, campaign.PromotesMainly} {
		p.HowMuch = append(p.HowMuch, page.Option{Value: string(v), Key: "web.class.promotes." + string(v)})
	}
	return p
}

func (s *Site) campaignClassShow(c *Call) error {
	one, err := s.draft(c)
	if err != nil {
		return err
	}
	return c.Render("campaign_class", newCampaignClassPage(one, page.FormOf("", "seen", version(one.UpdatedAt))))
}

// campaignClass sets the class that the answers lead to.
func (s *Site) campaignClass(c *Call) error {
	one, form, err := about(c, s.draft)
	if err != nil {
		return err
	}
	one.UpdatedAt = seen(form)
	answers := campaign.Answers{AsksOnly: form.Get("asks") == "yes", Needed: form.Get("needed") == "yes", Promotes: campaign.Promotes(form.Get("promotes"))}
	saved, err := s.Campaigns.ChooseClass(c.Context(), c.By(), one, answers, c.Now)
	if form.Take(err) {
		return c.RenderForm("campaign_class", newCampaignClassPage(one, form))
	}
	if err != nil {
		return err
	}
	return c.Done(campaignPath(saved)+"/write", "web.class.chosen", "Class", c.T("web.campaign.class."+string(saved.Class)))
}

// campaignFlag notes or takes back that the subject is misleading.
func (s *Site) campaignFlag(c *Call) error {
	one, form, err := about(c, s.draft)
	if err != nil {
		return err
	}
	one.UpdatedAt = seen(form)
	if err := s.Campaigns.Flag(c.Context(), c.By(), one, form.Get("misleading") == "1", c.Now); err != nil {
		return err
	}
	return c.Done(campaignPath(one), "web.follow.flag_done")
}
