package web

import (
	"time"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/collect"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/web/page"
)

const formsPath = root + "forms"

func (s *Site) formRoutes() []Route {
	read, edit := Needs(account.ReadConsent), Needs(account.EditForms)
	one := formsPath + "/{id}"
	return []Route{
		{Pattern: "GET " + formsPath, Access: read, Handle: s.formList, Views: []string{"forms"}},
		{Pattern: "GET " + formsPath + "/new", Access: edit, Handle: s.formNew, Views: []string{"form_new"}},
		{Pattern: "POST " + formsPath + "/new", Access: edit, Handle: s.formCreate},
		{Pattern: "GET " + one, Access: read, Handle: s.formShow, Views: []string{"form"}},
		{Pattern: "GET " + one + "/edit", Access: edit, Handle: s.formEditShow, Views: []string{"form_edit"}},
		{Pattern: "POST " + one + "/edit", Access: edit, Handle: s.formEdit},
		{Pattern: "POST " + one + "/look", Access: edit, Handle: s.formLook},
		{Pattern: "POST " + one + "/preview", Access: edit, Handle: s.formPreviewTyped},
		{Pattern: "GET " + one + "/preview", Access: read, Handle: s.formPreview},
		{Pattern: "POST " + one + "/file", Access: edit, Handle: s.formFile, MaxBody: maxDocument + 1<<20},
		{Pattern: "POST " + one + "/publish", Access: edit, Handle: s.formPublish},
		{Pattern: "GET " + one + "/archive", Access: edit, Handle: s.formArchiveShow, Views: []string{"form_archive"}},
		{Pattern: "POST " + one + "/archive", Access: edit, Handle: s.formArchive},
		{Pattern: "GET " + one + "/embed", Access: read, Handle: s.formEmbed, Views: []string{"form_embed"}},
		{Pattern: "GET " + one + "/versions", Access: read, Handle: s.formVersions, Views: []string{"form_versions"}},
	}
}

// formsPage lists the forms.
type formsPage struct {
	Forms    []formRow
	Archived []formRow
	MayEdit  bool
}

// formRow is a form with its numbers.
type formRow struct {
	collect.Form
	Public string
	// Shown, Submitted and Confirmed count the last thirty days.
	Shown, Submitted, Confirmed int64
}

// Path is the address of the form's page.
func (r formRow) Path() string { return formsPath + "/" + r.Public }

// PresetKey is the catalogue key of what the form is for.
func (r formRow) PresetKey() string { return "web.forms.preset." + string(r.Preset) }

// State is the badge of whether readers see the form.
func (r formRow) State() page.Badge {
	switch {
	case !r.ArchivedAt.IsZero():
		return page.Badge{Tone: "quiet", Key: "web.forms.state.archived"}
	case r.Live == 0:
		return page.Badge{Tone: "quiet", Key: "web.forms.state.draft"}
	}
	return page.Badge{Tone: "strong", Key: "web.forms.state.live"}
}

// Changed says that there are changes that readers do not see yet.
func (r formRow) Changed() bool { return r.Open() && r.Draft() }

func (c *Call) formRow(f collect.Form) formRow {
	return formRow{Form: f, Public: store.Public(collect.FormPrefix, f.ID)}
}

// monthBack is the first of the last thirty days, in the workspace's zone.
func (c *Call) monthBack() string {
	const days = 29
	return c.Now.In(c.Zone).AddDate(0, 0, -days).Format(time.DateOnly)
}

func (s *Site) formList(c *Call) error {
	forms, err := s.Collect.Forms(c.Context(), s.DB, c.Workspace.ID, true)
	if err != nil {
		return err
	}
	totals, err := s.Collect.Totals(c.Context(), s.DB, c.Workspace.ID, c.monthBack())
	if err != nil {
		return err
	}
	p := formsPage{MayEdit: c.Can(account.EditForms)}
	for _, f := range forms {
		row, sum := c.formRow(f), totals[f.ID]
		row.Shown, row.Submitted, row.Confirmed = sum.Shown, sum.Submitted, sum.Confirmed
		if f.ArchivedAt.IsZero() {
			p.Forms = append(p.Forms, row)
		} else {
			p.Archived = append(p.Archived, row)
		}
	}
	return c.Render("forms", p)
}

// form reads the form that the path names.
func (s *Site) form(c *Call) (collect.Form, error) {
	id, err := c.ID(collect.FormPrefix, "id")
	if err != nil {
		return collect.Form{}, err
	}
	return s.Collect.FormByID(c.Context(), s.DB, c.Workspace.ID, id)
}
