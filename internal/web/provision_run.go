package web

import (
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/contact"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/law"
	"github.com/kyodaku/kyodaku/internal/provision"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/web/page"
)

// provisionRunsPage lists what was provided under a programme, and plans a run.
type provisionRunsPage struct {
	programmeRow
	Runs       []runRow
	Pager      page.Pager
	Form       page.Form
	Recipients []page.Option
	Formats    []page.Option
	Data       []provision.DataItem
	// ByContract says that a contract with the person may stand as the record.
	ByContract bool
	// Ready says that a version may be provided by.
	Ready, MayEdit bool
}

// runRow is a run with its state in a word.
type runRow struct {
	provision.Run
	Href  string
	Badge page.Badge
}

func rowOf(r provision.Run) runRow {
	row := runRow{Run: r, Href: runsPath + "/" + r.Public(), Badge: page.Badge{Tone: "plain", Key: "web.provision.run.state." + string(r.State)}}
	switch r.State {
	case provision.Given:
		row.Badge.Tone = "strong"
	case provision.Discarded, provision.NotGiven:
		row.Badge.Tone = "quiet"
	case provision.Uncertain, provision.Broken:
		row.Badge.Tone = "warn"
	}
	return row
}

// runsMost is how many runs, or tasks, a page of a list shows.
const runsMost = 100

// behind is the id that a page of a list begins behind, 0 for the first page.
func (c *Call) behind(prefix string) (int64, error) {
	if c.After() == "" {
		return 0, nil
	}
	return store.ParsePublic(prefix, c.After())
}

func (s *Site) runList(c *Call) error {
	p, err := s.programme(c)
	if err != nil {
		return err
	}
	form := page.FormOf("", "format", string(provision.CSV))
	if v := p.Serving(c.Now); v != nil { // at first everything that was notified is chosen
		for _, d := range v.Items.Data {
			form.Values.Add("fields", d.Field)
		}
	}
	return s.runsForm(c, p, form)
}

func (s *Site) runsForm(c *Call, of provision.Programme, form page.Form) error {
	p := provisionRunsPage{programmeRow: c.programmeRow(of), Form: form, MayEdit: c.Can(account.Export), Formats: options([]string{string(provision.CSV), string(provision.JSONLines)}, "web.provision.format.")}
	q := provision.RunQuery{Workspace: c.Workspace.ID, Programme: of.ID, Limit: runsMost}
	var err error
	if q.Before, err = c.behind(provision.RunPrefix); err != nil {
		return err
	}
	runs, err := s.ProvisionRuns.Runs(c.Context(), s.DB, q)
	if err != nil {
		return err
	}
	p.Pager = c.Pager("")
	if len(runs) == runsMost {
		p.Pager = c.Pager(runs[runsMost-1].Public())
	}
	for _, r := range runs {
		p.Runs = append(p.Runs, rowOf(r))
	}
	all, err := s.ProvisionRuns.Recipients(c.Context(), s.DB, c.Workspace.ID)
	if err != nil {
		return err
	}
	for _, r := range all {
		if r.ArchivedAt.IsZero() {
			p.Recipients = append(p.Recipients, page.Option{Value: r.Public(), Text: r.Name})
		}
	}
	if v := of.Serving(c.Now); v != nil {
		p.Ready, p.Data, p.ByContract = true, v.Items.Data, of.Class == provision.Consent
	}
	return c.renderTyped(form, "provision_runs", p)
}

func (s *Site) runPlan(c *Call) error {
	p, form, err := about(c, s.programme)
	if err != nil {
		return err
	}
	to, _ := store.ParsePublic(provision.RecipientPrefix, form.Get("recipient")) // 0 is refused below
	plan := provision.Plan{
		Workspace: c.Workspace.ID, Programme: p.ID, Recipient: to, Format: provision.Format(form.Get("format")), Reason: block(form.Get("reason")),
		Segment: contact.Segment{Prefecture: line(form.Get("prefecture")), Company: line(form.Get("company"))}, Fields: append([]string{}, form.Values["fields"]...),
		ByContract: form.Get("by_contract") == "1",
	}
	var run provision.Run
	if to == 0 {
		err = fault.Bad("recipient", "web.provision.recipient_needed")
	} else {
		run, err = s.ProvisionRuns.Plan(c.Context(), c.By(), plan, c.Now)
	}
	if form.Take(err) {
		if err := s.nameColumns(c, &form); err != nil {
			return err
		}
		return s.runsForm(c, p, form)
	}
	if err != nil {
		return err
	}
	return c.Done(runsPath+"/"+run.Public(), "web.provision.run_planned")
}

// nameColumns has errors about columns say how people call them.
func (s *Site) nameColumns(c *Call, form *page.Form) error {
	labels, err := s.fieldLabels(c.Context(), s.DB, c.Workspace.ID, c.Lang)
	for i := range form.Fields {
		f := &form.Fields[i]
		if f.Key == "provision.run.not_notified" && len(f.Args) == 2 {
			f.Args = []any{"Field", labels.of(fmt.Sprint(f.Args[1]))}
		}
	}
	return err
}

// provisionRunPage is one run: the preview, who is left out and why, the approval, the
// hand-over, and its record.
type provisionRunPage struct {
	runRow
	Form      page.Form
	Programme string
	Findings  []page.Finding
	Excluded  []excludedRow
	// Refusal is the rule for which the run stands still, nil where it is another reason.
	Refusal  *excludedRow
	Attempts []attemptRow
	Planner  string
	Approver string
	Names    []string
	// Whom and Where are who is picked and where the data set goes, Changed what of the recipient
	// differs from its last run; First says that there was none.
	Whom, Where []runFact
	Changed     []string
	First       bool
	Progress    *page.Progress
	// Counted names the count that is shown.
	Counted string
	// Own says that whoever looks planned it, and so may not approve it.
	Own                 bool
	MayApprove, MayHand bool
}

// Unsure says that nobody knows whether the data arrived. A download that was cut off with the
// program is one of them, for nothing goes on with it by itself.
func (p provisionRunPage) Unsure() bool {
	return p.State == provision.Uncertain || p.State == provision.Handing && p.To.Target.Kind == provision.ByFile
}

// excludedRow is how many people a rule leaves out.
type excludedRow struct {
	Rule         law.RuleID
	Persons      int64
	Text, Source string
}

func (s *Site) run(c *Call) (provision.Run, error) {
	id, err := c.ID(provision.RunPrefix, "id")
	if err != nil {
		return provision.Run{}, err
	}
	return s.ProvisionRuns.Run(c.Context(), s.DB, c.Workspace.ID, id)
}

func (s *Site) runShow(c *Call) error {
	r, err := s.run(c)
	if err != nil {
		return err
	}
	return s.runPage(c, r, page.FormOf(""))
}

//arch:long one struct of everything that the page shows
func (s *Site) runPage(c *Call, r provision.Run, form page.Form) error {
	p := provisionRunPage{
		runRow: rowOf(r), Form: form, Programme: provisionPath + "/" + store.Public(provision.Prefix, r.Plan.Programme),
		Own: r.CreatedBy == c.Operator.ID, MayApprove: c.Can(account.ApproveAmber), MayHand: c.Can(account.Export),
	}
	if at := r.CountedAt(); !at.IsZero() {
		p.Counted = strconv.FormatInt(store.Micros(at), 10)
	}
	labels, err := s.fieldLabels(c.Context(), s.DB, c.Workspace.ID, c.Lang)
	if err != nil {
		return err
	}
	p.Names, p.Where = labels.all(r.Fields), c.where(r.To.Target)
	if p.Whom, err = s.whom(c, r.Segment, labels); err != nil {
		return err
	}
	if p.Changed, p.First, err = s.sinceLast(c, r); err != nil {
		return err
	}
	names := newNames(s, nil)
	if p.Planner, err = names.operator(c, r.CreatedBy); err != nil {
		return err
	}
	if r.ApprovedBy != 0 {
		if p.Approver, err = names.operator(c, r.ApprovedBy); err != nil {
			return err
		}
	}
	findings, err := s.ProvisionRuns.RunFindings(c.Context(), s.DB, r, c.Now)
	if err != nil {
		return err
	}
	if r.State == provision.Planned || r.State == provision.Counting {
		var shown compliancePage
		c.find(&shown, objections(findings), r.ProgrammeName, "", "web.compliance.see")
		for k := range shown.Findings {
			shown.Findings[k].Repair = ""
		}
		p.Findings = shown.Findings
	}
	for id, n := range r.Counts.Excluded {
		row := excludedRow{Rule: id, Persons: n}
		if rule, ok := s.Rules.Entry(id, law.Block); ok {
			row.Text, row.Source = rule.Text(string(c.Lang)), c.cite(rule)
		}
		p.Excluded = append(p.Excluded, row)
	}
	if rule, ok := s.Rules.Entry(law.RuleID(r.Error), law.Block); ok {
		p.Refusal = &excludedRow{Rule: rule.ID, Text: rule.Text(string(c.Lang)), Source: c.cite(rule)}
	}
	slices.SortFunc(p.Excluded, func(a, b excludedRow) int { return int(b.Persons - a.Persons) })
	if p.Attempts, err = s.attempts(c, r, names); err != nil {
		return err
	}
	return c.renderTyped(form, "provision_run", p)
}

// runAct does something to a run and comes back to its page.
func (s *Site) runAct(c *Call, done string, act func(r provision.Run, form page.Form) error) error {
	r, form, err := about(c, s.run)
	if err != nil {
		return err
	}
	err = act(r, form)
	if kept, ok := errors.AsType[*provision.KeptError](err); ok {
		form.Key, form.Args = "web.provision.kept", []any{"Until", c.day(kept.Until), "Rule", c.cite(kept.Rule)}
		return s.runPage(c, r, form)
	}
	if e, ok := errors.AsType[*fault.Error](err); ok && e.Key == "provision.run.look_again" {
		c.AddFlash(page.Flash{Tone: "warn", Key: e.Key}) // and the page shows how the counting goes on
		return c.Redirect(runsPath + "/" + r.Public())
	}
	if form.Take(err) {
		if form.Key == "provision.run.state" {
			form.Args = []any{"State", c.T("web.provision.run.state." + string(r.State))}
		}
		return s.runPage(c, r, form)
	}
	if err != nil {
		return err
	}
	return c.Done(runsPath+"/"+r.Public(), done)
}

func (s *Site) runApprove(c *Call) error {
	return s.runAct(c, "web.provision.run_approved", func(r provision.Run, form page.Form) error {
		a := provision.Approval{Workspace: c.Workspace.ID, Run: r.ID, Reason: block(form.Get("approval_reason"))}
		if at, err := strconv.ParseInt(form.Get("counted"), 10, 64); err == nil {
			a.Seen = store.Time(at)
		}
		err := s.ProvisionRuns.Approve(c.Context(), c.By(), a, c.Now)
		if e, ok := errors.AsType[*fault.Error](err); ok && slices.ContainsFunc(e.Fields, func(f fault.Field) bool { return f.Name == "reason" }) {
			return fault.Bad("approval_reason", "web.provision.reason_needed")
		}
		return err
	})
}

func (s *Site) runDiscard(c *Call) error {
	return s.runAct(c, "web.provision.run_discarded", func(r provision.Run, form page.Form) error {
		return s.ProvisionRuns.Discard(c.Context(), c.By(), c.Workspace.ID, r.ID, block(form.Get("reason")), c.Now)
	})
}

func (s *Site) runHand(c *Call) error {
	return s.runAct(c, "web.provision.run_handed", func(r provision.Run, _ page.Form) error {
		return s.ProvisionRuns.HandOver(c.Context(), c.By(), c.Workspace.ID, r.ID, c.Now)
	})
}

func (s *Site) runResolve(c *Call) error {
	return s.runAct(c, "web.provision.run_resolved", func(r provision.Run, form page.Form) error {
		return s.ProvisionRuns.Resolve(c.Context(), c.By(), r, form.Get("arrived") == "1", block(form.Get("evidence")), c.Now)
	})
}

func (s *Site) runDrop(c *Call) error {
	return s.runAct(c, "web.provision.run_dropped", func(r provision.Run, _ page.Form) error {
		return s.ProvisionRuns.DropRecords(c.Context(), c.By(), c.Workspace.ID, r.ID, c.Now)
	})
}
