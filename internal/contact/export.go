package contact

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/kyodaku/kyodaku/internal/contact/sheet"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/i18n"
	"github.com/kyodaku/kyodaku/internal/job"
	"github.com/kyodaku/kyodaku/internal/store"
)

// ExportKind is the job kind of an export.
const ExportKind = "export"

// keepExports is how long a finished export can be fetched: it is a copy of
// everybody's data and should not lie about.
const keepExports = 24 * time.Hour

// exportPage is how many people are read at a time.
const exportPage = 1000

// Export is an export to be.
type Export struct {
	// Columns are what to write, in order. Attributes are "attr:" and their key.
	Columns []sheet.Field
	// Encoding is a code of sheet.Encoding: UTF-8 with byte order mark, or CP932.
	Encoding string
	// Reason is why; the caller audits it.
	Reason string
	// Lang is the language of the column names.
	Lang i18n.Lang
}

// ExportReport is the result of an export job.
type ExportReport struct {
	// File is the blob, 0 until the export is done.
	File int64
	Rows int64
	// Lost are the characters that the encoding has not, for which 〓 stands.
	Lost []sheet.Loss
}

// Exporter writes files of contacts.
type Exporter struct {
	book   *Book
	runner *job.Runner
	texts  *i18n.Catalogue
}

// NewExporter makes an exporter and registers its jobs.
func NewExporter(book *Book, runner *job.Runner, texts *i18n.Catalogue) *Exporter {
	x := &Exporter{book: book, runner: runner, texts: texts}
	runner.Register(ExportKind, x.run)
	return x
}

// ExportColumns lists what can be exported besides attributes.
func ExportColumns() []sheet.Field {
	return []sheet.Field{
		sheet.FieldEmail, sheet.FieldFamilyName, sheet.FieldGivenName, sheet.FieldFamilyKana, sheet.FieldGivenKana,
		sheet.FieldDisplayName, sheet.FieldCompany, sheet.FieldDepartment, sheet.FieldTitle, sheet.FieldPostalCode,
		sheet.FieldPrefecture, sheet.FieldCountry, sheet.FieldLocale,
	}
}

// Start checks an export and stores it as a job of the operator.
func (x *Exporter) Start(ctx context.Context, tx *store.Tx, workspace, operator int64, order Export) (int64, error) {
	var wrong fault.Fields
	if strings.TrimSpace(order.Reason) == "" {
		wrong.Add("reason", "contact.export.reason")
	}
	if _, ok := sheet.ParseEncoding(order.Encoding); !ok {
		wrong.Add("encoding", "contact.export.encoding")
	}
	known := ExportColumns()
	for _, f := range order.Columns {
		if _, own := f.Attr(); !own && !slices.Contains(known, f) {
			wrong.Add("columns", "contact.export.columns")
		}
	}
	if len(order.Columns) == 0 {
		wrong.Add("columns", "contact.export.columns")
	}
	if err := wrong.Err(); err != nil {
		return 0, err
	}
	total, err := x.book.Count(ctx, tx, workspace, Query{})
	if err != nil {
		return 0, err
	}
	return x.runner.Enqueue(ctx, tx, job.New{Workspace: workspace, Kind: ExportKind, Payload: order, Total: total, CreatedBy: operator})
}

// run is the handler of export jobs. A run that was cut off begins anew: half a
// file is no use, and what it wrote is swept away.
func (x *Exporter) run(ctx context.Context, run *job.Run) error {
	var order Export
	if err := run.DecodePayload(&order); err != nil {
		return err
	}
	name := "contacts-" + run.Now().UTC().Format("20060102-150405") + ".csv"
	blob, err := job.NewWriter(ctx, x.book.db, job.NewBlob{
		Workspace: run.Workspace, Name: name, MediaType: "text/csv", ExpiresAt: run.Now().Add(keepExports),
	}, run.Now())
	if err != nil {
		return fmt.Errorf("contact: export: %w", err)
	}
	report, err := x.file(ctx, run, order, blob)
	if err == nil {
		report.File = blob.ID()
		err = x.book.db.Write(ctx, func(tx *store.Tx) error {
			return run.Advance(ctx, tx, job.Progress{Done: report.Rows, Total: report.Rows, Result: report})
		})
	}
	if err != nil {
		return errors.Join(fmt.Errorf("contact: export: %w", err), blob.Abort())
	}
	return nil
}

// file streams everybody into a blob and closes it.
func (x *Exporter) file(ctx context.Context, run *job.Run, order Export, blob *job.Writer) (r ExportReport, err error) {
	encoding, _ := sheet.ParseEncoding(order.Encoding)
	if order.Columns, err = x.withFlags(ctx, run.Workspace, order.Columns); err != nil {
		return r, err
	}
	out, err := sheet.NewWriter(blob, sheet.Format{Encoding: encoding})
	if err != nil {
		return r, err
	}
	if err := out.Write(x.header(order)); err != nil {
		return r, err
	}
	for after := int64(0); ; {
		people, addresses, flags, err := x.page(ctx, run.Workspace, after)
		if err != nil {
			return r, err
		}
		if len(people) == 0 {
			break
		}
		for _, c := range people {
			if err := out.Write(cells(c, addresses[c.ID], flags[c.ID], order.Columns)); err != nil {
				return r, err
			}
		}
		r.Rows += int64(len(people))
		after = people[len(people)-1].ID
		if err := x.progress(ctx, run, r.Rows); err != nil {
			return r, err
		}
	}
	if err := out.Close(); err != nil {
		return r, err
	}
	r.Lost = out.Lost()
	return r, blob.Close()
}

func (x *Exporter) progress(ctx context.Context, run *job.Run, rows int64) error {
	if run.StopWanted() {
		return job.ErrStopped
	}
	return x.book.db.Write(ctx, func(tx *store.Tx) error { return run.Advance(ctx, tx, job.Progress{Done: rows}) })
}

// header names the columns in the reader's language, as an import knows them again.
func (x *Exporter) header(order Export) []string {
	say := x.texts.For(order.Lang)
	names := make([]string, len(order.Columns))
	for i, f := range order.Columns {
		names[i] = string(f)
		if _, own := f.Attr(); !own {
			names[i] = say.T("sheet.field." + string(f))
		}
	}
	return names
}

// page reads the next people and their addresses.
func (x *Exporter) page(ctx context.Context, workspace, after int64) (people []Contact, addresses map[int64][]Address, flags map[int64]Flags, err error) {
	rows, err := x.book.db.Query(ctx, sqlExport, workspace, after, exportPage)
	if err != nil {
		return nil, nil, nil, err
	}
	defer rows.Close()
	flags = map[int64]Flags{}
	for rows.Next() {
		var c Contact
		var f Flags
		scan := contactRowScan{contact: &c}
		if err := rows.Scan(append(scan.dest(), &f)...); err != nil {
			return nil, nil, nil, err
		}
		if err := scan.end(); err != nil {
			return nil, nil, nil, err
		}
		people, flags[c.ID] = append(people, c), f
	}
	if err := rows.Err(); err != nil || len(people) == 0 {
		return nil, nil, nil, err
	}
	addresses, err = addressesOfAll(ctx, x.book.db, slices.Collect(maps.Keys(flags)))
	return people, addresses, flags, err
}

// withFlags adds a column that nobody can leave out where anybody's data may not be
// provided on: a copy of them keeps that mark.
func (x *Exporter) withFlags(ctx context.Context, workspace int64, columns []sheet.Field) ([]sheet.Field, error) {
	var n int64
	if err := x.book.db.QueryRow(ctx, sqlFlagged, workspace).Scan(&n); err != nil || n == 0 {
		return columns, err
	}
	return append(slices.Clone(columns), sheet.FieldFlags), nil
}

// cells writes one person. Several mail addresses stand in one cell, with "; " between.
func cells(c Contact, addresses []Address, flags Flags, columns []sheet.Field) []string {
	texts := map[sheet.Field]string{sheet.FieldLocale: string(c.Lang), sheet.FieldFlags: strings.Join(flags.Names(), " ")}
	for _, t := range c.texts() {
		texts[sheet.Field(t.name)] = *t.value
	}
	var mails []string
	for _, a := range addresses {
		if a.Channel == "email" {
			mails = append(mails, a.Shown)
		}
	}
	texts[sheet.FieldEmail] = strings.Join(mails, "; ")
	out := make([]string, len(columns))
	for i, f := range columns {
		out[i] = texts[f]
		if key, own := f.Attr(); own {
			out[i] = c.Attrs[key]
		}
	}
	return out
}
