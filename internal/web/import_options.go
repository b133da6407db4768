package web

import (
	"github.com/kyodaku/kyodaku/internal/addr"
	"github.com/kyodaku/kyodaku/internal/contact"
	"github.com/kyodaku/kyodaku/internal/contact/sheet"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/i18n"
	"github.com/kyodaku/kyodaku/internal/web/page"
)

// encodingOptions are the encodings a person may choose; first is the key of a choice
// before them with an empty value.
func encodingOptions(first string) []page.Option {
	all := []page.Option{{Key: first}}
	for _, e := range sheet.Encodings() {
		all = append(all, page.Option{Value: e.String(), Key: "sheet.encoding.name." + e.String()})
	}
	return all
}

// delimiters are what may stand between cells, by the word that forms use.
var delimiters = [...]struct{ word, sign string }{{"comma", ","}, {"tab", "\t"}, {"semicolon", ";"}}

func delimiterOptions() []page.Option {
	all := []page.Option{{Key: "web.import.detect"}}
	for _, d := range delimiters {
		all = append(all, page.Option{Value: d.word, Key: "web.import.delimiter." + d.word})
	}
	return all
}

func delimiterOf(word string) string {
	for _, d := range delimiters {
		if d.word == word {
			return d.sign
		}
	}
	return ""
}

// delimiterName is the catalogue key of a sign's name.
func delimiterName(sign string) string {
	for _, d := range delimiters {
		if d.sign == sign {
			return "web.import.delimiter." + d.word
		}
	}
	return "web.import.detect"
}

func originOptions() []page.Option {
	var all []page.Option
	for _, o := range contact.Origins() {
		all = append(all, page.Option{Value: string(o), Key: "web.import.origin." + string(o)})
	}
	return all
}

// purposeOptions are what people may have been told when their addresses were collected.
func purposeOptions() []page.Option {
	return []page.Option{
		{Value: contact.PurposeAds, Key: "web.import.purpose.ads"},
		{Value: contact.PurposeOther, Key: "web.import.purpose.other"},
		{Value: contact.PurposeHeld, Key: "web.import.purpose.held"},
	}
}

func basisOptions() []page.Option {
	var all []page.Option
	for _, b := range []contact.Basis{contact.Consent, contact.Notified, contact.Relationship, contact.Published} {
		all = append(all, page.Option{Value: string(b), Key: "web.basis." + string(b), Help: "web.basis." + string(b) + "_needs"})
	}
	return all
}

// importFields are what a column may hold, in the order of the choice.
func importFields() []sheet.Field {
	return []sheet.Field{
		sheet.FieldEmail, sheet.FieldFamilyName, sheet.FieldGivenName, sheet.FieldFamilyKana, sheet.FieldGivenKana,
		sheet.FieldKana, sheet.FieldDisplayName, sheet.FieldCompany, sheet.FieldDepartment, sheet.FieldTitle,
		sheet.FieldPostalCode, sheet.FieldPrefecture, sheet.FieldCountry, sheet.FieldLocale, sheet.FieldTopic,
		sheet.FieldBasis, sheet.FieldBasisSource, sheet.FieldBasisAt, sheet.FieldBasisEvidence, sheet.FieldRefusedAt,
		sheet.FieldEntity, sheet.FieldCounterparty, sheet.FieldTransaction, sheet.FieldDocument, sheet.FieldReceivedBy,
		sheet.FieldWritten, sheet.FieldAdsDeclined, sheet.FieldPageURL, sheet.FieldPageAt, sheet.FieldPageHash, sheet.FieldPageText,
		sheet.FieldPublisher, sheet.FieldExpress, sheet.FieldImplied, sheet.FieldRelevant, sheet.FieldSimilar,
		sheet.FieldRefusalOffered, sheet.FieldCharity, sheet.FieldDoubleOptIn, sheet.FieldFlags,
	}
}

func fieldOptions(c *Call, attrs []contact.Attribute) []page.Option {
	all := []page.Option{{Key: "web.import.unused"}}
	for _, f := range importFields() {
		all = append(all, page.Option{Value: string(f), Key: "sheet.field." + string(f)})
	}
	for _, a := range attrs {
		all = append(all, page.Option{Value: "attr:" + a.Key, Text: attributeLabel(a, c.Lang)})
	}
	return all
}

func attributeLabel(a contact.Attribute, lang i18n.Lang) string {
	if lang == i18n.En && a.LabelEn != "" || a.LabelJa == "" {
		return a.LabelEn
	}
	return a.LabelJa
}

// samplesOf shows the first rows as they will be taken.
func samplesOf(c *Call, form page.Form, seen contact.Preview, attrs []contact.Attribute) []importSample {
	var all []importSample
	for _, row := range seen.Rows[:min(3, len(seen.Rows))] {
		var one importSample
		for i := range seen.Columns {
			f := sheet.Field(form.Get(columnInput(i)))
			if f == "" || i >= len(row) || row[i] == "" {
				continue
			}
			value := sampleValue{Label: fieldLabel(c, f, attrs), Text: row[i]}
			if f == sheet.FieldEmail {
				m, err := addr.ParseMail(row[i])
				if err != nil {
					value.Wrong = firstField(err)
				} else {
					value.Text = m.Display()
				}
			}
			one.Values = append(one.Values, value)
		}
		all = append(all, one)
	}
	return all
}

// fieldLabel names a field in the reader's language.
func fieldLabel(c *Call, f sheet.Field, attrs []contact.Attribute) string {
	key, own := f.Attr()
	if !own {
		return c.T("sheet.field." + string(f))
	}
	for _, a := range attrs {
		if a.Key == key {
			return attributeLabel(a, c.Lang)
		}
	}
	return key
}

func firstField(err error) *fault.Field {
	var form page.Form
	if form.Take(err) && len(form.Fields) > 0 {
		return &form.Fields[0]
	}
	return &fault.Field{Key: "fault.invalid"}
}
