package web

import (
	"crypto/sha256"
	"errors"
	"io"

	"github.com/kyodaku/kyodaku/internal/contact"
	"github.com/kyodaku/kyodaku/internal/contact/sheet"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/job"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/web/page"
)

// importOrder reads the form into an import.
func (s *Site) importOrder(c *Call, blob job.Blob, form page.Form) (contact.Import, error) {
	order := contact.Import{
		File: blob.ID, FileName: blob.Name, Encoding: form.Get("encoding"), Delimiter: delimiterOf(form.Get("delimiter")),
		Zone: c.Workspace.Zone, Lang: c.Lang,
	}
	for i := 0; form.Values.Has(columnInput(i)); i++ {
		order.Columns = append(order.Columns, sheet.Field(form.Get(columnInput(i))))
	}
	var wrong fault.Fields
	order.Declared = c.declared(form, &wrong)
	repeated(order.Columns, &wrong)
	if err := wrong.Err(); err != nil {
		return order, err
	}
	if err := s.importTopics(c, form, &order); err != nil {
		return order, err
	}
	var err error
	order.FileHash, err = s.hashOf(c, blob.ID)
	return order, err
}

// declared reads what is stated of data that come in; a day that cannot be read is wrong.
func (c *Call) declared(form page.Form, wrong *fault.Fields) contact.Declaration {
	said := func(name string) bool { return form.Get(name) == "1" }
	return contact.Declaration{
		Origin: contact.Origin(form.Get("origin")), Basis: contact.Basis(form.Get("basis")), Source: line(form.Get("source")),
		At: day(form, "at", c.Zone, wrong), Evidence: line(form.Get("evidence")), Express: said("express"), Written: said("written"),
		AdsDeclined: said("ads_declined"), PagesSilent: said("pages_silent"), Purpose: form.Get("purpose"), Carried: said("carried"),
		Probed: said("probed"), Entity: line(form.Get("entity")),
		Receipt: contact.Receipt{
			Provider: line(form.Get("provider")), Address: line(form.Get("provider_address")),
			Representative: line(form.Get("representative")), Acquisition: line(form.Get("acquisition")),
			Evidence: line(form.Get("receipt_evidence")), ReceivedAt: day(form, "received_at", c.Zone, wrong),
			PublishedAt: day(form, "published_at", c.Zone, wrong),
		},
	}
}

// repeated refuses two columns for one field: it could not be told which counts.
func repeated(columns []sheet.Field, wrong *fault.Fields) {
	have := map[sheet.Field]bool{}
	for i, f := range columns {
		if f != "" && have[f] {
			wrong.Add(columnInput(i), "web.import.column_twice")
		}
		have[f] = true
	}
}

// importTopics reads the chosen topics, and how the texts of a topic column are meant:
// by key or by name.
func (s *Site) importTopics(c *Call, form page.Form, order *contact.Import) error {
	topics, err := s.Consent.Topics(c.Context(), s.DB, c.Workspace.ID, false)
	if err != nil {
		return err
	}
	order.TopicKeys = map[string]int64{}
	for _, t := range topics {
		if form.Has("topics", store.Public(topicPrefix, t.ID)) {
			order.Topics = append(order.Topics, t.ID)
		}
		for _, name := range []string{t.NameEn, t.NameJa, t.Key} {
			if name != "" {
				order.TopicKeys[name] = t.ID
			}
		}
	}
	return nil
}

// hashOf is the SHA-256 of a stored file. It is computed where it is written into
// evidence: a form could bring any.
func (s *Site) hashOf(c *Call, blob int64) (sum []byte, err error) {
	file, _, err := job.OpenBlob(c.Context(), s.DB, c.Workspace.ID, blob, c.Now)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	hash := sha256.New()
	if _, err := io.Copy(hash, file); err != nil {
		return nil, err
	}
	return hash.Sum(nil), nil
}
