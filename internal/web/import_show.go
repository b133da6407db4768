package web

import (
	"maps"
	"slices"
	"strings"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/contact"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/job"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/web/page"
)

// importPage is a dry run or an import: how far it has come, and what came of it.
type importPage struct {
	Job      jobRow
	Order    contact.Import
	Report   contact.Report
	Steps    []page.Step
	Progress page.Progress
	Tiles    []tile
	Reasons  []reasonRow
	// Warnings are the rules that warn of rows, MayAnswer says that the operator may take
	// responsibility for them.
	Warnings  []reasonRow
	MayAnswer bool
	Answers   []page.Option
	First     []refusedRow
	Encoding  string
	// Topics are the names of the chosen topics.
	Topics []string
	// Error says why the job failed, empty if it did not.
	Error string
	Form  page.Form
	// Ready says that the dry run is over and the import may begin.
	Ready bool
	// FileID is the public id of the file, to change columns and basis.
	FileID string
}

// Taken is how many rows are taken.
func (p importPage) Taken() int64 { return p.Report.Rows - p.Report.Refused }

// reasonRow counts refused rows by reason.
type reasonRow struct {
	Text  string
	Count int64
}

// refusedRow is a row that was not taken.
type refusedRow struct {
	Line         int
	Column, Text string
}

// importJob reads the import that the path names.
func (s *Site) importJob(c *Call) (job.Job, contact.Import, error) {
	var order contact.Import
	id, err := c.ID(job.Prefix, "id")
	if err != nil {
		return job.Job{}, order, err
	}
	j, err := job.Get(c.Context(), s.DB, c.Workspace.ID, id)
	if err == nil && j.Kind != contact.ImportKind {
		err = fault.New(fault.NotFound, "fault.not_found")
	}
	if err != nil {
		return j, order, err
	}
	return j, order, j.DecodePayload(&order)
}

func (s *Site) importShow(c *Call) error {
	j, order, err := s.importJob(c)
	if err != nil {
		return err
	}
	p, err := s.importPage(c, j, order)
	if err != nil {
		return err
	}
	return c.Render("import", p)
}

func (s *Site) importPage(c *Call, j job.Job, order contact.Import) (p importPage, err error) {
	p.Order, p.FileID = order, store.Public(job.BlobPrefix, order.File)
	if p.Job, err = jobRowOf(c, j, newNames(s, nil)); err != nil {
		return p, err
	}
	if err := j.DecodeResult(&p.Report); err != nil {
		return p, err
	}
	step := 3
	if !order.DryRun {
		step = 4
		if j.State == job.Done {
			step = 5
		}
	}
	p.Steps = importSteps(step)
	p.Progress = c.importState(j, order, p.Report)
	p.Ready = order.DryRun && j.State == job.Done && p.Report.Rows > p.Report.Refused
	if j.Error != "" {
		p.Error = c.T(j.Error)
	}
	if p.Report.Encoding != "" {
		p.Encoding = c.T("sheet.encoding.name." + p.Report.Encoding)
	}
	p.MayAnswer = c.Can(account.ApproveAmber)
	p.Answers = []page.Option{{Value: "leave", Key: "web.import.warned.leave"}}
	if p.MayAnswer {
		p.Answers = append(p.Answers, page.Option{Value: "take", Key: "web.import.warned.take"})
	}
	p.Form = page.FormOf("", "warned", "leave")
	p.tell(c)
	names, err := s.topicNames(c)
	for _, id := range order.Topics {
		p.Topics = append(p.Topics, names[id])
	}
	return p, err
}

// tell puts the report into words.
func (p *importPage) tell(c *Call) {
	r := p.Report
	p.Tiles = []tile{
		{Key: "web.import.new", Number: r.New},
		{Key: "web.import.updated", Number: r.Updated, Note: "web.import.updated_note"},
		{Key: "web.import.same", Number: r.Same},
		{Key: "web.import.refused", Number: r.Refused, Note: "web.import.refused_note"},
		{Key: "web.import.suppressed", Number: r.Suppressed, Note: "web.import.suppressed_note"},
		{Key: "web.import.refusals", Number: r.Refusals, Note: "web.import.refusals_note"},
	}
	args := map[string][]any{}
	for _, row := range r.First {
		args[row.Key] = row.Args
	}
	p.Reasons, p.Warnings = c.reasonRows(r.Reasons, args), c.reasonRows(r.Warnings, nil)
	for _, row := range r.First {
		p.First = append(p.First, refusedRow{row.Line, row.Column, c.site.Imports.Say(c.site.Catalogue.For(c.Lang), row.Key, row.Args)})
	}
}

// reasonRows puts counted reasons into words, the most frequent first.
func (c *Call) reasonRows(counts map[string]int64, args map[string][]any) (rows []reasonRow) {
	for _, key := range slices.Sorted(maps.Keys(counts)) {
		// What is beyond the first rows is told by its sentence alone.
		text := strings.ReplaceAll(c.site.Imports.Say(c.site.Catalogue.For(c.Lang), key, args[key]), "<no value>", "…")
		rows = append(rows, reasonRow{text, counts[key]})
	}
	slices.SortStableFunc(rows, func(a, b reasonRow) int { return int(b.Count - a.Count) })
	return rows
}

// importState is how far an import has come. The job counts bytes of the file; people
// count rows, so that the total is reckoned from what was read so far.
func (c *Call) importState(j job.Job, order contact.Import, r contact.Report) page.Progress {
	text := "web.import.running"
	switch {
	case j.State == job.Queued:
		text = "web.import.queued"
	case order.DryRun && j.State == job.Done:
		text = "web.import.checked"
	case j.State == job.Done:
		text = "web.import.done"
	case j.State.Final():
		text = "web.job.state." + string(j.State)
	case order.DryRun:
		text = "web.import.checking"
	}
	p := page.Progress{At: r.Rows, Done: j.State.Final(), Text: c.T(text), Note: c.T("web.import.rows_note")}
	switch {
	case j.State == job.Done:
		p.Total = r.Rows
	case j.Done > 0:
		p.Total = max(r.Rows, r.Rows*j.Total/j.Done)
	}
	if p.Done {
		p.Note = ""
	} else {
		p.Refresh = importsPath + "/" + store.Public(job.Prefix, j.ID) + "/progress"
	}
	return p
}

// number writes a whole number for a sentence.
func number(n int64) string {
	text, err := page.Number(n)
	if err != nil {
		return ""
	}
	return text
}

// importProgress answers with the progress alone, for the page's module.
func (s *Site) importProgress(c *Call) error {
	j, order, err := s.importJob(c)
	if err != nil {
		return err
	}
	var r contact.Report
	if err := j.DecodeResult(&r); err != nil {
		return err
	}
	return c.RenderPart("import", "progress", c.importState(j, order, r))
}

// importStart does what a dry run has shown. What was declared is that of the dry run.
func (s *Site) importStart(c *Call) error {
	j, order, err := s.importJob(c)
	if err != nil {
		return err
	}
	if !order.DryRun || j.State != job.Done {
		return fault.New(fault.Refused, "web.import.not_checked")
	}
	form, err := c.Form()
	if err != nil {
		return err
	}
	var report contact.Report
	if err := j.DecodeResult(&report); err != nil {
		return err
	}
	var id int64
	if order.Reason, err = c.answerFor(form, report); err == nil {
		order.DryRun = false
		id, err = s.startImport(c, order)
	}
	if form.Take(err) {
		p, err := s.importPage(c, j, order)
		if err != nil {
			return err
		}
		p.Form = form
		return c.RenderForm("import", p)
	}
	if err != nil {
		return err
	}
	return c.Redirect(importsPath + "/" + store.Public(job.Prefix, id))
}

// answerFor reads why the rows of which a rule warns are to be taken. Only who may answer
// for warnings can give a reason, and without one those rows are left out.
func (c *Call) answerFor(form page.Form, report contact.Report) (string, error) {
	reason := line(form.Get("reason"))
	switch {
	case len(report.Warnings) == 0, form.Get("warned") == "leave":
		return "", nil
	case form.Get("warned") != "take" || reason == "":
		return "", fault.Bad("reason", "web.import.reason_needed")
	case !c.Can(account.ApproveAmber):
		return "", fault.Bad("reason", "web.import.reason_role")
	}
	return reason, nil
}

func (s *Site) importStop(c *Call) error {
	j, _, err := s.importJob(c)
	if err != nil {
		return err
	}
	if err := s.Jobs.RequestStop(c.Context(), c.Workspace.ID, j.ID); err != nil {
		return err
	}
	return c.Done(importsPath+"/"+store.Public(job.Prefix, j.ID), "web.job.stop_asked")
}

// importErrors hands out the rows that were not taken, in the file's own encoding.
func (s *Site) importErrors(c *Call) error {
	j, _, err := s.importJob(c)
	if err != nil {
		return err
	}
	var r contact.Report
	if err := j.DecodeResult(&r); err != nil {
		return err
	}
	return s.download(c, r.ErrorFile)
}
