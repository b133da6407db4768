package web

import (
	"io"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/addr"
	"github.com/kyodaku/kyodaku/internal/contact"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/provision"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/web/page"
)

// runFile hands the data set to the browser: the copying is the hand-over, and is written down
// as it happens. It is a POST, for it changes what was provided.
func (s *Site) runFile(c *Call) error {
	r, form, err := about(c, s.run)
	if err != nil {
		return err
	}
	// The headers of a file go out with its first octet, so that a refusal is still a page.
	out := &lateFile{c: c, name: r.FileName(), media: r.Format.MediaType()}
	err = s.ProvisionRuns.Download(c.Context(), c.By(), c.Workspace.ID, r.ID, out, c.Now)
	if err != nil && out.begun {
		s.Log.WarnContext(c.Context(), "a hand-over broke off", slog.Any("error", err))
		// What has begun cannot become a page: the connection ends, so that nobody takes half a file
		// for the whole. The run is listed as uncertain.
		return http.NewResponseController(c.W).SetWriteDeadline(c.Now)
	}
	if form.Take(err) {
		if form.Key == "provision.run.state" {
			form.Args = []any{"State", c.T("web.provision.run.state." + string(r.State))}
		}
		return s.runPage(c, r, form)
	}
	return err
}

// lateFile sets the headers of a file when its first octet comes.
type lateFile struct {
	c           *Call
	name, media string
	begun       bool
}

var _ io.Writer = (*lateFile)(nil)

// Write implements io.Writer.
func (f *lateFile) Write(b []byte) (int, error) {
	if !f.begun {
		f.c.attachment(f.name, f.media)
		f.begun = true
	}
	return f.c.W.Write(b)
}

// provisionRecordsPage answers what was handed to a recipient, and to whom a person's data went;
// and lists which recipients are still to be told of a stop.
type provisionRecordsPage struct {
	Form       page.Form
	Recipients []page.Option
	Asked      bool
	Runs       []runRow
	Persons    int64
	// Person is whose data are asked for, Traces where they went.
	Person string
	Traces []traceRow
	// Tasks are the recipients to be told, Done those who answered, the latest first.
	Tasks, Done []taskRow
	Pager       page.Pager
	MayEdit     bool
}

// traceRow is one time that a person's data went out.
type traceRow struct {
	provision.Trace
	Href string
	// Whose is the contact of the record.
	Whose string
	Names []string
	// Sure says that the arrival was acknowledged.
	Sure bool
}

// taskRow is a recipient that is to be told of a stop, or was.
type taskRow struct {
	provision.Task
	Contact string
	Late    bool
	// Told says whether, when and how it was told.
	Told string
	// Who noted its answer.
	Who string
}

func (s *Site) recordList(c *Call) error {
	form := page.Form{Values: c.R.URL.Query()}
	return s.recordsPage(c, form)
}

func (s *Site) recordsPage(c *Call, form page.Form) error {
	p := provisionRecordsPage{Form: form, MayEdit: c.Can(account.Erase)}
	all, err := s.ProvisionRuns.Recipients(c.Context(), s.DB, c.Workspace.ID)
	if err != nil {
		return err
	}
	p.Recipients = append(p.Recipients, page.Option{Key: "web.provision.choose"})
	for _, r := range all {
		p.Recipients = append(p.Recipients, page.Option{Value: r.Public(), Text: r.Name})
	}
	for _, part := range []func(*Call, *provisionRecordsPage) error{s.recordsOfRecipient, s.recordsOfPerson, s.tasks} {
		if err := part(c, &p); err != nil {
			return err
		}
	}
	return c.renderTyped(p.Form, "provision_records", p)
}

// recordsOfRecipient answers "what did we hand to company B last spring?".
func (s *Site) recordsOfRecipient(c *Call, p *provisionRecordsPage) error {
	id, err := store.ParsePublic(provision.RecipientPrefix, p.Form.Get("recipient"))
	if err != nil {
		return nil //nolint:nilerr // nobody was chosen
	}
	from, to := c.dayOf(p.Form.Get("from")), c.dayOf(p.Form.Get("to"))
	var bad fault.Fields
	for name, day := range map[string]time.Time{"from": from, "to": to} {
		if day.IsZero() && p.Form.Get(name) != "" {
			bad.Add(name, "web.provision.no_day")
		}
	}
	if p.Form.Take(bad.Err()) {
		return nil
	}
	p.Asked = true
	if !to.IsZero() {
		to = to.AddDate(0, 0, 1)
	}
	sum, err := s.ProvisionRuns.HandedTo(c.Context(), s.DB, c.Workspace.ID, id, from, to)
	for _, r := range sum.Runs {
		p.Runs = append(p.Runs, rowOf(r))
	}
	p.Persons = sum.Persons
	return err
}

// recordsOfPerson answers "to whom has this person's data gone?", by the contact or by an address.
func (s *Site) recordsOfPerson(c *Call, p *provisionRecordsPage) error {
	who := strings.TrimSpace(p.Form.Get("contact"))
	if who == "" {
		return nil
	}
	traces, err := s.tracesOf(c, who)
	if p.Form.Take(err) {
		return nil
	}
	if err != nil {
		return err
	}
	p.Person = who
	labels, err := s.fieldLabels(c.Context(), s.DB, c.Workspace.ID, c.Lang)
	for _, t := range traces {
		p.Traces = append(p.Traces, traceRow{t, runsPath + "/" + t.Of.Public(), store.Public(contact.Prefix, t.Contact), labels.all(t.Of.Fields), t.Of.State == provision.Given && !t.Maybe})
	}
	return err
}

// tracesOf asks by a contact's ID or by a mail address, which leads to those who were erased too.
func (s *Site) tracesOf(c *Call, who string) ([]provision.Trace, error) {
	if id, err := store.ParsePublic(contact.Prefix, who); err == nil {
		return s.ProvisionRuns.TracesOf(c.Context(), s.DB, c.Workspace.ID, id)
	}
	mail, err := addr.ParseMail(who)
	if err != nil {
		return nil, fault.Bad("contact", "web.provision.trace_who")
	}
	traces, err := s.ProvisionRuns.TracesAt(c.Context(), s.DB, c.Workspace.ID, mail)
	if fault.Is(err, fault.NotFound) {
		return nil, nil // nobody of whom anything can have gone
	}
	return traces, err
}

// doneMost is how many answered tasks the page lists.
const doneMost = 50

func (s *Site) tasks(c *Call, p *provisionRecordsPage) error {
	who := newNames(s, nil)
	q := provision.TaskQuery{Workspace: c.Workspace.ID, Open: true, Limit: runsMost}
	var err error
	if q.Before, err = c.behind(provision.TaskPrefix); err != nil {
		return err
	}
	open, err := s.ProvisionRuns.Tasks(c.Context(), s.DB, q)
	if err != nil {
		return err
	}
	if c.R.Method == http.MethodGet { // else the page is not where the list is
		p.Pager = c.Pager("")
		if len(open) == runsMost {
			p.Pager = c.Pager(open[runsMost-1].Public())
		}
	}
	if p.Tasks, err = c.taskRows(open, who); err != nil {
		return err
	}
	done, err := s.ProvisionRuns.TasksDone(c.Context(), s.DB, c.Workspace.ID, doneMost)
	if err != nil {
		return err
	}
	p.Done, err = c.taskRows(done, who)
	return err
}

func (c *Call) taskRows(tasks []provision.Task, who names) (rows []taskRow, err error) {
	for _, t := range tasks {
		row := taskRow{Task: t, Contact: store.Public(contact.Prefix, t.Contact), Late: t.Overdue(c.Now), Told: c.toldOf(t)}
		if t.AcknowledgedBy != 0 {
			if row.Who, err = who.operator(c, t.AcknowledgedBy); err != nil {
				return nil, err
			}
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// toldOf says in words how far a recipient has been told.
func (c *Call) toldOf(t provision.Task) string {
	state := t.State()
	if state == provision.TaskAnswered && t.SentAt.IsZero() {
		state = "by_hand_answered"
	}
	at := c.site.Catalogue.For(c.Lang)
	text := c.T("web.provision.told."+string(state), "Way", c.T("web.provision.told_way."+string(t.Way)), "At", at.Time(t.SentAt, c.Zone), "Answered", at.Time(t.AcknowledgedAt, c.Zone), "Tries", t.Tries)
	if t.Error != "" && state == provision.TaskTrying {
		text += c.T("web.provision.told_why", "Why", c.T(t.Error, "Status", ""))
	}
	return text
}

func (s *Site) taskAcknowledge(c *Call) error {
	id, form, err := c.formFor(provision.TaskPrefix)
	if err != nil {
		return err
	}
	err = s.ProvisionRuns.Acknowledge(c.Context(), c.By(), c.Workspace.ID, id, block(form.Get("evidence")), c.Now)
	if form.Take(err) {
		return s.recordsPage(c, form)
	}
	if err != nil {
		return err
	}
	return c.Done(recordsPath, "web.provision.task_done")
}

// day is a day in the language of the page.
func (c *Call) day(t time.Time) string { return c.site.Catalogue.For(c.Lang).Date(t, c.Zone) }
