package web

import (
	"net/url"
	"strconv"
	"time"

	"github.com/kyodaku/kyodaku/internal/addr"
	"github.com/kyodaku/kyodaku/internal/campaign"
	"github.com/kyodaku/kyodaku/internal/contact"
	"github.com/kyodaku/kyodaku/internal/delivery"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/law"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/web/page"
)

// deliveriesPage lists the people of a campaign with one outcome.
type deliveriesPage struct {
	Campaign campaign.Campaign
	Outcome  delivery.Outcome
	// Rule narrows to one reason, nil for all.
	Rule  *ruleText
	Tabs  []outcomeTab
	Rows  []deliveryRow
	Pager page.Pager
}

// Path is the address of the campaign.
func (p deliveriesPage) Path() string { return campaignPath(p.Campaign) }

// OutcomeKey is the catalogue key of the outcome's word.
func (p deliveriesPage) OutcomeKey() string { return outcomeKey(p.Outcome) }

// outcomeTab leads to the people with one outcome.
type outcomeTab struct {
	Key, Href string
	Number    int64
	Current   bool
}

// deliveryRow is one person's message.
type deliveryRow struct {
	campaign.Row
	Href string
	// Who is the name, Text the address as this operator may see it.
	Who, Text string
	Rule      ruleText
	At        time.Time
}

// OutcomeKey is the catalogue key of the outcome's word.
func (r deliveryRow) OutcomeKey() string { return outcomeKey(r.Outcome) }

const messagePrefix = "msg"

const deliveriesPerPage = 50

func (s *Site) deliveryList(c *Call) error {
	one, err := s.campaign(c)
	if err != nil {
		return err
	}
	q := c.R.URL.Query()
	p := deliveriesPage{Campaign: one}
	if p.Outcome, err = parseOutcome(q.Get("outcome")); err != nil {
		return err
	}
	after := int64(0)
	if c.After() != "" {
		if after, err = store.ParsePublic(messagePrefix, c.After()); err != nil {
			return err
		}
	}
	rows, err := s.deliveries(c, &p, q, after)
	if err != nil {
		return err
	}
	next := ""
	if len(rows) == deliveriesPerPage {
		next = store.Public(messagePrefix, rows[len(rows)-1].ID)
	}
	for _, r := range rows {
		p.Rows = append(p.Rows, c.deliveryRow(one, r))
	}
	if p.Tabs, err = s.outcomeTabs(c, p); err != nil {
		return err
	}
	p.Pager = c.Pager(next)
	return c.Render("deliveries", p)
}

// deliveries reads a page of the list, of one rule where the query names one.
func (s *Site) deliveries(c *Call, p *deliveriesPage, q url.Values, after int64) ([]campaign.Row, error) {
	if rule := law.RuleID(q.Get("rule")); rule != "" && p.Outcome == delivery.Withheld {
		text := c.rule(rule)
		p.Rule = &text
		return s.Campaigns.Withheld(c.Context(), s.DB, p.Campaign.ID, rule, after, deliveriesPerPage)
	}
	return s.Campaigns.People(c.Context(), s.DB, p.Campaign.ID, p.Outcome, after, deliveriesPerPage)
}

// outcomes are the outcomes in the order of their tabs; "" are those who wait.
func outcomes() []delivery.Outcome {
	return []delivery.Outcome{delivery.Delivered, delivery.Withheld, delivery.Failed, "", delivery.Deferred, delivery.Uncertain}
}

func parseOutcome(text string) (delivery.Outcome, error) {
	if text == "" {
		return delivery.Delivered, nil
	}
	for _, o := range outcomes() {
		if text == string(o) || o == "" && text == string(outcomeWaiting) {
			return o, nil
		}
	}
	return "", fault.New(fault.NotFound, "fault.not_found")
}

func (s *Site) outcomeTabs(c *Call, p deliveriesPage) ([]outcomeTab, error) {
	progress, err := s.Campaigns.Progress(c.Context(), s.DB, p.Campaign.ID)
	if err != nil {
		return nil, err
	}
	numbers := map[delivery.Outcome]int64{
		delivery.Delivered: progress.Delivered, delivery.Withheld: progress.Withheld, delivery.Failed: progress.Failed,
		"": progress.Queued, delivery.Deferred: progress.Deferred, delivery.Uncertain: progress.Uncertain,
	}
	var tabs []outcomeTab
	for _, o := range outcomes() {
		if numbers[o] > 0 || o == p.Outcome {
			tabs = append(tabs, outcomeTab{Key: outcomeKey(o), Href: peoplePath(p.Campaign, o), Number: numbers[o], Current: o == p.Outcome})
		}
	}
	return tabs, nil
}

func (c *Call) deliveryRow(one campaign.Campaign, r campaign.Row) deliveryRow {
	row := deliveryRow{
		Row: r, Who: r.Name, Text: c.shown(addr.Email, r.Shown), At: r.FinishedAt,
		Href: campaignPath(one) + "/people/" + store.Public(messagePrefix, r.ID),
	}
	if row.Text == "" {
		row.Text = c.T("web.delivery.erased")
	}
	if row.At.IsZero() {
		row.At = r.RunAt
	}
	if r.Rule != "" {
		row.Rule = c.rule(r.Rule)
	}
	return row
}

// contactPath leads to a person's page, "" where nobody is known.
func contactPath(id int64) string {
	if id == 0 {
		return ""
	}
	return root + "contacts/" + store.Public(contact.Prefix, id)
}

// publicOrNone is the public id of a thing, "" for none.
func publicOrNone(prefix string, id int64) string {
	if id == 0 {
		return ""
	}
	return store.Public(prefix, id)
}

// serverCode writes what a server answered with: "550 5.1.1".
func serverCode(a campaign.Attempt) string {
	switch {
	case a.Code == 0:
		return a.Enhanced
	case a.Enhanced == "":
		return strconv.Itoa(a.Code)
	}
	return strconv.Itoa(a.Code) + " " + a.Enhanced
}
