package web

import (
	"time"

	"github.com/kyodaku/kyodaku/internal/campaign"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/gate"
	"github.com/kyodaku/kyodaku/internal/law"
	"github.com/kyodaku/kyodaku/internal/web/page"
)

// whatIfPage judges a campaign's audience under other circumstances, beside how it is.
type whatIfPage struct {
	Campaign  campaign.Campaign
	Path      string
	Form      page.Form
	Countries []page.Option
	Now, Then whatIfColumn
	// Asked says that a supposition was made.
	Asked bool
}

// whatIfColumn is one answer.
type whatIfColumn struct {
	campaign.Supposed
	Blocks, Warnings []whatIfRow
}

// Withheld is how many would not get it.
func (w whatIfColumn) Withheld() int64 { return w.Asked - w.Supposed.Allowed }

// whatIfRow is a rule with the number of people it holds for.
type whatIfRow struct {
	page.Finding
	Count int64
}

// mostSupposed bounds how many people a page asks about: somebody waits for it.
const mostSupposed = 100_000

func (s *Site) whatIfShow(c *Call) error {
	one, err := s.campaign(c)
	if err != nil {
		return err
	}
	q := c.R.URL.Query()
	p := whatIfPage{Campaign: one, Path: campaignPath(one), Form: page.Form{Values: q}, Countries: s.countries(c)}
	suppose, err := c.supposition(&p.Form)
	if err != nil {
		return err
	}
	if p.Now, err = s.supposed(c, one, gate.Supposition{}); err != nil {
		return err
	}
	if p.Asked = suppose != (gate.Supposition{}); p.Asked {
		if p.Then, err = s.supposed(c, one, suppose); err != nil {
			return err
		}
	}
	return c.renderTyped(p.Form, "what_if", p)
}

// supposition reads what was asked; a day that is none is told in the form.
func (c *Call) supposition(f *page.Form) (gate.Supposition, error) {
	s := gate.Supposition{Country: f.Get("country")}
	if day := f.Get("at"); day != "" {
		at, err := time.ParseInLocation(time.DateOnly, day, c.Zone)
		if err != nil {
			if bad := fault.Bad("at", "law_answer.what_if.bad_date"); !f.Take(bad) {
				return s, bad
			}
			return gate.Supposition{}, nil
		}
		s.At = at
	}
	return s, nil
}

func (s *Site) countries(c *Call) []page.Option {
	all := []page.Option{{Value: "", Text: c.T("law_answer.what_if.as_is")}}
	for _, x := range [...][2]string{{"JP", "JP"}, {"US", "US"}, {"FR", "EU"}, {"DE", "DE"}, {"GB", "UK"}, {"AU", "AU"}, {"CA", "CA"}} {
		all = append(all, page.Option{Value: x[0], Text: c.T("law_answer.jurisdiction." + x[1])})
	}
	return all
}

func (s *Site) supposed(c *Call, one campaign.Campaign, suppose gate.Supposition) (whatIfColumn, error) {
	got, err := s.Campaigns.WhatIf(c.Context(), s.DB, one, suppose, mostSupposed, c.Now)
	if err != nil {
		return whatIfColumn{}, err
	}
	return whatIfColumn{Supposed: got, Blocks: s.whatIfRows(c, got.Blocks, law.Block), Warnings: s.whatIfRows(c, got.Warnings, law.Warn)}, nil
}

func (s *Site) whatIfRows(c *Call, reasons []campaign.Reason, e law.Effect) []whatIfRow {
	var all []whatIfRow
	for _, x := range reasons {
		if r, ok := s.Gate.Rules().Entry(x.Rule, e); ok {
			all = append(all, whatIfRow{c.lawFinding(r), x.Count})
		}
	}
	return all
}
