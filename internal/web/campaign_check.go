package web

import (
	"context"
	"errors"
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
	// Approved says that somebody answers for all amber ones, Answers that the operator may
	// for all that nobody does, MayApprove that they may for some. Second says that one of
	// the others wants somebody who did not write it.
	Approved, Answers, MayApprove, Second bool
	// Requested says that an approval was asked for.
	Requested bool
	Approvals []approvalRow
	// Codes are the amber ones as the form carries them to whoever answers.
	Codes string
}

// approvalRow is who answered, and why.
type approvalRow struct{ By, Reason string }

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
	// Answered says that somebody answers for it.
	Answered bool
	// Mend leads from the last look to where something can be done about it, if anywhere.
	Mend repairButton
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
	check, err := s.checkOf(c, one)
	if fault.Is(err, fault.NotFound) {
		err = fault.New(fault.Invalid, "campaign.topic.bad")
	}
	if err != nil {
		return err
	}
	return c.RenderPart("campaign_write", "findings", check)
}

// checkOf checks a campaign's text and puts what was found into words, the grave first.
func (s *Site) checkOf(c *Call, one campaign.Campaign) (checkResult, error) {
	found, err := s.Campaigns.Check(c.Context(), s.DB, one)
	if err != nil {
		return checkResult{}, err
	}
	return s.checked(c, one, found)
}

// checked puts findings into words, and says who answers for them.
func (s *Site) checked(c *Call, one campaign.Campaign, found []campaign.Finding) (checkResult, error) {
	var out checkResult
	standing, err := s.Campaigns.Standing(c.Context(), s.DB, c.By(), one, found)
	if err != nil {
		return out, err
	}
	for _, level := range []compose.Severity{compose.Red, compose.Amber, compose.Green} {
		for _, f := range found {
			if f.Severity != level {
				continue
			}
			row := c.findingRow(one, f)
			row.Answered = level == compose.Amber && !standing.IsOpen(f)
			out.Findings = append(out.Findings, row)
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
	out.Codes, out.Requested = strings.Join(campaign.Codes(found), " "), !one.RequestedAt.IsZero()
	out.Approved, out.Answers = out.Amber > 0 && len(standing.Open) == 0, len(standing.Mine) == len(standing.Open)
	out.MayApprove, out.Second = len(standing.Mine) > 0, standing.WantsOther()
	for _, a := range standing.Approvals {
		row := approvalRow{Reason: a.Reason}
		if who, err := s.Accounts.OperatorByID(c.Context(), s.DB, a.By); err == nil {
			row.By = who.Name
		}
		out.Approvals = append(out.Approvals, row)
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
	found, err := s.Campaigns.CheckFor(c.Context(), s.DB, one, f)
	if err != nil {
		return checkResult{}, err
	}
	return s.checked(c, one, found)
}

// campaignApprove is the button by which a legal officer answers for what was found,
// as it was shown to them.
func (s *Site) campaignApprove(c *Call) error {
	one, form, err := about(c, s.draft)
	if err != nil {
		return err
	}
	one.UpdatedAt = seen(form)
	err = s.Campaigns.Approve(c.Context(), c.By(), one, answerOf(form), c.Now)
	if fault.Is(err, fault.Invalid) && form.Take(err) {
		return s.campaignFollowing(c, one, form, unseen(err))
	}
	if err != nil {
		return err
	}
	return c.Done(campaignPath(one), "web.follow.approve_done")
}

// answerOf reads what somebody says who answers for findings.
func answerOf(form page.Form) campaign.Answer {
	return campaign.Answer{Reason: form.Get("reason"), Shown: strings.Fields(form.Get("answers"))}
}

// unseen is everything that is found when somebody answered without having been shown it,
// nil for other errors.
func unseen(err error) []campaign.Finding {
	if u, ok := errors.AsType[*campaign.Unseen](err); ok {
		return u.Findings
	}
	return nil
}

func (c *Call) findingRow(one campaign.Campaign, f campaign.Finding) findingRow {
	row := findingRow{Where: c.partName(f.Field), People: f.People, Does: c.repairButtons(one, f), Mend: c.mendLink(one, f)}
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
