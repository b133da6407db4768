package i18n

import (
	"embed"
	"fmt"
	"io/fs"
	"path"
	"strings"
	"time"

	"github.com/BurntSushi/toml"
	goi18n "github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/language"
)

// Lang is an interface language, as a BCP 47 tag.
type Lang string

// The languages every text exists in.
const (
	Ja Lang = "ja"
	En Lang = "en"
)

// Langs lists the languages in the order of preference.
func Langs() []Lang { return []Lang{Ja, En} }

// Valid says whether the language is one of ours.
func (l Lang) Valid() bool { return l == Ja || l == En }

//go:embed catalogue/*.toml
var catalogue embed.FS

// Catalogue is the whole set of texts.
type Catalogue struct{ printers map[Lang]*Printer }

// Load reads the embedded catalogues. It fails on a malformed or misnamed file,
// or on a key that stands in two files of one language.
func Load() (*Catalogue, error) {
	bundle := goi18n.NewBundle(language.Japanese)
	bundle.RegisterUnmarshalFunc("toml", toml.Unmarshal)
	files, err := fs.Glob(catalogue, "catalogue/*.toml")
	if err != nil {
		return nil, fmt.Errorf("i18n: load: %w", err)
	}
	seen := map[string]string{}
	for _, name := range files {
		if err := loadFile(bundle, name, seen); err != nil {
			return nil, err
		}
	}
	c := &Catalogue{printers: map[Lang]*Printer{}}
	for _, l := range Langs() {
		c.printers[l] = &Printer{Lang: l, localizer: goi18n.NewLocalizer(bundle, string(l))}
	}
	return c, nil
}

func loadFile(bundle *goi18n.Bundle, name string, seen map[string]string) error {
	text, err := catalogue.ReadFile(name)
	if err != nil {
		return fmt.Errorf("i18n: load: %w", err)
	}
	parsed, err := bundle.ParseMessageFileBytes(text, path.Base(name))
	if err != nil {
		return fmt.Errorf("i18n: load %s: %w", name, err)
	}
	if !Lang(parsed.Tag.String()).Valid() {
		return fmt.Errorf("i18n: load %s: language %s is not ours", name, parsed.Tag)
	}
	for _, m := range parsed.Messages {
		key := parsed.Tag.String() + " " + m.ID
		if other, ok := seen[key]; ok {
			return fmt.Errorf("i18n: load %s: %s stands in %s already", name, m.ID, other)
		}
		seen[key] = name
	}
	return nil
}

// For returns the printer of a language; an unknown language gets Japanese.
func (c *Catalogue) For(l Lang) *Printer {
	if p, ok := c.printers[l]; ok {
		return p
	}
	return c.printers[Ja]
}

// Printer says things in one language.
type Printer struct {
	Lang      Lang
	localizer *goi18n.Localizer
}

// T returns the text of key with its placeholders filled from alternating names
// and values; the value named "Count" also chooses the plural form. A key that
// does not exist is returned as it is, so that a gap is seen and nothing breaks.
func (p *Printer) T(key string, args ...any) string {
	cfg := &goi18n.LocalizeConfig{MessageID: key}
	if len(args) > 1 {
		data := make(map[string]any, len(args)/2)
		for i := 0; i+1 < len(args); i += 2 {
			name := fmt.Sprint(args[i])
			data[name] = args[i+1]
			if name == "Count" {
				cfg.PluralCount = args[i+1]
			}
		}
		cfg.TemplateData = data
	}
	text, err := p.localizer.Localize(cfg)
	if err != nil || text == "" {
		return key
	}
	return text
}

// Has says whether a text exists for key.
func (p *Printer) Has(key string) bool { return p.T(key) != key }

var weekdaysJa = [...]string{"日", "月", "火", "水", "木", "金", "土"}

// Time writes an instant in the zone of loc: 2026年11月21日(土) 14:05 or 21 Nov 2026, 14:05.
// The zero time is written as a dash.
func (p *Printer) Time(t time.Time, loc *time.Location) string {
	if t.IsZero() {
		return "—"
	}
	t = t.In(loc)
	if p.Lang == Ja {
		return p.Date(t, loc) + t.Format(" 15:04")
	}
	return t.Format("2 Jan 2006, 15:04")
}

// Date writes a day in the zone of loc: 2026年11月21日(土) or 21 Nov 2026.
func (p *Printer) Date(t time.Time, loc *time.Location) string {
	if t.IsZero() {
		return "—"
	}
	t = t.In(loc)
	if p.Lang == Ja {
		return t.Format("2006年1月2日") + "(" + weekdaysJa[t.Weekday()] + ")"
	}
	return t.Format("2 Jan 2006")
}

// Choose picks a language for an Accept-Language header value; fallback stands
// when the header names none of ours.
func Choose(header string, fallback Lang) Lang {
	tags, _, err := language.ParseAcceptLanguage(header)
	if err != nil {
		return fallback
	}
	for _, t := range tags {
		base, _ := t.Base()
		if l := Lang(strings.ToLower(base.String())); l.Valid() {
			return l
		}
	}
	return fallback
}
