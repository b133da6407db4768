package public

import (
	"net/http"

	"github.com/kyodaku/kyodaku/internal/collect"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/web/page"
)

// formSubmit takes the form in.
func (s *Site) formSubmit(v *page.Visit) error {
	live, err := s.live(v)
	if err != nil {
		return err
	}
	form, err := v.Form()
	if err != nil {
		return err
	}
	part := form.Get("view") == "part"
	a, err := s.Collect.Submit(v.R.Context(), live, collect.SubmissionOf(form.Values, visitor(v)), v.Now)
	switch {
	case fault.Is(err, fault.Invalid), fault.Is(err, fault.Busy):
		return s.formAgain(v, live, sheetOf(form, err), part)
	case err != nil:
		return err
	case a.Suggestion != "":
		return s.formAgain(v, live, collect.Sheet{Values: form.Values, Suggestion: a.Suggestion}, part)
	case a.Redirect != "" && !part:
		v.W.Header().Set("Cache-Control", "no-store")
		http.Redirect(v.W, v.R, a.Redirect, http.StatusSeeOther)
		return nil
	}
	return s.sent(v, live.Form.Slug, a, part)
}

// sheetOf keeps what was typed and what is wrong with it.
func sheetOf(form page.Form, err error) collect.Sheet {
	form.Take(err)
	return collect.Sheet{Values: form.Values, Problem: form.Key, Wrong: form.Fields}
}

// formAgain shows the form with what is to be mended, or to be answered.
func (s *Site) formAgain(v *page.Visit, live collect.Live, sheet collect.Sheet, part bool) error {
	if part {
		sheet.Embedded, sheet.Base = true, s.BaseURL
	}
	p, err := s.formPage(v, live, sheet)
	if err != nil {
		return err
	}
	if part {
		return v.RenderPart("form", "part", p)
	}
	allowRedirect(v, live)
	return v.RenderForm("form", p)
}

// sentPage says what comes next. It depends on what was typed alone.
type sentPage struct {
	Slug    string
	Address string
	// Thanks are the form's own words.
	Thanks  []string
	Double  bool
	Topics  []string
	Subject string
	// From is the address the mail comes from, Domain what a phone must let in.
	From, Domain string
	Resend       string
	// Form holds what is wrong with a mended address.
	Form page.Form
	// Part says that the page stands inside another site's.
	Part bool
}

func (s *Site) sent(v *page.Visit, slug string, a collect.Answer, part bool) error {
	p, err := s.sentPage(v, slug, a)
	if err != nil {
		return err
	}
	if p.Part = part; part {
		return v.RenderPart("sent", "part", p)
	}
	return v.Render("sent", p)
}

func (s *Site) sentPage(v *page.Visit, slug string, a collect.Answer) (sentPage, error) {
	v.Lang = a.Lang
	hint, err := s.Collect.MailHint(v.R.Context(), s.DB, a.Version, a.Lang)
	if err != nil {
		return sentPage{}, err
	}
	p := sentPage{
		Slug: slug, Address: a.Address, Double: a.Double, Subject: hint.Subject, From: hint.From.Display(), Domain: hint.From.Domain(),
		Resend: a.Resend, Thanks: collect.Paragraphs(a.Version.Spec.Thanks.In(a.Lang)),
	}
	for _, o := range a.Ticked {
		p.Topics = append(p.Topics, o.Name.In(a.Lang))
	}
	return p, nil
}
