package public

import (
	"slices"
	"strconv"
	"time"

	"github.com/kyodaku/kyodaku/internal/consent"
	"github.com/kyodaku/kyodaku/internal/i18n"
	"github.com/kyodaku/kyodaku/internal/preference"
	"github.com/kyodaku/kyodaku/internal/web/page"
)

// preferencePage is the preference centre.
type preferencePage struct {
	preference.Centre
	Token  string
	Topics []preferenceTopic
	// EveryLimits are what "at most" offers for everything.
	EveryLimits []limitOption
	// WasPause, Typed and Earliest are days, as date inputs write them: the pause
	// that stands, what the input holds, and tomorrow.
	WasPause, Typed, Earliest string
	// WasLimit is the limit for everything that stands.
	WasLimit string
	// MailLang is the language of mails as chosen, Langs what can be chosen.
	MailLang string
	Langs    []i18n.Lang
	// Saved says that the page answers a save, Again that new texts are to be read.
	Saved, Again bool
	// Renewed says that the page answers the button that keeps mail coming.
	Renewed bool
	Form    page.Form
}

// preferenceTopic is one topic with its choices.
type preferenceTopic struct {
	preference.Choice
	// Ticked is the state of the box, which differs from On while something is mended.
	Ticked   bool
	WasLimit string
	Limits   []limitOption
}

// limitOption is one line of "at most".
type limitOption struct {
	Value, Text string
	Chosen      bool
}

// preferenceShow shows the settings; it changes nothing.
func (s *Site) preferenceShow(v *page.Visit) error {
	token := v.R.PathValue("token")
	c, err := s.Preferences.Centre(v.R.Context(), token, v.Lang, v.Now)
	if err != nil {
		return err
	}
	return v.Render("preference", s.preferencePage(v, token, c))
}

func (s *Site) preferencePage(v *page.Visit, token string, c preference.Centre) preferencePage {
	v.Zone = c.Zone
	p := preferencePage{
		Centre: c, Token: token, EveryLimits: s.limitOptions(c.Limit, v.Lang), WasPause: dayText(c.PausedUntil, c.Zone),
		Earliest: dayText(v.Now.In(c.Zone).AddDate(0, 0, 1), c.Zone), MailLang: string(c.Lang), Langs: i18n.Langs(), WasLimit: limitText(c.Limit),
	}
	p.Typed = p.WasPause
	for _, t := range c.Topics {
		p.Topics = append(p.Topics, preferenceTopic{Choice: t, Ticked: t.On, WasLimit: limitText(t.Limit), Limits: s.limitOptions(t.Limit, v.Lang)})
	}
	return p
}

// limitOptions lists the choices, and the present one if it is none of them.
func (s *Site) limitOptions(now consent.Frequency, lang i18n.Lang) []limitOption {
	list := preference.Limits()
	if now.Count > 0 && !slices.Contains(list, now) {
		list = append(list, now)
	}
	options := []limitOption{{Chosen: now.Count == 0}}
	for _, f := range list {
		options = append(options, limitOption{Value: limitText(f), Text: s.Preferences.Frequency(f, lang), Chosen: f == now})
	}
	return options
}

// limitText writes a frequency as forms carry it: 2-week; none is empty.
func limitText(f consent.Frequency) string {
	if f.Count == 0 {
		return ""
	}
	return strconv.Itoa(f.Count) + "-" + string(f.Period)
}

// dayText writes a day as date inputs do; none is empty.
func dayText(t time.Time, zone *time.Location) string {
	if t.IsZero() {
		return ""
	}
	return t.In(zone).Format(time.DateOnly)
}
