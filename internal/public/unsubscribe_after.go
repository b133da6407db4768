package public

import (
	"github.com/kyodaku/kyodaku/internal/preference"
	"github.com/kyodaku/kyodaku/internal/web/page"
)

// undonePage says what comes back.
type undonePage struct{ preference.Undone }

// unsubscribeUndo is the button that takes a refusal back.
func (s *Site) unsubscribeUndo(v *page.Visit) error {
	back, err := s.Preferences.Undo(v.R.Context(), v.R.PathValue("token"), act(v, "/unsubscribe/undo"), v.Now)
	if err != nil {
		return err
	}
	return v.Render("unsubscribe_undone", undonePage{back})
}

// thanksPage asks for a reason again if it was not understood, and thanks otherwise.
type thanksPage struct {
	Token   string
	Form    page.Form
	Reasons []preference.Reason
}

// unsubscribeReason takes the reason, which nobody needs to give.
func (s *Site) unsubscribeReason(v *page.Visit) error {
	form, err := v.Form()
	if err != nil {
		return err
	}
	token := v.R.PathValue("token")
	err = s.Preferences.TellWhy(v.R.Context(), token, preference.Reason(form.Get("reason")), form.Get("remark"), v.Now)
	if err != nil && len(fieldsOf(err)) > 0 && form.Take(err) {
		return v.RenderForm("unsubscribe_thanks", thanksPage{Token: token, Form: form, Reasons: preference.Reasons()})
	}
	if err != nil {
		return err
	}
	return v.Render("unsubscribe_thanks", thanksPage{})
}
