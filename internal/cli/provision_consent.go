package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/app"
	"github.com/kyodaku/kyodaku/internal/contact/sheet"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/provision"
	"github.com/kyodaku/kyodaku/internal/store"
)

// consentColumns are the names under which a file's columns are known, those that must be
// there first.
var consentColumns = [...]struct {
	key   string
	must  bool
	names []string
}{
	{"person", true, []string{"person", "email", "contact", "メールアドレス", "連絡先", "ご本人", "本人"}},
	{"word", true, []string{"word", "consent", "同意", "同意・撤回", "同意/撤回"}},
	{"on", true, []string{"on", "date", "日付", "同意日", "同意・撤回の日"}},
	{"evidence", true, []string{"evidence", "証跡"}},
	{"version", false, []string{"version", "版"}},
	{"abroad", false, []string{"abroad", "外国", "外国への提供"}},
	{"recipient", false, []string{"recipient", "提供先"}},
}

// badLinesMost is how many wrong lines are told before a file is given up.
const badLinesMost = 50

// consentFile is a file of consents and withdrawals that is being read.
type consentFile struct {
	a         *app.App
	ws        account.Workspace
	programme provision.Programme
	now       time.Time
	reader    *sheet.Reader
	at        map[string]int
}

// provideConsent writes down what many people said, from a CSV file: nothing where any line of it
// is wrong. Whoever is cut off in the middle runs it again, for no word is written down twice.
func (s *shell) provideConsent(ctx context.Context, a *app.App, ws account.Workspace, args []string, _ provideWish) error {
	id, err := store.ParsePublic(provision.Prefix, args[0])
	if err != nil {
		return err
	}
	programme, err := a.Provisions.ByID(ctx, a.DB, ws.ID, id)
	if err != nil {
		return err
	}
	file, err := os.Open(args[1])
	if err != nil {
		return err
	}
	defer file.Close()
	f := consentFile{a: a, ws: ws, programme: programme, now: a.Clock()}
	wrong := 0
	check := func(line int, w provision.Agreement, bad error) error {
		if bad == nil {
			bad = a.ProvisionRuns.CheckAgreement(ctx, a.DB, programme, &w, f.now)
		}
		if bad == nil {
			return nil
		}
		if wrong++; wrong > badLinesMost {
			return io.EOF
		}
		return s.tellLine(line, bad)
	}
	if err := f.each(ctx, file, check); err != nil {
		return err
	}
	if wrong > 0 {
		return fault.New(fault.Invalid, "cli.provision.consent.wrong")
	}
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return err
	}
	n, err := f.write(ctx, file)
	if err != nil {
		s.tell("cli.provision.consent.cut", "N", n)
		return err
	}
	s.tell("cli.provision.consent.done", "N", n, "Name", programme.Name)
	return nil
}

// write writes down what the lines say, as many at a time as one call takes.
func (f *consentFile) write(ctx context.Context, file io.Reader) (n int, err error) {
	words := make([]provision.Agreement, 0, provision.MostAgreements)
	flush := func() error {
		if len(words) == 0 {
			return nil
		}
		err := f.a.ProvisionRuns.Agree(ctx, atTheMachine, f.programme, words, f.now)
		if err == nil {
			n, words = n+len(words), words[:0]
		}
		return err
	}
	err = f.each(ctx, file, func(_ int, w provision.Agreement, bad error) error {
		if bad != nil {
			return bad
		}
		if words = append(words, w); len(words) == provision.MostAgreements {
			return flush()
		}
		return nil
	})
	if err == nil {
		err = flush()
	}
	return n, err
}

// each reads a file line by line. io.EOF of take ends it without an error.
func (f *consentFile) each(ctx context.Context, file io.Reader, take func(line int, w provision.Agreement, bad error) error) error {
	var err error
	if f.reader, err = sheet.NewReader(file, sheet.Options{Unprotect: true}); err != nil {
		return err
	}
	if err := f.columns(); err != nil {
		return err
	}
	for {
		row, err := f.reader.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		var w provision.Agreement
		if bad, ok := errors.AsType[*sheet.RowError](err); ok {
			err = take(bad.Line, w, fault.New(fault.Invalid, bad.Key, bad.Args...))
		} else if err == nil {
			w, bad := f.word(ctx, row)
			err = take(row.Line, w, bad)
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// columns finds the columns by the names in the first line.
func (f *consentFile) columns() error {
	f.at = map[string]int{}
	for i, name := range f.reader.Header() {
		for _, c := range consentColumns {
			if slices.Contains(c.names, strings.ToLower(strings.TrimSpace(name))) {
				f.at[c.key] = i
			}
		}
	}
	for _, c := range consentColumns {
		if _, ok := f.at[c.key]; c.must && !ok {
			return fault.New(fault.Invalid, "cli.provision.consent.column", "Names", strings.Join(c.names, " / "))
		}
	}
	return nil
}

// cell is what stands in a column, "" where there is none.
func (f *consentFile) cell(row sheet.Row, key string) string {
	i, ok := f.at[key]
	if !ok {
		return ""
	}
	return strings.TrimSpace(row.Cells[i])
}

// word reads a line.
func (f *consentFile) word(ctx context.Context, row sheet.Row) (provision.Agreement, error) {
	w := provision.Agreement{Evidence: f.cell(row, "evidence")}
	var known bool
	if w.Given, known = yesOrNo(f.cell(row, "word"), "同意", "given", "撤回", "withdrawn"); !known {
		return w, fault.New(fault.Invalid, "cli.provision.consent.word")
	}
	if w.Abroad, known = yesOrNo(f.cell(row, "abroad"), "○", "あり", "", "なし"); !known {
		return w, fault.New(fault.Invalid, "cli.provision.consent.abroad")
	}
	if w.On, known = sheet.ParseDate(f.cell(row, "on"), f.ws.Location()); !known {
		return w, fault.New(fault.Invalid, "cli.provision.consent.day")
	}
	var err error
	if version := f.cell(row, "version"); version != "" {
		if w.Version, err = strconv.Atoi(version); err != nil {
			return w, fault.New(fault.Invalid, "provision.version.unknown")
		}
	}
	if to := f.cell(row, "recipient"); to != "" {
		if w.Recipient, err = store.ParsePublic(provision.RecipientPrefix, to); err != nil {
			return w, fault.New(fault.Invalid, "cli.provision.consent.recipient")
		}
	}
	w.Contact, err = contactOf(ctx, f.a, f.ws.ID, f.cell(row, "person"))
	return w, err
}

// yesOrNo reads a word that is one of the yeses or of the noes, two of each given and the usual
// ones besides.
func yesOrNo(text, yes, yesToo, no, noToo string) (is, known bool) {
	switch strings.ToLower(text) {
	case yes, yesToo, "1", "yes", "true", "はい":
		return true, true
	case no, noToo, "0", "no", "false", "いいえ":
		return false, true
	}
	return false, false
}

// tellLine says what is wrong with a line. What is not the line's fault ends the reading.
func (s *shell) tellLine(line int, bad error) error {
	e, ok := errors.AsType[*fault.Error](bad)
	if !ok {
		return bad
	}
	texts := []string{}
	for _, f := range e.Fields {
		texts = append(texts, s.say.T(f.Key, f.Args...))
	}
	if len(texts) == 0 && e.Key != "" {
		texts = append(texts, s.say.T(e.Key, e.Args...))
	}
	if len(texts) == 0 {
		texts = append(texts, s.say.T("fault."+e.Kind.String()))
	}
	_, err := fmt.Fprintln(s.err, s.say.T("cli.provision.consent.line", "Line", line, "Text", strings.Join(texts, " ")))
	return err
}
