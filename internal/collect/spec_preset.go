package collect

import "github.com/kyodaku/kyodaku/internal/i18n"

// NewSpec is a form to begin with: the fields that its purpose usually needs, and
// no more. Topics, purpose and policy are the operator's to choose.
func NewSpec(p Preset) Spec {
	s := Spec{Preset: p, Langs: i18n.Langs(), Regions: []Region{"JP"}}
	family := Field{Name: "family_name", Kind: TextField, Maps: "family_name", Label: Words{"姓", "Family name"}}
	given := Field{Name: "given_name", Kind: TextField, Maps: "given_name", Label: Words{"名", "Given name"}}
	company := Field{Name: "company", Kind: CompanyField, Maps: "company", Label: Words{"会社名", "Company"}}
	department := Field{Name: "department", Kind: TextField, Maps: "department", Label: Words{"部署名", "Department"}}
	tel := Field{Name: "tel", Kind: TelField, Label: Words{"電話番号", "Telephone"}, Help: Words{"当日のご連絡に使います。", "For messages on the day."}}
	switch p {
	case WhitePaper:
		s.Title = Words{"資料ダウンロード", "Download our document"}
		s.Fields = required(company, family, given)
		s.Fields = append(s.Fields, department)
	case Event:
		s.Title = Words{"イベント参加申し込み", "Apply for the event"}
		s.Fields = required(family, given)
		s.Fields = append(s.Fields, company, tel)
	case Prize:
		s.Title = Words{"プレゼント応募フォーム", "Enter the draw"}
		s.Fields = required(family, given)
	default:
		s.Title = Words{"メールマガジン登録", "Subscribe to our newsletter"}
		s.Fields = []Field{family, given}
	}
	return s
}

func required(fields ...Field) []Field {
	for i := range fields {
		fields[i].Required = true
	}
	return fields
}
