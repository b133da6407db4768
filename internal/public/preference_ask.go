package public

import (
	"github.com/kyodaku/kyodaku/internal/preference"
	"github.com/kyodaku/kyodaku/internal/web/page"
)

// preferenceAskPage takes the address of somebody who has no mail at hand.
type preferenceAskPage struct {
	Form page.Form
	// Workspace is the slug of the sender who is meant, empty for all.
	Workspace string
}

func (s *Site) preferenceAsk(v *page.Visit) error {
	slug := clip(v.R.URL.Query().Get("s"), 50)
	return v.Render("preference_ask", preferenceAskPage{Workspace: slug})
}

// preferenceSentPage is the answer to everybody, whether known or not.
type preferenceSentPage struct{}

func (s *Site) preferenceSend(v *page.Visit) error {
	form, err := v.Form()
	if err != nil {
		return err
	}
	err = s.Preferences.RequestLink(v.R.Context(), preference.Asked{
		Slug: form.Get("s"), Address: form.Get("address"), Network: v.Client(), Lang: v.Lang,
	}, v.Now)
	if err != nil && len(fieldsOf(err)) > 0 && form.Take(err) {
		return v.RenderForm("preference_ask", preferenceAskPage{Form: form, Workspace: clip(form.Get("s"), 50)})
	}
	if err != nil {
		return err
	}
	return v.Render("preference_sent", preferenceSentPage{})
}
