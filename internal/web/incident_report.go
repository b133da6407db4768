package web

import (
	"io"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/contact"
	"github.com/kyodaku/kyodaku/internal/contact/sheet"
	"github.com/kyodaku/kyodaku/internal/duty"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/i18n"
	"github.com/kyodaku/kyodaku/internal/provision"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/web/page"
)

// tellForm holds what was written about an incident so far.
func tellForm(i duty.Incident) page.Form {
	a := i.Affected
	form := page.FormOf("", "run", a.Run, "prefecture", a.Prefecture, "company", a.Company, "since", a.Since, "all", tick(a.All))
	for _, e := range i.Report.Entries() {
		form.Values.Set(e.Key, e.Text)
	}
	return form
}

// incident reads the one that the path names.
func (s *Site) incident(c *Call) (duty.Incident, error) {
	id, err := c.ID(duty.IncidentPrefix, "id")
	if err != nil {
		return duty.Incident{}, err
	}
	return s.Duty.Incident(c.Context(), s.DB, c.Workspace.ID, id)
}

func (s *Site) incidentTell(c *Call) error {
	i, form, err := about(c, s.incident)
	if err != nil {
		return err
	}
	i.Report = duty.Report{
		Outline: form.Get("outline"), Items: form.Get("items"), Persons: form.Get("persons"), Cause: form.Get("cause"), Damage: form.Get("damage"),
		Response: form.Get("response"), Publication: form.Get("publication"), Prevention: form.Get("prevention"), Other: form.Get("other"),
	}
	i.Affected = duty.Affected{
		Run: strings.TrimSpace(form.Get("run")), Prefecture: line(form.Get("prefecture")), Company: line(form.Get("company")), Since: form.Get("since"), All: form.Get("all") == "1",
	}
	if i.Affected.Run != "" {
		_, err = s.leftRun(c, i.Affected.Run)
	}
	if err == nil {
		err = s.Duty.Tell(c.Context(), c.By(), i, c.Now)
	}
	if form.Take(err) {
		return s.incidentPage(c, i, form, page.Form{})
	}
	if err != nil {
		return err
	}
	return c.Done(incidentsPath+"/"+c.R.PathValue("id"), "web.incident.told")
}

// leftRun finds a run of which data left, or may have: of others nobody's can have leaked there.
func (s *Site) leftRun(c *Call, public string) (provision.Run, error) {
	id, err := store.ParsePublic(provision.RunPrefix, public)
	if err != nil {
		return provision.Run{}, fault.Bad("run", "web.incident.no_run")
	}
	run, err := s.ProvisionRuns.Run(c.Context(), s.DB, c.Workspace.ID, id)
	switch {
	case fault.Is(err, fault.NotFound):
		err = fault.Bad("run", "web.incident.no_run")
	case err == nil && !run.Counted():
		err = fault.Bad("run", "web.incident.not_left")
	}
	return run, err
}

// incidentDocumentPage is a draft about a leak: the report, the notice to the persons, or the one
// to the principal.
type incidentDocumentPage struct {
	incidentRow
	Form    string
	Sender  account.Workspace
	Entries []duty.Entry
	// In is the language of the document.
	In   i18n.Lang
	says *i18n.Printer
	zone *time.Location
	Now  time.Time
}

// Say is a text in the document's language.
func (d incidentDocumentPage) Say(key string, args ...any) string { return d.says.T(key, args...) }

// Day is a day in the document's language.
func (d incidentDocumentPage) Day(t time.Time) string { return documentDay(d.says, t, d.zone) }

// Legal is the sender's name in the document's language.
func (d incidentDocumentPage) Legal() string {
	if d.In == i18n.En && d.Sender.Label.LegalNameEn != "" {
		return d.Sender.Label.LegalNameEn
	}
	return d.Sender.Label.LegalName
}

// toPersons are the items that the persons are told (APPI-R 10).
var toPersons = map[string]bool{"outline": true, "items": true, "cause": true, "damage": true, "other": true}

func (s *Site) incidentDocument(c *Call) error {
	i, err := s.incident(c)
	if err != nil {
		return err
	}
	d := incidentDocumentPage{incidentRow: c.incidentRow(i), Form: c.R.PathValue("form"), Sender: c.Workspace, In: i18n.Ja, zone: c.Zone, Now: c.Now}
	if in := i18n.Lang(c.R.URL.Query().Get("in")); in.Valid() {
		d.In = in
	}
	switch d.Form {
	case "report", "principal":
		d.Entries = i.Report.Entries()
	case "persons":
		for _, e := range i.Report.Entries() {
			if toPersons[e.Key] && (e.Key != "other" || e.Text != "") { // nothing else is nothing to look into
				d.Entries = append(d.Entries, e)
			}
		}
	default:
		return fault.New(fault.NotFound, "fault.not_found")
	}
	d.says = s.Catalogue.For(d.In)
	return c.Render("incident_document", d)
}

// incidentPersons hands out the list of the persons to be told, as a table. It takes people's
// data out, and so is written down, with the incident as its reason.
func (s *Site) incidentPersons(c *Call) error {
	i, err := s.incident(c)
	if err != nil {
		return err
	}
	if !i.Affected.Known() {
		return fault.New(fault.NotFound, "fault.not_found")
	}
	err = s.DB.Write(c.Context(), func(tx *store.Tx) error {
		return c.note(tx, account.Entry{Action: "incident.list", Subject: account.Subject{Kind: "incident", ID: i.ID}, Reason: i.Title})
	})
	if err != nil {
		return err
	}
	c.attachment("persons-"+c.R.PathValue("id")+".csv", "text/csv; charset=utf-8")
	if err := s.writePersons(c, c.W, i.Affected); err != nil {
		s.Log.WarnContext(c.Context(), "a list of persons broke off", slog.Any("error", err))
		return http.NewResponseController(c.W).SetWriteDeadline(c.Now) // nobody takes half a list for the whole
	}
	return nil
}

// writePersons streams the persons of a run's records, or of a segment.
func (s *Site) writePersons(c *Call, to io.Writer, whose duty.Affected) error {
	out, err := sheet.NewWriter(to, sheet.Format{Encoding: sheet.UTF8BOM})
	if err != nil {
		return err
	}
	if err := out.Write([]string{c.T("web.incident.col.contact"), c.T("web.incident.col.name"), c.T("web.incident.col.address")}); err != nil {
		return err
	}
	if whose.Run != "" {
		err = s.personsOfRun(c, out, whose.Run)
	} else {
		err = s.personsOfSegment(c, out, whose)
	}
	if err != nil {
		return err
	}
	return out.Close()
}

// personsPage is how many people are read at a time.
const personsPage = 500

func (s *Site) personsOfRun(c *Call, out *sheet.Writer, public string) error {
	run, err := s.leftRun(c, public)
	if err != nil {
		return err
	}
	for after := int64(0); ; {
		all, err := s.ProvisionRuns.Records(c.Context(), s.DB, provision.RecordQuery{Workspace: c.Workspace.ID, Run: run.ID, After: after, Limit: personsPage})
		if err != nil || len(all) == 0 {
			return err
		}
		mails, err := s.ProvisionRuns.Mails(c.Context(), s.DB, c.Workspace.ID, all)
		if err != nil {
			return err
		}
		for _, r := range all {
			if !r.Counts() {
				continue
			}
			at := strings.Join(mails[r.Contact], " ")
			if at == "" && strings.Contains(r.Known, "@") {
				at = r.Known // what the record holds of who has no address any more
			}
			if err := out.Write([]string{store.Public(contact.Prefix, r.Contact), r.Name, at}); err != nil {
				return err
			}
		}
		after = all[len(all)-1].Contact
	}
}

func (s *Site) personsOfSegment(c *Call, out *sheet.Writer, whose duty.Affected) error {
	for after := int64(0); ; {
		people, next, err := s.Contacts.People(c.Context(), s.DB, c.Workspace.ID, whose.Segment(c.Zone), contact.Page{After: after, Limit: personsPage})
		if err != nil {
			return err
		}
		for _, p := range people {
			if err := out.Write([]string{store.Public(contact.Prefix, p.ID), p.Name(), strings.Join(p.Mails, " ")}); err != nil {
				return err
			}
		}
		if after = next; next == 0 {
			return nil
		}
	}
}
