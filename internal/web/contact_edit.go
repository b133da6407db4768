package web

import (
	"maps"
	"slices"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/contact"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/i18n"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/web/page"
)

// contactEditPage is the form of a person's texts.
type contactEditPage struct {
	contactHead
	contactInputs
}

// contactInputs are the inputs of a person's texts and own attributes.
type contactInputs struct {
	Form  page.Form
	Langs []page.Option
	Attrs []attributeInput
}

// attributeInput is the input of an own attribute.
type attributeInput struct {
	// Label and Use are the workspace's own words.
	ID, Name, Label, Use, Value string
	Type                        string
	Options                     []page.Option
	// Error is what is wrong, nil if nothing.
	Error *fault.Field
}

// contactTexts are the plain texts of a person, under the names the room uses.
var contactTexts = [...]string{
	"family_name", "given_name", "family_kana", "given_kana", "display_name", "company", "department", "title",
	"postal_code", "prefecture", "country",
}

// namesMany is how many of contactTexts are names, which stand in the heading.
const namesMany = 5

// textsOf reads and changes a person's texts by name.
func textsOf(one *contact.Contact) map[string]*string {
	return map[string]*string{
		"family_name": &one.FamilyName, "given_name": &one.GivenName, "family_kana": &one.FamilyKana, "given_kana": &one.GivenKana,
		"display_name": &one.DisplayName, "company": &one.Company, "department": &one.Department, "title": &one.Title,
		"postal_code": &one.PostalCode, "prefecture": &one.Prefecture, "country": &one.Country,
	}
}

func (s *Site) contactEditShow(c *Call) error {
	one, err := s.live(c)
	if err != nil {
		return err
	}
	form := page.FormOf("", "lang", string(one.Lang), "seen", version(one.UpdatedAt))
	texts := textsOf(&one)
	for _, name := range contactTexts {
		form.Values.Set(name, *texts[name])
	}
	for key, value := range one.Attrs {
		form.Values.Set(attributeName(key), value)
	}
	return s.contactForm(c, one, form)
}

func (s *Site) contactForm(c *Call, one contact.Contact, form page.Form) error {
	inputs, err := s.contactInputs(c, form)
	if err != nil {
		return err
	}
	return c.renderTyped(form, "contact_edit", contactEditPage{c.contactHead(one), inputs})
}

func (s *Site) contactInputs(c *Call, form page.Form) (contactInputs, error) {
	p := contactInputs{Form: form, Langs: append([]page.Option{{Key: "web.lang.unknown"}}, langOptions()...)}
	attrs, err := s.Contacts.Attributes(c.Context(), s.DB, c.Workspace.ID)
	for _, a := range attrs {
		p.Attrs = append(p.Attrs, attributeInputOf(a, form, c.Lang))
	}
	return p, err
}

func (s *Site) contactEdit(c *Call) error {
	one, form, err := about(c, s.live)
	if err != nil {
		return err
	}
	edited := one
	edited.Lang, edited.UpdatedAt = i18n.Lang(form.Get("lang")), seen(form)
	for name, text := range textsOf(&edited) {
		*text = form.Get(name)
	}
	if edited.Attrs, err = s.attrsOf(c, one, form); err != nil {
		return err
	}
	err = s.DB.Write(c.Context(), func(tx *store.Tx) error {
		if _, err := s.Contacts.Edit(c.Context(), tx, edited, c.Now); err != nil {
			return err
		}
		return c.note(tx, account.Entry{Action: "contact.edit", Subject: account.Subject{Kind: "contact", ID: one.ID}})
	})
	if form.Take(err) {
		return s.contactForm(c, one, form)
	}
	if err != nil {
		return err
	}
	return c.Done(c.contactHead(one).Path(), "web.contact.saved")
}

// attrsOf reads the own attributes of a form. What the form has no input for stays.
func (s *Site) attrsOf(c *Call, one contact.Contact, form page.Form) (map[string]string, error) {
	attrs, err := s.Contacts.Attributes(c.Context(), s.DB, c.Workspace.ID)
	if err != nil {
		return nil, err
	}
	values := maps.Clone(one.Attrs)
	if values == nil {
		values = map[string]string{}
	}
	for _, a := range attrs {
		values[a.Key] = line(form.Get(attributeName(a.Key)))
		if values[a.Key] == "" {
			delete(values, a.Key)
		}
	}
	return values, nil
}

// attributeName is the name of the input of an own attribute, as the room names it
// in its errors.
func attributeName(key string) string { return "attrs." + key }

func attributeInputOf(a contact.Attribute, form page.Form, lang i18n.Lang) attributeInput {
	name := attributeName(a.Key)
	in := attributeInput{
		ID: "attr-" + a.Key, Name: name, Label: attributeLabel(a, lang), Use: attributeUse(a, lang), Value: form.Get(name), Type: "text",
	}
	for i := range form.Fields {
		if form.Fields[i].Name == name {
			in.Error = &form.Fields[i]
		}
	}
	switch a.Kind {
	case contact.Date:
		in.Type = "date"
	case contact.Choice:
		in.Type, in.Options = "select", []page.Option{{}}
		for _, choice := range a.Choices {
			in.Options = append(in.Options, page.Option{Value: choice, Text: choice})
		}
	case contact.YesNo:
		in.Type, in.Options = "select", []page.Option{{}, {Value: "yes", Key: "web.yes"}, {Value: "no", Key: "web.no"}}
	}
	return in
}

// attributeFacts puts the values a person has beside their labels. A value whose
// attribute was dropped stands under its key, for it is still held.
func attributeFacts(one contact.Contact, attrs []contact.Attribute, lang i18n.Lang) []factRow {
	labels := map[string]string{}
	for _, a := range attrs {
		labels[a.Key] = attributeLabel(a, lang)
	}
	var facts []factRow
	for _, key := range slices.Sorted(maps.Keys(one.Attrs)) {
		label := labels[key]
		if label == "" {
			label = key
		}
		facts = append(facts, factRow{label, one.Attrs[key]})
	}
	return facts
}
