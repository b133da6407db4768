package contact

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"time"

	"github.com/kyodaku/kyodaku/internal/contact/sheet"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/job"
	"github.com/kyodaku/kyodaku/internal/law"
	"github.com/kyodaku/kyodaku/internal/store"
)

// batchRows is how many rows one transaction takes, as Importer.batch. Half as many
// cost a twentieth more, for every commit writes most pages of the index of hashes;
// but all other writing has to wait for a transaction, some 0.2 s.
const batchRows = 4000

// batch is a run of rows that is written, or not, as one.
type batch struct {
	entries []entry
	refused []refusedRow
	rows    int64
	// line is that of the last row, offset the bytes read so far.
	line   int
	offset int64
	// marks are what the refused rows say of people who may be held.
	marks []mark
	// inside tells what of an address the batch holds already, by string(hash).
	inside map[string]held
	most   int64
}

// held is what a batch says of one address so far.
type held struct{ granted, refused bool }

// refusedRow is a row that is not taken, with its cells for the error file.
type refusedRow struct {
	row sheet.Row
	why reason
}

func newBatch(most int64) *batch {
	return &batch{entries: make([]entry, 0, most), inside: make(map[string]held, most), most: most}
}

// clash says whether a row must wait for the next batch: a refusal is never written
// together with a permission for the same address, so that their order is the file's.
func (b *batch) clash(e *entry) bool {
	h := b.inside[string(e.hash)]
	return h.refused || h.granted && !e.grant.RefusedAt.IsZero()
}

func (b *batch) add(e *entry) {
	no := !e.grant.RefusedAt.IsZero()
	h := b.inside[string(e.hash)]
	b.inside[string(e.hash)] = held{granted: h.granted || !no, refused: h.refused || no}
	b.entries = append(b.entries, *e)
}

// importRun is one run of an import job.
type importRun struct {
	im     *Importer
	run    *job.Run
	order  Import
	file   *opened
	report Report
	// cursor is the last line written, as text.
	cursor string
	judge  *rowJudge
	// stopRule is the rule that refuses addresses on the suppression list.
	stopRule string
	format   sheet.Format
	// seen holds short hashes of the new addresses of a dry run, which leaves none
	// behind to be found; beyond maxSeen, or before a restart, a repeated address
	// counts as new.
	seen map[uint64]struct{}
}

// maxSeen bounds the memory of a dry run to some 100 MB.
const maxSeen = 2 << 20

// run is the handler of import jobs.
func (im *Importer) run(ctx context.Context, run *job.Run) error {
	ir := &importRun{im: im, run: run, cursor: run.Cursor, seen: map[uint64]struct{}{}}
	if err := run.DecodePayload(&ir.order); err != nil {
		return err
	}
	if err := run.DecodeResult(&ir.report); err != nil {
		return err
	}
	file, err := im.open(ctx, im.book.db, run.Workspace, ir.order, run.Now())
	if err != nil {
		return err
	}
	defer file.file.Close()
	ir.file = file
	ir.format = sheet.Format{Encoding: file.reader.Encoding(), Delimiter: file.reader.Delimiter()}
	ir.judge = newRowJudge(im, run.Workspace, &ir.order, file, zoneOf(ir.order.Zone), run.Now())
	ir.stopRule = ir.stopped()
	ir.report.DryRun, ir.report.Columns = ir.order.DryRun, file.named()
	err = ir.all(ctx)
	if err != nil && !errors.Is(err, job.ErrStopped) && !fault.Is(err, fault.Invalid) {
		return err // it may be tried again, at the cursor
	}
	return errors.Join(err, ir.end(ctx))
}

// zoneOf falls back to Japan's time.
func zoneOf(name string) *time.Location {
	if zone, err := time.LoadLocation(name); err == nil && name != "" {
		return zone
	}
	return law.Japan
}

// all reads in one goroutine and writes in another: parsing and the database are
// about equally slow.
func (ir *importRun) all(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	batches := make(chan *batch, 1)
	read := make(chan error, 1)
	go func() {
		defer close(batches)
		read <- ir.read(ctx, batches)
	}()
	for b := range batches {
		if ir.run.StopWanted() {
			cancel()
			<-read
			return job.ErrStopped
		}
		if err := ir.write(ctx, b); err != nil {
			cancel()
			<-read
			return err
		}
	}
	return <-read
}

// read makes batches of the rows behind the cursor.
func (ir *importRun) read(ctx context.Context, out chan<- *batch) error {
	from := 0
	if ir.run.Cursor != "" {
		line, err := strconv.Atoi(ir.run.Cursor)
		if err != nil {
			return fmt.Errorf("contact: import: cursor: %w", err)
		}
		from = line
	}
	b := newBatch(ir.im.batch)
	send := func() bool {
		select {
		case out <- b:
			b = newBatch(ir.im.batch)
			return true
		case <-ctx.Done():
			return false
		}
	}
	for {
		row, err := ir.file.reader.Next()
		rowErr, bad := errors.AsType[*sheet.RowError](err)
		switch {
		case errors.Is(err, io.EOF):
			if b.rows > 0 && !send() {
				return ctx.Err()
			}
			return nil
		case err != nil && !bad:
			return fmt.Errorf("contact: import: %w", err)
		case row.Line <= from:
			continue
		}
		var e entry
		why := ir.consider(row, rowErr, &e)
		if b.rows >= b.most || why == nil && b.clash(&e) {
			if !send() {
				return ctx.Err()
			}
		}
		b.rows++
		b.line, b.offset = row.Line, ir.file.reader.Offset()
		if why != nil {
			row.Cells = append([]string(nil), row.Cells...)
			b.refused = append(b.refused, refusedRow{row, *why})
			b.mark(ir.judge, row, &e)
			continue
		}
		b.add(&e)
	}
}

func (ir *importRun) consider(row sheet.Row, bad *sheet.RowError, e *entry) *reason {
	if bad != nil {
		return &reason{bad.Column - 1, bad.Key, bad.Args}
	}
	return ir.judge.judge(row, e)
}

// write takes a batch in one transaction. Another writer may add one of its
// addresses at the same moment; then the batch is looked at anew.
func (ir *importRun) write(ctx context.Context, b *batch) error {
	for try := 1; ; try++ {
		err := ir.writeOnce(ctx, b)
		if err == nil || try == 3 || !fault.Is(err, fault.Exists) {
			return err
		}
	}
}

func (ir *importRun) writeOnce(ctx context.Context, b *batch) error {
	var next Report
	err := ir.im.book.db.Write(ctx, func(tx *store.Tx) error {
		w := &batchWriter{ir: ir, b: b, tx: tx, now: ir.run.Now(), report: ir.report.copied(), refused: slices.Clone(b.refused)}
		if err := w.write(ctx); err != nil {
			return err
		}
		next = w.report
		return ir.run.Advance(ctx, tx, job.Progress{Done: b.offset, Cursor: strconv.Itoa(b.line), Result: next})
	})
	if err != nil {
		return fmt.Errorf("contact: import: %w", err)
	}
	brought := next.Refusals > ir.report.Refusals
	ir.report, ir.cursor = next, strconv.Itoa(b.line)
	ir.remember(b)
	if !brought {
		return nil
	}
	return ir.fence(ctx)
}

// fence makes the refusals of the file binding that were written so far.
func (ir *importRun) fence(ctx context.Context) error {
	if ir.im.Fence == nil || ir.report.DryRun {
		return nil
	}
	if err := ir.im.Fence(ctx); err != nil {
		return fmt.Errorf("contact: import: %w", err)
	}
	return nil
}

// manyRows is from how many rows on the engine should look anew at its tables.
const manyRows = 10_000

// end completes the error file. After very many rows what is asked next, such as whom a
// campaign would reach, must not wait for the engine to notice them.
func (ir *importRun) end(ctx context.Context) error {
	if !ir.report.DryRun && ir.report.Rows >= manyRows {
		if err := ir.im.book.db.Analyze(ctx); err != nil {
			return fmt.Errorf("contact: import: %w", err)
		}
	}
	if ir.report.Refusals > 0 { // of a run before this one, too, that may have ended before its fence
		if err := ir.fence(ctx); err != nil {
			return err
		}
	}
	ir.report.Encoding = ir.file.reader.Encoding().String()
	ir.report.Delimiter = string(rune(ir.file.reader.Delimiter()))
	offset := ir.file.reader.Offset()
	return ir.im.book.db.Write(ctx, func(tx *store.Tx) error {
		if ir.report.ErrorFile != 0 {
			if err := job.SealBlob(ctx, tx, ir.report.ErrorFile); err != nil {
				return err
			}
		}
		return ir.run.Advance(ctx, tx, job.Progress{Done: offset, Cursor: ir.cursor, Result: ir.report})
	})
}

// errorRows writes the refused rows as a piece of the error file; header says
// whether it is the first.
func (ir *importRun) errorRows(refused []refusedRow, header bool) ([]byte, error) {
	say := ir.im.texts.For(ir.order.Lang)
	var out bytes.Buffer
	file, err := sheet.NewErrorFile(&out, ir.format, ir.file.reader.Header(), say.T("contact.import.line"), say.T("contact.import.reason"))
	if err != nil {
		return nil, err
	}
	if err := file.Close(); err != nil { // writes out the header; more may follow
		return nil, err
	}
	if !header {
		out.Reset()
	}
	for _, r := range refused {
		text := ir.im.Say(say, r.why.key, r.why.args)
		if name := ir.columnName(r.why.column); name != "" {
			text = say.T("contact.import.in_column", "Column", name, "Text", text)
		}
		if err := file.Add(r.row, text); err != nil {
			return nil, err
		}
	}
	err = file.Close()
	return out.Bytes(), err
}

func (ir *importRun) columnName(i int) string {
	if i < 0 || i >= len(ir.file.reader.Header()) {
		return ""
	}
	return ir.file.reader.Header()[i]
}
