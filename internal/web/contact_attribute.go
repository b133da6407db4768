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
	// MayEdit: fields can be added. MayOpen: each can be seen and changed.
	MayEdit, MayOpen bool
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
	Form, Drop    page.Form
	// MayLower says that the reader may have the law treat the field apart no more.
	MayLower bool
	Kinds    []page.Option
	Specials []page.Option
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
	p := attributesPage{MayEdit: c.Can(account.EditContacts), MayOpen: c.Can(account.EditContacts) || c.Can(account.Erase)}
	for _, a := range attrs {
		p.Attributes = append(p.Attributes, attributeRow{a, store.Public(contact.AttributePrefix, a.ID), attributeLabel(a, c.Lang), attributeUse(a, c.Lang)})
	}
	return c.Render("contact_attributes", p)
}

func (s *Site) attributeNew(c *Call) error {
	return c.attributeForm(contact.Attribute{}, page.FormOf("", "kind", string(contact.Text)), page.FormOf(formDrop))
}

// formDrop is the id of the form that gives a field up.
const formDrop = "drop"

// attributeForm shows the form of an own field, a new one when a is zero.
func (c *Call) attributeForm(a contact.Attribute, form, drop page.Form) error {
	p := attributePage{Attribute: a, Label: attributeLabel(a, c.Lang), Form: form, Drop: drop, MayLower: c.Can(account.Erase)}
	if a.ID != 0 {
		p.Public = store.Public(contact.AttributePrefix, a.ID)
	}
	for _, k := range []contact.Kind{contact.Text, contact.Number, contact.Date, contact.Choice, contact.YesNo} {
		p.Kinds = append(p.Kinds, page.Option{Value: string(k), Key: "web.attribute.kind." + string(k)})
	}
	for _, special := range contact.Specials() {
		p.Specials = append(p.Specials, page.Option{Value: string(special), Key: "web.attribute.special." + cmp.Or(string(special), "none")})
	}
	if drop.Wrong() {
		form = drop
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
		return c.attributeForm(contact.Attribute{}, form, page.FormOf(formDrop))
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
	return c.attributeForm(a, attributeValues(a), page.FormOf(formDrop))
}

// attributeValues is the form of an own field as it stands.
func attributeValues(a contact.Attribute) page.Form {
	return page.FormOf("", "label_ja", a.LabelJa, "label_en", a.LabelEn, "use_ja", a.UseJa, "use_en", a.UseEn,
		"choices", strings.Join(a.Choices, "\n"), "special", string(a.Special))
}

func (s *Site) attributeEdit(c *Call) error {
	a, form, err := about(c, s.attribute)
	if err != nil {
		return err
	}
	next, reason := attributeOf(a, form), ""
	if a.Special != contact.Ordinary && next.Special != a.Special {
		reason, err = c.whyLowered("special", form)
	}
	if err == nil {
		err = s.DB.Write(c.Context(), func(tx *store.Tx) error {
			if err := s.Contacts.EditAttribute(c.Context(), tx, next, reason); err != nil {
				return err
			}
			return c.note(tx, account.Entry{
				Action: "attribute.edit", Reason: reason, Subject: account.Subject{Kind: "attribute", ID: a.ID},
				Detail: map[string]string{"special": string(next.Special), "before": string(a.Special)},
			})
		})
	}
	if form.Take(err) {
		return c.attributeForm(a, form, page.FormOf(formDrop))
	}
	if err != nil {
		return err
	}
	return c.Done(attributesPath, "web.attribute.saved")
}

// whyLowered reads why the law should treat a field apart no more. Only who answers for such
// things may say so; others are told at a field of the form.
func (c *Call) whyLowered(field string, form page.Form) (string, error) {
	if !c.Can(account.Erase) {
		return "", fault.Bad(field, "web.attribute.lower_who")
	}
	return block(form.Get("reason")), nil
}

func (s *Site) attributeDrop(c *Call) error {
	a, form, err := about(c, s.attribute)
	if err != nil {
		return err
	}
	form.ID = formDrop
	var reason string
	if a.Special != contact.Ordinary {
		reason, err = c.whyLowered("reason", form)
	}
	if err == nil {
		err = s.DB.Write(c.Context(), func(tx *store.Tx) error {
			if err := s.Contacts.DropAttribute(c.Context(), tx, c.Workspace.ID, a.ID, reason, c.Now); err != nil {
				return err
			}
			return c.note(tx, account.Entry{
				Action: "attribute.drop", Reason: reason, Subject: account.Subject{Kind: "attribute", ID: a.ID},
				Detail: map[string]string{"key": a.Key, "special": string(a.Special)},
			})
		})
	}
	if form.Take(err) {
		return c.attributeForm(a, attributeValues(a), form)
	}
	if err != nil {
		return err
	}
	return c.Done(attributesPath, "web.attribute.dropped", "Label", attributeLabel(a, c.Lang))
}
