package contact

import (
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/kyodaku/kyodaku/internal/addr"
	"github.com/kyodaku/kyodaku/internal/contact/sheet"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/law"
)

// ruleKey is the sentence that tells a rule of law with its source.
const ruleKey = "law.finding"

// sampleRows is how many first rows are looked at before an import begins.
const sampleRows = 2000

// check says what keeps a file from being imported at all: a missing column, or a rule
// that forbids (IMP-01 to IMP-05, IMP-07, IMP-09 to IMP-12). Each is a wrong field,
// told by the first rule that says so.
func (im *Importer) check(order *Import, p *opened, now time.Time) error {
	var wrong fault.Fields
	switch bare := p.columns.Index(sheet.FieldEmail) < 0; {
	case bare && !order.Declared.holds():
		wrong.Add("columns", "contact.import.columns.email")
	case bare && !names(p.columns):
		wrong.Add("columns", "contact.import.columns.name")
	}
	if p.leavesFlags() {
		wrong.Add("columns", "contact.import.columns.flags")
	}
	if len(order.Topics) == 0 && !order.Declared.holds() && p.columns.Index(sheet.FieldTopic) < 0 && p.columns.Index(sheet.FieldRefusedAt) < 0 {
		wrong.Add("topics", "contact.import.missing.topics")
	}
	generated, err := p.generated()
	if err != nil {
		return err
	}
	im.forbidden(order.listFacts(p.columns, generated), &wrong, now)
	return wrong.Err()
}

// forbidden adds what the law has against a list as a whole.
func (im *Importer) forbidden(list law.ListFacts, wrong *fault.Fields, now time.Time) {
	f := law.ImportFacts{Now: now, Reach: law.JP, Step: "file", File: list}
	told := map[string]bool{}
	for _, found := range im.rules.Import(&f) {
		if found.Rule.Effect != law.Block {
			continue
		}
		for _, name := range fieldsOf(found.Rule.ID, &f.File) {
			if !told[name] {
				wrong.Add(name, ruleKey, found.Rule.Args()...)
			}
			told[name] = true
		}
	}
}

// fieldsOf names the parts of the declaration that a rule about a file is about.
func fieldsOf(id law.RuleID, f *law.ListFacts) []string {
	r := &f.Receipt
	switch id {
	case "IMP-01":
		return missing(part{"origin", f.Origin != ""}, part{"basis", f.Basis || f.Refusals})
	case "IMP-12":
		return missing(part{"origin", f.Origin != ""}, part{"source", f.Source || f.Refusals}, part{"basis", f.Basis || f.Refusals},
			part{"at", f.Dated || f.Refusals}, part{"evidence", f.Evidence || f.Refusals})
	case "IMP-03":
		return []string{"columns"}
	case "IMP-04":
		return missing(part{"provider", r.Provider != ""}, part{"provider_address", r.Address != ""},
			part{"representative", r.Representative != ""}, part{"acquisition", r.Acquisition != ""},
			part{"receipt_evidence", r.Evidence != ""}, part{"received_at", r.Dated})
	case "IMP-05":
		return []string{"published_at"}
	case "IMP-07":
		return []string{"probed"}
	case "IMP-09":
		return []string{"purpose"}
	case "IMP-10":
		return []string{"carried"}
	}
	return []string{"origin"}
}

// part is a part of a declaration, and whether it was given.
type part struct {
	name  string
	given bool
}

func missing(parts ...part) (names []string) {
	for _, p := range parts {
		if !p.given {
			names = append(names, p.name)
		}
	}
	return names
}

// generated reads the first rows and says which share of their addresses looks made
// by a program. Whoever refuses is not among them: a list of refusals is always welcome.
func (o *opened) generated() (float64, error) {
	column, no := o.columns.Index(sheet.FieldEmail), o.columns.Index(sheet.FieldRefusedAt)
	if column < 0 {
		return 0, nil
	}
	var mails []addr.Mail
	for range sampleRows {
		row, err := o.reader.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if _, bad := errors.AsType[*sheet.RowError](err); err != nil && !bad {
			return 0, fmt.Errorf("contact: import: %w", err)
		}
		if no >= 0 && no < len(row.Cells) && refuses(row.Cells[no]) {
			continue
		}
		if column < len(row.Cells) {
			if m, err := addr.ParseMail(row.Cells[column]); err == nil {
				mails = append(mails, m)
			}
		}
	}
	return generatedShare(mails), nil
}
