package web

import (
	"cmp"
	"strings"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/contact"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/i18n"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/web/page"
)

const attributesPath = root + "attributes"

// attributesPage lists the own fields of the workspace, each with its use.
type attributesPage struct {
	Attributes []attributeRow
	MayEdit    bool
}

// attributeRow is an own field in the reader's language.
type attributeRow struct {
	contact.Attribute
	Public, Label, Use string
}

// KindKey is the catalogue key of the kind's word.
func (a attributeRow) KindKey() string { return "web.attribute.kind." + string(a.Kind) }

// attributePage is the form of an own field; Public is empty for a new one.
type attributePage struct {
	Public, Label string
	Attribute     contact.Attribute
	Form          page.Form
	Kinds         []page.Option
	Specials      []page.Option
}

func attributeUse(a contact.Attribute, lang i18n.Lang) string {
	if lang == i18n.En && a.UseEn != "" || a.UseJa == "" {
		return a.UseEn
	}
	return a.UseJa
}

func (s *Site) attributeList(c *Call) error {
	attrs, err := s.Contacts.Attributes(c.Context(), s.DB, c.Workspace.ID)
	if err != nil {
		return err
	}
	p := attributesPage{MayEdit: c.Can(account.EditContacts)}
	for _, a := range attrs {
		p.Attributes = append(p.Attributes, attributeRow{a, store.Public(contact.AttributePrefix, a.ID), attributeLabel(a, c.Lang), attributeUse(a, c.Lang)})
	}
	return c.Render("contact_attributes", p)
}

func (s *Site) attributeNew(c *Call) error {
	return c.attributeForm(contact.Attribute{}, page.FormOf("", "kind", string(contact.Text)))
}

// attributeForm shows the form of an own field, a new one when a is zero.
func (c *Call) attributeForm(a contact.Attribute, form page.Form) error {
	p := attributePage{Attribute: a, Label: attributeLabel(a, c.Lang), Form: form}
	if a.ID != 0 {
		p.Public = store.Public(contact.AttributePrefix, a.ID)
	}
	for _, k := range []contact.Kind{contact.Text, contact.Number, contact.Date, contact.Choice, contact.YesNo} {
		p.Kinds = append(p.Kinds, page.Option{Value: string(k), Key: "web.attribute.kind." + string(k)})
	}
	for _, special := range contact.Specials() {
		p.Specials = append(p.Specials, page.Option{Value: string(special), Key: "web.attribute.special." + cmp.Or(string(special), "none")})
	}
	return c.renderTyped(form, "contact_attribute", p)
}

// attributeOf reads the form into an own field; key and kind are only read for a new one.
func attributeOf(a contact.Attribute, f page.Form) contact.Attribute {
	if a.ID == 0 {
		a.Key, a.Kind = line(f.Get("key")), contact.Kind(f.Get("kind"))
	}
	a.LabelJa, a.LabelEn, a.UseJa, a.UseEn = line(f.Get("label_ja")), line(f.Get("label_en")), line(f.Get("use_ja")), line(f.Get("use_en"))
	a.Choices, a.Special = nil, contact.Special(f.Get("special"))
	for choice := range strings.SplitSeq(block(f.Get("choices")), "\n") {
		if choice = line(choice); choice != "" {
			a.Choices = append(a.Choices, choice)
		}
	}
	return a
}

func (s *Site) attributeCreate(c *Call) error {
	form, err := c.Form()
	if err != nil {
		return err
	}
	a := attributeOf(contact.Attribute{Workspace: c.Workspace.ID}, form)
	err = s.DB.Write(c.Context(), func(tx *store.Tx) (err error) {
		if a, err = s.Contacts.CreateAttribute(c.Context(), tx, a, c.Now); err != nil {
			return err
		}
		return c.note(tx, account.Entry{Action: "attribute.create", Subject: account.Subject{Kind: "attribute", ID: a.ID}})
	})
	if fault.Is(err, fault.Exists) {
		err = fault.Bad("key", "web.attribute.key_taken")
	}
	if form.Take(err) {
		return c.attributeForm(contact.Attribute{}, form)
	}
	if err != nil {
		return err
	}
	return c.Done(attributesPath, "web.attribute.created", "Label", attributeLabel(a, c.Lang))
}

// attribute reads the own field that the path names.
func (s *Site) attribute(c *Call) (contact.Attribute, error) {
	id, err := c.ID(contact.AttributePrefix, "id")
	if err != nil {
		return contact.Attribute{}, err
	}
	attrs, err := s.Contacts.Attributes(c.Context(), s.DB, c.Workspace.ID)
	if err != nil {
		return contact.Attribute{}, err
	}
	for _, a := range attrs {
		if a.ID == id {
			return a, nil
		}
	}
	return contact.Attribute{}, fault.New(fault.NotFound, "fault.not_found")
}

func (s *Site) attributeShow(c *Call) error {
	a, err := s.attribute(c)
	if err != nil {
		return err
	}
	return c.attributeForm(a, page.FormOf("", "label_ja", a.LabelJa, "label_en", a.LabelEn, "use_ja", a.UseJa, "use_en", a.UseEn,
		"choices", strings.Join(a.Choices, "\n"), "special", string(a.Special)))
}

func (s *Site) attributeEdit(c *Call) error {
	a, form, err := about(c, s.attribute)
	if err != nil {
		return err
	}
	err = s.DB.Write(c.Context(), func(tx *store.Tx) error {
		next := attributeOf(a, form)
		if err := s.Contacts.EditAttribute(c.Context(), tx, next); err != nil {
			return err
		}
		return c.note(tx, account.Entry{
			Action: "attribute.edit", Subject: account.Subject{Kind: "attribute", ID: a.ID},
			Detail: map[string]string{"special": string(next.Special), "before": string(a.Special)},
		})
	})
	if form.Take(err) {
		return c.attributeForm(a, form)
	}
	if err != nil {
		return err
	}
	return c.Done(attributesPath, "web.attribute.saved")
}

func (s *Site) attributeDrop(c *Call) error {
	a, err := s.attribute(c)
	if err != nil {
		return err
	}
	err = s.DB.Write(c.Context(), func(tx *store.Tx) error {
		if err := s.Contacts.DropAttribute(c.Context(), tx, c.Workspace.ID, a.ID); err != nil {
			return err
		}
		return c.note(tx, account.Entry{Action: "attribute.drop", Subject: account.Subject{Kind: "attribute", ID: a.ID}, Detail: map[string]string{"key": a.Key}})
	})
	if err != nil {
		return err
	}
	return c.Done(attributesPath, "web.attribute.dropped", "Label", attributeLabel(a, c.Lang))
}
