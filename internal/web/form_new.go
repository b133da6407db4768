package web

import (
	"github.com/kyodaku/kyodaku/internal/collect"
	"github.com/kyodaku/kyodaku/internal/consent"
	"github.com/kyodaku/kyodaku/internal/i18n"
	"github.com/kyodaku/kyodaku/internal/web/page"
)

// formNewPage asks what the new form is for.
type formNewPage struct {
	Form    page.Form
	Presets []page.Option
	// Topics says that there is something to subscribe to; without it there is
	// little sense in a form.
	Topics bool
}

func presetOptions() []page.Option {
	var all []page.Option
	for _, p := range collect.Presets() {
		key := "web.forms.preset." + string(p)
		all = append(all, page.Option{Value: string(p), Key: key, Help: key + "_help"})
	}
	return all
}

func (s *Site) formNew(c *Call) error {
	return s.formNewForm(c, page.FormOf("", "preset", string(collect.Newsletter)))
}

func (s *Site) formNewForm(c *Call, form page.Form) error {
	topics, err := s.Consent.Topics(c.Context(), s.DB, c.Workspace.ID, false)
	if err != nil {
		return err
	}
	p := formNewPage{form, presetOptions(), len(topics) > 0}
	return c.renderTyped(form, "form_new", p)
}

// formCreate makes a draft from a preset, with what the workspace already has: its
// policy, its first purpose, and for a newsletter its first topic.
func (s *Site) formCreate(c *Call) error {
	form, err := c.Form()
	if err != nil {
		return err
	}
	spec := collect.NewSpec(collect.Preset(form.Get("preset")))
	if err := s.prefill(c, &spec); err != nil {
		return err
	}
	made, err := s.Collect.Create(c.Context(), c.By(), collect.NewForm{
		Workspace: c.Workspace.ID, Slug: form.Get("slug"), Name: form.Get("name"), Spec: spec,
	}, c.Now)
	if form.Take(err) {
		return s.formNewForm(c, form)
	}
	if err != nil {
		return err
	}
	return c.Done(c.formRow(made).Path()+"/edit", "web.forms.created")
}

func (s *Site) prefill(c *Call, spec *collect.Spec) error {
	spec.PolicyURL = c.Workspace.PrivacyURL
	if c.Workspace.Label.LegalNameEn == "" {
		spec.Langs = []i18n.Lang{i18n.Ja}
	}
	words, err := s.Consent.Wordings(c.Context(), s.DB, c.Workspace.ID)
	if err != nil {
		return err
	}
	known := map[string]bool{}
	for _, w := range words {
		if w.Kind == consent.WordingPurpose && spec.Purpose.Key == "" {
			spec.Purpose.Key = w.Key
		}
		known[string(w.Kind)+w.Key] = true
	}
	topics, err := s.Consent.Topics(c.Context(), s.DB, c.Workspace.ID, false)
	if err != nil || len(topics) == 0 || !spec.NeedsTopic() {
		return err
	}
	offer := collect.Offer{Topic: topics[0].ID}
	if known[string(consent.WordingConsent)+topics[0].Key] {
		offer.Wording = topics[0].Key
	}
	spec.Offers = []collect.Offer{offer}
	return nil
}
