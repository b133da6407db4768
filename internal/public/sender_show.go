package public

import (
	"github.com/kyodaku/kyodaku/internal/preference"
	"github.com/kyodaku/kyodaku/internal/web/page"
)

// senderPage tells who a sender is.
type senderPage struct {
	preference.About
	// Path is the page's own, for the other language.
	Path string
}

func (s *Site) senderShow(v *page.Visit) error {
	about, err := s.Preferences.About(v.R.Context(), v.R.PathValue("workspace"), v.Lang)
	if err != nil {
		return err
	}
	v.Zone = about.Zone
	return v.Render("sender", senderPage{About: about, Path: v.R.URL.Path})
}
