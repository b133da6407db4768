package web

import (
	"slices"
	"strings"

	"github.com/kyodaku/kyodaku/internal/i18n"
	"github.com/kyodaku/kyodaku/internal/law"
	"github.com/kyodaku/kyodaku/internal/provision"
	"github.com/kyodaku/kyodaku/internal/web/page"
)

// provisionNamed offers the recipients that a wording can mean, where data go to nobody else (by
// consent and for joint use), and says which of those that it
// means are called otherwise since: nothing goes to them before a version of the new name.
func (s *Site) provisionNamed(c *Call, p *provisionEditPage) error {
	if class := p.Programme.Class; s.ProvisionRuns == nil || class != provision.Consent && class != provision.JointUse {
		return nil
	}
	all, err := s.ProvisionRuns.Recipients(c.Context(), s.DB, c.Workspace.ID)
	for _, r := range all {
		id := r.Public()
		switch {
		case r.ArchivedAt.IsZero():
			p.Named = append(p.Named, page.Option{Value: id, Text: r.Name})
		case p.Form.Has("named", id):
			p.Named = append(p.Named, page.Option{Value: id, Text: r.Name + c.T("web.provision.named_archived")})
		}
		p.MayFill = p.MayFill || r.ArchivedAt.IsZero() && law.PlaceOf(r.Country) == "elsewhere"
	}
	p.Renamed = renamed(p.Programme.Draft, all)
	return err
}

// renamed tells which recipients that items mean are called otherwise, or represented by somebody
// else, since the items were written down.
func renamed(items provision.Items, all []provision.Recipient) []string {
	var out []string
	for _, r := range all {
		for _, n := range items.Terms.Named {
			if n.ID == r.Public() && (n.Name != r.Name || n.Representative != r.Representative) {
				out = append(out, n.Name+" "+n.Representative+" → "+r.Name+" "+r.Representative)
			}
		}
	}
	return out
}

// renamed tells it of the workspace's recipients.
func (s *Site) renamed(c *Call, items provision.Items) ([]string, error) {
	if s.ProvisionRuns == nil || len(items.Terms.Named) == 0 {
		return nil, nil
	}
	all, err := s.ProvisionRuns.Recipients(c.Context(), s.DB, c.Workspace.ID)
	return renamed(items, all), err
}

// fillForeign writes into what is empty of the wording about recipients abroad what is known of
// those that are ticked (APPI 28(2), APPI-R 17). Nothing is stored before it was read and saved.
func (s *Site) fillForeign(c *Call, form *page.Form) error {
	all, err := s.ProvisionRuns.Recipients(c.Context(), s.DB, c.Workspace.ID)
	if err != nil {
		return err
	}
	var ja, en, codes, laws, measures []string
	for _, r := range all {
		if !form.Has("named", r.Public()) || law.PlaceOf(r.Country) != "elsewhere" {
			continue
		}
		if !slices.Contains(codes, r.Country) {
			codes = append(codes, r.Country)
			ja, en = append(ja, i18n.Ja.Country(r.Country)), append(en, i18n.En.Country(r.Country))
		}
		if r.ForeignLaw != "" && !slices.Contains(laws, r.ForeignLaw) {
			laws = append(laws, r.ForeignLaw)
		}
		if r.ForeignMeasures != "" && !slices.Contains(measures, r.ForeignMeasures) {
			measures = append(measures, r.ForeignMeasures)
		}
	}
	if len(codes) == 0 {
		return nil
	}
	form.Values.Set("foreign_needed", "1")
	for name, texts := range map[string][]string{"country_ja": {strings.Join(ja, "、")}, "country_en": {strings.Join(en, ", ")}, "country_code": {strings.Join(codes, ", ")}, "system_ja": laws, "measures_ja": measures} {
		if strings.TrimSpace(form.Get(name)) == "" {
			form.Values.Set(name, strings.Join(texts, "\n"))
		}
	}
	return nil
}

// namedOf are the recipients that were ticked.
func namedOf(form page.Form) []provision.NamedRecipient {
	var out []provision.NamedRecipient
	for _, id := range form.Values["named"] {
		out = append(out, provision.NamedRecipient{ID: id})
	}
	return out
}
