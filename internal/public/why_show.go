package public

import (
	"io"
	"net/http"

	"github.com/kyodaku/kyodaku/internal/preference"
	"github.com/kyodaku/kyodaku/internal/web/page"
)

// whyPage answers "why did I get this?".
type whyPage struct {
	preference.Why
	Token string
}

func (s *Site) whyShow(v *page.Visit) error {
	token := v.R.PathValue("token")
	w, err := s.Preferences.Why(v.R.Context(), token, v.Lang, v.Now)
	if err != nil {
		return err
	}
	v.Zone = w.Zone
	return v.Render("why", whyPage{Why: w, Token: token})
}

// shownPolicy lets a kept page be read and nothing else: it may come from a form
// that stood on somebody else's site.
const shownPolicy = "sandbox; default-src 'none'; style-src 'unsafe-inline'; form-action 'none'; frame-ancestors 'none'; base-uri 'none'"

// whyShown shows the page that was agreed to, as it was.
func (s *Site) whyShown(v *page.Visit) error {
	shown, err := s.Preferences.WhyShown(v.R.Context(), v.R.PathValue("token"), v.Now)
	if err != nil {
		return err
	}
	h := v.W.Header()
	h.Set("Content-Security-Policy", shownPolicy)
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	if v.R.Method == http.MethodHead {
		return nil
	}
	_, _ = io.WriteString(v.W, shown.Body) // a reader who left gets nothing more
	return nil
}
