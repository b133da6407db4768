package web

import (
	"html/template"
	"slices"
	"time"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/campaign"
	"github.com/kyodaku/kyodaku/internal/delivery"
	"github.com/kyodaku/kyodaku/internal/law"
	"github.com/kyodaku/kyodaku/internal/web/chart"
	"github.com/kyodaku/kyodaku/internal/web/page"
)

// campaignPage is where a campaign is followed from its start to its last outcome.
type campaignPage struct {
	Campaign            campaign.Campaign
	TopicName, FromName string
	Live                campaignLive
	Reasons             []withheldRow
	// Chart is how the delivery went over time, empty before anything was delivered.
	Chart             template.HTML
	MayWrite, MaySend bool
	// Parked is the rule for which the program paused the campaign, if it did.
	Parked ruleText
	// Stopped are the providers that refused so much that the campaign rests there.
	Stopped []cellRow
	// Check is that of a draft, for those who answer for its findings, Seen the draft they
	// look at, and Form what they typed.
	Check checkResult
	Seen  string
	Form  page.Form
	// MayFlag says that the operator may call the subject misleading, Flagged that
	// somebody did.
	MayFlag, Flagged bool
}

// Path is the address of the campaign.
func (p campaignPage) Path() string { return campaignPath(p.Campaign) }

// State is the badge of where the campaign stands.
func (p campaignPage) State() page.Badge { return stateBadge(p.Campaign.State) }

// Waiting says that the campaign can still be taken back to its draft.
func (p campaignPage) Waiting() bool {
	return p.Campaign.State == campaign.Scheduled || p.Campaign.State == campaign.Holding
}

// Begun says that the first message may have left.
func (p campaignPage) Begun() bool { return !p.Campaign.StartedAt.IsZero() || p.Live.Done }

// Written says that the campaign is a draft.
func (p campaignPage) Written() bool { return p.Campaign.State == campaign.Draft }

// Paused says that the campaign waits for an operator.
func (p campaignPage) Paused() bool { return p.Campaign.State == campaign.Paused }

// CanPause says that the campaign can be stopped for a while.
func (p campaignPage) CanPause() bool {
	return p.Campaign.State == campaign.Sending || p.Waiting()
}

// campaignLive is the part of the page that is kept current.
type campaignLive struct {
	Progress page.Progress
	Outcomes []tile
	// Refresh is the path that answers with this part, empty when nothing moves.
	Refresh string
	Done    bool
}

// outcomeWaiting stands in addresses for those who have no outcome yet.
const outcomeWaiting delivery.Outcome = "waiting"

func (s *Site) campaignFollow(c *Call) error {
	one, err := s.campaign(c)
	if err != nil {
		return err
	}
	return s.campaignFollowing(c, one, page.Form{}, nil)
}

// campaignFollowing renders the page with what was typed by somebody who approves; found
// is everything that is found in a draft, where that is known already.
func (s *Site) campaignFollowing(c *Call, one campaign.Campaign, form page.Form, found []campaign.Finding) error {
	p := campaignPage{Campaign: one, Form: form, MayWrite: c.Can(account.WriteCampaign), MaySend: c.Can(account.SendCampaign)}
	var err error
	if p.Live, err = s.campaignLive(c, one); err != nil {
		return err
	}
	if one.State == campaign.Paused && one.Parked != "" {
		p.Parked = s.parkedFor(c, one)
	}
	p.MayFlag, p.Flagged = c.Can(account.ApproveAmber), one.Flagged != "" && one.Flagged == one.Subject
	if p.Written() {
		if found != nil {
			p.Check, err = s.checked(c, one, found)
		} else {
			p.Check, err = s.answerable(c, one)
		}
		if err != nil {
			return err
		}
		p.Seen = version(one.UpdatedAt)
	}
	topic, err := s.Consent.TopicByID(c.Context(), s.DB, c.Workspace.ID, one.Topic)
	if err != nil {
		return err
	}
	profile, err := s.Accounts.ProfileByID(c.Context(), s.DB, c.Workspace.ID, one.Profile)
	if err != nil {
		return err
	}
	p.TopicName, p.FromName = topic.Name(c.Lang), profile.FromName+" <"+profile.FromAddress.Display()+">"
	reasons, err := s.Campaigns.Reasons(c.Context(), s.DB, one.ID)
	if err != nil {
		return err
	}
	for _, r := range reasons {
		row := withheldRow{ruleText: c.rule(r.Rule), Count: r.Count}
		if c.Can(account.ReadContacts) {
			row.Href = withheldPath(one, r.Rule)
		}
		p.Reasons = append(p.Reasons, row)
	}
	minutes, err := s.Campaigns.Minutes(c.Context(), s.DB, one.ID)
	if err != nil {
		return err
	}
	p.Chart = c.minutesChart(minutes)
	if p.Stopped, err = s.stoppedAt(c, one); err != nil {
		return err
	}
	return c.renderTyped(form, "campaign", p)
}

// parkedFor is the rule for which a campaign rests, in the words that it has for a text.
func (s *Site) parkedFor(c *Call, one campaign.Campaign) ruleText {
	for _, r := range s.Gate.Rules().Rules() {
		if r.ID == one.Parked && slices.Contains(r.At, law.AtTemplate) {
			found := c.lawFinding(r)
			return ruleText{r.ID, found.Title, found.Citation}
		}
	}
	return c.rule(one.Parked)
}

// campaignProgress answers with the moving part alone.
func (s *Site) campaignProgress(c *Call) error {
	one, err := s.campaign(c)
	if err != nil {
		return err
	}
	live, err := s.campaignLive(c, one)
	if err != nil {
		return err
	}
	return c.RenderPart("campaign", "live", live)
}

func (s *Site) campaignLive(c *Call, one campaign.Campaign) (campaignLive, error) {
	p, err := s.Campaigns.Progress(c.Context(), s.DB, one.ID)
	if err != nil {
		return campaignLive{}, err
	}
	live := campaignLive{
		Done:     one.State == campaign.Done || one.State == campaign.Stopped,
		Progress: page.Progress{At: p.Settled(), Total: p.Total(), Text: c.T("web.follow.progress." + string(one.State))},
	}
	live.Progress.Done = live.Done
	if one.State == campaign.Sending {
		live.Refresh = campaignPath(one) + "/progress"
		if one.PlannedAt.IsZero() {
			live.Progress.Note = c.T("web.follow.planning")
		}
	}
	for _, o := range []struct {
		outcome delivery.Outcome
		number  int64
		always  bool
	}{
		{delivery.Delivered, p.Delivered, true},
		{delivery.Withheld, p.Withheld, true},
		{delivery.Failed, p.Failed, true},
		{"", p.Queued, !live.Done},
		{delivery.Deferred, p.Deferred, false},
		{delivery.Uncertain, p.Uncertain, false},
	} {
		if o.number == 0 && !o.always {
			continue
		}
		t := tile{Key: outcomeKey(o.outcome), Number: o.number, Unit: "web.follow.people", Note: outcomeKey(o.outcome) + "_help"}
		if o.number > 0 && c.Can(account.ReadContacts) {
			t.Href = peoplePath(one, o.outcome)
		}
		live.Outcomes = append(live.Outcomes, t)
	}
	return live, nil
}

// outcomeKey is the catalogue key of an outcome's word.
func outcomeKey(o delivery.Outcome) string {
	if o == "" {
		o = outcomeWaiting
	}
	return "web.outcome." + string(o)
}

// withheldPath leads to the people whom a rule withheld.
func withheldPath(one campaign.Campaign, rule law.RuleID) string {
	return peoplePath(one, delivery.Withheld) + "&rule=" + template.URLQueryEscaper(string(rule))
}

// A chart over time has about bars bars, and room for barsLeast, lest a quick
// campaign look like a wall.
const bars, barsLeast = 40, 12

// minutesChart draws how many messages were delivered in each stretch of time.
func (c *Call) minutesChart(minutes []campaign.Minute) template.HTML {
	if len(minutes) == 0 {
		return ""
	}
	first, last := minutes[0].At, minutes[len(minutes)-1].At
	step := stretch(last.Sub(first))
	format := "15:04"
	if step >= 24*time.Hour || last.Sub(first) > 24*time.Hour {
		format = "1/2 15:04"
	}
	start := first.In(c.Zone).Truncate(step)
	plot := chart.Plot{
		Title: c.T("web.follow.chart"), Axis: c.T("web.follow.chart_time"), Table: c.T("web.chart.table"),
		Series: []chart.Series{{Name: c.T("web.outcome.delivered")}},
	}
	end := start.Add((barsLeast - 1) * step)
	if last.After(end) {
		end = last
	}
	for at := start; !at.After(end); at = at.Add(step) {
		plot.Labels = append(plot.Labels, at.Format(format))
		plot.Series[0].Values = append(plot.Series[0].Values, 0)
	}
	for _, m := range minutes {
		if i := int(m.At.Sub(start) / step); i >= 0 && i < len(plot.Series[0].Values) {
			plot.Series[0].Values[i] += float64(m.Count)
		}
	}
	return plot.Bars()
}

// stretch is a round length of time of which about bars make up the whole.
func stretch(whole time.Duration) time.Duration {
	for _, step := range []time.Duration{
		time.Minute, 2 * time.Minute, 5 * time.Minute, 10 * time.Minute, 15 * time.Minute, 30 * time.Minute,
		time.Hour, 2 * time.Hour, 3 * time.Hour, 6 * time.Hour, 12 * time.Hour,
	} {
		if whole <= bars*step {
			return step
		}
	}
	return 24 * time.Hour
}
