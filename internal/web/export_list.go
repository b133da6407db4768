package web

import (
	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/contact"
	"github.com/kyodaku/kyodaku/internal/contact/sheet"
	"github.com/kyodaku/kyodaku/internal/job"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/web/page"
)

const exportsPath = root + "exports"

func (s *Site) exportRoutes() []Route {
	may := Needs(account.Export)
	return []Route{
		{Pattern: "GET " + exportsPath, Access: may, Handle: s.exportList, Views: []string{"exports"}},
		{Pattern: "POST " + exportsPath, Access: may, Handle: s.exportStart},
		{Pattern: "GET " + exportsPath + "/{id}", Access: may, Handle: s.exportShow, Views: []string{"export"}},
		{Pattern: "GET " + exportsPath + "/{id}/progress", Access: may, Handle: s.exportProgress},
		{Pattern: "POST " + exportsPath + "/{id}/stop", Access: may, Handle: s.exportStop},
		{Pattern: "POST " + exportsPath + "/{id}/file", Access: may, Handle: s.exportFile},
	}
}

// exportsPage asks what to export and why, and lists what was.
type exportsPage struct {
	Form      page.Form
	Columns   []page.Option
	Encodings []page.Option
	Jobs      []exportRow
	Pager     page.Pager
}

// exportRow is one export of the list.
type exportRow struct {
	jobRow
	Reason string
	Rows   int64
}

func (s *Site) exportList(c *Call) error {
	form := page.FormOf("", "encoding", sheet.UTF8BOM.String())
	for _, f := range contact.ExportColumns() {
		form.Values.Add("columns", string(f))
	}
	return s.exportForm(c, form)
}

func (s *Site) exportForm(c *Call, form page.Form) error {
	attrs, err := s.Contacts.Attributes(c.Context(), s.DB, c.Workspace.ID)
	if err != nil {
		return err
	}
	jobs, next, err := s.jobs(c, contact.ExportKind)
	if err != nil {
		return err
	}
	p := exportsPage{Form: form, Pager: c.Pager(next)}
	for _, e := range []sheet.Encoding{sheet.UTF8BOM, sheet.CP932} {
		p.Encodings = append(p.Encodings, page.Option{Value: e.String(), Key: "sheet.encoding.name." + e.String()})
	}
	for _, f := range contact.ExportColumns() {
		p.Columns = append(p.Columns, page.Option{Value: string(f), Key: "sheet.field." + string(f)})
	}
	for _, a := range attrs {
		p.Columns = append(p.Columns, page.Option{Value: "attr:" + a.Key, Text: attributeLabel(a, c.Lang)})
	}
	for _, j := range jobs {
		row := exportRow{jobRow: j}
		var order contact.Export
		var done contact.ExportReport
		if err := decodeJob(j.Job, &order, &done); err != nil {
			return err
		}
		row.Reason, row.Rows = order.Reason, done.Rows
		p.Jobs = append(p.Jobs, row)
	}
	return c.renderTyped(form, "exports", p)
}

// decodeJob reads what a job was told and what it has told.
func decodeJob(j job.Job, order, result any) error {
	if err := j.DecodePayload(order); err != nil {
		return err
	}
	return j.DecodeResult(result)
}

// exportStart begins an export. Its reason stands in the audit log before the first
// row is read.
func (s *Site) exportStart(c *Call) error {
	form, err := c.Form()
	if err != nil {
		return err
	}
	order := contact.Export{Encoding: form.Get("encoding"), Reason: line(form.Get("reason")), Lang: c.Lang}
	for _, f := range form.Values["columns"] {
		order.Columns = append(order.Columns, sheet.Field(f))
	}
	var id int64
	err = s.DB.Write(c.Context(), func(tx *store.Tx) (err error) {
		if id, err = s.Exports.Start(c.Context(), tx, c.Workspace.ID, c.Operator.ID, order); err != nil {
			return err
		}
		return c.takes(tx, account.Export, account.Entry{
			Action: "contact.export", Reason: order.Reason, Subject: account.Subject{Kind: "job", ID: id}, Detail: map[string]any{"columns": order.Columns},
		})
	})
	if form.Take(err) {
		return s.exportForm(c, form)
	}
	if err != nil {
		return err
	}
	return c.Redirect(exportsPath + "/" + store.Public(job.Prefix, id))
}
