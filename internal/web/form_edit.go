package web

import (
	"errors"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/collect"
	"github.com/kyodaku/kyodaku/internal/consent"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/web/page"
)

// formEditPage is where a form is put together.
type formEditPage struct {
	formHead
	Form page.Form
	formChoices
	Fields []fieldView
	Offers []offerView
	// Others are the topics that can still be added.
	Others []page.Option
	Check  formCheck
	// Unsaved says that what is shown is not stored yet.
	Unsaved bool
	// File is the name of the document that is handed out.
	File string
}

// formHead is what every page about one form begins with.
type formHead struct {
	Row formRow
	// Tab is the page's place among the form's pages.
	Tab     string
	MayEdit bool
}

// WhitePaper says whether the form hands a document out.
func (h formHead) WhitePaper() bool { return h.Row.Preset == collect.WhitePaper }

func (c *Call) formHead(f collect.Form, tab string) formHead {
	return formHead{Row: c.formRow(f), Tab: tab, MayEdit: c.Can(account.EditForms) && f.ArchivedAt.IsZero()}
}

// formChoices are what the fields of the editor can be.
type formChoices struct {
	Langs, Purposes, Profiles, Topics, Wordings, Modes, Kinds, Targets, Regions []page.Option
}

// fieldView is one field of the form as it is edited.
type fieldView struct {
	Form        page.Form
	Path        string
	Number      int
	First, Last bool
	Kind        collect.FieldKind
	Title       string
	Kinds       []page.Option
	Targets     []page.Option
}

// Name is the name of one of its inputs.
func (f fieldView) Name(part string) string { return f.Path + "." + part }

// Select says whether the field has choices.
func (f fieldView) Select() bool { return f.Kind == collect.SelectField }

// KindKey is the catalogue key of the kind's word.
func (f fieldView) KindKey() string { return "web.forms.kind." + string(f.Kind) }

// offerView is one topic on the form as it is edited.
type offerView struct {
	Form                    page.Form
	Path                    string
	First, Last             bool
	Title, Text             string
	Topic                   string
	Single                  bool
	Topics, Wordings, Modes []page.Option
}

// Name is the name of one of its inputs.
func (o offerView) Name(part string) string { return o.Path + "." + part }

// latest reads the newest version of a form.
func (s *Site) latest(c *Call, f collect.Form) (collect.Spec, error) {
	v, err := s.Collect.VersionByID(c.Context(), s.DB, c.Workspace.ID, f.Latest)
	return v.Spec, err
}

func (s *Site) formEditShow(c *Call) error {
	f, err := s.form(c)
	if err != nil {
		return err
	}
	spec, err := s.latest(c, f)
	if err != nil {
		return err
	}
	form := formOfSpec(spec)
	form.Values.Set("seen", version(f.UpdatedAt))
	return s.formEditing(c, f, spec, form, false)
}

// formEditing renders the editor with a spec that may not be stored.
func (s *Site) formEditing(c *Call, f collect.Form, spec collect.Spec, form page.Form, unsaved bool) error {
	p := formEditPage{formHead: c.formHead(f, "edit"), Form: form, Unsaved: unsaved}
	p.Form.Fields = specFields(form.Fields)
	var err error
	if p.formChoices, err = s.formChoices(c); err != nil {
		return err
	}
	if p.Check, err = s.checkForm(c, spec); err != nil {
		return err
	}
	if p.File, err = s.documentName(c, spec); err != nil {
		return err
	}
	c.fieldViews(&p, spec)
	return c.renderTyped(form, "form_edit", p)
}

func (c *Call) fieldViews(p *formEditPage, spec collect.Spec) {
	for i, f := range spec.Fields {
		p.Fields = append(p.Fields, fieldView{
			Form: p.Form, Path: at("fields", i), Number: i + 1, First: i == 0, Last: i == len(spec.Fields)-1, Kind: f.Kind,
			Title: f.Label.In(c.Lang), Kinds: p.Kinds, Targets: p.Targets,
		})
	}
	used := map[string]bool{}
	for i, o := range spec.Offers {
		view := offerView{
			Form: p.Form, Path: at("offers", i), First: i == 0, Last: i == len(spec.Offers)-1, Topic: publicOrNone(topicPrefix, o.Topic),
			Single: o.Mode == collect.SingleOptIn, Topics: p.Topics, Wordings: p.Wordings, Modes: p.Modes,
		}
		for _, t := range p.Topics {
			if t.Value == view.Topic {
				view.Title = t.Text
			}
		}
		used[view.Topic] = true
		p.Offers = append(p.Offers, view)
	}
	for _, t := range p.Topics {
		if !used[t.Value] {
			p.Others = append(p.Others, t)
		}
	}
}

func (s *Site) formChoices(c *Call) (formChoices, error) {
	out := formChoices{Langs: langOptions(), Wordings: []page.Option{{Key: "web.forms.wording_none"}}, Purposes: []page.Option{{Key: "web.forms.purpose_none"}}}
	var err error
	if out.Topics, err = s.topicOptions(c, ""); err != nil {
		return out, err
	}
	profiles, err := s.profileOptions(c)
	if err != nil {
		return out, err
	}
	out.Profiles = append([]page.Option{{Key: "web.forms.profile_first"}}, profiles...)
	words, err := s.Consent.Wordings(c.Context(), s.DB, c.Workspace.ID)
	if err != nil {
		return out, err
	}
	for _, w := range words {
		option := page.Option{Value: w.Key, Text: w.Key + ": " + shortened(w.Text(c.Lang))}
		if w.Kind == consent.WordingPurpose {
			out.Purposes = append(out.Purposes, option)
		} else {
			out.Wordings = append(out.Wordings, option)
		}
	}
	for _, m := range []collect.Mode{collect.DoubleOptIn, collect.SingleOptIn} {
		key := "web.forms.mode." + string(m)
		out.Modes = append(out.Modes, page.Option{Value: string(m), Key: key})
	}
	for _, k := range collect.FieldKinds() {
		out.Kinds = append(out.Kinds, page.Option{Value: string(k), Key: "web.forms.kind." + string(k)})
	}
	for _, region := range collect.Regions() {
		out.Regions = append(out.Regions, page.Option{Value: string(region), Key: "web.region." + string(region)})
	}
	return out, s.targetOptions(c, &out)
}

// targetOptions are where a field's value can be kept.
func (s *Site) targetOptions(c *Call, out *formChoices) error {
	out.Targets = []page.Option{{Key: "web.forms.target.none"}}
	for _, t := range collect.Targets() {
		out.Targets = append(out.Targets, page.Option{Value: t, Key: "web.forms.target." + t})
	}
	attributes, err := s.Contacts.Attributes(c.Context(), s.DB, c.Workspace.ID)
	for _, a := range attributes {
		out.Targets = append(out.Targets, page.Option{Value: "attr." + a.Key, Text: c.T("web.forms.target.attr", "Name", attributeLabel(a, c.Lang))})
	}
	return err
}

// shortened is the beginning of a text, for a line of choices.
func shortened(text string) string {
	const most = 40
	if r := []rune(text); len(r) > most {
		return string(r[:most]) + "…"
	}
	return text
}

// formEdit stores a new version, or arranges what is being edited.
func (s *Site) formEdit(c *Call) error {
	f, spec, form, err := s.typedSpec(c)
	if err != nil && !form.Take(err) {
		return err
	}
	if act := form.Get("act"); act != "" && !form.Wrong() {
		return s.formArrange(c, f, spec, form)
	}
	if !form.Wrong() {
		f.UpdatedAt = seen(form)
		_, err = s.Collect.Edit(c.Context(), c.By(), f, spec, c.Now)
		if err == nil {
			return c.Done(c.formRow(f).Path()+"/edit", "web.forms.saved")
		}
		if !form.Take(err) {
			return err
		}
	}
	return s.formEditing(c, f, spec, form, true)
}

// formArrange shows the form with a field or topic added, moved or removed. It
// stores nothing: a version is made when the operator saves.
func (s *Site) formArrange(c *Call, f collect.Form, spec collect.Spec, form page.Form) error {
	_, ok, err := s.arrangeSpec(c, &spec, form.Get("act"))
	if err != nil {
		return err
	}
	if !ok {
		return fault.New(fault.Invalid, "web.campaign.act_unknown")
	}
	again := formOfSpec(spec)
	again.Values.Set("seen", form.Get("seen"))
	return s.formEditing(c, f, spec, again, true)
}

// typedSpec reads the form that the path names and the spec that was posted.
func (s *Site) typedSpec(c *Call) (f collect.Form, spec collect.Spec, form page.Form, err error) {
	if f, err = s.form(c); err != nil {
		return f, spec, form, err
	}
	if form, err = c.Form(); err != nil {
		return f, spec, form, err
	}
	old, err := s.latest(c, f)
	if err != nil {
		return f, old, form, err
	}
	spec, err = readSpec(form.Values, old)
	return f, spec, form, err
}

// mended says whether an error is about what was typed.
func mended(err error) bool {
	e, ok := errors.AsType[*fault.Error](err)
	return ok && e.Kind == fault.Invalid
}
