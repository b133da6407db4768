package web

import (
	"cmp"
	"strconv"
	"time"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/i18n"
	"github.com/kyodaku/kyodaku/internal/provision"
)

// The documents of a programme.
const (
	filingForm   = "filing"
	endForm      = "end"
	agentForm    = "agent"
	noticeForm   = "notice"
	researchForm = "research"
)

// ppcPage is where the commission says how to file today; it changes, so it is linked.
const ppcPage = "https://www.ppc.go.jp/personalinfo/legal/optout/"

// documentRow is a document that can be printed.
type documentRow struct{ Form, Href string }

// documentsOf lists the documents of a programme, once there is a version.
func documentsOf(p provision.Programme) []documentRow {
	if len(p.Versions) == 0 {
		return nil
	}
	var forms []string
	switch {
	case p.Class == provision.OptOut:
		forms = []string{noticeForm, filingForm, agentForm, endForm}
	case p.Current().Terms.Exception.Research() && p.Class == provision.LegalDuty:
		forms = []string{researchForm}
	case p.Class == provision.JointUse:
		forms = []string{noticeForm}
	}
	var out []documentRow
	for _, f := range forms {
		out = append(out, documentRow{f, provisionPath + "/" + p.Public() + "/documents/" + f})
	}
	return out
}

// documentPage is a document as it is printed, always in Japanese: it goes to the commission
// and to people in Japan.
type documentPage struct {
	programmeRow
	Form    string
	Version provision.Version
	// Before is the version that was filed last, nil for a first filing.
	Before  *provision.Version
	Changes []changeRow
	Sender  account.Workspace
	Today   time.Time
	PPC     string
	// Base is where people reach this installation.
	Base string
	ja   *i18n.Printer
	zone *time.Location
}

// J is a text in Japanese, whatever language the page is in.
func (d documentPage) J(key string, args ...any) string { return d.ja.T(key, args...) }

// Day is a day as Japanese documents write it.
func (d documentPage) Day(t time.Time) string {
	if t.IsZero() {
		return d.J("web.provision.doc.day_blank")
	}
	return documentDay(d.ja, t, d.zone)
}

// StopAt is the public page on which a stop is asked for. It is told before it is put up.
func (d documentPage) StopAt() string { return d.Base + "/provision/" + d.Public() }

// Phone is where the desk is called, empty for nowhere.
func (d documentPage) Phone() string {
	return cmp.Or(d.Version.Items.Phone, d.Sender.Label.Phone)
}

// Start is the day on which the provision is to begin.
func (d documentPage) Start() time.Time { return d.Version.Items.StartDay() }

// Ended is when the provision ceased; zero while it has not.
func (d documentPage) Ended() time.Time { return d.Version.On(provision.Ended) }

// Filed is when the provision was filed last, FiledNo the number of the receipt.
func (d documentPage) Filed() time.Time { return d.Version.On(provision.Filed) }

// FiledNo is what was written down about the filing.
func (d documentPage) FiledNo() string {
	for _, s := range d.Version.Steps {
		if s.Kind == provision.Filed {
			return s.Evidence
		}
	}
	return ""
}

// Changed says whether the document files a change.
func (d documentPage) Changed() bool { return d.Before != nil }

func (s *Site) provisionDocument(c *Call) error {
	p, err := s.programme(c)
	if err != nil {
		return err
	}
	d := documentPage{programmeRow: c.programmeRow(p), Form: c.R.PathValue("form"), Sender: c.Workspace, Today: c.Now, PPC: ppcPage, Base: s.BaseURL, ja: s.Catalogue.For(i18n.Ja), zone: c.Zone}
	known := false
	for _, row := range documentsOf(p) {
		known = known || row.Form == d.Form
	}
	n, err := strconv.Atoi(c.R.URL.Query().Get("version"))
	if err != nil {
		n = len(p.Versions)
	}
	if !known || n < 1 || n > len(p.Versions) {
		return fault.New(fault.NotFound, "fault.not_found")
	}
	d.Version = p.Versions[n-1]
	for i := n - 2; i >= 0 && d.Before == nil; i-- {
		if !p.Versions[i].On(provision.Filed).IsZero() {
			d.Before = &p.Versions[i]
		}
	}
	if d.Before != nil {
		for _, ch := range provision.Changes(d.Before.Items, d.Version.Items) {
			d.Changes = append(d.Changes, changeRow{ch.Item, ch.Prior, provision.Lines(d.Before.Items, ch.Item, "ja"), provision.Lines(d.Version.Items, ch.Item, "ja")})
		}
	}
	return c.Render("provision_document", d)
}
