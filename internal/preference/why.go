package preference

import (
	"context"
	"time"

	"github.com/kyodaku/kyodaku/internal/consent"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/i18n"
	"github.com/kyodaku/kyodaku/internal/keyring"
	"github.com/kyodaku/kyodaku/internal/law"
	"github.com/kyodaku/kyodaku/internal/store"
)

// Why answers "why did I get this?". It tells the holder of a mail what the mail's
// sender has on file about that mail, and nothing about who the person is.
type Why struct {
	Sender Sender
	Zone   *time.Location
	// Address is the reader's, masked; empty when nothing is kept about the person.
	Address string
	// Topic is that of the message; zero if it has none.
	Topic Offer
	// On says whether the topic is switched on now.
	On      bool
	Message Decided
	Origin  Origin
	// Unsubscribe and Preferences are tokens for the ways out.
	Unsubscribe, Preferences string
}

// Decided is the decision to send one message.
type Decided struct {
	// Known is false when the message is not on file (any more).
	Known              bool
	Class              law.Class
	Test               bool
	CreatedAt, EndedAt time.Time
	// Rule forbade the message, "" if none did; Rules is the version of the rule set.
	Rule, Rules string
	// Event is the public id of the consent event it rests on.
	Event string
}

// Origin is the permission that a message rests on.
type Origin struct {
	// Known is false when there is none, Erased when its evidence was destroyed.
	Known, Erased bool
	At            time.Time
	Action        consent.Action
	Method        consent.Method
	Basis         consent.Basis
	// Source and Document are what the sender wrote down about an address that it
	// brought along itself.
	Source, Document string
	// Page is where the form stood.
	Page string
	// ConfirmedAt is when the mailbox confirmed, zero if it did not.
	ConfirmedAt time.Time
	// Wordings and Purposes are the texts as they read then.
	Wordings, Purposes []string
	Promise            string
	// Shown says that WhyShown can show what was on the screen.
	Shown bool
}

// Why reads the page of a why link. It changes nothing.
func (d *Desk) Why(ctx context.Context, token string, lang i18n.Lang, now time.Time) (Why, error) {
	r, err := d.open(ctx, token, keyring.Why, now, 0)
	if err != nil {
		return Why{}, err
	}
	ws, err := d.Accounts.WorkspaceByID(ctx, d.DB, r.Workspace)
	if err != nil {
		return Why{}, failed("why", err)
	}
	w := Why{Sender: senderOf(ws, ws.Label, lang), Zone: ws.Location()}
	if r.erased() {
		return w, nil
	}
	w.Address = mask(r.address.Shown)
	w.Unsubscribe, w.Preferences = d.link(r, keyring.Unsubscribe), d.link(r, keyring.Preferences)
	if w.Topic, w.On, err = d.topicNow(ctx, r, lang, now); err != nil {
		return Why{}, failed("why", err)
	}
	message, e, err := d.reason(ctx, r)
	if err != nil {
		return Why{}, failed("why", err)
	}
	w.Message = message
	w.Origin, err = d.origin(ctx, e, lang)
	return w, failed("why", err)
}

func (d *Desk) topicNow(ctx context.Context, r reader, lang i18n.Lang, now time.Time) (Offer, bool, error) {
	if r.Topic == 0 {
		return Offer{}, false, nil
	}
	t, err := d.Consents.TopicByID(ctx, d.DB, r.Workspace, r.Topic)
	if fault.Is(err, fault.NotFound) {
		return Offer{}, false, nil
	}
	if err != nil {
		return Offer{}, false, err
	}
	s, err := d.standing(ctx, d.DB, r.address, now)
	if err != nil {
		return Offer{}, false, err
	}
	o, err := d.offer(ctx, d.DB, t, lang)
	return o, s.on(r.Topic), err
}

// reason finds the decision about the link's message and the event that it rests
// on; without a message, the last permission on the topic.
func (d *Desk) reason(ctx context.Context, r reader) (Decided, *consent.Entry, error) {
	m, event, err := d.decided(ctx, r)
	if err != nil {
		return m, nil, err
	}
	if event == 0 && r.Topic != 0 {
		e, err := d.lastGrant(ctx, r)
		return m, e, err
	}
	if event == 0 {
		return m, nil, nil
	}
	e, err := d.Consents.EventByID(ctx, d.DB, r.Workspace, event)
	if fault.Is(err, fault.NotFound) || err == nil && e.Address != r.Address {
		return m, nil, nil
	}
	return m, &e, err
}

// lastGrant finds the newest permission on a link's topic, whether it stands or not;
// nil if there never was one.
func (d *Desk) lastGrant(ctx context.Context, r reader) (*consent.Entry, error) {
	var last *consent.Entry
	for e, err := range d.Consents.History(ctx, d.DB, consent.Of{Workspace: r.Workspace, Address: r.Address}) {
		if err != nil {
			return nil, err
		}
		if e.Topic == r.Topic && e.Action.Grants() {
			last = &e
		}
	}
	return last, nil
}

func (d *Desk) decided(ctx context.Context, r reader) (m Decided, event int64, err error) {
	var kind, outcome string
	var topic, created, ended int64
	err = d.DB.QueryRow(ctx, sqlMessage, r.ID, r.Workspace, r.Address).
		Scan(&kind, &m.Class, &topic, &outcome, &m.Rule, &event, &m.Rules, &created, &ended)
	if fault.Is(err, fault.NotFound) {
		return Decided{}, 0, nil
	}
	m.Known, m.Test, m.CreatedAt, m.EndedAt = err == nil, kind == "test", store.Time(created), store.Time(ended)
	if event != 0 {
		m.Event = store.Public("evt", event)
	}
	return m, event, err
}

func (d *Desk) origin(ctx context.Context, e *consent.Entry, lang i18n.Lang) (Origin, error) {
	if e == nil {
		return Origin{}, nil
	}
	v := e.Evidence
	o := Origin{
		Known: true, Erased: e.Erased, At: e.OccurredAt, Action: e.Action, Method: e.Method, Basis: e.Basis,
		Page: v.Page, Promise: v.Frequency, Shown: v.Shown != "",
	}
	if e.Method == consent.MethodImport || e.Method == consent.MethodOperator || e.Method == consent.MethodAPI {
		o.Source, o.Document = v.Source, v.Note
	}
	if v.Confirmation != nil {
		o.ConfirmedAt = v.Confirmation.PressedAt
	}
	if v.Lang != "" {
		lang = i18n.Lang(v.Lang) // in the language in which it was read
	}
	var err error
	if o.Wordings, err = d.texts(ctx, e.Workspace, consent.WordingConsent, v.Wordings, lang); err != nil {
		return Origin{}, err
	}
	o.Purposes, err = d.texts(ctx, e.Workspace, consent.WordingPurpose, v.Purposes, lang)
	return o, err
}

// texts reads wordings as they were.
func (d *Desk) texts(ctx context.Context, workspace int64, k consent.WordingKind, refs []consent.TextRef, lang i18n.Lang) ([]string, error) {
	var list []string
	for _, ref := range refs {
		w, err := d.Consents.WordingVersion(ctx, d.DB, workspace, k, ref)
		if fault.Is(err, fault.NotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if l := i18n.Lang(ref.Lang); l.Valid() {
			list = append(list, w.Text(l))
		} else {
			list = append(list, w.Text(lang))
		}
	}
	return list, nil
}

// WhyShown reads the page that the person agreed to, as it was shown; it is HTML
// from somebody's form and must be shown without any rights. fault.NotFound if
// none is kept.
func (d *Desk) WhyShown(ctx context.Context, token string, now time.Time) (consent.Shown, error) {
	r, err := d.open(ctx, token, keyring.Why, now, 0)
	if err != nil {
		return consent.Shown{}, err
	}
	if r.erased() {
		return consent.Shown{}, errGone()
	}
	_, e, err := d.reason(ctx, r)
	if err != nil {
		return consent.Shown{}, failed("why", err)
	}
	if e == nil || e.Evidence.Shown == "" {
		return consent.Shown{}, fault.New(fault.NotFound, "fault.not_found")
	}
	s, err := d.Consents.ShownByHash(ctx, d.DB, r.Workspace, e.Evidence.Shown)
	return s, failed("why", err)
}
