package web

import (
	"fmt"
	"strconv"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/contact"
	"github.com/kyodaku/kyodaku/internal/contact/sheet"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/job"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/web/page"
)

// importMapPage shows what a file seems to be and asks what its addresses rest on.
type importMapPage struct {
	Public, File string
	Steps        []page.Step
	// Reading is the form of encoding and delimiter, Form that of all the rest.
	Reading, Form         page.Form
	Encodings, Delimiters []page.Option
	// Readable says that the file could be read as the encoding says.
	Readable bool
	// Detected is the encoding's name in the reader's language.
	Detected  string
	Delimiter string
	Columns   []importColumn
	After     []importSample
	// Unknown are columns whose name tells nothing.
	Unknown        []string
	Fields         []page.Option
	Topics         []page.Option
	Origins, Bases []page.Option
	Purposes       []page.Option
	// HasBasis says that the file has a column of bases, HasRefusal one of refusals,
	// HasTopic one of topics.
	HasBasis, HasRefusal, HasTopic bool
}

// importColumn is a column of the file with its first cells.
type importColumn struct {
	// Input is the name of the select that says what the column holds.
	Input, Name string
	Cells       []string
}

// importSample is a row as it will be taken.
type importSample struct{ Values []sampleValue }

// sampleValue is a field with its text.
type sampleValue struct {
	Label, Text string
	// Wrong is what is wrong with it, nil if nothing.
	Wrong *fault.Field
}

// importFile reads the file that the path names.
func (s *Site) importFile(c *Call) (job.Blob, error) {
	id, err := c.ID(job.BlobPrefix, "file")
	if err != nil {
		return job.Blob{}, err
	}
	return job.GetBlob(c.Context(), s.DB, c.Workspace.ID, id)
}

func (s *Site) importMapShow(c *Call) error {
	blob, err := s.importFile(c)
	if err != nil {
		return err
	}
	form := page.FormOf("", "origin", "")
	return s.importMap(c, blob, page.Form{ID: "read", Values: c.R.URL.Query()}, form)
}

// importMap renders the page. The first look fills in what the column names say.
func (s *Site) importMap(c *Call, blob job.Blob, reading, form page.Form) error {
	order := contact.Import{File: blob.ID, FileName: blob.Name, Encoding: reading.Get("encoding"), Delimiter: delimiterOf(reading.Get("delimiter"))}
	p := importMapPage{
		Public: store.Public(job.BlobPrefix, blob.ID), File: blob.Name, Steps: importSteps(2), Reading: reading, Form: form,
		Encodings: encodingOptions("web.import.detect"), Delimiters: delimiterOptions(), Origins: originOptions(), Bases: basisOptions(), Purposes: purposeOptions(),
	}
	seen, err := s.Imports.Look(c.Context(), c.Workspace.ID, order, c.Now)
	if p.Reading.Take(err) {
		for i := range p.Reading.Fields {
			p.Reading.Fields[i].Name = "encoding"
		}
		return c.RenderForm("import_map", p)
	}
	if err != nil {
		return err
	}
	if err := p.fill(c, seen); err != nil {
		return err
	}
	if p.Topics, err = s.topicOptions(c, ""); err != nil {
		return err
	}
	return c.renderTyped(form, "import_map", p)
}

// fill puts in what was seen of the file.
func (p *importMapPage) fill(c *Call, seen contact.Preview) error {
	p.Readable, p.Unknown = true, seen.Unknown
	p.Detected = c.T("sheet.encoding.name." + seen.Encoding)
	p.Delimiter = delimiterName(seen.Delimiter)
	attrs, err := c.site.Contacts.Attributes(c.Context(), c.site.DB, c.Workspace.ID)
	if err != nil {
		return err
	}
	p.Fields = fieldOptions(c, attrs)
	for i, column := range seen.Columns {
		name := columnInput(i)
		if !p.Form.Values.Has(name) {
			p.Form.Values.Set(name, string(column.Field))
		}
		one := importColumn{Input: name, Name: column.Name}
		for _, row := range seen.Rows {
			if i < len(row) {
				one.Cells = append(one.Cells, row[i])
			}
		}
		p.Columns = append(p.Columns, one)
		p.note(sheet.Field(p.Form.Get(name)))
	}
	p.After = samplesOf(c, p.Form, seen, attrs)
	return nil
}

// note remembers which columns the file has.
func (p *importMapPage) note(f sheet.Field) {
	switch f {
	case sheet.FieldBasis:
		p.HasBasis = true
	case sheet.FieldRefusedAt:
		p.HasRefusal = true
	case sheet.FieldTopic:
		p.HasTopic = true
	}
}

func columnInput(i int) string { return "column_" + strconv.Itoa(i) }

// importCheck begins the dry run: the same work as the import, with nothing kept.
func (s *Site) importCheck(c *Call) error {
	blob, form, err := about(c, s.importFile)
	if err != nil {
		return err
	}
	reading := page.FormOf("read", "encoding", form.Get("encoding"), "delimiter", form.Get("delimiter"))
	order, err := s.importOrder(c, blob, form)
	var id int64
	if err == nil {
		order.DryRun = true
		id, err = s.startImport(c, order)
	}
	if form.Take(err) {
		return s.importMap(c, blob, reading, form)
	}
	if err != nil {
		return err
	}
	return c.Redirect(importsPath + "/" + store.Public(job.Prefix, id))
}

// startImport stores an import as a job. A real one stands in the audit log with
// what was declared.
func (s *Site) startImport(c *Call, order contact.Import) (id int64, err error) {
	err = s.DB.Write(c.Context(), func(tx *store.Tx) error {
		if id, err = s.Imports.Start(c.Context(), tx, c.Workspace.ID, c.Operator.ID, order, c.Now); err != nil || order.DryRun {
			return err
		}
		return c.note(tx, account.Entry{
			Action: "contact.import", Reason: order.Declared.Source, Subject: account.Subject{Kind: "job", ID: id},
			Detail: map[string]any{
				"basis": order.Declared.Basis, "file_hash": fmt.Sprintf("%x", order.FileHash), "origin": order.Declared.Origin,
				"warnings_taken_because": order.Reason,
			},
		})
	})
	return id, err
}
