package compose

import (
	"errors"
	"math"
	"regexp"
	"strconv"
	"strings"

	"github.com/kyodaku/kyodaku/internal/compose/merge"
	"github.com/kyodaku/kyodaku/internal/fault"
)

// Bounds that lint warns beyond.
const (
	// lintSubject is in full-width characters: what a phone shows.
	lintSubject = 35
	// lintHTML is in bytes; Gmail clips a mail near it.
	lintHTML = 100_000
	// lintLine is in bytes; RFC 5322 ends at 998, and relays that re-encode mail count.
	lintLine = 990
)

// Lint remarks on a draft without sending it anywhere. What Compile would refuse is
// among the findings, in red.
func Lint(d Draft) []LintFinding {
	l := linter{}
	fields := d.fields()
	for _, f := range fields {
		l.tags(f)
		l.letters(f)
	}
	l.subject(d.Subject)
	if err := d.check(); err != nil {
		l.refused(err)
		return l.found
	}
	b, err := printBody(d, scope(d, Label{LegalName: "-"}))
	l.refused(err)
	if err == nil {
		l.body(d, b)
	}
	return l.found
}

type linter struct{ found []LintFinding }

func (l *linter) add(s Severity, repair Repair, field string, at merge.Position, key string, args ...any) {
	l.found = append(l.found, LintFinding{Key: key, Args: args, Severity: s, Repair: repair, Field: field, At: at})
}

// refused turns an error of Compile into findings.
func (l *linter) refused(err error) {
	e, ok := errors.AsType[*fault.Error](err)
	if !ok {
		return
	}
	for _, f := range e.Fields {
		at := merge.Position{}
		if len(f.Args) >= 4 && f.Args[0] == "Line" {
			at.Line, _ = f.Args[1].(int)
			at.Column, _ = f.Args[3].(int)
		}
		repair := NoRepair
		if f.Key == "compose.block.alt" {
			repair = AddAlt
		}
		l.add(Red, repair, f.Name, at, f.Key, f.Args...)
	}
}

// lintField is one text of a draft.
type lintField struct{ name, text string }

func (d Draft) fields() []lintField {
	fields := []lintField{{"subject", d.Subject}, {"preheader", d.Preheader}}
	if d.Kind != Blocks {
		return append(fields, lintField{"body", d.Body})
	}
	doc, err := ParseDocument(d.Body)
	if err != nil && len(doc.Blocks) == 0 {
		return fields
	}
	return append(fields, blockFields("body/blocks", doc.Blocks)...)
}

func blockFields(path string, blocks []Block) []lintField {
	var fields []lintField
	for i, b := range blocks {
		at := path + "/" + strconv.Itoa(i)
		if b.Text != "" {
			fields = append(fields, lintField{at + "/text", b.Text})
		}
		if b.Alt != "" {
			fields = append(fields, lintField{at + "/alt", b.Alt})
		}
		for j, item := range b.Items {
			fields = append(fields, lintField{at + "/items/" + strconv.Itoa(j), item})
		}
		for j, col := range b.Columns {
			fields = append(fields, blockFields(at+"/columns/"+strconv.Itoa(j), col)...)
		}
	}
	return fields
}

// tags looks for names that would be missed: "様" alone, or an empty greeting.
func (l *linter) tags(f lintField) {
	for _, o := range merge.Outputs(f.text) {
		name := strings.HasPrefix(o.Name, "contact.") && strings.HasSuffix(o.Name, "name")
		switch {
		case name && !o.Honorific && lonelyHonorific.MatchString(f.text[o.End:]):
			l.add(Red, UseHonorific, f.name, o.At, "compose.lint.lonely_honorific", "Name", o.Name)
		case o.Honorific && !o.Fallback:
			l.add(Amber, AddFallback, f.name, o.At, "compose.lint.honorific_fallback", "Name", o.Name)
		case name && !o.Fallback && !guarded(f.text[:o.Start], o.Name):
			l.add(Amber, AddFallback, f.name, o.At, "compose.lint.no_fallback", "Name", o.Name)
		}
	}
}

// guarded says whether the tag stands behind an {% if name %} that is still open.
func guarded(before, name string) bool {
	i := strings.LastIndex(before, "if "+name)
	return i >= 0 && !strings.Contains(before[i:], "endif") && !strings.Contains(before[i:], "{% else")
}

func (l *linter) subject(s string) {
	if strings.TrimSpace(s) == "" {
		l.add(Red, NoRepair, "subject", merge.Position{}, "compose.lint.subject_empty")
		return
	}
	if n := fullWidth(s); n > lintSubject {
		l.add(Amber, NoRepair, "subject", merge.Position{}, "compose.lint.subject_long", "Characters", n, "Max", lintSubject)
	}
}

// fullWidth counts in full-width characters: two narrow ones make one, a merge tag
// counts as five.
func fullWidth(s string) int {
	t := protect(s)
	cells := 10.0 * float64(len(t.tags))
	for _, r := range regexp.MustCompile(t.mark+`\d+[bv]`).ReplaceAllString(t.text, "") {
		cells++
		if wide(r) {
			cells++
		}
	}
	return int(math.Ceil(cells / 2))
}

func (l *linter) body(d Draft, b body) {
	if strings.Trim(b.text, " \n\u3000") == "" {
		l.add(Red, NoRepair, "body", merge.Position{}, "compose.lint.body_empty")
	}
	if n := len(b.rows) + len(shellHead(string(d.Lang), "", "")) + len(shellFoot("")); n > lintHTML {
		l.add(Amber, NoRepair, "body", merge.Position{}, "compose.lint.html_large", "Size", n/1000, "Max", lintHTML/1000)
	}
	for i, line := range strings.Split(b.text, "\n") {
		if len(line) > lintLine {
			l.add(Amber, BreakLine, "body", merge.Position{}, "compose.lint.line_long", "Line", i+1, "Bytes", len(line), "Max", lintLine)
			break
		}
	}
	if d.Kind == Markdown && regexp.MustCompile(`<img [^>]*alt=""`).MatchString(b.rows) {
		l.add(Red, AddAlt, "body", merge.Position{}, "compose.lint.no_alt")
	}
	if d.Kind == Markdown && regexp.MustCompile(`(?i)<(?:/?[a-z][a-z0-9]*)(?:\s[^<>]*)?>`).MatchString(d.Body) {
		l.add(Amber, NoRepair, "body", merge.Position{}, "compose.lint.html_dropped")
	}
}
