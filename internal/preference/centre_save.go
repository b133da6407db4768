package preference

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/kyodaku/kyodaku/internal/consent"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/i18n"
	"github.com/kyodaku/kyodaku/internal/keyring"
	"github.com/kyodaku/kyodaku/internal/store"
)

// Change is what a person changed on the page: the difference between the page as
// it was shown and as it came back. What is not named here is left as it is.
type Change struct {
	// On and Off are topics that were switched.
	On, Off []int64
	// Limits are new frequencies by topic, 0 for everything; a zero Count is no limit.
	Limits map[int64]consent.Frequency
	// Pause is the new end of the pause of everything; the zero time ends it now.
	Pause *time.Time
	// Lang is the new language, empty to leave it.
	Lang i18n.Lang
	// Shown is Centre.Shown of the page that was shown.
	Shown string
}

// Empty says that nothing was changed.
func (c Change) Empty() bool {
	return len(c.On)+len(c.Off)+len(c.Limits) == 0 && c.Pause == nil && c.Lang == ""
}

// longestPause bounds a pause to what people can have meant.
const longestPause = 10 * 366 * 24 * time.Hour

// check refuses what nobody can have meant; the names of wrong fields are limit,
// pause and lang.
func (c Change) check(now time.Time) error {
	var wrong fault.Fields
	for _, f := range c.Limits {
		if f.Count < 0 || f.Count > 1000 || (f.Count > 0) != f.Period.Valid() {
			wrong.Add("limit", "preference.limit.form")
		}
	}
	if c.Pause != nil && !c.Pause.IsZero() && (!c.Pause.After(now) || c.Pause.Sub(now) > longestPause) {
		wrong.Add("pause", "preference.pause.past")
	}
	if c.Lang != "" && !c.Lang.Valid() {
		wrong.Add("lang", "preference.lang.unknown")
	}
	return wrong.Err()
}

// Saved is the outcome of a Save.
type Saved struct {
	Centre
	// Changed says that something was recorded.
	Changed bool
	// Again says that the topics read differently by now: what was switched on was
	// not recorded, because nobody has seen what it would agree to. All else was.
	Again bool
}

// Save records what a person changed, in one transaction, and returns the settings
// as they stand afterwards. A no among it is binding when Save returns, with an error too:
// a yes that could not be proved later is fault.Refused, and all else is recorded.
func (d *Desk) Save(ctx context.Context, token string, c Change, act Act, now time.Time) (Saved, error) {
	r, err := d.open(ctx, token, keyring.Preferences, now, 0)
	if err != nil {
		return Saved{}, err
	}
	if r.erased() {
		return Saved{}, errGone()
	}
	if err := c.check(now); err != nil {
		return Saved{}, err
	}
	ctx, cancel := lasting(ctx)
	defer cancel()
	var out Saved
	var refused []consent.Refused
	var denied error
	err = d.DB.Write(ctx, func(tx *store.Tx) error {
		out = Saved{}
		s := saving{Desk: d, tx: tx, reader: r, change: c, act: act, now: now}
		if err := s.run(ctx); err != nil {
			return err
		}
		refused, denied, out.Changed, out.Again = s.refused, s.denied, s.changed, s.again
		out.Centre, _, err = d.centre(ctx, tx, r, act.Lang, now)
		return err
	})
	if err != nil {
		return Saved{}, failed("save", err)
	}
	return out, failed("save", errors.Join(d.fenceOff(ctx, r, c.Off, refused), denied))
}

// fenceOff makes binding what was switched off, by this save or just before it.
func (d *Desk) fenceOff(ctx context.Context, r reader, off []int64, refused []consent.Refused) error {
	if err := d.Gate.Fence(ctx, refused); err != nil {
		return err
	}
	for _, topic := range off {
		if slices.ContainsFunc(refused, func(f consent.Refused) bool { return f.Topic == topic }) {
			continue
		}
		if err := d.fenceAgain(ctx, no{reader: r, topic: topic}, 0); err != nil {
			return err
		}
	}
	return nil
}

// saving is one Save under way.
type saving struct {
	*Desk
	tx *store.Tx
	reader
	change Change
	act    Act
	now    time.Time

	view
	// shown is the hash of what the page says now.
	shown          string
	events         []*consent.Event
	refused        []consent.Refused
	changed, again bool
	// denied is why a yes was not recorded; a no beside it counts all the same.
	denied error
}

// begin reads the page as it is now, with everybody else kept waiting.
func (s *saving) begin(ctx context.Context) (Centre, error) {
	if erased, err := hold(ctx, s.tx, s.Address); err != nil || erased {
		return Centre{}, cmp.Or(err, errGone())
	}
	page, v, err := s.centre(ctx, s.tx, s.reader, s.act.Lang, s.now)
	s.view, s.shown = v, page.Shown
	return page, err
}

func (s *saving) run(ctx context.Context) error {
	if _, err := s.begin(ctx); err != nil {
		return err
	}
	s.switchOff()
	if err := s.switchOn(ctx); err != nil {
		return err
	}
	s.limit()
	s.pause()
	if err := s.speak(ctx); err != nil {
		return err
	}
	return s.record(ctx)
}

// record appends what the person said, if anything.
func (s *saving) record(ctx context.Context) (err error) {
	if len(s.events) == 0 {
		return nil
	}
	s.changed = true
	s.refused, err = s.Consents.Append(ctx, s.tx, s.events)
	return err
}

// event adds an event of this page.
func (s *saving) event(action consent.Action, topic int64) *consent.Event {
	e := &consent.Event{
		Workspace: s.Workspace, Address: s.Address, Topic: topic, Action: action, Method: consent.MethodPreferenceCentre,
		OccurredAt: s.now, RefersTo: s.states[topic].Event, Evidence: s.act.evidence(s.ID),
	}
	s.events = append(s.events, e)
	return e
}

func (s *saving) switchOff() {
	for _, topic := range s.change.Off {
		if s.on(topic) {
			e := s.event(consent.ActionWithdrawn, topic)
			e.Evidence.Boxes = map[string]bool{store.Public(topicPrefix, topic): true}
		}
	}
}

// switchOn records a yes for the very text that was shown. The link came by mail,
// so the mailbox itself speaks.
func (s *saving) switchOn(ctx context.Context) error {
	var wanted []Offer
	for _, o := range s.offers {
		if slices.Contains(s.change.On, o.ID) && !slices.Contains(s.change.Off, o.ID) && !s.on(o.ID) {
			wanted = append(wanted, o)
		}
	}
	if s.again = len(wanted) > 0 && s.change.Shown != s.shown; s.again {
		return nil
	}
	action := consent.ActionGranted
	if s.ID != 0 {
		action = consent.ActionConfirmed
	}
	return s.agree(ctx, action, sheetCentre, s.offers, wanted)
}

// agree adds the events of a yes to topics, with the sheet that was shown.
func (s *saving) agree(ctx context.Context, action consent.Action, kind string, listed, wanted []Offer) error {
	if len(wanted) == 0 {
		return nil
	}
	shown, err := s.keepShown(ctx, s.tx, s.workspace, sheet{Kind: kind, Lang: s.act.Lang, Topics: listed}, s.now)
	if err != nil {
		return err
	}
	for _, o := range wanted {
		e := s.event(action, o.ID)
		e.Basis, e.Evidence.Address = consent.BasisConsent, s.address.Shown
		e.Evidence.Shown, e.Evidence.Frequency, e.Evidence.PolicyURL = shown, o.Promise, s.workspace.PrivacyURL
		if kind == sheetCentre {
			e.Evidence.Boxes = map[string]bool{o.Key: true}
		}
		if s.ID != 0 {
			e.Evidence.Confirmation = &consent.Confirmation{
				Message: s.ID, PressedAt: s.now, Network: e.Evidence.Network, UserAgent: e.Evidence.UserAgent, Shown: shown,
			}
		}
		if err := s.recordable(e, o); err != nil {
			s.denied = err
			s.events = s.events[:len(s.events)-1]
		}
	}
	return nil
}

func (s *saving) limit() {
	for _, topic := range slices.Sorted(maps.Keys(s.change.Limits)) {
		f := s.change.Limits[topic]
		known := topic == 0 || slices.ContainsFunc(s.offers, func(o Offer) bool { return o.ID == topic })
		if known && s.states[topic].Frequency != f {
			s.event(consent.ActionFrequencyChanged, topic).Frequency = f
		}
	}
}

func (s *saving) pause() {
	if s.change.Pause == nil {
		return
	}
	until := store.Time(store.Micros(*s.change.Pause))
	switch now := still(s.states[0].PausedUntil, s.now); {
	case until.Equal(now):
	case until.IsZero():
		s.event(consent.ActionResumed, 0)
	default:
		s.event(consent.ActionPaused, 0).PausedUntil = until
	}
}

// speak changes the language of the person's mails; that is no consent.
func (s *saving) speak(ctx context.Context) error {
	if s.change.Lang == "" || s.address.Contact == 0 {
		return nil
	}
	c, err := s.People.Get(ctx, s.tx, s.Workspace, s.address.Contact)
	if fault.Is(err, fault.NotFound) || err == nil && (!c.Live() || c.Lang == s.change.Lang) {
		return nil
	}
	if err != nil {
		return err
	}
	c.Lang = s.change.Lang
	_, err = s.People.Edit(ctx, s.tx, c, s.now)
	s.changed = true
	return err
}
