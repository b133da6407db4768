package web

import (
	"context"
	"strconv"
	"strings"

	"github.com/kyodaku/kyodaku/internal/campaign"
	"github.com/kyodaku/kyodaku/internal/compose"
	"github.com/kyodaku/kyodaku/internal/compose/merge"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/law"
	"github.com/kyodaku/kyodaku/internal/web/page"
)

// checkResult is what the check of a campaign found, in the reader's language.
type checkResult struct {
	Findings []findingRow
	Red      int
	Amber    int
	Green    int
	// Approved says that somebody answers for the amber ones, MayApprove that the
	// operator may, Second that only somebody who did not write it may.
	Approved, MayApprove, Second bool
	// Requested says that an approval was asked for, By and Reason who gave one and why.
	Requested  bool
	By, Reason string
}

// findingRow is one finding with everything that can be done about it.
type findingRow struct {
	page.Finding
	// Where says in words which part it is about.
	Where string
	// People is how many people of the audience it is about, 0 for what is about the message.
	People int64
	// Kind says where a rule gets its force from, Unsure that nobody checked its source.
	Kind   string
	Unsure bool
	// Does are the repairs, buttons and links.
	Does []repairButton
}

// campaignCheck answers with the findings alone, for a text that is being typed.
func (s *Site) campaignCheck(c *Call) error {
	one, form, err := about(c, s.draft)
	if err != nil {
		return err
	}
	if one, err = s.written(c, one, form); err != nil {
		return err
	}
	check, err := s.checkOf(c, one, nil)
	if fault.Is(err, fault.NotFound) {
		err = fault.New(fault.Invalid, "campaign.topic.bad")
	}
	if err != nil {
		return err
	}
	return c.RenderPart("campaign_write", "findings", check)
}

// checkOf checks a campaign and puts what was found into words, the grave first. about is
// what the law warns of about its people, where they were asked about.
func (s *Site) checkOf(c *Call, one campaign.Campaign, about []campaign.Finding) (checkResult, error) {
	found, err := s.Campaigns.Check(c.Context(), s.DB, one)
	if err != nil {
		return checkResult{}, err
	}
	found = append(found, about...)
	var out checkResult
	for _, level := range []compose.Severity{compose.Red, compose.Amber, compose.Green} {
		for _, f := range found {
			if f.Severity != level {
				continue
			}
			out.Findings = append(out.Findings, c.findingRow(one, f))
			out.Second = out.Second || f.SecondPerson
			switch level {
			case compose.Red:
				out.Red++
			case compose.Amber:
				out.Amber++
			default:
				out.Green++
			}
		}
	}
	if out.Amber == 0 {
		return out, nil
	}
	err = s.Campaigns.MayApprove(c.Context(), s.DB, c.By(), one, found)
	if err != nil && !fault.Is(err, fault.Refused) {
		return out, err
	}
	out.MayApprove, out.Requested = err == nil, !one.RequestedAt.IsZero()
	if out.Approved, err = s.Campaigns.Approved(c.Context(), s.DB, one, found); err != nil || !out.Approved {
		return out, err
	}
	out.Reason = one.Approval.Reason
	if who, err := s.Accounts.OperatorByID(c.Context(), s.DB, one.Approval.By); err == nil {
		out.By = who.Name
	}
	return out, nil
}

// answerable is the check with what the law warns of about the people, for who approves.
func (s *Site) answerable(c *Call, one campaign.Campaign) (checkResult, error) {
	patient, cancel := context.WithTimeout(c.Context(), campaign.ForecastPatience)
	defer cancel()
	f, err := s.Campaigns.Forecast(patient, s.DB, one, campaign.ForecastMost, c.Now)
	if err != nil {
		return checkResult{}, err
	}
	return s.checkOf(c, one, s.Campaigns.WarningsOf(f))
}

// campaignApprove is the button by which a legal officer answers for what was found,
// as it was shown to them.
func (s *Site) campaignApprove(c *Call) error {
	one, form, err := about(c, s.draft)
	if err != nil {
		return err
	}
	one.UpdatedAt = seen(form)
	if strings.TrimSpace(form.Get("reason")) == "" {
		c.AddFlash(page.Flash{Tone: "warn", Key: "campaign.reason.missing"})
		return c.Redirect(campaignPath(one) + "#approve")
	}
	if err := s.Campaigns.Approve(c.Context(), c.By(), one, form.Get("reason"), c.Now); err != nil {
		return err
	}
	return c.Done(campaignPath(one), "web.follow.approve_done")
}

func (c *Call) findingRow(one campaign.Campaign, f campaign.Finding) findingRow {
	row := findingRow{Where: c.partName(f.Field), People: f.People, Does: c.repairButtons(one, f)}
	row.Level = page.Level(f.Severity)
	switch {
	case f.Law != nil:
		row.Title, row.Citation = f.Law.Text(string(c.Lang)), f.Law.Source(string(c.Lang))+" ("+string(f.Rule)+")"
		row.Kind, row.Unsure = c.T("web.finding.kind."+string(f.Law.Kind)), f.Law.Certainty != law.Verified
	case f.Rule != "":
		rule := c.rule(f.Rule)
		row.Title, row.Citation = rule.Text, rule.Citation
	default:
		row.Title = c.T(f.Key, f.Args...)
	}
	return row
}

// partName says which part of the mail a finding is about.
func (c *Call) partName(field string) string {
	rest, inBlocks := strings.CutPrefix(field, blocksPath+"/")
	switch {
	case inBlocks:
		number, _, _ := strings.Cut(rest, "/")
		i, _ := strconv.Atoi(number)
		return c.T("web.campaign.part.block", "Number", i+1)
	case field == "subject" || field == "preheader" || field == "class" || field == "lang":
		return c.T("web.campaign." + field)
	case field == "advertiser" || field == "topic":
		return c.T("web.campaign." + field)
	case field == "approval" || field == "pages" || field == "audience":
		return c.T("web.campaign.part." + field)
	case field == "profile" || strings.HasPrefix(field, "label."):
		return c.T("web.campaign.profile")
	}
	return c.T("web.campaign.body")
}

// repairValue and parseRepair carry a finding through a button.
func repairValue(f campaign.Finding) string {
	return strings.Join([]string{string(f.Repair), f.Field, strconv.Itoa(f.At.Line), strconv.Itoa(f.At.Column)}, " ")
}

func parseRepair(value string) (compose.LintFinding, bool) {
	parts := strings.Split(value, " ")
	if len(parts) != 4 {
		return compose.LintFinding{}, false
	}
	line, err := strconv.Atoi(parts[2])
	column, wrong := strconv.Atoi(parts[3])
	f := compose.LintFinding{Repair: compose.Repair(parts[0]), Field: parts[1], At: merge.Position{Line: line, Column: column}}
	return f, err == nil && wrong == nil && f.Repair.Mechanical()
}

// ruleText is a rule in the reader's language.
type ruleText struct {
	ID             law.RuleID
	Text, Citation string
}

// rule looks a rule up. Some are no law but what an operator did.
func (c *Call) rule(id law.RuleID) ruleText {
	if id == campaign.StopRule {
		return ruleText{id, c.T("web.campaign.rule.stopped"), ""}
	}
	r, ok := c.site.Gate.Rules().Rule(id)
	if !ok {
		return ruleText{id, string(id), ""}
	}
	found := c.lawFinding(r)
	return ruleText{id, found.Title, found.Citation}
}
