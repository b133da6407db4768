package page

import (
	"fmt"
	"net/url"
	"slices"

	"github.com/kyodaku/kyodaku/internal/fault"
)

// Form is what was typed and what is wrong with it. The zero Form is empty.
type Form struct {
	// ID keeps the ids of two forms on one page apart.
	ID     string
	Values url.Values
	// Key and Args are a sentence about the whole form, empty if all is well.
	Key  string
	Args []any
	// Fields are the wrong inputs.
	Fields []fault.Field
}

// FormOf makes a form with first values: alternating names and texts.
func FormOf(id string, values ...string) Form {
	f := Form{ID: id, Values: url.Values{}}
	for i := 0; i+1 < len(values); i += 2 {
		f.Values.Set(values[i], values[i+1])
	}
	return f
}

// Get returns what was typed into a field.
func (f Form) Get(name string) string { return f.Values.Get(name) }

// Has says whether a box or option with this value was chosen.
func (f Form) Has(name, value string) bool { return slices.Contains(f.Values[name], value) }

// Take keeps an error that the person can mend, to be shown with the form again.
// It returns false for nil and for every other error.
func (f *Form) Take(err error) bool {
	e, ok := asMendable(err)
	if !ok {
		return false
	}
	f.Key, f.Args, f.Fields = e.Key, e.Args, e.Fields
	if f.Key == "" {
		f.Key = "fault." + e.Kind.String()
	}
	return true
}

// Wrong says whether there is anything to mend.
func (f Form) Wrong() bool { return f.Key != "" }

// FieldID is the id of a field's element.
func (f Form) FieldID(name string) string {
	if f.ID == "" {
		return name
	}
	return f.ID + "-" + name
}

// Option is one choice of a select, of radio buttons or of boxes.
type Option struct {
	Value string
	// Key is the text's catalogue key; when empty, Text is shown as it is.
	Key, Text string
	// Help is the catalogue key of a line below the choice, or empty.
	Help string
}

// Field is one labelled input: label above, help below, error beside.
type Field struct {
	ID, Name string
	// Type is the input's HTML type, or textarea, select, radio, checkbox, checkboxes.
	Type string
	// Label and Help are catalogue keys.
	Label, Help  string
	Value        string
	Autocomplete string
	Placeholder  string
	Accept       string
	InputMode    string
	Required     bool
	Focus        bool
	Wide         bool
	Rows         int
	MaxLength    int
	Options      []Option
	// Error is what is wrong, nil if nothing.
	Error *fault.Field
	form  Form
}

// NewField describes the input of a form's field. Options alternate names and
// values: label, help, type, value, autocomplete, placeholder, accept,
// inputmode, required, focus, wide, rows, maxlength, options.
//
//arch:long one case per option
func NewField(form Form, name string, options ...any) (Field, error) {
	f := Field{ID: form.FieldID(name), Name: name, Type: "text", Value: form.Get(name), form: form, MaxLength: 1000}
	for i := 0; i+1 < len(options); i += 2 {
		ok := true
		switch value := options[i+1]; options[i] {
		case "label":
			f.Label, ok = value.(string)
		case "help":
			f.Help, ok = value.(string)
		case "type":
			f.Type, ok = value.(string)
		case "value":
			f.Value, ok = value.(string)
		case "autocomplete":
			f.Autocomplete, ok = value.(string)
		case "placeholder":
			f.Placeholder, ok = value.(string)
		case "accept":
			f.Accept, ok = value.(string)
		case "inputmode":
			f.InputMode, ok = value.(string)
		case "required":
			f.Required, ok = value.(bool)
		case "focus":
			f.Focus, ok = value.(bool)
		case "wide":
			f.Wide, ok = value.(bool)
		case "rows":
			f.Rows, ok = value.(int)
		case "maxlength":
			f.MaxLength, ok = value.(int)
		case "options":
			f.Options, ok = value.([]Option)
		default:
			ok = false
		}
		if !ok {
			return f, fmt.Errorf("page: field %s: option %v", name, options[i])
		}
	}
	return f.checked(form)
}

// checked completes a field and refuses one that nobody could fill in.
func (f Field) checked(form Form) (Field, error) {
	if f.Label == "" {
		return f, fmt.Errorf("page: field %s has no label", f.Name)
	}
	if f.Type == "password" || f.Type == "file" {
		f.Value = "" // what is secret is typed again
	}
	if f.Type == "checkbox" && f.Value == "" {
		f.Value = "1"
	}
	for i := range form.Fields {
		if form.Fields[i].Name == f.Name {
			f.Error = &form.Fields[i]
			break
		}
	}
	return f, nil
}

// Chosen says whether an option is the chosen one, or among the chosen.
func (f Field) Chosen(value string) bool { return f.form.Has(f.Name, value) }

// Group says whether the field is several inputs under one legend.
func (f Field) Group() bool { return f.Type == "radio" || f.Type == "checkboxes" }

// Describes lists the ids of the texts that explain the input.
func (f Field) Describes() string {
	ids := ""
	if f.Help != "" {
		ids = f.ID + "-help"
	}
	if f.Error != nil {
		if ids != "" {
			ids += " "
		}
		ids += f.ID + "-error"
	}
	return ids
}
