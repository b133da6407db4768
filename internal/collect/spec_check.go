package collect

import (
	"cmp"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/i18n"
)

// What a form may hold at most.
const (
	maxFields  = 40
	maxOffers  = 20
	maxChoices = 100
	maxLine    = 200
	maxProse   = 4000
	maxURL     = 500
)

var (
	nameForm = regexp.MustCompile(`^[a-z][a-z0-9_]{0,39}$`)
	slugForm = regexp.MustCompile(`^[a-z0-9](?:[a-z0-9-]{0,58}[a-z0-9])?$`)
	hostForm = regexp.MustCompile(`^[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?$`)
)

// attrPrefix begins a Field.Maps that names an own attribute.
const attrPrefix = "attr."

// Targets lists the contact's fields that a form's field can fill, besides attributes.
func Targets() []string {
	return []string{
		"family_name", "given_name", "family_kana", "given_kana", "display_name", "company",
		"department", "title", "postal_code", "prefecture", "country",
	}
}

// checker collects what is wrong with a spec, by path ("fields[2].label.ja").
type checker struct{ wrong fault.Fields }

// Check says what keeps a spec from being stored, all of it at once, as an
// Invalid fault whose fields are paths. What only keeps it from being published is
// told by Publish.
func (s Spec) Check() error {
	var c checker
	if !s.Preset.Valid() {
		c.wrong.Add("preset", "collect.spec.preset")
	}
	c.langs(s.Langs)
	c.line("title", s.Title)
	c.prose("intro", s.Intro)
	c.prose("thanks", s.Thanks)
	c.fields(s.Fields)
	c.offers(s.Offers)
	c.web("policy_url", s.PolicyURL)
	c.asset(s)
	c.redirect(s)
	if s.Ages != "" && s.Ages != Children {
		c.wrong.Add("ages", "collect.entry.choice")
	}
	for i, region := range s.Regions {
		if regionLaws[region] == 0 || slices.Contains(s.Regions[:i], region) {
			c.wrong.Add("regions["+strconv.Itoa(i)+"]", "collect.spec.region")
		}
	}
	for i, f := range s.Fields {
		if box, ok := s.field(f.Consent); f.Consent != "" && (!ok || box.Kind != CheckField) {
			c.wrong.Add("fields["+strconv.Itoa(i)+"].consent", "collect.spec.consent_field")
		}
	}
	return c.wrong.Err()
}

func (c *checker) langs(langs []i18n.Lang) {
	if len(langs) == 0 {
		c.wrong.Add("langs", "collect.spec.langs")
	}
	for i, l := range langs {
		if !l.Valid() || slices.Contains(langs[:i], l) {
			c.wrong.Add("langs["+strconv.Itoa(i)+"]", "collect.spec.langs")
		}
	}
}

// line checks a text of one line, prose one that may have several.
func (c *checker) line(path string, w Words)  { c.words(path, w, maxLine, "") }
func (c *checker) prose(path string, w Words) { c.words(path, w, maxProse, "\n\t") }

func (c *checker) words(path string, w Words, limit int, allowed string) {
	for _, t := range [...]struct{ lang, text string }{{".ja", w.Ja}, {".en", w.En}} {
		if key, args := badText(t.text, limit, allowed); key != "" {
			c.wrong.Add(path+t.lang, key, args...)
		}
	}
}

// badText names what is wrong with a text: its length, or a character that would
// break a line, a header or what people believe to read.
func badText(text string, limit int, allowed string) (key string, args []any) {
	if utf8.RuneCountInString(text) > limit {
		return "collect.text.long", []any{"Max", limit}
	}
	if !utf8.ValidString(text) || strings.ContainsFunc(text, func(r rune) bool { return unprintable(r) && !strings.ContainsRune(allowed, r) }) {
		return "collect.text.control", nil
	}
	return "", nil
}

// unprintable tells control characters, line separators and what hides or turns
// text around. Joiners are letters of some scripts.
func unprintable(r rune) bool {
	if r == '\u200c' || r == '\u200d' {
		return false
	}
	return unicode.IsControl(r) || unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp)
}

func (c *checker) fields(fields []Field) {
	if len(fields) > maxFields {
		c.wrong.Add("fields", "collect.spec.many", "Max", maxFields)
		return
	}
	names, targets := map[string]bool{}, map[string]bool{}
	for i, f := range fields {
		path := "fields[" + strconv.Itoa(i) + "]"
		if !nameForm.MatchString(f.Name) || f.Name == "email" {
			c.wrong.Add(path+".name", "collect.spec.name")
		} else if names[f.Name] {
			c.wrong.Add(path+".name", "collect.spec.twice")
		}
		names[f.Name] = true
		if !slices.Contains(FieldKinds(), f.Kind) {
			c.wrong.Add(path+".kind", "collect.spec.kind")
		}
		if f.Label == (Words{}) {
			c.wrong.Add(path+".label", "collect.text.needed")
		}
		c.line(path+".label", f.Label)
		c.line(path+".help", f.Help)
		c.target(path, f, targets)
		c.choices(path, f)
	}
}

func (c *checker) target(path string, f Field, used map[string]bool) {
	if f.Maps == "" {
		return
	}
	attr, own := strings.CutPrefix(f.Maps, attrPrefix)
	switch {
	case used[f.Maps]:
		c.wrong.Add(path+".maps", "collect.spec.twice")
	case own && !nameForm.MatchString(attr), !own && !slices.Contains(Targets(), f.Maps):
		c.wrong.Add(path+".maps", "collect.spec.maps")
	case !own && (f.Kind == CheckField || f.Kind == LongField || f.Kind == AgeField || f.Kind == GuardianField):
		c.wrong.Add(path+".maps", "collect.spec.maps")
	}
	used[f.Maps] = true
}

func (c *checker) choices(path string, f Field) {
	if f.Kind != SelectField {
		if len(f.Choices) > 0 {
			c.wrong.Add(path+".choices", "collect.spec.no_choices")
		}
		return
	}
	if len(f.Choices) == 0 || len(f.Choices) > maxChoices {
		c.wrong.Add(path+".choices", "collect.spec.choices", "Max", maxChoices)
	}
	seen := map[string]bool{}
	for i, o := range f.Choices {
		at := path + ".choices[" + strconv.Itoa(i) + "]"
		if key, args := badText(o.Value, maxLine, ""); key != "" || o.Value == "" {
			c.wrong.Add(at+".value", cmp.Or(key, "collect.text.needed"), args...)
		} else if seen[o.Value] {
			c.wrong.Add(at+".value", "collect.spec.twice")
		}
		seen[o.Value] = true
		c.line(at+".label", o.Label)
	}
}

func (c *checker) offers(offers []Offer) {
	if len(offers) > maxOffers {
		c.wrong.Add("offers", "collect.spec.many", "Max", maxOffers)
		return
	}
	seen := map[int64]bool{}
	for i, o := range offers {
		path := "offers[" + strconv.Itoa(i) + "]"
		switch {
		case o.Topic <= 0:
			c.wrong.Add(path+".topic", "collect.spec.topic")
		case seen[o.Topic]:
			c.wrong.Add(path+".topic", "collect.spec.twice")
		}
		seen[o.Topic] = true
		if o.Mode != "" && o.Mode != DoubleOptIn && o.Mode != SingleOptIn {
			c.wrong.Add(path+".mode", "collect.spec.mode")
		}
	}
}

func (c *checker) asset(s Spec) {
	if s.Asset.Blob < 0 || s.Asset.Blob != 0 && s.Asset.URL != "" {
		c.wrong.Add("asset", "collect.spec.asset")
	}
	if s.HasAsset() && s.Preset != WhitePaper {
		c.wrong.Add("asset", "collect.spec.asset_preset")
	}
	c.https("asset.url", s.Asset.URL)
}

// redirect holds the way out of our site to hosts the operator named, so that a
// mistyped or smuggled address does not send readers elsewhere.
func (c *checker) redirect(s Spec) {
	for i, h := range s.RedirectHosts {
		if !hostForm.MatchString(h) {
			c.wrong.Add("redirect_hosts["+strconv.Itoa(i)+"]", "collect.spec.host")
		}
	}
	if s.Redirect == "" || !c.https("redirect", s.Redirect) {
		return
	}
	u, err := url.Parse(s.Redirect)
	if err != nil || !slices.Contains(s.RedirectHosts, strings.ToLower(u.Hostname())) {
		c.wrong.Add("redirect", "collect.spec.redirect_host")
	}
}

// https accepts an https address or nothing.
func (c *checker) https(path, text string) bool {
	if text == "" || webAddress(text, "https") {
		return true
	}
	c.wrong.Add(path, "collect.spec.https")
	return false
}

func (c *checker) web(path, text string) {
	if text != "" && !webAddress(text, "https") && !webAddress(text, "http") {
		c.wrong.Add(path, "collect.spec.url")
	}
}

func webAddress(text, scheme string) bool {
	u, err := url.Parse(text)
	return err == nil && len(text) <= maxURL && u.Scheme == scheme && u.Hostname() != "" && u.User == nil &&
		!strings.ContainsAny(text, " <>\"\\") && !strings.ContainsFunc(text, unprintable)
}
