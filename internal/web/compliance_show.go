package web

import (
	"slices"
	"strconv"
	"time"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/duty"
	"github.com/kyodaku/kyodaku/internal/law"
	"github.com/kyodaku/kyodaku/internal/preference"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/web/page"
)

const (
	compliancePath = root + "compliance"
	holdsPath      = compliancePath + "/holds"
	ordersPath     = compliancePath + "/orders"
	incidentsPath  = compliancePath + "/incidents"
	requestsPath   = compliancePath + "/requests"
)

// complianceRoutes are the legal officer's pages.
func (s *Site) complianceRoutes() []Route {
	if s.Duty == nil {
		return nil
	}
	legal := Needs(account.Evidence)
	return []Route{
		{Pattern: "GET " + compliancePath, Access: legal, Handle: s.complianceShow, Views: []string{"compliance"}},
		{Pattern: "GET " + holdsPath, Access: legal, Handle: s.holdList, Views: []string{"holds"}},
		{Pattern: "POST " + holdsPath, Access: Needs(account.Erase), Handle: s.holdPlace, Views: []string{"holds"}},
		{Pattern: "POST " + holdsPath + "/{id}/lift", Access: Needs(account.Erase), Handle: s.holdLift, Views: []string{"holds"}},
		{Pattern: "GET " + ordersPath, Access: legal, Handle: s.orderList, Views: []string{"orders"}},
		{Pattern: "POST " + ordersPath, Access: Needs(account.Erase), Handle: s.orderEnter, Views: []string{"orders"}},
		{Pattern: "GET " + incidentsPath, Access: legal, Handle: s.incidentList, Views: []string{"incidents"}},
		{Pattern: "POST " + incidentsPath, Access: Needs(account.Erase), Handle: s.incidentOpen, Views: []string{"incidents"}},
		{Pattern: "GET " + incidentsPath + "/{id}", Access: legal, Handle: s.incidentShow, Views: []string{"incident"}},
		{Pattern: "POST " + incidentsPath + "/{id}/report", Access: Needs(account.Erase), Handle: s.incidentTell, Views: []string{"incident"}},
		{Pattern: "GET " + incidentsPath + "/{id}/documents/{form}", Access: legal, Handle: s.incidentDocument, Views: []string{"incident_document"}},
		{Pattern: "POST " + incidentsPath + "/{id}/persons", Access: Needs(account.Export), Handle: s.incidentPersons},
		{Pattern: "POST " + incidentsPath + "/{id}/judge", Access: Needs(account.Erase), Handle: s.incidentJudge},
		{Pattern: "POST " + incidentsPath + "/{id}/step", Access: Needs(account.Erase), Handle: s.incidentStep},
		{Pattern: "POST " + incidentsPath + "/{id}/correction", Access: Needs(account.Erase), Handle: s.incidentCorrect},
		{Pattern: "GET " + requestsPath, Access: legal, Handle: s.requestList, Views: []string{"requests"}},
		{Pattern: "POST " + requestsPath, Access: Needs(account.Erase), Handle: s.requestEnter, Views: []string{"requests"}},
		{Pattern: "GET " + requestsPath + "/{id}", Access: legal, Handle: s.requestShow, Views: []string{"request"}},
		{Pattern: "POST " + requestsPath + "/{id}/identify", Access: Needs(account.Erase), Handle: s.requestIdentify, Views: []string{"request"}},
		{Pattern: "POST " + requestsPath + "/{id}/answer", Access: Needs(account.Erase), Handle: s.requestAnswer, Views: []string{"request"}},
		{Pattern: "GET " + requestsPath + "/{id}/letter", Access: legal, Handle: s.requestLetter, Views: []string{"request_letter"}},
		{Pattern: "POST " + requestsPath + "/{id}/disclosure", Access: Needs(account.Export), Handle: s.requestDisclosure, Views: []string{"disclosure"}},
	}
}

// compliancePage is everything that a legal officer has to look at.
type compliancePage struct {
	Findings []page.Finding
	Clocks   []clockRow
	Tiles    []tile
	// Slowest is the time from a refusal to its effect, in words.
	Slowest  string
	Speed    duty.Speed
	Shares   []shareRow
	Live     int64
	Domains  []domainRow
	Promises []promiseRow
	Kept     []keptRow
	Ageing   preference.Ageing
	Figures  duty.Figures
	Ruleset  string
}

// clockRow is something with a time, the soonest first.
type clockRow struct {
	Text, Href string
	Until      time.Time
	Late       bool
}

// shareRow is how many live permissions rest on a basis, with what evidence.
type shareRow struct {
	BasisKey, Grade string
	Count           int64
	Percent         string
}

// promiseRow is a topic's promise against what was sent.
type promiseRow struct {
	duty.Promise
	Name, Promised, Href string
}

// keptRow is evidence that outlives its person.
type keptRow struct {
	duty.KeptSum
	Text, Source string
}

func (s *Site) complianceShow(c *Call) error {
	p := compliancePage{Ruleset: s.Rules.Version()}
	for _, part := range []func(*Call, *compliancePage) error{
		s.complianceIncidents, s.complianceRequests, s.complianceProvision, s.complianceSpeed, s.complianceDomains,
		s.compliancePromises, s.complianceFigures, s.complianceShares, s.complianceKept, s.complianceAgeing,
	} {
		if err := part(c, &p); err != nil {
			return err
		}
	}
	slices.SortFunc(p.Clocks, func(a, b clockRow) int { return a.Until.Compare(b.Until) })
	slices.SortStableFunc(p.Findings, func(a, b page.Finding) int { return gravity(a.Level) - gravity(b.Level) })
	return c.Render("compliance", p)
}

// gravity puts red before amber.
func gravity(l page.Level) int {
	if l == page.Red {
		return 0
	}
	return 1
}

// find adds findings of the law, with the place where they are mended.
func (c *Call) find(p *compliancePage, found law.Findings, title, href, act string) {
	for _, f := range found {
		level := page.Amber
		if f.Rule.Effect == law.Block {
			level = page.Red
		}
		p.Findings = append(p.Findings, page.Finding{
			Level: level, Title: title, Text: f.Rule.Text(string(c.Lang)), Citation: c.cite(f.Rule), Repair: c.T(act), Href: href,
		})
	}
}

// cite is a rule's source with its id, its kind and, where nobody has verified it, that.
func (c *Call) cite(r *law.Rule) string {
	text := string(r.ID) + " · " + c.T("web.rules.kind."+string(r.Kind)) + " · " + r.Source(string(c.Lang))
	if r.Certainty != law.Verified {
		text += " · " + c.T("web.rules.certainty."+string(r.Certainty))
	}
	return text
}

func (s *Site) complianceIncidents(c *Call, p *compliancePage) error {
	all, err := s.Duty.Incidents(c.Context(), s.DB, c.Workspace.ID)
	if err != nil {
		return err
	}
	open := int64(0)
	for _, i := range all {
		if !i.ClosedAt.IsZero() {
			continue
		}
		open++
		href := incidentsPath + "/" + store.Public(duty.IncidentPrefix, i.ID)
		c.find(p, s.Duty.IncidentFindings(i, c.Now), i.Title, href, "web.compliance.see")
		if i.Reportable() && i.FinalAt.IsZero() {
			until, key := i.Due().Final, "web.compliance.clock.final"
			if i.PreliminaryAt.IsZero() {
				until, key = i.Due().Preliminary, "web.compliance.clock.preliminary"
			}
			p.Clocks = append(p.Clocks, clockRow{Text: c.T(key, "Title", i.Title), Href: href, Until: until, Late: c.Now.After(until)})
		}
	}
	p.Tiles = append(p.Tiles, tile{Key: "web.compliance.tile.incidents", Number: open, Unit: "web.compliance.unit.cases", Note: "web.compliance.tile.incidents_note", Href: incidentsPath})
	return nil
}

func (s *Site) complianceRequests(c *Call, p *compliancePage) error {
	all, err := s.Duty.Requests(c.Context(), s.DB, c.Workspace.ID)
	if err != nil {
		return err
	}
	open := int64(0)
	for _, q := range all {
		if !q.Open() {
			continue
		}
		open++
		title, href := c.T("web.requests.kind."+q.Kind), c.requestRow(q).Href
		c.find(p, s.Duty.RequestFindings(q, c.Now), title, href, "web.compliance.see")
		p.Clocks = append(p.Clocks, clockRow{Text: c.T("web.compliance.clock.request", "Kind", title), Href: href, Until: q.Due(), Late: c.Now.After(q.Due())})
	}
	p.Tiles = append(p.Tiles, tile{Key: "web.compliance.tile.requests", Number: open, Unit: "web.compliance.unit.cases", Note: "web.compliance.tile.requests_note", Href: requestsPath})
	return nil
}

// alarming is how slow a refusal may be before it is an alarm.
const alarming = time.Hour

func (s *Site) complianceSpeed(c *Call, p *compliancePage) (err error) {
	if p.Speed, err = s.Duty.Speed(c.Context(), s.DB, c.Workspace.ID, c.Now); err != nil {
		return err
	}
	p.Slowest = c.duration(p.Speed.Slowest)
	title := c.T("web.compliance.speed_slow", "Took", p.Slowest)
	c.find(p, s.Duty.SpeedFindings(p.Speed, c.Now), title, root+"suppression", "web.compliance.see_refusals")
	if p.Speed.Slowest > alarming {
		p.Findings[len(p.Findings)-1].Level = page.Red
	}
	return nil
}

// duration says a length of time in one unit.
func (c *Call) duration(d time.Duration) string {
	switch {
	case d < time.Second:
		return c.T("web.duration.ms", "N", strconv.FormatInt(d.Milliseconds(), 10))
	case d < 2*time.Minute:
		return c.T("web.duration.s", "N", strconv.FormatInt(int64(d/time.Second), 10))
	case d < 2*time.Hour:
		return c.T("web.duration.min", "N", strconv.FormatInt(int64(d/time.Minute), 10))
	}
	return c.T("web.duration.h", "N", strconv.FormatInt(int64(d/time.Hour), 10))
}

func (s *Site) complianceDomains(c *Call, p *compliancePage) error {
	domains, err := s.Accounts.Domains(c.Context(), s.DB, c.Workspace.ID)
	if err != nil {
		return err
	}
	for _, d := range domains {
		row := domainRow{Domain: d}
		row.marks(c)
		p.Domains = append(p.Domains, row)
		if proof := row.Proof; proof != "green" && proof != "internal" {
			rule, ok := s.Rules.Rule("ID-02")
			if ok {
				c.find(p, law.Findings{{Rule: rule}}, d.Domain, domainsPath, "web.compliance.see")
			}
		}
	}
	return nil
}

func (s *Site) compliancePromises(c *Call, p *compliancePage) error {
	all, err := s.Duty.Promises(c.Context(), s.DB, c.Workspace.ID, c.Now)
	if err != nil {
		return err
	}
	for _, one := range all {
		row := promiseRow{
			Promise: one, Name: one.Topic.Name(c.Lang), Href: topicsPath + "/" + store.Public(topicPrefix, one.Topic.ID),
			Promised: c.T("web.compliance.promise."+string(one.Topic.Promise.Period), "N", one.Topic.Promise.Count),
		}
		p.Promises = append(p.Promises, row)
		if one.Exceeded() {
			p.Findings = append(p.Findings, page.Finding{
				Level: page.Amber, Title: c.T("web.compliance.promise_broken", "Name", row.Name),
				Text:     c.T("web.compliance.promise_text", "Promised", row.Promised, "Sent", max(one.Sent, one.Before)),
				Citation: c.T("web.compliance.promise_source"), Repair: c.T("web.compliance.see"), Href: row.Href,
			})
		}
	}
	return nil
}

func (s *Site) complianceFigures(c *Call, p *compliancePage) (err error) {
	if p.Figures, err = s.Duty.Figures(c.Context(), s.DB, c.Workspace.ID); err != nil {
		return err
	}
	facts := law.SendFacts{Now: c.Now, Class: law.Ad, Channel: "mail", Workspace: law.WorkspaceFacts{Figures: p.Figures.Figures}}
	var found law.Findings
	for _, f := range s.Rules.SenderFindings(&facts) {
		if f.Rule.ID == "DLV-01" || f.Rule.ID == "DLV-04" {
			found = append(found, f)
		}
	}
	c.find(p, found, c.T("web.compliance.figures"), root+"suppression?kind=complaint", "web.compliance.see")
	return nil
}

func (s *Site) complianceShares(c *Call, p *compliancePage) error {
	shares, err := s.Duty.Shares(c.Context(), s.DB, c.Workspace.ID)
	if err != nil {
		return err
	}
	for _, x := range shares {
		p.Live += x.Count
	}
	for _, x := range shares {
		p.Shares = append(p.Shares, shareRow{BasisKey: "web.basis." + x.Basis, Grade: x.Grade, Count: x.Count, Percent: page.Percent(x.Count, p.Live)})
	}
	ending, err := s.Duty.Ending(c.Context(), s.DB, c.Workspace.ID, endingSoon, c.Now)
	if err != nil {
		return err
	}
	p.Tiles = append(p.Tiles, tile{Key: "web.compliance.tile.ending", Number: ending, Unit: "web.home.unit.permissions", Note: "web.compliance.tile.ending_note", Href: root + "topics"})
	useless, err := s.Duty.Useless(c.Context(), s.DB, c.Workspace.ID, c.Now)
	if err != nil {
		return err
	}
	p.Tiles = append(p.Tiles, tile{Key: "web.compliance.tile.useless", Number: useless, Unit: "web.follow.people", Note: "web.compliance.tile.useless_note", Href: contactsPath})
	c.find(p, s.Duty.UselessFindings(useless, c.Now), c.T("web.compliance.tile.useless"), contactsPath, "web.compliance.see")
	return nil
}

// endingSoon is how far ahead permissions that run out are counted.
const endingSoon = 60 * 24 * time.Hour

func (s *Site) complianceKept(c *Call, p *compliancePage) error {
	sums, err := s.Duty.KeptEvidence(c.Context(), s.DB, c.Workspace.ID)
	if err != nil {
		return err
	}
	for _, k := range sums {
		row := keptRow{KeptSum: k}
		if r, ok := s.Rules.Rule(k.Rule); ok {
			row.Text, row.Source = r.Text(string(c.Lang)), c.cite(r)
		}
		p.Kept = append(p.Kept, row)
	}
	return nil
}

func (s *Site) complianceAgeing(c *Call, p *compliancePage) (err error) {
	p.Ageing, err = s.Refusals.Ageing(c.Context(), s.DB, c.Workspace.ID, c.Now)
	return err
}
