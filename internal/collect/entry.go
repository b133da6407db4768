package collect

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/width"

	"github.com/kyodaku/kyodaku/internal/addr"
	"github.com/kyodaku/kyodaku/internal/contact"
	"github.com/kyodaku/kyodaku/internal/contact/kana"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/i18n"
	"github.com/kyodaku/kyodaku/internal/store"
)

// The names of a form's inputs besides its own fields, which stand behind FieldPrefix.
const (
	InputEmail  = "email"
	InputTopic  = "topic"
	InputRender = "render"
	InputProof  = "proof"
	InputChoice = "mail_choice"
	// InputTrap is an input that people do not see and machines fill in.
	InputTrap = "homepage"
	// InputVersion and InputLang name the form's version in a page without our token.
	InputVersion = "version"
	InputLang    = "lang"
	FieldPrefix  = "f."
)

// The prefixes of public ids.
const (
	FormPrefix    = "frm"
	VersionPrefix = "frv"
	SignupPrefix  = "sgn"
	TopicPrefix   = "tpc"
)

// maxLong is the longest a LongField may be, in characters.
const maxLong = 2000

// entry is a filled-in form that was found good.
type entry struct {
	mail   addr.Mail
	values map[string]string
	// ticked are the offers whose box was ticked, in the form's order.
	ticked []Offer
}

// read checks everything that was typed and says all that is wrong at once.
func (s Spec) read(v url.Values) (entry, error) {
	var wrong fault.Fields
	e := entry{values: map[string]string{}}
	mail, err := addr.ParseMail(strings.TrimSpace(v.Get(InputEmail)))
	if err != nil {
		wrong.Add(InputEmail, firstKey(err))
	}
	e.mail = mail
	for _, f := range s.Fields {
		value, key, args := f.read(v.Get(FieldPrefix + f.Name))
		if key != "" {
			wrong.Add(FieldPrefix+f.Name, key, args...)
		} else if value != "" {
			e.values[f.Name] = value
		}
	}
	s.readConsents(&e, &wrong)
	chosen := v[InputTopic]
	for _, o := range s.Offers {
		if slices.Contains(chosen, store.Public(TopicPrefix, o.Topic)) {
			e.ticked = append(e.ticked, o)
		}
	}
	if s.NeedsTopic() && len(e.ticked) == 0 {
		wrong.Add(InputTopic, "collect.entry.topic")
	}
	return e, wrong.Err()
}

// readConsents holds that what needs a consent of its own has it: a child's entry, and
// special care-required information.
func (s Spec) readConsents(e *entry, wrong *fault.Fields) {
	for _, f := range s.Fields {
		if age, declared := e.age(s); f.Kind == GuardianField && declared && age < adult && e.values[f.Name] == "" {
			wrong.Add(FieldPrefix+f.Name, "collect.entry.guardian")
		}
		if f.Consent != "" && e.values[f.Name] != "" && e.values[f.Consent] == "" {
			wrong.Add(FieldPrefix+f.Consent, "collect.entry.consent")
		}
	}
}

// adult is the age from which nobody else's consent is asked for (2026 amendment of the
// privacy act; until then PPC Q&A 1-62).
const adult = 16

// age is what the person declared.
func (e entry) age(s Spec) (years int, declared bool) {
	for _, f := range s.Fields {
		if n, err := strconv.Atoi(e.values[f.Name]); f.Kind == AgeField && err == nil {
			return n, true
		}
	}
	return -1, false
}

// guardian says whether a legal representative's consent was declared.
func (e entry) guardian(s Spec) bool {
	for _, f := range s.Fields {
		if f.Kind == GuardianField && e.values[f.Name] != "" {
			return true
		}
	}
	return false
}

// read brings a typed value into the form to keep, or says what is wrong with it.
func (f Field) read(typed string) (value, key string, args []any) {
	limit, allowed := maxLine, ""
	if f.Kind == LongField {
		limit, allowed = maxLong, "\n\t"
		typed = strings.ReplaceAll(typed, "\r\n", "\n")
	}
	if len(typed) > 4*limit {
		return "", "collect.text.long", []any{"Max", limit}
	}
	if key, args := badText(typed, limit, allowed); key != "" {
		return "", key, args
	}
	value = strings.TrimSpace(typed)
	if value == "" {
		if f.Required {
			return "", "collect.entry.needed", nil
		}
		return "", "", nil
	}
	value, key = f.normal(value)
	return value, key, nil
}

func (f Field) normal(value string) (normal, key string) {
	switch f.Kind {
	case KanaField:
		reading := katakana(kana.NormalName(value))
		if strings.ContainsFunc(reading, notReading) {
			return "", "collect.entry.kana"
		}
		return reading, ""
	case TelField:
		value = width.Fold.String(value)
		if _, err := addr.ParsePhone(value); err != nil {
			return "", firstKey(err)
		}
		return value, ""
	case SelectField:
		if !slices.ContainsFunc(f.Choices, func(c Choice) bool { return c.Value == value }) {
			return "", "collect.entry.choice"
		}
		return value, ""
	case AgeField:
		if n, err := strconv.Atoi(width.Fold.String(value)); err == nil && n >= 0 && n <= 130 {
			return strconv.Itoa(n), ""
		}
		return "", "collect.entry.age"
	case CheckField, GuardianField:
		if value != "yes" {
			return "", "collect.entry.choice"
		}
		return value, ""
	case LongField:
		return value, ""
	case TextField, CompanyField:
	}
	return f.name(value)
}

// name brings one line into the form in which names are kept.
func (f Field) name(value string) (normal, key string) {
	value = kana.NormalName(value)
	if f.Maps == "country" && (len(value) != 2 || utf8.RuneCountInString(value) != 2) {
		return "", "contact.country.form"
	}
	if f.Maps == "country" {
		value = strings.ToUpper(value)
		if value[0] < 'A' || value[0] > 'Z' || value[1] < 'A' || value[1] > 'Z' {
			return "", "contact.country.form"
		}
	}
	return value, ""
}

// katakana writes hiragana as katakana.
func katakana(s string) string {
	return strings.Map(func(r rune) rune {
		if 'ぁ' <= r && r <= 'ゖ' {
			return r + ('ァ' - 'ぁ')
		}
		return r
	}, s)
}

func notReading(r rune) bool {
	return r != ' ' && r != 'ー' && r != '・' && (r < 'ァ' || r > 'ヺ')
}

func firstKey(err error) string {
	if f := fieldsOf(err); len(f) > 0 {
		return f[0].Key
	}
	return "fault.invalid"
}

// person is what the values say about the contact.
func (s Spec) person(workspace int64, values map[string]string, lang i18n.Lang) contact.Contact {
	c := contact.Contact{Workspace: workspace, Lang: lang}
	into := map[string]*string{
		"family_name": &c.FamilyName, "given_name": &c.GivenName, "family_kana": &c.FamilyKana, "given_kana": &c.GivenKana,
		"display_name": &c.DisplayName, "company": &c.Company, "department": &c.Department, "title": &c.Title,
		"postal_code": &c.PostalCode, "prefecture": &c.Prefecture, "country": &c.Country,
	}
	for _, f := range s.Fields {
		value := values[f.Name]
		if f.Maps == "" || value == "" {
			continue
		}
		if attr, own := strings.CutPrefix(f.Maps, attrPrefix); own {
			if c.Attrs == nil {
				c.Attrs = map[string]string{}
			}
			c.Attrs[attr] = value
		} else if to := into[f.Maps]; to != nil {
			*to = value
		}
	}
	return c
}
