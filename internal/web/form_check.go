package web

import (
	"html/template"
	"strings"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/collect"
	"github.com/kyodaku/kyodaku/internal/i18n"
	"github.com/kyodaku/kyodaku/internal/web/page"
)

// formCheck is what was found about a form, in the reader's language.
type formCheck struct {
	Findings []page.Finding
	// Red counts what forbids publishing, Amber what asks for a reason.
	Red, Amber int
}

// checkForm looks a spec over as publishing would.
func (s *Site) checkForm(c *Call, spec collect.Spec) (formCheck, error) {
	_, found, err := s.Collect.Preview(c.Context(), s.DB, c.Workspace.ID, spec, c.Lang, c.Now)
	if mended(err) {
		return formCheck{Red: 1, Findings: []page.Finding{{
			Level: page.Red, Title: c.T("web.forms.malformed"), Text: c.T("web.forms.malformed_text"),
		}}}, nil
	}
	if err != nil {
		return formCheck{}, err
	}
	return c.formCheck(found), nil
}

// formCheck puts findings into words, the grave first, each once.
func (c *Call) formCheck(found []collect.Finding) formCheck {
	var out formCheck
	said := map[string]bool{}
	for _, level := range []collect.Level{collect.Block, collect.Warn} {
		for _, f := range found {
			title := c.T(f.Key, f.Args...)
			if f.Law != nil {
				title = f.Law.Text(string(c.Lang))
			}
			if f.Level != level || said[f.Path+title] {
				continue
			}
			said[f.Path+title] = true
			row := page.Finding{Level: page.Amber, Title: title}
			if level == collect.Block {
				row.Level = page.Red
				out.Red++
			} else {
				out.Amber++
			}
			if f.Law != nil {
				row.Citation = c.T("law.source", f.Law.Args()...)
			}
			if f.About != (collect.Words{}) {
				row.Text = f.About.In(c.Lang)
			}
			row.Href, row.Repair = c.formRepair(f.Path)
			out.Findings = append(out.Findings, row)
		}
	}
	return out
}

// from lets repairs that are fields of the editor be reached from another page.
func (f formCheck) from(editor string) formCheck {
	for i, one := range f.Findings {
		if strings.HasPrefix(one.Href, "#") {
			f.Findings[i].Href = editor + one.Href
		}
	}
	return f
}

// formRepair leads to where a finding is mended: a field of the editor, or the page
// of what is missing.
func (c *Call) formRepair(path string) (href, repair string) {
	switch {
	case path == "profile":
		if c.Can(account.ManageSettings) {
			return root + "settings/profiles", c.T("web.forms.repair.profile")
		}
		return "", ""
	case strings.HasPrefix(path, "offers[") && strings.HasSuffix(path, ".topic"):
		return root + "topics", c.T("web.forms.repair.topic")
	case path == "transmission":
		return transmissionPath, c.T("web.forms.repair.transmission")
	case path == "privacy":
		if c.Can(account.ManageSettings) {
			return root + "settings", c.T("web.forms.repair.settings")
		}
		return "", ""
	case path == "offers":
		return "#topics", c.T("web.forms.repair.go")
	case path == "asset":
		path = "asset.url"
	}
	return "#" + path, c.T("web.forms.repair.go")
}

// formLook answers with the findings alone, for a form that is being edited.
func (s *Site) formLook(c *Call) error {
	f, spec, _, err := s.typedSpec(c)
	if err != nil {
		return err
	}
	check, err := s.checkForm(c, spec)
	if err != nil {
		return err
	}
	return c.RenderPart("form_edit", "form_findings", formEditPage{formHead: c.formHead(f, "edit"), Check: check})
}

// formPreview shows the newest version as readers would see it.
func (s *Site) formPreview(c *Call) error {
	f, err := s.form(c)
	if err != nil {
		return err
	}
	spec, err := s.latest(c, f)
	if err != nil {
		return err
	}
	return s.drawForm(c, spec, c.R.URL.Query().Get("preview_lang"))
}

// formPreviewTyped shows a form that is being edited.
func (s *Site) formPreviewTyped(c *Call) error {
	_, spec, form, err := s.typedSpec(c)
	if mended(err) {
		return c.showForm(i18n.Lang(form.Get("preview_lang")), template.HTML(template.HTMLEscapeString(c.T("web.forms.malformed"))))
	}
	if err != nil {
		return err
	}
	return s.drawForm(c, spec, form.Get("preview_lang"))
}

func (s *Site) drawForm(c *Call, spec collect.Spec, wish string) error {
	lang := i18n.Lang(wish)
	if !lang.Valid() {
		lang = c.Workspace.Lang
	}
	body, _, err := s.Collect.Preview(c.Context(), s.DB, c.Workspace.ID, spec, lang, c.Now)
	if mended(err) {
		body, err = template.HTML("<p>"+template.HTMLEscapeString(c.T("web.forms.malformed"))+"</p>"), nil
	}
	if err != nil {
		return err
	}
	return c.showForm(lang, body)
}

// formPolicy is the content security policy of the preview: the readers' style
// sheet and nothing else. Nothing can be sent from it.
const formPolicy = "default-src 'none'; style-src 'self'; img-src data:; form-action 'none'; frame-ancestors 'self'; base-uri 'none'; sandbox allow-same-origin"

// readerSheet is the readers' style sheet; any hash in its address gives today's.
const readerSheet = "/reader/preview/reader.css"

// showForm answers with a form in the readers' clothes, for a frame.
func (c *Call) showForm(lang i18n.Lang, body template.HTML) error {
	if !lang.Valid() {
		lang = c.Lang
	}
	h := c.W.Header()
	h.Set("Content-Security-Policy", formPolicy)
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	_, _ = c.W.Write([]byte(`<!DOCTYPE html><html lang="` + string(lang) + `"><head><meta charset="utf-8">` + // a reader who left gets nothing more
		`<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark">` +
		`<title>` + template.HTMLEscapeString(c.T("web.forms.preview")) + `</title><link rel="stylesheet" href="` + readerSheet + `"></head>` +
		`<body><div class="page"><main>` + string(body) + `</main></div></body></html>`))
	return nil
}
