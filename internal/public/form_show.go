package public

import (
	"html/template"
	"net/url"
	"strings"

	"github.com/kyodaku/kyodaku/internal/collect"
	"github.com/kyodaku/kyodaku/internal/i18n"
	"github.com/kyodaku/kyodaku/internal/web/page"
)

// formPage is a form, blank or to be mended.
type formPage struct {
	Title string
	Form  template.HTML
	// Others are the form's other languages.
	Others []otherLang
}

// otherLang leads to the same page in another language.
type otherLang struct {
	Lang i18n.Lang
	Href string
}

// formShow shows the hosted form.
func (s *Site) formShow(v *page.Visit) error {
	live, err := s.live(v)
	if err != nil {
		return err
	}
	p, err := s.formPage(v, live, collect.Sheet{})
	if err != nil {
		return err
	}
	if err := s.Collect.CountShown(v.R.Context(), live, v.Now); err != nil {
		return err
	}
	allowRedirect(v, live)
	return v.Render("form", p)
}

// formEmbed answers with the form alone, for pages of other sites to show.
func (s *Site) formEmbed(v *page.Visit) error {
	live, err := s.live(v)
	if err != nil {
		return err
	}
	p, err := s.formPage(v, live, collect.Sheet{Embedded: true, Base: s.BaseURL})
	if err != nil {
		return err
	}
	if err := s.Collect.CountShown(v.R.Context(), live, v.Now); err != nil {
		return err
	}
	return v.RenderPart("form", "part", p)
}

// live reads the form of the path and settles the language to what the form has.
func (s *Site) live(v *page.Visit) (collect.Live, error) {
	live, err := s.Collect.LiveBySlug(v.R.Context(), s.DB, v.R.PathValue("form"))
	if err != nil {
		return collect.Live{}, err
	}
	v.Lang = live.Version.Spec.Lang(v.Lang)
	return live, nil
}

// formPage draws the form with a fresh token.
func (s *Site) formPage(v *page.Visit, live collect.Live, sheet collect.Sheet) (formPage, error) {
	spec := live.Version.Spec
	sheet.Slug, sheet.Lang, sheet.Render = live.Form.Slug, v.Lang, s.Collect.PageToken(live, v.Lang, v.Now)
	html, err := s.Collect.DrawForm(spec, sheet)
	if err != nil {
		return formPage{}, err
	}
	p := formPage{Title: spec.Title.In(v.Lang), Form: html}
	for _, l := range spec.Langs {
		if l != v.Lang {
			p.Others = append(p.Others, otherLang{l, "/f/" + url.PathEscape(live.Form.Slug) + "?lang=" + string(l)})
		}
	}
	return p, nil
}

// allowRedirect lets the browser follow the form's own redirect to a page
// elsewhere: it holds form-action against redirects too.
func allowRedirect(v *page.Visit, live collect.Live) {
	u, err := url.Parse(live.Version.Spec.Redirect)
	if err != nil || u.Host == "" {
		return
	}
	v.W.Header().Set("Content-Security-Policy",
		strings.Replace(page.StrictPolicy, "form-action 'self'", "form-action 'self' https://"+u.Host, 1))
}
