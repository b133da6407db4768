package web

import (
	"time"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/campaign"
	"github.com/kyodaku/kyodaku/internal/consent"
	"github.com/kyodaku/kyodaku/internal/report"
	"github.com/kyodaku/kyodaku/internal/web/chart"
)

// homeToday lists what waits for this operator.
func (s *Site) homeToday(c *Call, p *homePage, n homeNumbers) error {
	add := func(text, href, act string) { p.Today = append(p.Today, todo{text, href, c.T(act)}) }
	if c.Can(account.SendCampaign) {
		for _, one := range n.underWay {
			switch one.State {
			case campaign.Paused:
				add(c.T("web.home.today.paused", "Name", one.Name), campaignPath(one), "web.home.today.paused_act")
			case campaign.Holding:
				add(c.T("web.home.today.holding", "Name", one.Name), campaignPath(one), "web.home.today.holding_act")
			}
		}
	}
	if c.Can(account.ManageSettings) && s.Caught == nil {
		for _, d := range n.domains {
			if d.State == account.Unproven {
				add(c.T("web.home.today.domain", "Domain", d.Domain), root+"settings/domains", "web.home.today.domain_act")
			}
		}
	}
	if c.Can(account.EditForms) {
		for _, f := range n.changed {
			add(c.T("web.home.today.form", "Name", f.Name), f.Path(), "web.home.today.form_act")
		}
	}
	if c.Can(account.WriteCampaign) {
		for _, one := range n.latest {
			if one.State == campaign.Draft {
				add(c.T("web.home.today.draft", "Name", one.Name), campaignPath(one)+"/write", "web.home.today.draft_act")
				break
			}
		}
	}
	if complaints := n.stops[consent.SuppressionComplaint]; complaints > 0 && c.Can(account.ReadConsent) {
		add(c.T("web.home.today.complaints", "Count", complaints), root+"suppression?kind=complaint", "web.home.today.complaints_act")
	}
	return nil
}

// homeTiles are the numbers; each leads to its list where the role may look.
func (s *Site) homeTiles(c *Call, p *homePage, n homeNumbers) error {
	no := n.stops[consent.SuppressionRefusal] + n.stops[consent.SuppressionComplaint]
	p.Tiles = []tile{
		{Key: "web.home.tile.given", Number: n.given, Unit: "web.home.unit.permissions", Note: "web.home.tile.given_note", Href: root + "topics"},
		{Key: "web.home.tile.requested", Number: n.requested, Unit: "web.home.unit.permissions", Note: "web.home.tile.requested_note", Href: root + "topics"},
		{Key: "web.home.tile.stopped", Number: no, Unit: "web.home.unit.entries", Note: "web.home.tile.stopped_note", Href: root + "suppression"},
	}
	if !c.Can(account.ReadConsent) {
		for i := range p.Tiles {
			p.Tiles[i].Href = ""
		}
	}
	return nil
}

// homeCampaigns shows what comes next and what was sent last.
func (s *Site) homeCampaigns(c *Call, p *homePage, n homeNumbers) (err error) {
	if p.Next, err = s.campaignRows(c, n.underWay); err != nil {
		return err
	}
	var done []campaign.Campaign
	for _, one := range n.latest {
		if (one.State == campaign.Done || one.State == campaign.Stopped) && len(done) < 3 {
			done = append(done, one)
		}
	}
	if p.Last, err = s.campaignRows(c, done); err != nil || len(p.Last) == 0 {
		return err
	}
	last := p.Last[0]
	t := tile{Key: "web.home.tile.withheld", Number: last.Progress.Withheld, Unit: "web.follow.people", Note: "web.home.tile.withheld_note", Href: last.Href}
	if c.Can(account.ReadContacts) && last.Progress.Withheld > 0 {
		t.Href = peoplePath(last.Campaign, "withheld")
	}
	p.Tiles = append(p.Tiles, t)
	return nil
}

// homeGrowth draws how many permissions came and went in the last thirty days.
func (s *Site) homeGrowth(c *Call, p *homePage, n homeNumbers) error {
	if n.given == 0 && len(n.stops) == 0 {
		return nil
	}
	month := c.month()
	since := month[0].Add(-12 * time.Hour)
	days, from, err := report.GrowthSince(c.Context(), s.DB, c.Workspace.ID, since, c.Zone)
	if err != nil {
		return err
	}
	if from.After(since) {
		p.GrowthFrom = from
	}
	plot := chart.Plot{
		Title: c.T("web.home.growth"), Axis: c.T("web.chart.day"), Table: c.T("web.chart.table"),
		Series: []chart.Series{{Name: c.T("web.home.growth_given")}, {Name: c.T("web.home.growth_left")}},
	}
	for _, day := range month {
		g := days[day.Format(time.DateOnly)]
		plot.Labels = append(plot.Labels, day.Format("1/2"))
		plot.Series[0].Values = append(plot.Series[0].Values, float64(g.Given))
		plot.Series[1].Values = append(plot.Series[1].Values, float64(g.Left))
	}
	p.Growth = plot.Bars()
	return nil
}

// homeLog tells the head of the consent log, which anybody may write down to hold
// us to it.
func (s *Site) homeLog(c *Call, p *homePage, _ homeNumbers) error {
	head, err := s.Consent.Head(c.Context(), s.DB, c.Workspace.ID)
	if err != nil {
		return err
	}
	p.Log = logHead{Size: head.Size, Root: shortHash(head.Root), At: head.At}
	if c.Can(account.Evidence) {
		p.Log.Href = root + "evidence"
	}
	return nil
}
