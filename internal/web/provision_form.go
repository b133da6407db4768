package web

import (
	"slices"

	"github.com/kyodaku/kyodaku/internal/contact"
	"github.com/kyodaku/kyodaku/internal/i18n"
	"github.com/kyodaku/kyodaku/internal/provision"
	"github.com/kyodaku/kyodaku/internal/web/page"
)

// itemText is a text of the items in both languages, by the name of its inputs.
type itemText struct {
	Name string
	text *provision.Text
}

// itemTexts are all texts of the items; the inputs are the name with _ja and _en.
func itemTexts(i *provision.Items) []itemText {
	t := &i.Terms
	return []itemText{
		{"acquisition", &i.Acquisition},
		{"method", &i.Method},
		{"stop_by", &i.StopBy},
		{"update", &i.Update},
		{"purpose", &t.Purpose},
		{"recipients", &t.Recipients},
		{"supervision", &t.Supervision},
		{"deal", &t.Deal},
		{"ground", &t.Ground},
		{"country", &t.Foreign.Country},
		{"system", &t.Foreign.System},
		{"measures", &t.Foreign.Measures},
		{"unknown", &t.Foreign.Unknown},
		{"research_title", &t.Research.Title},
		{"subjects", &t.Research.Subjects},
		{"period", &t.Research.Period},
		{"leader", &t.Research.Leader},
		{"users", &t.Research.Users},
	}
}

// itemLines are the texts of the items that stand in one language.
func itemLines(i *provision.Items) map[string]*string {
	t := &i.Terms
	return map[string]*string{
		"provider_name": &i.Name, "provider_address": &i.Address, "representative": &i.Representative, "phone": &i.Phone, "agent": &i.Agent, "start": &i.Start,
		"manager_name": &t.Manager.Name, "manager_address": &t.Manager.Address, "manager_representative": &t.Manager.Representative,
		"contract": &t.Contract, "approval": &t.Research.Approval, "country_code": &t.Foreign.Code,
	}
}

// itemBoxes are the yes and no of the items.
func itemBoxes(i *provision.Items) map[string]*bool {
	return map[string]*bool{
		"person": &i.Person, "wish": &i.WishPublication, "operator_abroad": &i.Abroad, "foreign_needed": &i.Terms.Foreign.Needed,
	}
}

// formOfItems fills the form of a draft.
func formOfItems(i provision.Items) page.Form {
	form := page.FormOf("")
	for _, t := range itemTexts(&i) {
		form.Values.Set(t.Name+"_ja", t.text.Ja)
		form.Values.Set(t.Name+"_en", t.text.En)
	}
	for name, value := range itemLines(&i) {
		form.Values.Set(name, *value)
	}
	for name, on := range itemBoxes(&i) {
		form.Values.Set(name, tick(*on))
	}
	form.Values.Set("exception", string(i.Terms.Exception))
	for _, n := range i.Terms.Named {
		form.Values.Add("named", n.ID)
	}
	for _, d := range i.Data {
		form.Values.Add("data", d.Field)
		form.Values.Set("ja:"+d.Field, d.Name.Ja)
		form.Values.Set("en:"+d.Field, d.Name.En)
	}
	return form
}

// itemsOf reads the form of a draft. What the form does not show stays as it was.
func itemsOf(i provision.Items, form page.Form) provision.Items {
	for _, t := range itemTexts(&i) {
		if form.Values.Has(t.Name + "_ja") {
			*t.text = provision.Text{Ja: block(form.Get(t.Name + "_ja")), En: block(form.Get(t.Name + "_en"))}
		}
	}
	for name, value := range itemLines(&i) {
		if form.Values.Has(name) {
			*value = line(form.Get(name))
		}
	}
	for name, on := range itemBoxes(&i) {
		if form.Values.Has(name + "_shown") {
			*on = form.Get(name) == "1"
		}
	}
	if form.Values.Has("exception") {
		i.Terms.Exception = provision.Exception(form.Get("exception"))
	}
	if form.Values.Has("named_shown") {
		i.Terms.Named = namedOf(form)
	}
	i.Data = nil
	for _, field := range form.Values["data"] {
		name := provision.Text{Ja: line(form.Get("ja:" + field)), En: line(form.Get("en:" + field))}
		i.Data = append(i.Data, provision.DataItem{Field: field, Name: name})
	}
	return i
}

// itemInputs are the inputs beside which the room's errors stand.
var itemInputs = map[string]string{
	"name": "provider_name", "address": "provider_address", "acquisition": "acquisition_ja", "method": "method_ja", "stop_by": "stop_by_ja",
	"update": "update_ja", "purpose": "purpose_ja", "recipients": "recipients_ja", "manager": "manager_name", "supervision": "supervision_ja",
	"deal": "deal_ja", "ground": "ground_ja", "foreign": "country_ja", "research": "research_title_ja", "users": "users_ja",
	"item_1": "provider_name", "item_3": "data", "item_4": "acquisition_ja", "item_5": "method_ja", "item_7": "stop_by_ja", "item_8a": "update_ja", "item_8b": "start",
}

// dataRow is a field of contacts that can be among the data.
type dataRow struct {
	N int
	// Field is its code, Label how people call it here, Ja and En how the notice does.
	Field, Label string
	Ja, En       string
	// Wrong says that it was chosen without a name.
	Chosen, Wrong bool
}

// dataRows are all fields that could be provided, with their names in both languages.
func (s *Site) dataRows(c *Call, form page.Form) ([]dataRow, error) {
	own, err := s.Contacts.Attributes(c.Context(), s.DB, c.Workspace.ID)
	if err != nil {
		return nil, err
	}
	labels, err := s.fieldLabels(c.Context(), s.DB, c.Workspace.ID, c.Lang)
	if err != nil {
		return nil, err
	}
	ja, en := s.Catalogue.For(i18n.Ja), s.Catalogue.For(i18n.En)
	var rows []dataRow
	for _, f := range contact.ExportColumns() {
		key := "sheet.field." + string(f)
		rows = append(rows, dataRow{Field: string(f), Ja: ja.T(key), En: en.T(key)})
	}
	for _, a := range own {
		rows = append(rows, dataRow{Field: "attr:" + a.Key, Ja: a.LabelJa, En: a.LabelEn})
	}
	for _, field := range form.Values["data"] { // a field of which the attribute is gone stays visible
		if !slices.ContainsFunc(rows, func(r dataRow) bool { return r.Field == field }) {
			rows = append(rows, dataRow{Field: field, Ja: field})
		}
	}
	for n := range rows {
		r := &rows[n]
		r.N, r.Chosen, r.Label = n, form.Has("data", r.Field), labels.of(r.Field)
		r.Wrong = r.Chosen && form.Wrong() && line(form.Get("ja:"+r.Field)) == ""
		if form.Values.Has("ja:" + r.Field) { // as it was typed, chosen or not
			r.Ja, r.En = form.Get("ja:"+r.Field), form.Get("en:"+r.Field)
		}
	}
	return rows, nil
}
