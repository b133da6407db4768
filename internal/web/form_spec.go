package web

import (
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/collect"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/i18n"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/web/page"
)

// The fields of the editing form bear the paths of the spec ("fields[2].label.ja"),
// so that what is wrong finds its field.

// at is the path of an element of a list.
func at(list string, i int) string { return list + "[" + strconv.Itoa(i) + "]" }

// formOfSpec writes a spec into the values of a form.
func formOfSpec(spec collect.Spec) page.Form {
	form := page.FormOf("", "purpose", spec.Purpose.Key, "policy_url", spec.PolicyURL, "asset.url", spec.Asset.URL,
		"asset.blob", publicOrNone("blb", spec.Asset.Blob), "redirect", spec.Redirect, "redirect_hosts", strings.Join(spec.RedirectHosts, "\n"),
		"profile", publicOrNone(account.ProfilePrefix, spec.Profile))
	v := form.Values
	for _, l := range spec.Langs {
		v.Add("langs", string(l))
	}
	words := func(path string, w collect.Words) { v.Set(path+".ja", w.Ja); v.Set(path+".en", w.En) }
	for _, region := range spec.Regions {
		v.Add("regions", string(region))
	}
	if spec.Ages == collect.Children {
		v.Set("ages", string(spec.Ages))
	}
	words("title", spec.Title)
	words("intro", spec.Intro)
	words("thanks", spec.Thanks)
	for i, f := range spec.Fields {
		path := at("fields", i)
		v.Set(path+".name", f.Name)
		v.Set(path+".kind", string(f.Kind))
		v.Set(path+".maps", f.Maps)
		if f.Required {
			v.Set(path+".required", "1")
		}
		if f.Sensitive {
			v.Set(path+".sensitive", "1")
		}
		v.Set(path+".consent", f.Consent)
		words(path+".label", f.Label)
		words(path+".help", f.Help)
		v.Set(path+".choices", choiceLines(f.Choices))
	}
	for i, o := range spec.Offers {
		path := at("offers", i)
		v.Set(path+".topic", publicOrNone(topicPrefix, o.Topic))
		v.Set(path+".wording", o.Wording)
		v.Set(path+".mode", string(o.Mode))
		if o.Mode == "" {
			v.Set(path+".mode", string(collect.DoubleOptIn))
		}
	}
	return form
}

// choiceSign parts value and texts of a choice.
const choiceSign = "|"

// choiceLines writes choices one to a line: value | Japanese | English.
func choiceLines(choices []collect.Choice) string {
	var list []string
	for _, o := range choices {
		parts := []string{o.Value, o.Label.Ja, o.Label.En}
		for len(parts) > 1 && parts[len(parts)-1] == "" {
			parts = parts[:len(parts)-1]
		}
		list = append(list, strings.Join(parts, " "+choiceSign+" "))
	}
	return strings.Join(list, "\n")
}

func readChoices(text string) []collect.Choice {
	var choices []collect.Choice
	for row := range strings.Lines(lines(text)) {
		if strings.TrimSpace(row) == "" {
			continue
		}
		parts := strings.SplitN(row+choiceSign+choiceSign, choiceSign, 4)
		choices = append(choices, collect.Choice{
			Value: strings.TrimSpace(parts[0]), Label: collect.Words{Ja: strings.TrimSpace(parts[1]), En: strings.TrimSpace(parts[2])},
		})
	}
	return choices
}

// What is read from a form at most; the room's own bounds are lower.
const (
	readFields = 60
	readOffers = 30
)

// readSpec reads the spec out of a posted form. Preset and file are not in it: they
// stay as they were.
func readSpec(v url.Values, old collect.Spec) (collect.Spec, error) {
	spec := collect.Spec{
		Preset: old.Preset, Title: readWords(v, "title"), Intro: readWords(v, "intro"), Thanks: readWords(v, "thanks"),
		Purpose: collect.Purpose{Key: v.Get("purpose")}, PolicyURL: strings.TrimSpace(v.Get("policy_url")),
		Redirect: strings.TrimSpace(v.Get("redirect")), RedirectHosts: strings.Fields(strings.ToLower(v.Get("redirect_hosts"))),
		Asset: collect.Asset{URL: strings.TrimSpace(v.Get("asset.url"))},
	}
	if spec.Asset.URL == "" && v.Get("asset.blob") != "" {
		spec.Asset.Blob = old.Asset.Blob
	}
	for _, l := range v["langs"] {
		spec.Langs = append(spec.Langs, i18n.Lang(l))
	}
	for _, region := range v["regions"] {
		spec.Regions = append(spec.Regions, collect.Region(region))
	}
	spec.Ages = collect.Ages(v.Get("ages"))
	var err error
	if spec.Profile, err = readID(account.ProfilePrefix, v.Get("profile"), "profile", "collect.spec.profile"); err != nil {
		return spec, err
	}
	for i := 0; i < readFields && v.Has(at("fields", i)+".kind"); i++ {
		spec.Fields = append(spec.Fields, readField(v, at("fields", i)))
	}
	for i := 0; i < readOffers && v.Has(at("offers", i)+".topic"); i++ {
		path := at("offers", i)
		o := collect.Offer{Wording: v.Get(path + ".wording"), Mode: collect.Mode(v.Get(path + ".mode"))}
		if o.Topic, err = readID(topicPrefix, v.Get(path+".topic"), path+".topic", "collect.spec.topic"); err != nil {
			return spec, err
		}
		spec.Offers = append(spec.Offers, o)
	}
	return spec, nil
}

func readWords(v url.Values, path string) collect.Words {
	return collect.Words{Ja: strings.TrimSpace(lines(v.Get(path + ".ja"))), En: strings.TrimSpace(lines(v.Get(path + ".en")))}
}

func readField(v url.Values, path string) collect.Field {
	return collect.Field{
		Name: v.Get(path + ".name"), Kind: collect.FieldKind(v.Get(path + ".kind")), Maps: v.Get(path + ".maps"),
		Required: v.Has(path + ".required"), Label: readWords(v, path+".label"), Help: readWords(v, path+".help"),
		Choices: readChoices(v.Get(path + ".choices")), Sensitive: v.Has(path + ".sensitive"),
		Consent: strings.TrimSpace(v.Get(path + ".consent")),
	}
}

// readID reads a public id; "" is 0, and what is none of ours is a wrong field.
func readID(prefix, text, field, key string) (int64, error) {
	if text == "" {
		return 0, nil
	}
	id, err := store.ParsePublic(prefix, text)
	if fault.Is(err, fault.NotFound) || fault.Is(err, fault.Invalid) {
		return 0, fault.Bad(field, key)
	}
	return id, err
}

// specFields lets what is wrong with a part be told at the field that shows it.
func specFields(fields []fault.Field) []fault.Field {
	out := slices.Clone(fields)
	for i, f := range out {
		name := partOf.ReplaceAllString(f.Name, "$1")
		switch {
		case name == "asset" || name == "asset.blob":
			name = "asset.url"
		case labelOnly.MatchString(name):
			name += ".ja"
		}
		out[i].Name = name
	}
	return out
}

var (
	partOf    = regexp.MustCompile(`^(.*\.choices|langs|regions|redirect_hosts)\[.*$`)
	labelOnly = regexp.MustCompile(`^fields\[\d+\]\.(label|help)$`)
)

// arrangeSpec does what a button of the editor asks for: "add:KIND", "up:fields[2]",
// "down:…", "remove:…", "offer:TOPIC". It is false for what is no such thing.
func (s *Site) arrangeSpec(c *Call, spec *collect.Spec, act string) (string, bool, error) {
	verb, what, _ := strings.Cut(act, ":")
	switch verb {
	case "add":
		if !slices.Contains(collect.FieldKinds(), collect.FieldKind(what)) || len(spec.Fields) >= readFields {
			return "", false, nil
		}
		spec.Fields = append(spec.Fields, newField(c, *spec, collect.FieldKind(what)))
		return at("fields", len(spec.Fields)-1), true, nil
	case "offer":
		return s.addOffer(c, spec, what)
	}
	if i, ok := indexOf("fields", what); ok {
		to, done := moved(&spec.Fields, i, verb)
		return at("fields", to), done, nil
	}
	if i, ok := indexOf("offers", what); ok {
		to, done := moved(&spec.Offers, i, verb)
		return at("offers", to), done, nil
	}
	return "", false, nil
}

// newField is an empty field with a name that is not taken.
func newField(c *Call, spec collect.Spec, kind collect.FieldKind) collect.Field {
	taken := map[string]bool{}
	for _, f := range spec.Fields {
		taken[f.Name] = true
	}
	f := collect.Field{Kind: kind}
	for n := len(spec.Fields) + 1; f.Name == "" || taken[f.Name]; n++ {
		f.Name = "field_" + strconv.Itoa(n)
	}
	texts := c.site.Catalogue
	f.Label = collect.Words{Ja: texts.For(i18n.Ja).T("web.forms.kind." + string(kind)), En: texts.For(i18n.En).T("web.forms.kind." + string(kind))}
	return f
}

// addOffer puts a topic on the form, with its own wording if there is one.
func (s *Site) addOffer(c *Call, spec *collect.Spec, public string) (string, bool, error) {
	id, err := s.chosenTopic(c, public)
	if err != nil || id == 0 {
		return "", false, err
	}
	for _, o := range spec.Offers {
		if o.Topic == id {
			return "", false, nil
		}
	}
	topic, err := s.Consent.TopicByID(c.Context(), s.DB, c.Workspace.ID, id)
	if err != nil {
		return "", false, err
	}
	offer := collect.Offer{Topic: id, Mode: collect.DoubleOptIn}
	_, err = s.Consent.Wording(c.Context(), s.DB, c.Workspace.ID, "consent", topic.Key)
	if err == nil {
		offer.Wording = topic.Key
	} else if !fault.Is(err, fault.NotFound) {
		return "", false, err
	}
	spec.Offers = append(spec.Offers, offer)
	return at("offers", len(spec.Offers)-1), true, nil
}

// indexOf reads "fields[2]".
func indexOf(list, path string) (int, bool) {
	inner, ok := strings.CutPrefix(path, list+"[")
	inner, closed := strings.CutSuffix(inner, "]")
	i, err := strconv.Atoi(inner)
	return i, ok && closed && err == nil && i >= 0
}

// moved moves or removes an element of a list and returns where to look next.
func moved[T any](list *[]T, i int, verb string) (int, bool) {
	if i >= len(*list) {
		return 0, false
	}
	to := i
	switch verb {
	case "up":
		to = max(i-1, 0)
	case "down":
		to = min(i+1, len(*list)-1)
	case "remove":
		*list = slices.Delete(*list, i, i+1)
		return max(i-1, 0), true
	default:
		return 0, false
	}
	(*list)[i], (*list)[to] = (*list)[to], (*list)[i]
	return to, true
}
