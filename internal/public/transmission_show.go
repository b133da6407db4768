package public

import (
	"strconv"

	"github.com/kyodaku/kyodaku/internal/i18n"
	"github.com/kyodaku/kyodaku/internal/web/page"
)

// transmissionPage is the notice of external transmission (電気通信事業法27条の12): what
// our forms and widget send, and what the company declares of others' tags.
type transmissionPage struct {
	Sender, Slug, Path string
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
	w, err := s.Collect.Accounts.WorkspaceBySlug(v.R.Context(), s.DB, v.R.PathValue("workspace"))
	if err != nil {
		return err
	}
	t, err := s.Collect.Transmission(v.R.Context(), s.DB, w.ID)
	if err != nil {
		return err
	}
	v.Zone = w.Location()
	p := transmissionPage{Sender: w.Label.LegalName, Slug: w.Slug, Path: v.R.URL.Path}
	if v.Lang == i18n.En && w.Label.LegalNameEn != "" {
		p.Sender = w.Label.LegalNameEn
	}
	say := s.Catalogue.For(v.Lang)
	for _, key := range ownTransmissions() {
		p.Own = append(p.Own, sent{
			Name: say.T("public_transmission." + key), Content: say.T("public_transmission." + key + ".content"),
			Party: p.Sender, Purpose: say.T("public_transmission." + key + ".purpose"),
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
