package web

import (
	"net/url"
	"strings"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/collect"
	"github.com/kyodaku/kyodaku/internal/web/page"
)

const (
	transmissionPath = root + "forms-transmission"
	complaintsPath   = root + "forms-complaints"
	// spareTags is how many empty rows for tags the page offers.
	spareTags = 3
	// readTags is how many rows are read at most.
	readTags = 110
)

func (s *Site) transmissionRoutes() []Route {
	may := Needs(account.EditForms)
	return []Route{
		{Pattern: "GET " + transmissionPath, Access: may, Handle: s.transmissionShow, Views: []string{"transmission"}},
		{Pattern: "POST " + transmissionPath, Access: may, Handle: s.transmissionSave},
		{Pattern: "GET " + complaintsPath, Access: may, Handle: s.complaintList, Views: []string{"complaints"}},
		{Pattern: "POST " + complaintsPath, Access: may, Handle: s.complaintAdd},
		{Pattern: "POST " + complaintsPath + "/{id}", Access: may, Handle: s.complaintSettle},
	}
}

// transmissionPage is the questionnaire about external transmission.
type transmissionPage struct {
	Form   page.Form
	Scopes []page.Option
	// Tags and Points are the paths of their rows.
	Tags, Points []string
	Published    bool
	URL          string
}

// Point is the catalogue key of the question behind a point.
func (p transmissionPage) Point(i int) string {
	return "web.transmission.point." + string(rune('1'+i))
}

func (s *Site) transmissionShow(c *Call) error {
	t, err := s.Collect.Transmission(c.Context(), s.DB, c.Workspace.ID)
	if err != nil {
		return err
	}
	form := page.FormOf("", "scope", string(t.Scope))
	if t.Scope == collect.Unanswered {
		form.Values.Set("scope", string(collect.InScope))
	}
	if t.OptOut {
		form.Values.Set("opt_out", "1")
	}
	for i, text := range t.Points {
		form.Values.Set(at("points", i), text)
	}
	for i, tag := range t.Tags {
		path := at("tags", i)
		for name, text := range map[string]string{
			"name": tag.Name, "party": tag.Party, "content.ja": tag.Content.Ja, "content.en": tag.Content.En,
			"purpose.ja": tag.Purpose.Ja, "purpose.en": tag.Purpose.En,
		} {
			form.Values.Set(path+"."+name, text)
		}
	}
	return s.transmissionPage(c, form, len(t.Tags), !t.PublishedAt.IsZero())
}

func (s *Site) transmissionPage(c *Call, form page.Form, tags int, published bool) error {
	p := transmissionPage{Form: form, Published: published, URL: s.BaseURL + collect.NoticePath(c.Workspace.Slug), Scopes: []page.Option{
		{Value: string(collect.InScope), Key: "web.transmission.scope.in"},
		{Value: string(collect.OutOfScope), Key: "web.transmission.scope.out"},
	}}
	for i := range tags + spareTags {
		p.Tags = append(p.Tags, at("tags", i))
	}
	for i := range collect.OptOutPoints {
		p.Points = append(p.Points, at("points", i))
	}
	return c.renderTyped(form, "transmission", p)
}

// transmissionSave stores the answers; "publish" also publishes the notice.
func (s *Site) transmissionSave(c *Call) error {
	form, err := c.Form()
	if err != nil {
		return err
	}
	t := readTransmission(form.Values)
	publish := form.Get("act") == "publish"
	err = s.Collect.SaveTransmission(c.Context(), c.By(), c.Workspace.ID, t, publish, c.Now)
	if form.Take(err) {
		return s.transmissionPage(c, form, len(t.Tags), publish)
	}
	if err != nil {
		return err
	}
	if publish {
		return c.Done(transmissionPath, "web.transmission.published")
	}
	return c.Done(transmissionPath, "web.transmission.saved")
}

// readTransmission reads the questionnaire; rows without any text are left out.
func readTransmission(v url.Values) collect.Transmission {
	t := collect.Transmission{Scope: collect.Scope(v.Get("scope")), OptOut: v.Get("opt_out") == "1"}
	for i := 0; i < readTags && v.Has(at("tags", i)+".name"); i++ {
		path := at("tags", i)
		text := func(name string) string { return strings.TrimSpace(lines(v.Get(path + "." + name))) }
		tag := collect.Tag{
			Name: text("name"), Party: text("party"), Content: collect.Words{Ja: text("content.ja"), En: text("content.en")},
			Purpose: collect.Words{Ja: text("purpose.ja"), En: text("purpose.en")},
		}
		if tag != (collect.Tag{}) {
			t.Tags = append(t.Tags, tag)
		}
	}
	if t.OptOut {
		for i := range collect.OptOutPoints {
			t.Points = append(t.Points, strings.TrimSpace(lines(v.Get(at("points", i)))))
		}
	}
	return t
}
