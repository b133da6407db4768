package public

import (
	"strings"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/duty"
	"github.com/kyodaku/kyodaku/internal/i18n"
	"github.com/kyodaku/kyodaku/internal/web/page"
)

// personRoutes are what a person may ask of a company about the person's data (APPI 33 to 35),
// and the list of its notices of provision.
func (s *Site) personRoutes() []Route {
	return []Route{
		{Pattern: "GET /s/{workspace}/request", Handle: s.personRequestShow, Views: []string{"person_request"}},
		{Pattern: "POST /s/{workspace}/request", Handle: s.personRequest, Views: []string{"person_request", "person_requested"}},
		{Pattern: "GET /s/{workspace}/provision", Handle: s.provisionList, Views: []string{"provision_list"}},
	}
}

// personRequestPage takes a request. It tells nothing about anybody.
type personRequestPage struct {
	Sender       string
	Address      string
	Path         string
	Form         page.Form
	Kinds, Forms []page.Option
}

func (s *Site) personRequestShow(v *page.Visit) error {
	ws, _, err := s.Provisions.Notices(v.R.Context(), v.R.PathValue("workspace"), v.Now)
	if err != nil {
		return err
	}
	return v.Render("person_request", personPage(v, ws, page.FormOf("", "kind", "disclosure", "form", "electronic")))
}

func personPage(v *page.Visit, ws account.Workspace, form page.Form) personRequestPage {
	p := personRequestPage{Sender: legalName(ws, v.Lang), Address: ws.Label.PostalAddress, Path: "/s/" + ws.Slug, Form: form}
	for _, k := range duty.RequestKinds() {
		p.Kinds = append(p.Kinds, page.Option{Value: k, Key: "public_request.kind." + k, Help: "public_request.kind." + k + "_help"})
	}
	for _, f := range duty.RequestForms() {
		p.Forms = append(p.Forms, page.Option{Value: f, Key: "public_request.form." + f})
	}
	return p
}

// legalName is a company's name in the language of the page.
func legalName(ws account.Workspace, lang i18n.Lang) string {
	if lang == i18n.En && ws.Label.LegalNameEn != "" {
		return ws.Label.LegalNameEn
	}
	return ws.Label.LegalName
}

// personRequested is the answer to everybody.
type personRequested struct{ Sender, Path string }

func (s *Site) personRequest(v *page.Visit) error {
	ws, _, err := s.Provisions.Notices(v.R.Context(), v.R.PathValue("workspace"), v.Now)
	if err != nil {
		return err
	}
	form, err := v.Form()
	if err != nil {
		return err
	}
	asked := duty.Asked{
		Workspace: ws.ID, Kind: form.Get("kind"), Form: form.Get("form"), Note: form.Get("note"), Name: form.Get("name"),
		Address: strings.TrimSpace(form.Get("address")), Who: form.Get("who"), Agent: form.Get("agent"), Network: v.Client(),
	}
	err = s.Duty.Ask(v.R.Context(), asked, v.Now)
	if err != nil && len(fieldsOf(err)) > 0 && form.Take(err) {
		return v.RenderForm("person_request", personPage(v, ws, form))
	}
	if err != nil {
		return err
	}
	return v.Render("person_requested", personRequested{legalName(ws, v.Lang), "/s/" + ws.Slug})
}

// provisionListPage lists the notices of a company.
type provisionListPage struct {
	Sender, Path string
	Rows         []noticeRow
}

// noticeRow is one notice with its class.
type noticeRow struct {
	provisionPage
	Href string
}

func (s *Site) provisionList(v *page.Visit) error {
	ws, notices, err := s.Provisions.Notices(v.R.Context(), v.R.PathValue("workspace"), v.Now)
	if err != nil {
		return err
	}
	v.Zone = ws.Location()
	p := provisionListPage{Sender: legalName(ws, v.Lang), Path: "/s/" + ws.Slug}
	for _, n := range notices {
		p.Rows = append(p.Rows, noticeRow{s.provisionPageOf(v, n), "/provision/" + n.Programme.Public()})
	}
	return v.Render("provision_list", p)
}
