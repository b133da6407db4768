package collect

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"net/url"
	"strings"

	"github.com/kyodaku/kyodaku/internal/addr"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/i18n"
	"github.com/kyodaku/kyodaku/internal/store"
)

//go:embed view/form.html
var views embed.FS

func parseViews(texts *i18n.Catalogue) (map[i18n.Lang]*template.Template, error) {
	set := map[i18n.Lang]*template.Template{}
	for _, l := range i18n.Langs() {
		p := texts.For(l)
		t, err := template.New("").Option("missingkey=error").Funcs(template.FuncMap{
			"T":   p.T,
			"say": func(f fault.Field) string { return p.T(f.Key, f.Args...) },
		}).ParseFS(views, "view/form.html")
		if err != nil {
			return nil, fmt.Errorf("collect: views: %w", err)
		}
		set[l] = t
	}
	return set, nil
}

// Sheet is a form as it is drawn: blank, or with what was typed and is to be mended.
type Sheet struct {
	// Slug names the form in the address it posts to; Base stands before that for
	// pages of other sites.
	Slug, Base string
	Lang       i18n.Lang
	// Values are what the person typed and ticked, nil for a blank form.
	Values url.Values
	// Problem is the key of a sentence about the whole; Wrong are the wrong fields.
	Problem string
	Wrong   []fault.Field
	// Suggestion is the address that was probably meant.
	Suggestion string
	// Render is the page's token; Version is the public id of the version where
	// there is none.
	Render, Version string
	// Embedded forms stand below somebody else's headings.
	Embedded bool
}

// sheetView is what the template sees.
type sheetView struct {
	Sheet
	Action, Title, Sender, PolicyURL, Submit, Typed string
	SenderAddress, SenderContact, Notice            string
	Intro, Purpose                                  []string
	Inputs                                          []inputView
	Offers                                          []offerView
	OffersError                                     *fault.Field
	Wrong                                           []wrongView
	NeedsTopic, Double, TypedValid                  bool
	Bits                                            int
}

type inputView struct {
	ID, Name, Kind, Type, Label, Help, Value, Autocomplete string
	Required                                               bool
	Max                                                    int
	Choices                                                []choiceView
	Error                                                  *fault.Field
}

type choiceView struct {
	Value, Label string
	Chosen       bool
}

type offerView struct {
	ID, Value, Text, Name, Content, Promise, Sender string
	// Ticked is what the person did on this very form a moment ago.
	Ticked bool
}

type wrongView struct {
	ID, Label string
	Field     fault.Field
}

// Describes lists the ids of the texts that explain the input.
func (v inputView) Describes() string {
	var ids []string
	if v.Help != "" {
		ids = append(ids, v.ID+"-help")
	}
	if v.Error != nil {
		ids = append(ids, v.ID+"-error")
	}
	return strings.Join(ids, " ")
}

// DrawForm draws a version of a form. A blank Sheet gives the very text that is
// kept as evidence of what was shown.
func (d *Desk) DrawForm(spec Spec, s Sheet) (template.HTML, error) {
	s.Lang = spec.Lang(s.Lang)
	return d.draw(s.Lang, "form", d.sheetView(spec, s))
}

func (d *Desk) draw(lang i18n.Lang, name string, view any) (template.HTML, error) {
	var b bytes.Buffer
	if err := d.views[lang].ExecuteTemplate(&b, name, view); err != nil {
		return "", fmt.Errorf("collect: draw %s: %w", name, err)
	}
	return template.HTML(b.String()), nil //nolint:gosec // html/template escaped it
}

func (d *Desk) sheetView(spec Spec, s Sheet) sheetView {
	p, l := d.Texts.For(s.Lang), s.Lang
	v := sheetView{
		Sheet: s, Action: s.Base + "/f/" + s.Slug, Title: spec.Title.In(l), Sender: spec.Sender.In(l),
		PolicyURL: spec.PolicyURL, Submit: p.T("collect.form.submit." + string(spec.Preset)),
		Intro: Paragraphs(spec.Intro.In(l)), Purpose: Paragraphs(spec.Purpose.Text.In(l)),
		SenderAddress: exactly(spec.SenderAddress, l), SenderContact: spec.SenderContact, Notice: spec.Notice,
		NeedsTopic: spec.NeedsTopic(), Bits: ProofBits, Typed: strings.TrimSpace(s.Values.Get(InputEmail)),
	}
	_, err := addr.ParseMail(v.Typed)
	v.TypedValid = err == nil
	wrong := map[string]*fault.Field{}
	for i := range s.Wrong {
		wrong[s.Wrong[i].Name] = &s.Wrong[i]
	}
	v.Inputs = append(v.Inputs, inputView{
		ID: "kf-email", Name: InputEmail, Kind: "text", Type: "email", Label: p.T("collect.form.email"), Value: s.Values.Get(InputEmail),
		Autocomplete: "email", Required: true, Max: 320, Error: wrong[InputEmail],
	})
	for _, f := range spec.Fields {
		v.Inputs = append(v.Inputs, f.view(l, s.Values.Get(FieldPrefix+f.Name), wrong[FieldPrefix+f.Name]))
	}
	for i, o := range spec.Offers {
		view := o.view(l)
		view.ID = fmt.Sprintf("kf-topic-%d", i)
		for _, ticked := range s.Values[InputTopic] {
			view.Ticked = view.Ticked || ticked == view.Value
		}
		v.Offers = append(v.Offers, view)
		v.Double = v.Double || o.Mode != SingleOptIn
	}
	v.OffersError = wrong[InputTopic]
	v.Wrong = v.problems(p)
	return v
}

// problems lists the wrong fields with their labels, in the order of the form.
func (v *sheetView) problems(p *i18n.Printer) (list []wrongView) {
	for _, in := range v.Inputs {
		if in.Error != nil {
			list = append(list, wrongView{in.ID, in.Label, *in.Error})
		}
	}
	if v.OffersError != nil {
		list = append(list, wrongView{"kf-topic", p.T("collect.form.topics"), *v.OffersError})
	}
	return list
}

func (f Field) view(l i18n.Lang, value string, wrong *fault.Field) inputView {
	v := inputView{
		ID: "kf-" + f.Name, Name: FieldPrefix + f.Name, Kind: string(f.Kind), Type: "text", Label: f.Label.In(l), Help: f.Help.In(l),
		Value: value, Required: f.Required, Max: maxLine, Error: wrong, Autocomplete: autocomplete(f),
	}
	switch f.Kind {
	case TelField:
		v.Type = "tel"
	case AgeField:
		v.Type, v.Max = "text", 3
	case GuardianField:
		v.Kind = string(CheckField)
	}
	for _, c := range f.Choices {
		label := c.Label.In(l)
		if label == "" {
			label = c.Value
		}
		v.Choices = append(v.Choices, choiceView{c.Value, label, c.Value == value})
	}
	return v
}

// autocomplete is the token that lets a browser fill the field in (WCAG 1.3.5).
func autocomplete(f Field) string {
	if f.Kind == TelField {
		return "tel"
	}
	return map[string]string{
		"family_name": "family-name", "given_name": "given-name", "display_name": "name", "company": "organization",
		"title": "organization-title", "postal_code": "postal-code", "prefecture": "address-level1", "country": "country",
	}[f.Maps]
}

func (o Offer) view(l i18n.Lang) offerView {
	return offerView{
		Value: store.Public(TopicPrefix, o.Topic), Text: o.Text.In(l), Name: o.Name.In(l), Content: o.Content.In(l),
		Promise: o.Promise.In(l), Sender: o.Sender.In(l),
	}
}

// Paragraphs cuts a text at its line ends.
func Paragraphs(text string) []string {
	var list []string
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" {
			list = append(list, line)
		}
	}
	return list
}

// requestView is what a person is asked to confirm.
type requestView struct {
	Lang              i18n.Lang
	Sender, PolicyURL string
	Purpose           []string
	Offers            []offerView
}

// drawRequest draws what stands above the button of the confirming page. It holds
// nothing personal and is kept as evidence.
func (d *Desk) drawRequest(spec Spec, lang i18n.Lang, offers []Offer) (template.HTML, error) {
	v := requestView{Lang: lang, Sender: spec.Sender.In(lang), PolicyURL: spec.PolicyURL, Purpose: Paragraphs(spec.Purpose.Text.In(lang))}
	for _, o := range offers {
		v.Offers = append(v.Offers, o.view(lang))
	}
	return d.draw(lang, "request", v)
}
