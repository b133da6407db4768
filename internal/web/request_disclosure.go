package web

import (
	"cmp"
	"encoding/json"
	"strings"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/duty"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/i18n"
	"github.com/kyodaku/kyodaku/internal/law"
	"github.com/kyodaku/kyodaku/internal/provision"
	"github.com/kyodaku/kyodaku/internal/store"
)

// disclosurePage is the answer on paper: everything that is held about a person.
type disclosurePage struct {
	duty.Disclosure
	letterPage
}

// requestDisclosure hands out everything that is held about the person, as a page to be printed
// or as JSON: in the form that the person chose. Each time stands in the audit log, with the
// request as its reason.
func (s *Site) requestDisclosure(c *Call) error {
	q, form, err := about(c, s.request)
	if err != nil {
		return err
	}
	if q.Kind != "disclosure" || q.Contact == 0 || !q.Identified() {
		return fault.New(fault.Refused, "web.requests.not_identified")
	}
	in := i18n.Lang(form.Get("in"))
	if !in.Valid() {
		in = c.Lang
	}
	var d duty.Disclosure
	err = s.DB.Write(c.Context(), func(tx *store.Tx) error {
		if d, err = s.disclosure(c, tx, q, in); err != nil {
			return err
		}
		return c.note(tx, account.Entry{
			Action: "request.disclose", Subject: account.Subject{Kind: "request", ID: q.ID}, Detail: map[string]string{"as": form.Get("as")},
		})
	})
	if err != nil {
		return err
	}
	if form.Get("as") == "json" {
		c.attachment("disclosure-"+c.R.PathValue("id")+".json", "application/json; charset=utf-8")
		out := json.NewEncoder(c.W)
		out.SetEscapeHTML(false)
		out.SetIndent("", "  ")
		return out.Encode(d)
	}
	says := s.Catalogue.For(in)
	return c.Render("disclosure", disclosurePage{d, letterPage{requestRow: c.requestRow(q), Sender: c.Workspace, Today: c.Now, In: in, says: says, zone: c.Zone}})
}

// disclosure gathers the data with the records of provision.
func (s *Site) disclosure(c *Call, tx *store.Tx, q duty.Request, in i18n.Lang) (duty.Disclosure, error) {
	d, err := s.Duty.Disclose(c.Context(), tx, c.Workspace.ID, q.Contact, in, c.Now)
	if err != nil {
		return d, err
	}
	labels, err := s.fieldLabels(c.Context(), tx, c.Workspace.ID, in)
	if err != nil {
		return d, err
	}
	for i, f := range d.Profile {
		if f.Label == "" {
			d.Profile[i].Label = labels.of(f.Key)
		}
	}
	for i, x := range d.Received {
		d.Received[i].Items = labels.all(x.Items)
	}
	if s.ProvisionRuns == nil {
		return d, nil
	}
	traces, err := s.ProvisionRuns.TracesOf(c.Context(), tx, c.Workspace.ID, q.Contact)
	for _, t := range traces {
		abroad, err := s.disclosedAbroad(c, tx, t.Of, in)
		if err != nil {
			return d, err
		}
		d.Provided = append(d.Provided, duty.Provided{
			Abroad: abroad, At: t.Of.HandedAt, Recipient: t.Of.To.Name, Address: t.Of.To.Address, Representative: t.Of.To.Representative,
			Items: labels.all(t.Of.Fields), Class: string(t.Of.Class), Uncertain: t.Of.State != provision.Given || t.Maybe,
		})
	}
	if err != nil {
		return d, err
	}
	if err := s.disclosedWords(c, tx, q.Contact, labels.says, &d); err != nil {
		return d, err
	}
	return d, s.disclosedStops(c, tx, q.Contact, labels.says, &d)
}

// disclosedAbroad is what is known today of the recipient of a run, where it has data abroad by its
// system held equal.
func (s *Site) disclosedAbroad(c *Call, tx *store.Tx, of provision.Run, in i18n.Lang) (*duty.Abroad, error) {
	if law.PlaceOf(of.To.Country) != "elsewhere" || of.To.System == "" {
		return nil, nil
	}
	now, err := s.ProvisionRuns.Recipient(c.Context(), tx, c.Workspace.ID, of.Recipient)
	return &duty.Abroad{
		Country: in.Country(of.To.Country), System: cmp.Or(now.System, of.To.System), Checked: cmp.Or(now.SystemChecked, of.To.SystemChecked),
		Law: cmp.Or(now.ForeignLaw, of.To.ForeignLaw), Measures: cmp.Or(now.ForeignMeasures, of.To.ForeignMeasures),
	}, err
}

// disclosedWords adds what the person said of provisions, and what limits them.
func (s *Site) disclosedWords(c *Call, tx *store.Tx, person int64, says *i18n.Printer, d *duty.Disclosure) error {
	flags, err := s.Contacts.FlagsOf(c.Context(), tx, c.Workspace.ID, person)
	if err != nil {
		return err
	}
	for _, name := range flags.Names() {
		d.Limits = append(d.Limits, says.T("web.origin.flag."+name))
	}
	words, err := s.ProvisionRuns.WordsOf(c.Context(), tx, c.Workspace.ID, person)
	if err != nil {
		return err
	}
	for _, w := range words {
		a := duty.Agreed{At: w.On, Given: w.Given, Version: w.Version, Abroad: w.Abroad, Evidence: w.Evidence}
		p, err := s.Provisions.ByID(c.Context(), tx, c.Workspace.ID, w.Programme)
		if err != nil {
			return err
		}
		items := p.Current()
		if w.Version > 0 {
			items = p.Versions[w.Version-1].Items
		}
		a.Purpose = purposeOf(items, says)
		if w.Recipient != 0 {
			to, err := s.ProvisionRuns.Recipient(c.Context(), tx, c.Workspace.ID, w.Recipient)
			if err != nil {
				return err
			}
			a.Recipient = to.Name
		}
		d.Agreements = append(d.Agreements, a)
	}
	return nil
}

// purposeOf is what data are provided for, as people are told.
func purposeOf(items provision.Items, says *i18n.Printer) string {
	return strings.Join(provision.Lines(items, provision.ItemPurpose, string(says.Lang)), " ")
}

// disclosedStops adds what the person asked to be stopped, and which recipients were told of it.
func (s *Site) disclosedStops(c *Call, tx *store.Tx, person int64, says *i18n.Printer, d *duty.Disclosure) error {
	stops, err := s.Provisions.StopsOf(c.Context(), tx, c.Workspace.ID, person)
	if err != nil {
		return err
	}
	for _, stop := range stops {
		one := duty.Stopped{At: stop.Received, Method: stop.Method}
		if stop.Programme != 0 {
			p, err := s.Provisions.ByID(c.Context(), tx, c.Workspace.ID, stop.Programme)
			if err != nil {
				return err
			}
			if one.Purpose = purposeOf(p.Current(), says); one.Purpose == "" {
				one.Purpose = p.Name
			}
		}
		d.Stops = append(d.Stops, one)
	}
	tasks, err := s.ProvisionRuns.TasksOf(c.Context(), tx, c.Workspace.ID, person)
	for _, t := range tasks {
		if t.Void {
			continue // it never had the data
		}
		told := duty.Told{Recipient: t.RecipientName, Way: string(t.Way)}
		if !t.SentAt.IsZero() {
			told.At = &t.SentAt
		}
		if !t.AcknowledgedAt.IsZero() {
			told.AnsweredAt = &t.AcknowledgedAt
		}
		d.Told = append(d.Told, told)
	}
	return err
}
