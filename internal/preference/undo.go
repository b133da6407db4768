package preference

import (
	"cmp"
	"context"
	"strings"
	"time"

	"github.com/kyodaku/kyodaku/internal/consent"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/keyring"
	"github.com/kyodaku/kyodaku/internal/store"
)

// undoTime is how long a refusal can be taken back by its own page. Later, the
// preference centre is the way.
const undoTime = 24 * time.Hour

// Undone is what came back.
type Undone struct {
	Sender Sender
	// Topics are on again; empty when nothing was to be undone (any more).
	Topics []Offer
	// Preferences is the token of the preference centre.
	Preferences string
}

// Undo takes a refusal back: an act of the person's own, by the button on the page
// that confirmed the refusal. Only what that very refusal ended comes back, and
// nothing on which a later word was said. A token older than a day is
// fault.Invalid with the key keyring.expired.
func (d *Desk) Undo(ctx context.Context, token string, act Act, now time.Time) (Undone, error) {
	r, err := d.open(ctx, token, keyring.Undo, now, undoTime)
	if err != nil {
		return Undone{}, err
	}
	if r.erased() {
		return Undone{}, errGone()
	}
	ws, err := d.Accounts.WorkspaceByID(ctx, d.DB, r.Workspace)
	if err != nil {
		return Undone{}, failed("undo", err)
	}
	out := Undone{Sender: senderOf(ws, ws.Label, act.Lang), Preferences: d.link(r, keyring.Preferences)}
	ctx, cancel := lasting(ctx)
	defer cancel()
	err = d.DB.Write(ctx, func(tx *store.Tx) (err error) {
		out.Topics, err = d.undo(ctx, tx, r, act, now)
		return err
	})
	return out, failed("undo", err)
}

func (d *Desk) undo(ctx context.Context, tx *store.Tx, r reader, act Act, now time.Time) ([]Offer, error) {
	if erased, err := hold(ctx, tx, r.Address); err != nil || erased {
		return nil, cmp.Or(err, errGone())
	}
	left, err := d.Consents.EventByID(ctx, tx, r.Workspace, r.ID)
	if err != nil {
		return nil, err
	}
	s, err := d.standing(ctx, tx, r.address, now)
	if err != nil {
		return nil, err
	}
	topics, err := d.Consents.Topics(ctx, tx, r.Workspace, false)
	if err != nil {
		return nil, err
	}
	var back []consent.Topic
	var offers []Offer
	for _, t := range topics {
		if !left.Evidence.Boxes[store.Public(topicPrefix, t.ID)] || !s.endedBy(t.ID, left.ID) {
			continue
		}
		offer, err := d.offer(ctx, tx, t, act.Lang)
		if err != nil {
			return nil, err
		}
		back, offers = append(back, t), append(offers, offer)
	}
	if len(back) == 0 {
		return nil, nil
	}
	return offers, d.restore(ctx, tx, restoring{reader: r, left: left, topics: back, offers: offers, standing: s, act: act}, now)
}

// endedBy says whether an event is the last word on a topic.
func (s standing) endedBy(topic, event int64) bool {
	st, every := s.state(topic), s.states[0]
	ended := st.Status == consent.StatusWithdrawn || st.Status == consent.StatusRefused
	later := every.Event > event && (every.Status == consent.StatusWithdrawn || every.Status == consent.StatusRefused)
	return ended && st.Event == event && !later
}

// restoring is what comes back, by whom and how.
type restoring struct {
	reader
	left   consent.Entry
	topics []consent.Topic
	offers []Offer
	standing
	act Act
}

func (d *Desk) restore(ctx context.Context, tx *store.Tx, r restoring, now time.Time) error {
	ws, err := d.Accounts.WorkspaceByID(ctx, tx, r.Workspace)
	if err != nil {
		return err
	}
	shown, err := d.keepShown(ctx, tx, ws, sheet{Kind: sheetUndo, Lang: r.act.Lang, Topics: r.offers}, now)
	if err != nil {
		return err
	}
	before, err := d.grantsBefore(ctx, tx, r)
	if err != nil {
		return err
	}
	events := make([]*consent.Event, 0, len(r.topics))
	for i, t := range r.topics {
		e := &consent.Event{
			Workspace: r.Workspace, Address: r.Address, Topic: t.ID, Action: consent.ActionGranted, Basis: consent.BasisConsent,
			Method: consent.MethodPage, OccurredAt: now, RefersTo: r.left.ID, PausedUntil: r.state(t.ID).PausedUntil,
			Evidence: r.act.evidence(r.left.Evidence.Message),
		}
		e.Evidence.Address = r.address.Shown
		e.Evidence.Shown, e.Evidence.Frequency, e.Evidence.PolicyURL = shown, r.offers[i].Promise, ws.PrivacyURL
		if was, ok := before[t.ID]; ok {
			e.ValidUntil = was.ValidUntil
			e.Evidence.Purposes, e.Evidence.Wordings = was.Evidence.Purposes, was.Evidence.Wordings
		}
		if err := d.recordable(e, r.offers[i]); err != nil {
			return err
		}
		events = append(events, e)
	}
	_, err = d.Consents.Append(ctx, tx, events)
	return err
}

// grantsBefore finds, by topic, the permission that stood before the refusal; the
// person's own goes before what others brought.
func (d *Desk) grantsBefore(ctx context.Context, r store.Reader, q restoring) (map[int64]consent.Entry, error) {
	found := map[int64]consent.Entry{}
	for e, err := range d.Consents.History(ctx, r, consent.Of{Workspace: q.Workspace, Address: q.Address}) {
		if err != nil {
			return nil, err
		}
		if e.ID >= q.left.ID {
			break
		}
		if e.Action.Grants() && (e.Method.OwnAct() || !found[e.Topic].Method.OwnAct()) {
			found[e.Topic] = e
		}
	}
	return found, nil
}

// Reason is why somebody left, asked only afterwards and never needed.
type Reason string

// The reasons.
const (
	TooMany     Reason = "too_many"
	NotRelevant Reason = "not_relevant"
	NeverAsked  Reason = "never_asked"
	OtherWay    Reason = "other_address"
	OtherReason Reason = "other"
)

// Reasons lists the reasons in the order in which they are offered.
func Reasons() []Reason { return []Reason{TooMany, NotRelevant, NeverAsked, OtherWay, OtherReason} }

// Valid says whether the reason is one of ours.
func (r Reason) Valid() bool {
	return r == TooMany || r == NotRelevant || r == NeverAsked || r == OtherWay || r == OtherReason
}

// maxRemark is the longest remark, in characters.
const maxRemark = 500

// TellWhy keeps the reason of a refusal, by its Undo token. It may be told again;
// the last word counts. Wrong fields are reason and remark.
func (d *Desk) TellWhy(ctx context.Context, token string, reason Reason, remark string, now time.Time) error {
	t, err := d.Ring.Verify(token, keyring.Undo, now, undoTime)
	if err != nil {
		return failed("tell why", err)
	}
	var wrong fault.Fields
	if !reason.Valid() {
		wrong.Add("reason", "preference.reason.choose")
	}
	remark = strings.TrimSpace(remark)
	if len([]rune(remark)) > maxRemark {
		wrong.Add("remark", "preference.reason.long", "Max", maxRemark)
	}
	if err := wrong.Err(); err != nil {
		return err
	}
	err = d.DB.Write(ctx, func(tx *store.Tx) error {
		// The event must be there: reasons belong to refusals.
		if _, err := d.Consents.EventByID(ctx, tx, t.Workspace, t.ID); err != nil {
			return err
		}
		id, err := tx.NewID(ctx)
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, sqlPutReason, id, t.Workspace, t.ID, string(reason), remark, store.Micros(now))
		return err
	})
	return failed("tell why", err)
}

// ReasonKey is the catalogue key of a reason's text.
func (r Reason) ReasonKey() string { return "preference.reason." + string(r) }
