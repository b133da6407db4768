package web

import (
	"time"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/campaign"
	"github.com/kyodaku/kyodaku/internal/delivery"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/store"
)

// lanePage answers "why this speed?" for one lane.
type lanePage struct {
	Title, Path  string
	ProviderName string
	Answer       delivery.DomainAnswer
	// Connections, Mails and Rate are the ranges of the profile in words.
	Connections, Mails, Rate string
	Lanes                    []laneShown
	Cells                    []cellRow
	MayGoOn                  bool
}

// laneShown is a lane with its limits in words.
type laneShown struct {
	laneRow
	Sources []sourceShown
}

// sourceShown is what may be done from one source, and why.
type sourceShown struct {
	delivery.Way
	Limits    string
	Decisions []decisionRow
}

// decisionRow is one change with the reply behind it.
type decisionRow struct {
	At                              time.Time
	What, Why, Reply, Blame, Detail string
}

func (s *Site) laneShow(c *Call) error {
	name := c.R.PathValue("lane")
	a, err := s.Engine.Look().Lane(c.Context(), c.Workspace.ID, name, c.Now)
	if err != nil {
		return err
	}
	a.Domain = c.R.URL.Query().Get("domain")
	words := s.Catalogue.For(c.Lang)
	p := lanePage{
		Title: s.laneTitle(c, a.Lanes[0].Name), Path: lanePath(a.Lanes[0].Name), ProviderName: a.Provider.Name(string(c.Lang)), Answer: a,
		Connections: a.Provider.Connections.Words(words), Mails: a.Provider.PerConnection.Words(words), Rate: a.Provider.PerSecond.Words(words),
		Cells: s.cellRows(c, a.Breakers), MayGoOn: c.Can(account.SendCampaign),
	}
	for _, l := range a.Lanes {
		shown := laneShown{laneRow: s.laneRow(c, l)}
		for _, w := range l.Ways {
			shown.Sources = append(shown.Sources, s.sourceShown(c, w))
		}
		p.Lanes = append(p.Lanes, shown)
	}
	return c.Render("lane", p)
}

func (s *Site) sourceShown(c *Call, w delivery.Way) sourceShown {
	words := s.Catalogue.For(c.Lang)
	shown := sourceShown{Way: w, Limits: w.Words(words)}
	for _, d := range w.Decisions {
		row := decisionRow{At: d.At, What: delivery.Words(words, d), Why: delivery.Reason(words, d), Reply: d.Reply, Blame: delivery.Blame(words, string(d.Blame))}
		if d.Rule != "" || d.Stage != "" {
			row.Detail = d.Stage + " " + d.Rule
		}
		shown.Decisions = append(shown.Decisions, row)
	}
	return shown
}

// laneGoOn lets a campaign go on at a provider that it was stopped at. The decision
// is written down before it counts.
func (s *Site) laneGoOn(c *Call) error {
	id, err := store.ParsePublic(campaign.Prefix, c.R.PostFormValue("campaign"))
	if err != nil {
		return err
	}
	one, err := s.Campaigns.Get(c.Context(), s.DB, c.Workspace.ID, id)
	if err != nil {
		return err
	}
	provider := s.Engine.Look().Provider(c.R.PathValue("lane"))
	open, err := s.Engine.Look().OpenCells(c.Context(), c.Workspace.ID, provider.ID, c.Now)
	if err != nil {
		return err
	}
	if !stoppedAmong(open, one.ID) {
		return fault.New(fault.Refused, "web.lane.not_stopped")
	}
	err = s.DB.Write(c.Context(), func(tx *store.Tx) error {
		return s.Accounts.Audit(c.Context(), tx, account.Entry{
			Workspace: c.Workspace.ID, Actor: c.By().Actor, Network: c.By().Network, Action: "campaign.go_on",
			Subject: account.Subject{Kind: "campaign", ID: one.ID}, Detail: map[string]string{"provider": provider.ID},
		}, c.Now)
	})
	if err != nil {
		return err
	}
	s.Engine.CloseBreaker(one.ID, provider.ID, store.Public(account.OperatorPrefix, c.Operator.ID))
	return c.Done(lanePath(c.R.PathValue("lane")), "web.lane.going_on")
}

func stoppedAmong(open []delivery.OpenCell, campaign int64) bool {
	for _, x := range open {
		if x.ID == campaign {
			return true
		}
	}
	return false
}

// stoppedAt lists the providers that a campaign is stopped at.
func (s *Site) stoppedAt(c *Call, one campaign.Campaign) ([]cellRow, error) {
	if s.Engine == nil {
		return nil, nil
	}
	open, err := s.Engine.Look().OpenCells(c.Context(), c.Workspace.ID, "", c.Now)
	if err != nil {
		return nil, err
	}
	var own []delivery.OpenCell
	for _, x := range open {
		if x.ID == one.ID {
			own = append(own, x)
		}
	}
	return s.cellRows(c, own), nil
}
