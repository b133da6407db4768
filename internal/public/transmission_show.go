package public

import (
	"strconv"

	"github.com/kyodaku/kyodaku/internal/preference"
	"github.com/kyodaku/kyodaku/internal/web/page"
)

// transmissionPage is the notice of external transmission (電気通信事業法27条の12): what
// our forms and widget send, and what the company declares of others' tags.
type transmissionPage struct {
	preference.About
	Path string
	// Own are our own transmissions, made by widget.js and the forms; a test holds them
	// against what the browser really sends.
	Own    []sent
	Others []sent
	Points []string
}

// sent is one transmission: the three things that the law has told (施行規則22条の2の29).
type sent struct{ Name, Content, Party, Purpose string }

// ownTransmissions are the keys of what our pages send: loading the form, sending it in,
// and what stays in the browser.
func ownTransmissions() []string { return []string{"load", "submit", "memory"} }

func (s *Site) transmissionShow(v *page.Visit) error {
	about, err := s.Preferences.About(v.R.Context(), v.R.PathValue("workspace"), v.Lang)
	if err != nil {
		return err
	}
	w, err := s.Collect.Accounts.WorkspaceBySlug(v.R.Context(), s.DB, v.R.PathValue("workspace"))
	if err != nil {
		return err
	}
	t, err := s.Collect.Transmission(v.R.Context(), s.DB, w.ID)
	if err != nil {
		return err
	}
	v.Zone = about.Zone
	p := transmissionPage{About: about, Path: v.R.URL.Path}
	say := s.Catalogue.For(v.Lang)
	for _, key := range ownTransmissions() {
		p.Own = append(p.Own, sent{
			Name: say.T("public_transmission." + key), Content: say.T("public_transmission." + key + ".content"),
			Party: about.Sender.LegalName, Purpose: say.T("public_transmission." + key + ".purpose"),
		})
	}
	if !t.PublishedAt.IsZero() {
		for _, tag := range t.Tags {
			p.Others = append(p.Others, sent{tag.Name, tag.Content.In(v.Lang), tag.Party, tag.Purpose.In(v.Lang)})
		}
		if t.OptOut {
			p.Points = t.Points
		}
	}
	return v.Render("transmission", p)
}

// PointKey is the catalogue key of the heading of a point of the opt-out scheme.
func (p transmissionPage) PointKey(i int) string {
	return "public_transmission.point." + strconv.Itoa(i+1)
}
