package api

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"time"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/addr"
	"github.com/kyodaku/kyodaku/internal/consent"
	"github.com/kyodaku/kyodaku/internal/contact"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/gate"
	"github.com/kyodaku/kyodaku/internal/i18n"
	"github.com/kyodaku/kyodaku/internal/law"
	"github.com/kyodaku/kyodaku/internal/store"
)

const eventPrefix = "evt"

type permissionQuery struct {
	Address string `query:"address" required:"true"`
	Topic   string `query:"topic" doc:"key or id; empty for messages without a topic"`
	Class   string `query:"class" default:"ad" enum:"ad,consent_request,tx,tx_with_incidental_ad,notice"`
}

type permissionView struct {
	Allowed bool `json:"allowed"`
	// Rule, Reason and Citation say why not.
	Rule        string     `json:"rule,omitempty" doc:"the rule that says no"`
	Reason      string     `json:"reason,omitempty"`
	Citation    string     `json:"citation,omitempty"`
	State       string     `json:"state,omitempty"`
	Basis       string     `json:"basis,omitempty"`
	Event       string     `json:"event,omitempty" doc:"the event that the state rests on"`
	Until       *time.Time `json:"until,omitempty"`
	PausedUntil *time.Time `json:"paused_until,omitempty"`
	Rules       string     `json:"rules" doc:"the version of the rules that were asked"`
}

// eventRecord is what a person said, as a program tells it.
type eventRecord struct {
	Address     string           `json:"address" doc:"mail address"`
	Topic       string           `json:"topic,omitempty" doc:"key or id; empty for every topic (refusals, pauses)"`
	Action      string           `json:"action" enum:"requested,granted,confirmed,reconfirmed,refused,withdrawn,paused,resumed,frequency_changed"`
	Basis       string           `json:"basis,omitempty" enum:"B1,B2,B3,B4" doc:"needed for granted, confirmed and reconfirmed"`
	OccurredAt  time.Time        `json:"occurred_at" doc:"when the person said so"`
	ValidUntil  *time.Time       `json:"valid_until,omitempty"`
	PausedUntil *time.Time       `json:"paused_until,omitempty"`
	Frequency   *frequencyRecord `json:"frequency,omitempty" doc:"at most so many messages, for frequency_changed"`
	Evidence    evidenceRecord   `json:"evidence"`
}

type frequencyRecord struct {
	Count  int    `json:"count" minimum:"1" maximum:"1000"`
	Period string `json:"period" enum:"day,week,month,year"`
}

type evidenceRecord struct {
	Source    string `json:"source" minLength:"1" maxLength:"500" doc:"where and how this was said"`
	Note      string `json:"note,omitempty" maxLength:"2000"`
	Express   bool   `json:"express,omitempty" doc:"the person agreed in so many words that can be shown: a ticked box, a signed form"`
	Page      string `json:"page,omitempty" maxLength:"2000" doc:"address of the page"`
	Network   string `json:"network,omitempty" maxLength:"100" doc:"remote address of the person; only its network is kept (/24, /48)"`
	UserAgent string `json:"user_agent,omitempty" maxLength:"500"`
}

type eventInput struct{ Body eventRecord }

// eventView is an entry of the consent log.
type eventView struct {
	ID          string           `json:"id"`
	Action      string           `json:"action"`
	Contact     string           `json:"contact,omitempty"`
	Address     string           `json:"address" doc:"id of the address"`
	Channel     string           `json:"channel"`
	Topic       string           `json:"topic,omitempty" doc:"key; absent for every topic"`
	Basis       string           `json:"basis,omitempty"`
	Method      string           `json:"method"`
	Grade       string           `json:"grade,omitempty" doc:"how good the evidence is, A to D"`
	OccurredAt  time.Time        `json:"occurred_at"`
	ReceivedAt  time.Time        `json:"received_at"`
	ValidUntil  *time.Time       `json:"valid_until,omitempty"`
	PausedUntil *time.Time       `json:"paused_until,omitempty"`
	Frequency   *frequencyRecord `json:"frequency,omitempty"`
	RefersTo    string           `json:"refers_to,omitempty"`
	Evidence    map[string]any   `json:"evidence,omitempty"`
	Erased      bool             `json:"erased,omitempty" doc:"evidence and salt were destroyed"`
	Commitment  string           `json:"commitment" doc:"hex; the leaf's data in the log"`
	Leaf        *int64           `json:"leaf,omitempty" doc:"number of the leaf; absent while it waits for its place"`
	State       *string          `json:"state,omitempty" doc:"what holds now; only told where an event is recorded"`
}

func (s *server) consentOperations() {
	register(s, operation{method: http.MethodGet, path: "/permission", id: "getPermission", summary: "May this message go to this address now?", scope: account.ConsentRead}, s.getPermission)
	register(s, operation{method: http.MethodPost, path: "/consents/events", id: "recordConsent", summary: "Record what a person said", scope: account.ConsentWrite, status: http.StatusCreated}, s.recordConsent)
	register(s, operation{method: http.MethodGet, path: "/log/head", id: "getLogHead", summary: "The signed head of the consent log", scope: account.ConsentRead}, s.getLogHead)
}

// getPermission asks the very function that the sender asks.
func (s *server) getPermission(ctx context.Context, c call, in *permissionQuery) (*answer[permissionView], error) {
	_, hash, err := s.address(c, in.Address)
	if err != nil {
		return nil, err
	}
	var t consent.Topic
	if in.Topic != "" {
		if t, err = s.topic(ctx, s.DB, c, in.Topic); err != nil {
			return nil, err
		}
	} else if t.Profile, err = s.firstProfile(ctx, c); err != nil {
		return nil, err
	}
	a, err := s.Contacts.AddressByHash(ctx, s.DB, c.workspace(), hash)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return nil, err
	}
	audience := gate.Audience{Workspace: c.workspace(), Profile: t.Profile, Stage: gate.Planned}
	q := gate.Request{Address: a.ID, Topic: t.ID, Class: law.Class(in.Class)}
	decisions, err := s.Gate.Admit(ctx, s.DB, audience, []gate.Request{q}, c.now)
	if err != nil {
		return nil, err
	}
	v := permissionView{Allowed: decisions[0].Refusal == nil, Rules: s.Gate.Rules().Version()}
	if no := decisions[0].Refusal; no != nil {
		v.Rule = string(no.Rule)
		v.Reason, v.Citation = s.ruleText(no.Rule, c.lang)
	}
	err = s.addState(ctx, &v, a, t)
	return one(v), err
}

// firstProfile is the sender of messages that belong to no topic.
func (s *server) firstProfile(ctx context.Context, c call) (int64, error) {
	profiles, err := s.Accounts.Profiles(ctx, s.DB, c.workspace())
	if err != nil || len(profiles) == 0 {
		return 0, err
	}
	return profiles[0].ID, nil
}

// ruleText is a rule in the caller's language, with where it stands.
func (s *server) ruleText(id law.RuleID, lang i18n.Lang) (reason, citation string) {
	if r, ok := s.Gate.Rules().Rule(id); ok {
		return r.Text(string(lang)), r.Source(string(lang))
	}
	return "", ""
}

func (s *server) addState(ctx context.Context, v *permissionView, a contact.Address, t consent.Topic) error {
	if a.ID == 0 {
		return nil
	}
	states, err := s.Consent.State(ctx, s.DB, a.ID)
	if st, ok := states[t.ID]; ok {
		v.State, v.Basis, v.Event = string(st.Status), string(st.Basis), public(eventPrefix, st.Event)
		v.Until, v.PausedUntil = when(st.ValidUntil), when(st.PausedUntil)
	}
	return err
}

// future is how far ahead of ours a caller's clock may be.
const future = time.Minute

func (s *server) recordConsent(ctx context.Context, c call, in *eventInput) (*answer[eventView], error) {
	b := in.Body
	m, _, err := s.address(c, b.Address)
	if err != nil {
		return nil, err
	}
	if b.OccurredAt.After(c.now.Add(future)) {
		return nil, fault.Bad("occurred_at", "api.future")
	}
	network, err := shortNetwork(b.Evidence.Network)
	if err != nil {
		return nil, err
	}
	e := &consent.Event{
		Workspace: c.workspace(), Action: consent.Action(b.Action), Basis: consent.Basis(b.Basis), Method: consent.MethodAPI,
		OccurredAt: b.OccurredAt, ReceivedAt: c.now,
		Evidence: consent.Evidence{
			Address: b.Address, Source: b.Evidence.Source, Note: b.Evidence.Note, Page: b.Evidence.Page,
			Network: network, UserAgent: b.Evidence.UserAgent,
		},
	}
	if e.Action.Refuses() {
		e.Evidence.Rule = string(s.Gate.Rules().RefusalRule(law.RefusalFacts{Way: "api"}, c.now))
	}
	if e.Action.Grants() && b.Evidence.Express {
		e.Evidence.Facts = &contact.BasisFacts{Express: true}
	}
	set(&e.ValidUntil, b.ValidUntil)
	set(&e.PausedUntil, b.PausedUntil)
	if b.Frequency != nil {
		e.Frequency = consent.Frequency{Count: b.Frequency.Count, Period: consent.Period(b.Frequency.Period)}
	}
	if e.Topic, err = s.topicID(ctx, c, b.Topic); err != nil {
		return nil, err
	}
	if err := s.record(ctx, c, m, e); err != nil {
		return nil, withoutPrefix(err, "events[0].")
	}
	return s.answerEvent(ctx, c, e)
}

// record stores the event and, for a refusal, answers only when no dot can follow.
func (s *server) record(ctx context.Context, c call, m addr.Mail, e *consent.Event) error {
	var refused []consent.Refused
	err := s.DB.Write(ctx, func(tx *store.Tx) error {
		a, err := s.addressOf(ctx, tx, c, m, e)
		if err != nil {
			return err
		}
		if a.Contact == 0 && e.Action.Grants() {
			if _, _, err := s.Contacts.EnsureContact(ctx, tx, a, contact.Contact{Workspace: c.workspace()}, c.now); err != nil {
				return err
			}
		}
		e.Address = a.ID
		if refused, err = s.Consent.Append(ctx, tx, []*consent.Event{e}); err != nil {
			return err
		}
		return s.audit(ctx, tx, c, account.Entry{Action: "consent.record", Subject: account.Subject{Kind: "event", ID: e.ID}})
	})
	if err != nil {
		return err
	}
	return s.Gate.Fence(ctx, refused)
}

// addressOf is the row of an address for what a program tells about it. One that was
// erased comes back by an act of the person alone: its hash is enough to refuse by,
// without writing the address down again.
func (s *server) addressOf(ctx context.Context, tx *store.Tx, c call, m addr.Mail, e *consent.Event) (contact.Address, error) {
	a, err := s.Contacts.AddressByHash(ctx, tx, c.workspace(), s.Contacts.Hash(c.workspace(), m))
	if fault.Is(err, fault.NotFound) {
		a, _, err = s.Contacts.EnsureAddress(ctx, tx, c.workspace(), m, c.now)
	}
	if err == nil { // as it stands once whoever is just erasing it has ended
		a, err = s.Contacts.HoldAddress(ctx, tx, c.workspace(), a.ID)
	}
	switch {
	case err == nil && !a.ErasedAt.IsZero() && !e.Action.Refuses():
		err = fault.New(fault.Refused, "api.contact.erased")
	case err == nil && !a.ErasedAt.IsZero():
		e.Evidence.Address = ""
	}
	return a, err
}

// answerEvent is an event as it stands in the log, with what holds after it: a
// program's word does not lift a person's no.
func (s *server) answerEvent(ctx context.Context, c call, e *consent.Event) (*answer[eventView], error) {
	entry, err := s.Consent.EventByID(ctx, s.DB, c.workspace(), e.ID)
	if err != nil {
		return nil, err
	}
	keys, err := s.topicKeys(ctx, c)
	if err != nil {
		return nil, err
	}
	v, err := viewEvent(entry, keys)
	if err != nil {
		return nil, err
	}
	states, err := s.Consent.State(ctx, s.DB, e.Address)
	now := string(states[e.Topic].Status)
	v.State = &now
	return one(v), err
}

func viewEvent(e consent.Entry, keys map[int64]string) (eventView, error) {
	v := eventView{
		ID: public(eventPrefix, e.ID), Action: string(e.Action), Contact: public(contact.Prefix, e.Contact), Address: public(contact.AddressPrefix, e.Address),
		Channel: string(e.Channel), Topic: keys[e.Topic], Basis: string(e.Basis), Method: string(e.Method), Grade: string(e.Grade),
		OccurredAt: e.OccurredAt, ReceivedAt: e.ReceivedAt, ValidUntil: when(e.ValidUntil), PausedUntil: when(e.PausedUntil),
		RefersTo: public(eventPrefix, e.RefersTo), Erased: e.Erased, Commitment: hex.EncodeToString(e.Commitment),
	}
	if e.Frequency.Count > 0 {
		v.Frequency = &frequencyRecord{e.Frequency.Count, string(e.Frequency.Period)}
	}
	if e.Seq >= 0 {
		v.Leaf = &e.Seq
	}
	if e.Erased {
		return v, nil
	}
	return v, json.Unmarshal([]byte(e.Record()), &v.Evidence)
}

type headView struct {
	Size       int64      `json:"size" doc:"number of leaves"`
	Root       string     `json:"root" doc:"hex"`
	Checkpoint string     `json:"checkpoint" doc:"signed note"`
	Verifier   string     `json:"verifier" doc:"public key of the log, as sumdb/note writes it"`
	At         *time.Time `json:"at,omitempty"`
}

func (s *server) getLogHead(ctx context.Context, c call, _ *nothing) (*answer[headView], error) {
	head, err := s.Consent.Head(ctx, s.DB, c.workspace())
	return one(headView{
		Size: head.Size, Root: hex.EncodeToString(head.Root), Checkpoint: head.Note, Verifier: head.VerifierKey, At: when(head.At),
	}), err
}
