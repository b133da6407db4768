package collect

import (
	"context"
	"html"
	"regexp"
	"slices"
	"strings"
	"time"

	"golang.org/x/text/width"

	"github.com/kyodaku/kyodaku/internal/i18n"
	"github.com/kyodaku/kyodaku/internal/law"
	"github.com/kyodaku/kyodaku/internal/store"
)

// Findings examines a frozen spec as readers would see it: by our own demands, and by
// every rule of law for collecting permissions. Blocks come first.
func (d *Desk) Findings(ctx context.Context, r store.Reader, workspace int64, s Spec, now time.Time) ([]Finding, error) {
	site, tags, err := d.surroundings(ctx, r, workspace, s)
	if err != nil {
		return nil, err
	}
	list := s.demands()
	for _, l := range s.Langs {
		f := law.CollectionFacts{Now: now, Reach: s.reach(), Act: "form", Site: site, Tags: tags}
		if f.Form, err = d.formFacts(s, l); err != nil {
			return nil, err
		}
		list = append(list, judged(d.Gate.Rules(), &f, "")...)
		for i, o := range s.Offers {
			f.Act, f.Offer = "offer", o.facts(l)
			for _, found := range judged(d.Gate.Rules(), &f, at("offers", i)) {
				found.About = o.Name
				list = append(list, found)
			}
		}
	}
	return sorted(list), nil
}

// judged turns the findings of the law into findings about a form.
func judged(rules *law.Set, f *law.CollectionFacts, offer string) (list []Finding) {
	for _, found := range rules.Collection(f) {
		r := found.Rule
		if r.Effect == law.Record {
			continue
		}
		path := formPath(r.ID)
		if offer != "" {
			path = offer + offerPath(r.ID, f)
		}
		list = append(list, Finding{Rule: string(r.ID), Level: Level(r.Effect), Path: path, Key: "law.finding", Args: r.Args(), Law: r})
	}
	return list
}

// formPath is the place in a spec that a rule about the whole form speaks of.
func formPath(id law.RuleID) string {
	switch id {
	case "COL-03", "COL-17", "ADM-02":
		return "profile"
	case "COL-06":
		return "redirect"
	case "COL-07":
		return "purpose"
	case "COL-13", "COL-14":
		return "fields"
	case "RGT-03":
		return "privacy"
	case "TRK-02", "TRK-03", "TRK-04":
		return "transmission"
	}
	return "offers"
}

func offerPath(id law.RuleID, f *law.CollectionFacts) string {
	switch {
	case id == "COL-08":
		return ".mode"
	case id == "COL-03" && f.Offer.Sender == "":
		return ".topic"
	}
	return ".wording"
}

// sorted puts blocks first and says nothing twice.
func sorted(list []Finding) (out []Finding) {
	type said struct {
		rule, path, key string
		level           Level
	}
	known := map[said]bool{}
	for _, level := range []Level{Block, Warn} {
		for _, f := range list {
			k := said{f.Rule, f.Path, f.Key, f.Level}
			if f.Level == level && !known[k] {
				known[k] = true
				out = append(out, f)
			}
		}
	}
	return out
}

// Region is where the people live whom a form addresses.
type Region string

// Regions lists the regions: those whose law the rules know.
func Regions() []Region { return []Region{"JP", "US", "EU", "DE", "UK", "AU", "CA"} }

var regionLaws = map[Region]law.Jurisdictions{
	"JP": law.JP, "US": law.US, "EU": law.EU, "DE": law.EU | law.DE, "UK": law.UK, "AU": law.AU, "CA": law.CA,
}

// reach is the legal orders that a form touches: Japan, from where it is sent, and
// the regions it names. One that names none and is not in Japanese alone may be for
// anybody, and gets the strictest reading of the European Union (rule SCOPE-03).
func (s Spec) reach() law.Jurisdictions {
	j := law.JP
	for _, region := range s.Regions {
		j |= regionLaws[region]
	}
	if len(s.Regions) == 0 && (len(s.Langs) != 1 || s.Langs[0] != i18n.Ja) {
		j |= law.EU | law.DE
	}
	return j
}

// formFacts reads from the blank page what it shows in a language.
func (d *Desk) formFacts(s Spec, l i18n.Lang) (law.FormFacts, error) {
	drawn, err := d.DrawForm(s, Sheet{Slug: "lint", Lang: l})
	if err != nil {
		return law.FormFacts{}, err
	}
	page, p := html.UnescapeString(string(drawn)), d.Texts.For(l)
	shows := func(text string) string {
		if text != "" && strings.Contains(page, text) {
			return text
		}
		return ""
	}
	look := ReaderLook()
	f := law.FormFacts{
		Sender: shows(exactly(s.Sender, l)), Address: shows(exactly(s.SenderAddress, l)), Contact: shows(s.SenderContact),
		Offers: len(s.Offers), SaysAds: shows(p.T("collect.form.ads")) != "", SaysWithdrawal: shows(p.T("collect.form.withdraw")) != "",
		Marked: shows(p.T("collect.form.marked")) != "", Withdrawal: d.BaseURL != "", Ticked: marked(page, " checked"), Forced: marked(page, `name="topic"`, " required"),
		Contrast: look.Contrast, Font: look.Font, Screens: s.screens(l), AgreedView: s.Redirect == "",
		Minors: s.Ages == Children, Sensitive: s.sensitive(), Limited: d.networks != nil && d.mailbox != nil,
	}
	if s.Purpose.Text.has(l) {
		f.Purpose = strings.Join(Paragraphs(s.Purpose.Text.In(l)), " ")
		for _, line := range Paragraphs(s.Purpose.Text.In(l)) {
			if shows(line) == "" {
				f.Purpose = ""
			}
		}
	}
	for _, field := range s.Fields {
		f.AsksAge = f.AsksAge || field.Kind == AgeField
		f.Guardian = f.Guardian || field.Kind == GuardianField
	}
	return f, nil
}

// exactly is a text in a language; Japanese readers need a Japanese name, others are
// helped by any.
func exactly(w Words, l i18n.Lang) string {
	if l == i18n.Ja {
		return w.Ja
	}
	return w.In(l)
}

// marked says whether some box of a blank page bears all of some marks: that it is ticked,
// or that the page cannot be sent without ticking it.
func marked(page string, marks ...string) bool {
	for rest := page; ; {
		_, after, ok := strings.Cut(rest, "<input type=\"checkbox\"")
		if !ok {
			return false
		}
		tag, next, _ := strings.Cut(after, ">")
		if !slices.ContainsFunc(marks, func(mark string) bool { return !strings.Contains(tag, mark) }) {
			return true
		}
		rest = next
	}
}

// facts reads one box in a language.
func (o Offer) facts(l i18n.Lang) law.OfferFacts {
	text := ""
	if o.Text.has(l) {
		text = o.Text.In(l)
	}
	return law.OfferFacts{
		Wording: text, Sender: o.Sender.In(l), Vague: vague(text, o.Sender.Ja, o.Sender.En), Bundled: bundles(text),
		Channels: channels(text), Double: o.Mode != SingleOptIn,
	}
}

// channelNames are the channels as wordings name them. LINE is written in capitals; a line
// of products is not.
var channelNames = [...]*regexp.Regexp{
	regexp.MustCompile(`メール|(?i:mail)`), regexp.MustCompile(`\bLINE\b`), regexp.MustCompile(`(?i)\bsms\b|ショートメッセージ|text message`),
	regexp.MustCompile(`(?i)電話|telephone|phone call`), regexp.MustCompile(`(?i)郵送|by post`),
}

// channels is how many channels a wording covers; one that names none is about mail.
func channels(text string) int {
	n := 0
	for _, name := range channelNames {
		if name.MatchString(width.Fold.String(text)) {
			n++
		}
	}
	return max(n, 1)
}

// The measures of the page on a telephone: some twenty wide letters a line.
const (
	lineLetters = 20
	linePixels  = 27.0
	screen      = 640.0
	belowPixels = 160.0
)

// screens estimates how far the last box is from the button, in screens of a telephone.
func (s Spec) screens(l i18n.Lang) float64 {
	if len(s.Offers) == 0 {
		return 0
	}
	lines := func(text string) float64 {
		n := 0
		for _, r := range text {
			n++
			if r > 0xff {
				n++
			}
		}
		return float64((n + 2*lineLetters - 1) / (2 * lineLetters))
	}
	o := s.Offers[len(s.Offers)-1]
	height := belowPixels + linePixels*(lines(o.Text.In(l))+lines(o.Content.In(l))+lines(o.Promise.In(l))+lines(o.Sender.In(l)))
	for _, p := range Paragraphs(s.Purpose.Text.In(l)) {
		height += linePixels * lines(p)
	}
	return height / screen
}
