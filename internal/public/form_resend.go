package public

import (
	"strings"

	"github.com/kyodaku/kyodaku/internal/web/page"
)

// resentPage says that the mail is on its way once more.
type resentPage struct{}

func (s *Site) formResend(v *page.Visit) error {
	form, err := v.Form()
	if err != nil {
		return err
	}
	if err := s.Collect.Resend(v.R.Context(), form.Get("token"), visitor(v), v.Now); err != nil {
		return err
	}
	return v.Render("resent", resentPage{})
}

// formCorrect takes another address for what was just sent in.
func (s *Site) formCorrect(v *page.Visit) error {
	form, err := v.Form()
	if err != nil {
		return err
	}
	a, err := s.Collect.Correct(v.R.Context(), form.Get("token"), strings.TrimSpace(form.Get("email")), visitor(v), v.Now)
	if err != nil {
		return err
	}
	return s.sent(v, v.R.PathValue("form"), a, false)
}
