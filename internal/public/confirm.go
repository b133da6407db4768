package public

import (
	"html/template"
	"io"
	"mime"
	"net/http"
	"strconv"

	"github.com/kyodaku/kyodaku/internal/collect"
	"github.com/kyodaku/kyodaku/internal/web/page"
)

// requestPage is what the link of a mail leads to, in any of its states.
type requestPage struct {
	Token, Address string
	// Body says what is agreed to.
	Body template.HTML
	// Topics are the names of what was asked for.
	Topics                []string
	Preferences, Download string
	// Again says that a new mail can be asked for.
	Again bool
	// Slug leads back to the form, empty if it is closed.
	Slug string
}

// confirmShow shows the button. Opening the page changes nothing, whoever opens it.
func (s *Site) confirmShow(v *page.Visit) error {
	q, err := s.Collect.Request(v.R.Context(), s.DB, v.R.PathValue("token"), v.Now)
	if err != nil {
		return err
	}
	return s.requestPage(v, q)
}

// confirmPress is the button.
func (s *Site) confirmPress(v *page.Visit) error {
	q, err := s.Collect.Confirm(v.R.Context(), v.R.PathValue("token"), visitor(v), v.Now)
	if err != nil {
		return err
	}
	return s.requestPage(v, q)
}

// confirmDisown is "this was not me".
func (s *Site) confirmDisown(v *page.Visit) error {
	q, err := s.Collect.Disown(v.R.Context(), v.R.PathValue("token"), visitor(v), v.Now)
	if err != nil {
		return err
	}
	return s.requestPage(v, q)
}

func (s *Site) confirmResend(v *page.Visit) error {
	if err := s.Collect.ResendExpired(v.R.Context(), v.R.PathValue("token"), v.Now); err != nil {
		return err
	}
	return v.Render("resent", resentPage{})
}

// requestPage shows a request in its state, in the language it was made in.
func (s *Site) requestPage(v *page.Visit, q collect.Request) error {
	v.Lang = q.Signup.Lang
	p := requestPage{
		Token: v.R.PathValue("token"), Address: q.Address, Body: q.Body, Preferences: q.Preferences, Download: q.Download,
		Again: q.State == collect.RequestExpired,
	}
	for _, o := range q.Offers {
		p.Topics = append(p.Topics, o.Name.In(v.Lang)+" — "+o.Promise.In(v.Lang))
	}
	switch q.State {
	case collect.RequestOpen:
		return v.Render("confirm", p)
	case collect.RequestDone:
		return v.Render("confirmed", p)
	case collect.RequestEntry:
		return v.Render("entry", p)
	case collect.RequestDisowned:
		return v.Render("disowned", p)
	case collect.RequestExpired, collect.RequestLapsed:
	}
	return v.RenderStatus(http.StatusGone, "expired", p)
}

// confirmFile hands out the document.
func (s *Site) confirmFile(v *page.Visit) error {
	h, err := s.Collect.Handout(v.R.Context(), s.DB, v.R.PathValue("token"), v.Now)
	if err != nil {
		return err
	}
	if h.URL != "" {
		http.Redirect(v.W, v.R, h.URL, http.StatusSeeOther)
		return nil
	}
	defer h.File.Close()
	head := v.W.Header()
	head.Set("Content-Type", "application/octet-stream")
	head.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": h.Blob.Name}))
	head.Set("Content-Length", strconv.FormatInt(h.Blob.Size, 10))
	head.Set("Cache-Control", "private, no-store")
	if v.R.Method == http.MethodHead {
		return nil
	}
	_, _ = io.Copy(v.W, h.File) // half an answer cannot be mended
	return nil
}
