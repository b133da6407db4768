package web

import (
	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/contact"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/job"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/web/page"
)

// exportPage is one export: how far it has come, and its file.
type exportPage struct {
	Job      jobRow
	Order    contact.Export
	Report   contact.ExportReport
	Progress page.Progress
	// Ready says that the file can be fetched.
	Ready bool
	// Error says why the job failed, empty if it did not.
	Error string
	// Lost are sentences about characters that the encoding lacks.
	Lost []string
}

func (s *Site) exportJob(c *Call) (p exportPage, err error) {
	id, err := c.ID(job.Prefix, "id")
	if err != nil {
		return p, err
	}
	j, err := job.Get(c.Context(), s.DB, c.Workspace.ID, id)
	if err == nil && j.Kind != contact.ExportKind {
		err = fault.New(fault.NotFound, "fault.not_found")
	}
	if err != nil {
		return p, err
	}
	if p.Job, err = jobRowOf(c, j, newNames(s, nil)); err != nil {
		return p, err
	}
	if err := decodeJob(j, &p.Order, &p.Report); err != nil {
		return p, err
	}
	p.Progress = page.Progress{At: j.Done, Total: j.Total, Done: j.State.Final(), Text: c.T("web.export.state." + string(j.State))}
	if !p.Progress.Done {
		p.Progress.Refresh = exportsPath + "/" + p.Job.Public + "/progress"
	}
	if j.Error != "" {
		p.Error = c.T(j.Error)
	}
	for _, l := range p.Report.Lost {
		p.Lost = append(p.Lost, c.T("sheet.lost", "Char", string(l.Char), "Times", l.Count, "Row", l.Row))
	}
	p.Ready, err = s.fetchable(c, p.Report.File)
	return p, err
}

// fetchable says whether a stored file is still there.
func (s *Site) fetchable(c *Call, id int64) (bool, error) {
	if id == 0 {
		return false, nil
	}
	blob, err := job.GetBlob(c.Context(), s.DB, c.Workspace.ID, id)
	if fault.Is(err, fault.NotFound) {
		return false, nil
	}
	return blob.Complete && (blob.ExpiresAt.IsZero() || blob.ExpiresAt.After(c.Now)), err
}

func (s *Site) exportShow(c *Call) error {
	p, err := s.exportJob(c)
	if err != nil {
		return err
	}
	return c.Render("export", p)
}

// exportProgress answers with the progress alone, for the page's module.
func (s *Site) exportProgress(c *Call) error {
	p, err := s.exportJob(c)
	if err != nil {
		return err
	}
	return c.RenderPart("export", "progress", p.Progress)
}

func (s *Site) exportStop(c *Call) error {
	p, err := s.exportJob(c)
	if err != nil {
		return err
	}
	if err := s.Jobs.RequestStop(c.Context(), c.Workspace.ID, p.Job.ID); err != nil {
		return err
	}
	return c.Done(exportsPath+"/"+p.Job.Public, "web.job.stop_asked")
}

// exportFile hands out the file. Each time stands in the audit log, so that it is a
// POST: whoever fetches a copy of everybody's data leaves a trace.
func (s *Site) exportFile(c *Call) error {
	p, err := s.exportJob(c)
	if err != nil {
		return err
	}
	if !p.Ready {
		return fault.New(fault.NotFound, "job.blob.gone")
	}
	err = s.DB.Write(c.Context(), func(tx *store.Tx) error {
		return c.takes(tx, account.Export, account.Entry{Action: "contact.export_fetch", Reason: p.Order.Reason, Subject: account.Subject{Kind: "job", ID: p.Job.ID}})
	})
	if err != nil {
		return err
	}
	return s.download(c, p.Report.File)
}
