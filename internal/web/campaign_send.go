package web

import (
	"context"
	"strconv"
	"time"

	"github.com/kyodaku/kyodaku/internal/campaign"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/web/page"
)

// campaignSendPage is the last look before a campaign leaves.
type campaignSendPage struct {
	Campaign            campaign.Campaign
	TopicName, FromName string
	Form                page.Form
	Check               checkResult
	Forecast            campaign.Forecast
	Reasons             []withheldRow
	When, Holds         []page.Option
	Caught              bool
	// LeastHold is the company's own hold in minutes; Part says whom it is for, "" for all.
	LeastHold            int
	Part                 string
	CaughtPath, TestMail string
}

// Path is the address of the campaign.
func (p campaignSendPage) Path() string { return campaignPath(p.Campaign) }

// withheldRow is why some people do not get a message.
type withheldRow struct {
	ruleText
	Count int64
	// Href leads to the people, empty where they are not known or not to be seen.
	Href string
}

// holds are the choices of a hold, in minutes.
var holds = [...]int{0, 1, 5, 15, 60}

const (
	sendNow   = "now"
	sendLater = "later"
	// clockForm is how a browser writes day and time in a form.
	clockForm = "2006-01-02T15:04"
)

func (s *Site) campaignSendShow(c *Call) error {
	one, err := s.draft(c)
	if err != nil {
		return err
	}
	form := page.FormOf("", "when", sendNow, "hold", "5", "seen", version(one.UpdatedAt))
	return s.campaignSending(c, one, form, nil)
}

// campaignSending renders the page with what is in the form; found is everything that is
// found, where that is known already.
func (s *Site) campaignSending(c *Call, one campaign.Campaign, form page.Form, found []campaign.Finding) error {
	p := campaignSendPage{
		Campaign: one, Form: form, Caught: s.Caught != nil, CaughtPath: caughtPath, TestMail: c.Operator.Email.Display(),
		When: []page.Option{{Value: sendNow, Key: "web.send.now"}, {Value: sendLater, Key: "web.send.later"}},
	}
	p.Holds = c.holdOptions()
	topic, err := s.Consent.TopicByID(c.Context(), s.DB, c.Workspace.ID, one.Topic)
	if err != nil {
		return err
	}
	profile, err := s.Accounts.ProfileByID(c.Context(), s.DB, c.Workspace.ID, one.Profile)
	if err != nil {
		return err
	}
	policy, err := s.Campaigns.Policy(c.Context(), s.DB, c.Workspace.ID)
	if err != nil {
		return err
	}
	p.LeastHold, p.Part = int(policy.Hold/time.Minute), c.partText(one)
	p.TopicName, p.FromName = topic.Name(c.Lang), profile.FromName+" <"+profile.FromAddress.Display()+">"
	patient, cancel := context.WithTimeout(c.Context(), campaign.ForecastPatience)
	defer cancel()
	if p.Forecast, err = s.Campaigns.Forecast(patient, s.DB, one, campaign.ForecastMost, c.Now); err != nil {
		return err
	}
	if found == nil {
		if found, err = s.Campaigns.CheckFor(c.Context(), s.DB, one, p.Forecast); err != nil {
			return err
		}
	}
	if p.Check, err = s.checked(c, one, found); err != nil {
		return err
	}
	for _, r := range p.Forecast.Reasons {
		p.Reasons = append(p.Reasons, withheldRow{ruleText: c.rule(r.Rule), Count: r.Count})
	}
	return c.renderTyped(form, "campaign_send", p)
}

// campaignSend sets a campaign on its way, as it was when the operator looked at it.
func (s *Site) campaignSend(c *Call) error {
	one, form, err := about(c, s.draft)
	if err != nil {
		return err
	}
	launch, err := c.launch(form)
	if err == nil {
		one.UpdatedAt = seen(form)
		err = s.Campaigns.Send(c.Context(), c.By(), one, launch, c.Now)
	}
	if form.Take(err) {
		found := unseen(err)
		if found != nil {
			form.Values.Del("amber") // it was ticked for less
		}
		if one, err = s.draft(c); err != nil {
			return err // somebody else was faster
		}
		return s.campaignSending(c, one, form, found)
	}
	if err != nil {
		return err
	}
	return c.Done(campaignPath(one), "web.send.done")
}

// launch reads when a campaign is to leave.
func (c *Call) launch(form page.Form) (campaign.Launch, error) {
	minutes, err := strconv.Atoi(form.Get("hold"))
	if err != nil {
		return campaign.Launch{}, fault.Bad("hold", "campaign.hold.bad")
	}
	out := campaign.Launch{Hold: time.Duration(minutes) * time.Minute, Amber: form.Has("amber", "1"), Answer: answerOf(form)}
	switch form.Get("when") {
	case sendNow:
		return out, nil
	case sendLater:
		at, err := time.ParseInLocation(clockForm, form.Get("at"), c.Zone)
		if err != nil || !at.After(c.Now) {
			return out, fault.Bad("at", "web.send.at_bad")
		}
		out.At = at
		return out, nil
	}
	return out, fault.Bad("when", "web.send.when_bad")
}

// campaignTest mails the draft to the operator who asks, and to nobody else.
func (s *Site) campaignTest(c *Call) error {
	one, err := s.draft(c)
	if err != nil {
		return err
	}
	err = s.Campaigns.Test(c.Context(), c.By(), one, c.Now)
	var form page.Form
	if form.Take(err) {
		c.AddFlash(page.Flash{Tone: "warn", Key: "web.send.test_failed"})
		return c.Redirect(campaignPath(one) + "/write#findings")
	}
	if err != nil {
		return err
	}
	return c.Done(campaignPath(one)+"/send", "web.send.tested", "Address", c.Operator.Email.Display())
}
