package api

import (
	"context"
	"net/http"
	"time"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/addr"
	"github.com/kyodaku/kyodaku/internal/consent"
	"github.com/kyodaku/kyodaku/internal/contact"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/gate"
	"github.com/kyodaku/kyodaku/internal/law"
	"github.com/kyodaku/kyodaku/internal/store"
)

type permissionQuery struct {
	Address string `query:"address" required:"true"`
	Topic   string `query:"topic" doc:"key or id; empty for messages without a topic"`
	Class   string `query:"class" default:"ad" enum:"ad,consent_request,tx,tx_with_incidental_ad,notice"`
}

type permissionView struct {
	Allowed bool `json:"allowed"`
	// Rule, Reason and Citation say why not.
	Rule     string     `json:"rule,omitempty"`
	Reason   string     `json:"reason,omitempty"`
	Citation string     `json:"citation,omitempty"`
	State    string     `json:"state,omitempty"`
	Basis    string     `json:"basis,omitempty"`
	Event    string     `json:"event,omitempty"`
	Until    *time.Time `json:"until,omitempty"`
	Rules    string     `json:"rules"`
}

type eventInput struct {
	Body struct {
		Address    string     `json:"address"`
		Topic      string     `json:"topic,omitempty" doc:"key or id; empty for every topic (refusals, pauses)"`
		Action     string     `json:"action" enum:"requested,granted,confirmed,reconfirmed,refused,withdrawn,paused,resumed,frequency_changed"`
		Basis      string     `json:"basis,omitempty" enum:"B1,B2,B3,B4"`
		OccurredAt time.Time  `json:"occurred_at"`
		Until      *time.Time `json:"paused_until,omitempty"`
		Count      int        `json:"frequency_count,omitempty" minimum:"0" maximum:"1000"`
		Period     string     `json:"frequency_period,omitempty" enum:"day,week,month,year"`
		Evidence   struct {
			Source  string `json:"source" doc:"where and how this was said"`
			Note    string `json:"note,omitempty"`
			Page    string `json:"page,omitempty"`
			Network string `json:"network,omitempty"`
		} `json:"evidence"`
	}
}

type eventView struct {
	ID     string `json:"id"`
	Action string `json:"action"`
}

func (s *server) consentOperations() {
	register(s, operation{http.MethodGet, "/permission", "getPermission", "May this message go to this address now?", account.ConsentRead, 0}, s.getPermission)
	register(s, operation{http.MethodPost, "/consents/events", "recordConsent", "Record what a person said", account.ConsentWrite, http.StatusCreated}, s.recordConsent)
	register(s, operation{http.MethodGet, "/log/head", "getLogHead", "The signed head of the consent log", account.ConsentRead, 0}, s.getLogHead)
}

// getPermission asks the very function that the sender asks.
func (s *server) getPermission(ctx context.Context, c call, in *permissionQuery) (*one[permissionView], error) {
	_, hash, err := s.address(c, in.Address)
	if err != nil {
		return nil, err
	}
	var t consent.Topic
	if in.Topic != "" {
		if t, err = s.topic(ctx, c, in.Topic); err != nil {
			return nil, err
		}
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
	s.explain(&v, decisions[0].Refusal, c)
	return &one[permissionView]{v}, s.addState(ctx, &v, a, t)
}

func (s *server) explain(v *permissionView, no *gate.Refusal, c call) {
	if no == nil {
		return
	}
	v.Rule = string(no.Rule)
	if r, ok := s.Gate.Rules().Rule(no.Rule); ok {
		v.Reason, v.Citation = r.Text(string(c.lang)), r.Source(string(c.lang))
	}
}

func (s *server) addState(ctx context.Context, v *permissionView, a contact.Address, t consent.Topic) error {
	if a.ID == 0 {
		return nil
	}
	states, err := s.Consent.State(ctx, s.DB, a.ID)
	if st, ok := states[t.ID]; ok {
		v.State, v.Basis, v.Event, v.Until = string(st.Status), string(st.Basis), store.Public("evt", st.Event), when(st.ValidUntil)
	}
	return err
}

func (s *server) recordConsent(ctx context.Context, c call, in *eventInput) (*one[eventView], error) {
	b := in.Body
	m, _, err := s.address(c, b.Address)
	if err != nil {
		return nil, err
	}
	if b.Evidence.Source == "" {
		return nil, fault.Bad("evidence.source", "api.source.missing")
	}
	if b.OccurredAt.After(c.now.Add(time.Minute)) {
		return nil, fault.Bad("occurred_at", "api.future")
	}
	e := &consent.Event{
		Workspace: c.workspace(), Action: consent.Action(b.Action), Basis: consent.Basis(b.Basis), Method: consent.MethodAPI,
		OccurredAt: b.OccurredAt, ReceivedAt: c.now, Frequency: consent.Frequency{Count: b.Count, Period: consent.Period(b.Period)},
		Evidence: consent.Evidence{Address: b.Address, Source: b.Evidence.Source, Note: b.Evidence.Note, Page: b.Evidence.Page, Network: b.Evidence.Network},
	}
	if b.Until != nil {
		e.PausedUntil = *b.Until
	}
	if b.Topic != "" {
		t, err := s.topic(ctx, c, b.Topic)
		if err != nil {
			return nil, err
		}
		e.Topic = t.ID
	}
	if err := s.append(ctx, c, m, e); err != nil {
		return nil, err
	}
	return &one[eventView]{eventView{store.Public("evt", e.ID), b.Action}}, nil
}

// append stores the event and, for a refusal, answers only when no dot can follow.
func (s *server) append(ctx context.Context, c call, m addr.Mail, e *consent.Event) error {
	var refused []consent.Refused
	err := s.DB.Write(ctx, func(tx *store.Tx) error {
		a, _, err := s.Contacts.EnsureAddress(ctx, tx, c.workspace(), m, c.now)
		if err != nil {
			return err
		}
		if a.Contact == 0 && e.Action.Grants() {
			if _, _, err := s.Contacts.EnsureContact(ctx, tx, a, contact.Contact{Workspace: c.workspace()}, c.now); err != nil {
				return err
			}
		}
		e.Address = a.ID
		refused, err = s.Consent.Append(ctx, tx, []*consent.Event{e})
		return err
	})
	if err != nil {
		return err
	}
	return s.Gate.Fence(ctx, refused)
}

type headView struct {
	Size       int64      `json:"size"`
	Root       []byte     `json:"root"`
	Checkpoint string     `json:"checkpoint"`
	Verifier   string     `json:"verifier"`
	At         *time.Time `json:"at,omitempty"`
}

func (s *server) getLogHead(ctx context.Context, c call, _ *nothing) (*one[headView], error) {
	if _, err := s.Consent.Sequence(ctx, c.now); err != nil {
		return nil, err
	}
	head, err := s.Consent.Head(ctx, s.DB, c.workspace())
	if err != nil {
		return nil, err
	}
	return &one[headView]{headView{
		Size: head.Size, Root: head.Root, Checkpoint: head.Note, Verifier: head.VerifierKey, At: when(head.At),
	}}, nil
}
