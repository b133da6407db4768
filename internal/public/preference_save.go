package public

import (
	"errors"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/kyodaku/kyodaku/internal/consent"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/i18n"
	"github.com/kyodaku/kyodaku/internal/preference"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/web/page"
)

// The inputs of the preference centre. What begins with "was" says how the page
// was shown: only what differs from it was meant by the person.
const (
	inputTopic    = "topic"
	inputWasTopic = "was_topic"
	inputListed   = "listed"
	inputLimit    = "limit."
	inputWasLimit = "was_limit."
	inputPause    = "pause"
	inputWasPause = "was_pause"
	inputLang     = "mail_lang"
	inputWasLang  = "was_mail_lang"
	inputShown    = "shown"
	// everyLimit stands for everything behind inputLimit.
	everyLimit = "all"
)

// preferenceSave takes the settings in.
func (s *Site) preferenceSave(v *page.Visit) error {
	form, err := v.Form()
	if err != nil {
		return err
	}
	token := v.R.PathValue("token")
	c, err := s.Preferences.Centre(v.R.Context(), token, v.Lang, v.Now)
	if err != nil {
		return err
	}
	change, err := changeOf(form.Values, c.Zone)
	var saved preference.Saved
	if err == nil {
		saved, err = s.Preferences.Save(v.R.Context(), token, change, act(v, "/preferences"), v.Now)
	}
	if err != nil && len(fieldsOf(err)) > 0 && form.Take(err) {
		p := s.preferencePage(v, token, c)
		p.typed(form)
		return v.RenderForm("preference", p)
	}
	if err != nil {
		return err
	}
	p := s.preferencePage(v, token, saved.Centre)
	p.Saved, p.Again = !saved.Again || saved.Changed, saved.Again
	return v.Render("preference", p)
}

// preferenceRenew is the button that keeps mail coming, for those who were asked.
func (s *Site) preferenceRenew(v *page.Visit) error {
	form, err := v.Form()
	if err != nil {
		return err
	}
	token := v.R.PathValue("token")
	saved, err := s.Preferences.Renew(v.R.Context(), token, form.Get(inputShown), act(v, "/preferences"), v.Now)
	if err != nil {
		return err
	}
	p := s.preferencePage(v, token, saved.Centre)
	p.Renewed, p.Again = saved.Changed, saved.Again
	return v.Render("preference", p)
}

// preferenceStop are the buttons that stop everything: here, and everywhere.
func (s *Site) preferenceStop(v *page.Visit) error {
	form, err := v.Form()
	if err != nil {
		return err
	}
	stop := s.Preferences.StopAll
	if form.Get("scope") == scopeEverywhere {
		stop = s.Preferences.StopEverywhere
	}
	e, err := stop(v.R.Context(), v.R.PathValue("token"), act(v, "/preferences"), v.Now)
	if err != nil {
		return err
	}
	return s.left(v, e)
}

// changeOf reads what was changed between the page as shown and as sent in.
func changeOf(f url.Values, zone *time.Location) (preference.Change, error) {
	c := preference.Change{Shown: f.Get(inputShown), Limits: map[int64]consent.Frequency{}}
	var wrong fault.Fields
	ticked, was := set(f[inputTopic]), set(f[inputWasTopic])
	for _, key := range f[inputListed] {
		id, err := store.ParsePublic("tpc", key)
		if err != nil {
			return c, failedForm()
		}
		switch {
		case ticked[key] && !was[key]:
			c.On = append(c.On, id)
		case !ticked[key] && was[key]:
			c.Off = append(c.Off, id)
		}
		if !readLimit(f, key, id, c.Limits) {
			wrong.Add(inputLimit+key, "preference.limit.form")
		}
	}
	if !readLimit(f, everyLimit, 0, c.Limits) {
		wrong.Add(inputLimit+everyLimit, "preference.limit.form")
	}
	if day := strings.TrimSpace(f.Get(inputPause)); day != f.Get(inputWasPause) {
		until, err := dayOf(day, zone)
		if err != nil {
			wrong.Add(inputPause, "preference.pause.past")
		}
		c.Pause = &until
	}
	if lang := f.Get(inputLang); lang != f.Get(inputWasLang) && lang != "" {
		c.Lang = i18n.Lang(lang)
	}
	return c, wrong.Err()
}

func failedForm() error { return fault.New(fault.Invalid, "page.unreadable") }

// dayOf reads the day on which mail goes on again; an empty one ends the pause.
func dayOf(day string, zone *time.Location) (time.Time, error) {
	if day == "" {
		return time.Time{}, nil
	}
	return time.ParseInLocation(time.DateOnly, day, zone)
}

// readLimit notes a limit that was changed, and says whether it could be read.
func readLimit(f url.Values, key string, topic int64, limits map[int64]consent.Frequency) bool {
	text := f.Get(inputLimit + key)
	if text == f.Get(inputWasLimit+key) {
		return true
	}
	if text == "" {
		limits[topic] = consent.Frequency{}
		return true
	}
	number, period, ok := strings.Cut(text, "-")
	count, err := strconv.Atoi(number)
	limits[topic] = consent.Frequency{Count: count, Period: consent.Period(period)}
	return ok && err == nil && count > 0 && consent.Period(period).Valid()
}

// typed puts what was typed back onto the page, to be mended.
func (p *preferencePage) typed(form page.Form) {
	p.Form, p.Typed = form, form.Get(inputPause)
	ticked := set(form.Values[inputTopic])
	for i := range p.Topics {
		t := &p.Topics[i]
		t.Ticked = ticked[t.Key]
		choose(t.Limits, form.Get(inputLimit+t.Key))
	}
	choose(p.EveryLimits, form.Get(inputLimit+everyLimit))
}

func choose(options []limitOption, value string) {
	for i := range options {
		options[i].Chosen = options[i].Value == value
	}
}

func set(list []string) map[string]bool {
	m := make(map[string]bool, len(list))
	for _, s := range list {
		m[s] = true
	}
	return m
}

func fieldsOf(err error) []fault.Field {
	if e, ok := errors.AsType[*fault.Error](err); ok {
		return e.Fields
	}
	return nil
}
