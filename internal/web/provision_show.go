package web

import (
	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/provision"
	"github.com/kyodaku/kyodaku/internal/web/page"
)

// provisionPage is one programme: what counts, what is owed, what was done.
type provisionPage struct {
	programmeRow
	Findings []page.Finding
	Missing  []provision.Item
	// Seen is the draft that the page shows.
	Seen string
	// Untimely are provisions that the steps do not bear as they stand now, Unlisted how many more.
	Untimely []page.Finding
	Unlisted int
	// Courses are the steps of each version that is in its course, the latest first, Others
	// those of the other versions.
	Courses, Others []programmeCourse
	Form            page.Form
	History         []programmeVersion
	Stops           int64
	// AsksConsent says that runs need people's consent, Consents how many people's stands.
	AsksConsent bool
	Consents    int64
	// Drafted says that the draft differs from every version.
	Drafted   bool
	Documents []documentRow
	MayEdit   bool
	// Runs says that data can be handed over from here.
	Runs bool
	// Renamed are recipients that the wording means and that are called otherwise since.
	Renamed []string
}

// programmeVersion is a version with what it changed.
type programmeVersion struct {
	provision.Version
	Changes []changeRow
	InForce bool
}

// changeRow is an item that differs from the version before, in both wordings.
type changeRow struct {
	Item     provision.Item
	Prior    bool
	From, To []string
}

func (s *Site) provisionShow(c *Call) error {
	p, err := s.programme(c)
	if err != nil {
		return err
	}
	return s.provisionPage(c, p, page.FormOf(""))
}

func (s *Site) provisionPage(c *Call, of provision.Programme, form page.Form) error {
	p := provisionPage{
		programmeRow: c.programmeRow(of), Missing: of.Missing(), Seen: seenAt(of), Form: form, MayEdit: c.Can(account.Erase),
		Documents: documentsOf(of), History: c.history(of), Runs: s.ProvisionRuns != nil,
	}
	last := len(of.Versions)
	p.Drafted = last == 0 || len(provision.Changes(of.Versions[last-1].Items, of.Draft)) > 0
	p.Courses, p.Others = c.courses(of, form)
	var shown compliancePage
	c.find(&shown, objections(s.Provisions.Findings(of, c.Now)), c.T("web.provision.class."+string(of.Class)), "", "web.compliance.see")
	for k := range shown.Findings {
		shown.Findings[k].Repair = ""
	}
	p.Findings = shown.Findings
	var err error
	if p.Untimely, p.Unlisted, err = s.untimely(c, of); err != nil {
		return err
	}
	p.Unlisted -= len(p.Untimely)
	if _, p.Stops, err = s.Provisions.Stops(c.Context(), s.DB, of); err != nil {
		return err
	}
	if p.AsksConsent = s.ProvisionRuns != nil && of.AsksConsent(); p.AsksConsent {
		if p.Consents, err = s.ProvisionRuns.Consented(c.Context(), s.DB, of); err != nil {
			return err
		}
	}
	if p.Renamed, err = s.renamed(c, of.Current()); err != nil {
		return err
	}
	return c.renderTyped(form, "provision", p)
}

// history lists the versions, the latest first, each with what it changed.
func (c *Call) history(p provision.Programme) []programmeVersion {
	in := p.Serving(c.Now)
	var out []programmeVersion
	for i := len(p.Versions) - 1; i >= 0; i-- {
		row := programmeVersion{Version: p.Versions[i], InForce: in != nil && in.Number == p.Versions[i].Number}
		if i > 0 {
			from, to := p.Versions[i-1].Items, row.Items
			for _, ch := range provision.Changes(from, to) {
				row.Changes = append(row.Changes, changeRow{ch.Item, ch.Prior, provision.Lines(from, ch.Item, string(c.Lang)), provision.Lines(to, ch.Item, string(c.Lang))})
			}
		}
		out = append(out, row)
	}
	return out
}

func (s *Site) provisionFreeze(c *Call) error {
	p, form, err := about(c, s.programme)
	if err != nil {
		return err
	}
	var v provision.Version
	if seen := form.Get("seen"); seen != "" && seen != seenAt(p) {
		err = fault.New(fault.Stale, "fault.stale")
	} else {
		v, err = s.Provisions.Freeze(c.Context(), c.By(), p, c.Now)
	}
	if form.Take(err) {
		return s.provisionPage(c, p, form)
	}
	if err != nil {
		return err
	}
	return c.Done(provisionPath+"/"+p.Public(), "web.provision.frozen", "N", v.Number)
}
