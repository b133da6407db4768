package contact

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/kyodaku/kyodaku/internal/contact/sheet"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/i18n"
	"github.com/kyodaku/kyodaku/internal/job"
	"github.com/kyodaku/kyodaku/internal/law"
	"github.com/kyodaku/kyodaku/internal/store"
)

// ImportKind is the job kind of an import.
const ImportKind = "import"

// keepFiles is how long an uploaded file and an error file are kept.
const keepFiles = 30 * 24 * time.Hour

// Import is an import to be.
type Import struct {
	// File is the blob, FileName and FileHash (SHA-256) what Receive told of it.
	File     int64
	FileName string
	FileHash []byte
	// Encoding is a code of sheet.Encoding, Delimiter one of comma, tab and
	// semicolon; empty is detected.
	Encoding  string
	Delimiter string
	// Columns says what each column holds; nil follows the names in the header.
	Columns []sheet.Field
	// Topics are what every row is for; TopicKeys leads from the texts of the topic
	// column to topics.
	Topics    []int64
	TopicKeys map[string]int64
	Declared  Declaration
	// Zone is the IANA zone that dates without one are in.
	Zone string
	// Lang is the language of the error file.
	Lang i18n.Lang
	// DryRun reports all and changes nothing.
	DryRun bool
	// Reason is why the rows of which a rule warns are taken all the same, in the words
	// of the operator who starts the import. Without it they are not taken.
	Reason string
}

// Report tells how far an import has come; it is the job's result.
type Report struct {
	DryRun bool
	// Rows is how many were read: New + Updated + Same + Refused.
	Rows, New, Updated, Same, Refused int64
	// Refusals is how many rows brought a refusal, Suppressed how many rows are of
	// addresses on the suppression list: of these only refusals are taken.
	Refusals, Suppressed int64
	// Alone is of how many rows only the refusal was taken, because something else in them
	// cannot be read.
	Alone int64
	// Reasons counts the refused rows by reason: a rule of law ("BASIS-07") or an i18n
	// key; Importer.Say puts both into words.
	Reasons map[string]int64
	// Warnings counts the rows of which a rule warns, by rule.
	Warnings map[string]int64
	// First are the first refused rows.
	First     []RefusedRow
	Encoding  string
	Delimiter string
	Columns   []Column
	// ErrorFile is the blob with the refused rows, 0 if there is none.
	ErrorFile int64
}

// RefusedRow is a row that was not taken.
type RefusedRow struct {
	Line int
	// Column is the name of the column at fault, empty for the row as a whole.
	Column string
	// Key is the reason, see Report.Reasons, and Args fill it.
	Key  string
	Args []any
}

// Column is a column of a file.
type Column struct {
	Name string
	// Field is what it holds, empty if it is not used.
	Field sheet.Field
}

// Importer takes files of contacts.
type Importer struct {
	book   *Book
	runner *job.Runner
	texts  *i18n.Catalogue
	rules  *law.Set
	// batch is how many rows one transaction takes.
	batch int64

	// Fence makes refusals that were just committed binding: no message that they concern
	// leaves after it returned nil. Set it before the first import runs; nil where nothing
	// is sent.
	Fence func(ctx context.Context) error
}

// NewImporter makes an importer and registers its jobs.
func NewImporter(book *Book, runner *job.Runner, texts *i18n.Catalogue, rules *law.Set) *Importer {
	im := &Importer{book: book, runner: runner, texts: texts, rules: rules, batch: batchRows}
	runner.Register(ImportKind, im.run)
	return im
}

// Receive stores an uploaded file and returns an Import with File, FileName and
// FileHash set.
func (im *Importer) Receive(ctx context.Context, workspace int64, name string, r io.Reader, now time.Time) (Import, error) {
	hash := sha256.New()
	id, _, err := job.PutBlob(ctx, im.book.db, job.NewBlob{
		Workspace: workspace, Name: name, MediaType: "text/csv", ExpiresAt: now.Add(keepFiles),
	}, io.TeeReader(r, hash), now)
	if err != nil {
		return Import{}, fmt.Errorf("contact: receive: %w", err)
	}
	return Import{File: id, FileName: name, FileHash: hash.Sum(nil)}, nil
}

// Start checks what was declared and stores the import as a job of the operator, 0 if
// a program started it.
func (im *Importer) Start(ctx context.Context, tx *store.Tx, workspace, operator int64, order Import, now time.Time) (int64, error) {
	p, err := im.open(ctx, tx, workspace, order, now)
	if err != nil {
		return 0, err
	}
	defer p.file.Close()
	if operator == 0 {
		order.Reason = "" // a warning asks for a person who answers for it
	}
	if err := im.check(&order, p, now); err != nil {
		return 0, err
	}
	id, err := im.runner.Enqueue(ctx, tx, job.New{Workspace: workspace, Kind: ImportKind, Payload: order, Total: p.size, CreatedBy: operator})
	if err != nil {
		return 0, err
	}
	return id, receiptOf{workspace, id}.keep(ctx, tx, &order, p.columns, now)
}

// Say puts a reason of a report into words: a rule of law with its source, or a text
// of the catalogue.
func (im *Importer) Say(p *i18n.Printer, key string, args []any) string {
	if r, ok := im.rules.Rule(law.RuleID(key)); ok {
		return p.T(ruleKey, r.Args()...)
	}
	return p.T(key, args...)
}

// Preview shows a file before it is imported.
type Preview struct {
	Encoding  string
	Delimiter string
	Columns   []Column
	// Unknown are the names that tell nothing, Repeated those of a field that an
	// earlier column holds.
	Unknown, Repeated []string
	// Rows are the first rows.
	Rows [][]string
}

// previewRows is how many rows a preview shows.
const previewRows = 5

// Look opens a received file and shows what it seems to be. What is wrong with the
// file is an Invalid fault for "file".
func (im *Importer) Look(ctx context.Context, workspace int64, order Import, now time.Time) (Preview, error) {
	p, err := im.open(ctx, im.book.db, workspace, order, now)
	if err != nil {
		return Preview{}, err
	}
	defer p.file.Close()
	v := Preview{Columns: p.named()}
	for _, i := range p.columns.Unknown {
		v.Unknown = append(v.Unknown, p.reader.Header()[i])
	}
	for _, i := range p.columns.Repeated {
		v.Repeated = append(v.Repeated, p.reader.Header()[i])
	}
	for len(v.Rows) < previewRows {
		row, err := p.reader.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if _, bad := errors.AsType[*sheet.RowError](err); err != nil && !bad {
			return Preview{}, fmt.Errorf("contact: look: %w", err)
		}
		v.Rows = append(v.Rows, append([]string(nil), row.Cells...))
	}
	v.Encoding, v.Delimiter = p.reader.Encoding().String(), string(rune(p.reader.Delimiter()))
	return v, nil
}

// opened is a received file, open behind its header.
type opened struct {
	file    io.ReadCloser
	size    int64
	reader  *sheet.Reader
	columns sheet.Mapping
	attrs   map[string]Attribute
}

func (im *Importer) open(ctx context.Context, r store.Reader, workspace int64, order Import, now time.Time) (*opened, error) {
	encoding, ok := sheet.ParseEncoding(order.Encoding)
	if !ok {
		return nil, fault.Bad("encoding", "contact.import.encoding")
	}
	options := sheet.Options{Encoding: encoding, Unprotect: true}
	if order.Delimiter != "" {
		options.Delimiter = order.Delimiter[0]
	}
	file, blob, err := job.OpenBlob(ctx, r, workspace, order.File, now)
	if err != nil {
		return nil, fmt.Errorf("contact: import: %w", err)
	}
	reader, err := sheet.NewReader(file, options)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("contact: import: %w", err), file.Close())
	}
	o := &opened{file: file, size: blob.Size, reader: reader}
	all, err := im.book.Attributes(ctx, r, workspace)
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	o.mapColumns(order.Columns, all)
	return o, nil
}

// mapColumns takes what a person chose, or else what the names say; columns named
// like an own attribute hold it. What we hold nowhere (a telephone number) is unknown.
func (o *opened) mapColumns(chosen []sheet.Field, all []Attribute) {
	header := o.reader.Header()
	o.columns = sheet.MapColumns(header)
	if chosen != nil {
		o.columns = sheet.Mapping{Fields: make([]sheet.Field, len(header))}
		copy(o.columns.Fields, chosen)
	}
	o.attrs = map[string]Attribute{}
	for _, a := range all {
		o.attrs[a.Key] = a
	}
	o.columns.Unknown = nil
	for i, name := range header {
		f := o.columns.Fields[i]
		if key, isAttr := f.Attr(); f == sheet.FieldPhone || isAttr && o.attrs[key].Key == "" {
			f = ""
		}
		for _, a := range all {
			if own := sheet.Field("attr:" + a.Key); f == "" && chosen == nil && a.named(name) && o.columns.Index(own) < 0 {
				f = own
			}
		}
		o.columns.Fields[i] = f
		if f == "" {
			o.columns.Unknown = append(o.columns.Unknown, i)
		}
	}
}

func (o *opened) named() []Column {
	all := make([]Column, len(o.columns.Fields))
	for i, f := range o.columns.Fields {
		all[i] = Column{Name: o.reader.Header()[i], Field: f}
	}
	return all
}
