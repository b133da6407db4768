package web

import (
	"strconv"
	"strings"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/campaign"
	"github.com/kyodaku/kyodaku/internal/compose"
	"github.com/kyodaku/kyodaku/internal/compose/merge"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/law"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/web/page"
)

// checkResult is what the check of a campaign found, in the reader's language.
type checkResult struct {
	Findings []findingRow
	Red      int
	Amber    int
	// Approved says that somebody answers for the amber ones, MayApprove that the
	// operator may.
	Approved, MayApprove bool
}

// findingRow is one finding. Mend is the value of the repair button, empty when the
// repair is not mechanical; then Href leads to where it is done.
type findingRow struct {
	page.Finding
	// Where says in words which part it is about.
	Where string
	Mend  string
}

// campaignCheck answers with the findings alone, for a text that is being typed.
func (s *Site) campaignCheck(c *Call) error {
	one, err := s.draft(c)
	if err != nil {
		return err
	}
	form, err := c.Form()
	if err != nil {
		return err
	}
	if one, err = s.written(c, one, form); err != nil {
		return err
	}
	check, err := s.checkOf(c, one)
	if fault.Is(err, fault.NotFound) {
		err = fault.New(fault.Invalid, "campaign.topic.bad")
	}
	if err != nil {
		return err
	}
	return c.RenderPart("campaign_write", "findings", check)
}

// checkOf checks a campaign and puts what was found into words, the grave first.
func (s *Site) checkOf(c *Call, one campaign.Campaign) (checkResult, error) {
	found, err := s.Campaigns.Check(c.Context(), s.DB, one)
	if err != nil {
		return checkResult{}, err
	}
	var out checkResult
	for _, level := range []compose.Severity{compose.Red, compose.Amber} {
		for _, f := range found {
			if f.Severity != level {
				continue
			}
			out.Findings = append(out.Findings, c.findingRow(one, f))
			if level == compose.Red {
				out.Red++
			} else {
				out.Amber++
			}
		}
	}
	out.MayApprove = c.Can(account.ApproveAmber)
	if out.Amber > 0 {
		out.Approved, err = s.Campaigns.Approved(c.Context(), s.DB, one, found)
	}
	return out, err
}

// campaignApprove is the button by which a legal officer answers for what was found,
// as it was shown to them.
func (s *Site) campaignApprove(c *Call) error {
	one, err := s.draft(c)
	if err != nil {
		return err
	}
	form, err := c.Form()
	if err != nil {
		return err
	}
	one.UpdatedAt = seen(form)
	if err := s.Campaigns.Approve(c.Context(), c.By(), one, form.Get("reason"), c.Now); err != nil {
		return err
	}
	return c.Done(campaignPath(one), "web.follow.approve_done")
}

func (c *Call) findingRow(one campaign.Campaign, f campaign.Finding) findingRow {
	row := findingRow{Where: c.partName(f.Field)}
	row.Level = page.Level(f.Severity)
	if f.Rule != "" {
		rule := c.rule(f.Rule)
		row.Title, row.Citation = rule.Text, rule.Citation
	} else {
		row.Title = c.T(f.Key, f.Args...)
	}
	switch {
	case f.Repair.Mechanical():
		row.Mend, row.Repair = repairValue(f), c.T("web.campaign.repair."+string(f.Repair))
	case f.Rule == "ID-01":
		if c.Can(account.ManageSettings) {
			row.Href, row.Repair = root+"settings/domains", c.T("web.campaign.repair.domain")
		}
	case f.Field == "profile" || strings.HasPrefix(f.Field, "label."):
		if c.Can(account.ManageSettings) {
			row.Href, row.Repair = root+"settings/profiles/"+store.Public(account.ProfilePrefix, one.Profile), c.T("web.campaign.repair.profile")
		}
	case f.Field != "" && f.Field != blocksPath:
		row.Href, row.Repair = "#"+itemOf.ReplaceAllString(f.Field, "/items"), c.T("web.campaign.repair.go")
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
	return ruleText{id, r.Text(string(c.Lang)), r.Source(string(c.Lang)) + " (" + string(id) + ")"}
}
