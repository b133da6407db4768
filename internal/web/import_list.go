package web

import (
	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/contact"
	"github.com/kyodaku/kyodaku/internal/job"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/web/page"
)

const (
	importsPath = root + "imports"
	// maxUpload is how large a brought file may be, in bytes: some two million rows.
	maxUpload = 512 << 20
	// jobsPerPage is how many jobs one page of a list has.
	jobsPerPage = 30
)

func (s *Site) importRoutes() []Route {
	may := Needs(account.Import)
	return []Route{
		{Pattern: "GET " + importsPath, Access: may, Handle: s.importList, Views: []string{"imports"}},
		{Pattern: "GET " + importsPath + "/new", Access: may, Handle: s.importNew, Views: []string{"import_new"}},
		{Pattern: "POST " + importsPath + "/new", Access: may, Handle: s.importUpload, MaxBody: maxUpload},
		{Pattern: "GET " + importsPath + "/new/columns/{file}", Access: may, Handle: s.importMapShow, Views: []string{"import_map"}},
		{Pattern: "POST " + importsPath + "/new/columns/{file}", Access: may, Handle: s.importCheck},
		{Pattern: "GET " + importsPath + "/{id}", Access: may, Handle: s.importShow, Views: []string{"import"}},
		{Pattern: "GET " + importsPath + "/{id}/progress", Access: may, Handle: s.importProgress},
		{Pattern: "POST " + importsPath + "/{id}/start", Access: may, Handle: s.importStart},
		{Pattern: "POST " + importsPath + "/{id}/stop", Access: may, Handle: s.importStop},
		{Pattern: "GET " + importsPath + "/{id}/errors", Access: may, Handle: s.importErrors},
	}
}

// importsPage lists what was brought so far.
type importsPage struct {
	Jobs  []importRow
	Pager page.Pager
}

// importRow is one import of the list.
type importRow struct {
	jobRow
	File   string
	Report contact.Report
}

// Taken is how many rows were taken.
func (r importRow) Taken() int64 { return r.Report.Rows - r.Report.Refused }

func (s *Site) importList(c *Call) error {
	jobs, next, err := s.jobs(c, contact.ImportKind)
	if err != nil {
		return err
	}
	p := importsPage{Pager: c.Pager(next)}
	for _, j := range jobs {
		row := importRow{jobRow: j}
		var order contact.Import
		if err := j.DecodePayload(&order); err != nil {
			return err
		}
		if err := j.DecodeResult(&row.Report); err != nil {
			return err
		}
		row.File, row.Report.DryRun = order.FileName, order.DryRun
		p.Jobs = append(p.Jobs, row)
	}
	return c.Render("imports", p)
}

// jobRow is a job as lists and pages show it.
type jobRow struct {
	job.Job
	Public, By string
}

// StateKey is the catalogue key of the state's word.
func (j jobRow) StateKey() string { return "web.job.state." + string(j.State) }

// Tone is the badge's tone: what goes on stands out.
func (j jobRow) Tone() string {
	switch j.State {
	case job.Queued, job.Running:
		return "strong"
	case job.Done:
		return "plain"
	default:
		return "quiet"
	}
}

// jobs reads a page of a kind's jobs, and the cursor of the next one.
func (s *Site) jobs(c *Call, kind string) (rows []jobRow, next string, err error) {
	before := int64(0)
	if after := c.After(); after != "" {
		if before, err = store.ParsePublic(job.Prefix, after); err != nil {
			return nil, "", err
		}
	}
	list, err := job.List(c.Context(), s.DB, c.Workspace.ID, kind, before, jobsPerPage)
	if err != nil {
		return nil, "", err
	}
	who := newNames(s, nil)
	for _, j := range list {
		row, err := jobRowOf(c, j, who)
		if err != nil {
			return nil, "", err
		}
		rows = append(rows, row)
	}
	if len(list) == jobsPerPage {
		next = rows[len(rows)-1].Public
	}
	return rows, next, nil
}

func jobRowOf(c *Call, j job.Job, who names) (row jobRow, err error) {
	row = jobRow{Job: j, Public: store.Public(job.Prefix, j.ID)}
	if j.CreatedBy != 0 {
		row.By, err = who.operator(c, j.CreatedBy)
	}
	return row, err
}
