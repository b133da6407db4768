package provision

import (
	"slices"
	"strings"

	"github.com/kyodaku/kyodaku/internal/contact"
)

// known is by what of their line the recipient knows a person: the name, where it is not
// there or not whole the mail address, and else the own fields, such as a customer's number,
// with their names. What is not in the line never is in it: to tell it would be a provision.
// It is empty where nothing tells people apart.
func (s *scribe) known(p *contact.Person) string {
	told := contact.Contact{Lang: p.Lang}
	var mail, own []string
	for i, f := range s.plan.Fields {
		text := strings.TrimSpace(s.cells[i])
		key, isOwn := strings.CutPrefix(f, "attr:")
		switch {
		case text == "":
		case isOwn && s.apart.Of(key) == contact.Ordinary:
			own = append(own, s.names[i]+" "+text)
		case f == "display_name":
			told.DisplayName = text
		case f == "family_name":
			told.FamilyName = text
		case f == "given_name":
			told.GivenName = text
		case f == "family_kana":
			told.FamilyKana = text
		case f == "given_kana":
			told.GivenKana = text
		case f == "email":
			mail = append(mail, text)
		}
	}
	name, plain := told.Name(), p.Contact
	plain.DisplayName = ""
	if name == "" {
		name = told.Kana()
	}
	if name != "" && slices.Contains([]string{p.Name(), plain.Name(), p.Kana()}, name) {
		return name
	}
	if len(mail) > 0 {
		own = mail
	}
	if name != "" {
		own = append([]string{name}, own...)
	}
	return strings.Join(own, ", ")
}
