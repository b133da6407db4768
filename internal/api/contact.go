package api

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/consent"
	"github.com/kyodaku/kyodaku/internal/contact"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/store"
)

type contactView struct {
	ID          string            `json:"id"`
	FamilyName  string            `json:"family_name,omitempty"`
	GivenName   string            `json:"given_name,omitempty"`
	FamilyKana  string            `json:"family_kana,omitempty"`
	GivenKana   string            `json:"given_kana,omitempty"`
	DisplayName string            `json:"display_name,omitempty"`
	Company     string            `json:"company,omitempty"`
	Department  string            `json:"department,omitempty"`
	Title       string            `json:"title,omitempty"`
	PostalCode  string            `json:"postal_code,omitempty"`
	Prefecture  string            `json:"prefecture,omitempty"`
	Country     string            `json:"country,omitempty"`
	Language    string            `json:"language,omitempty"`
	Attributes  map[string]string `json:"attributes,omitempty"`
	Addresses   []addressView     `json:"addresses,omitempty" nullable:"false" doc:"only told of a single contact"`
	CreatedAt   time.Time         `json:"created_at"`
	UpdatedAt   time.Time         `json:"updated_at"`
	ErasedAt    *time.Time        `json:"erased_at,omitempty"`
	MergedInto  string            `json:"merged_into,omitempty"`
}

type addressView struct {
	ID      string      `json:"id"`
	Channel string      `json:"channel"`
	Address string      `json:"address"`
	States  []stateView `json:"states" nullable:"false"`
}

type stateView struct {
	// Topic is empty for what was said about every topic.
	Topic       string     `json:"topic,omitempty" doc:"key; absent for what was said about every topic"`
	State       string     `json:"state,omitempty" enum:"requested,given,refused,withdrawn,expired"`
	Basis       string     `json:"basis,omitempty"`
	Grade       string     `json:"grade,omitempty"`
	Event       string     `json:"event"`
	Since       *time.Time `json:"since,omitempty"`
	PausedUntil *time.Time `json:"paused_until,omitempty"`
}

func viewContact(c contact.Contact) contactView {
	return contactView{
		ID: public(contact.Prefix, c.ID), FamilyName: c.FamilyName, GivenName: c.GivenName, FamilyKana: c.FamilyKana,
		GivenKana: c.GivenKana, DisplayName: c.DisplayName, Company: c.Company, Department: c.Department, Title: c.Title,
		PostalCode: c.PostalCode, Prefecture: c.Prefecture, Country: c.Country, Language: string(c.Lang), Attributes: c.Attrs,
		CreatedAt: c.CreatedAt, UpdatedAt: c.UpdatedAt, ErasedAt: when(c.ErasedAt), MergedInto: public(contact.Prefix, c.MergedInto),
	}
}

type contactQuery struct {
	Address string `query:"address" doc:"exactly this mail address"`
	Text    string `query:"text" doc:"part of a name, reading, company or address"`
	Topic   string `query:"topic" doc:"key or id"`
	State   string `query:"state" enum:",requested,given,refused,withdrawn,expired"`
	After   string `query:"after"`
	Limit   int    `query:"limit" default:"50" minimum:"1" maximum:"500"`
}

func (s *server) contactOperations() {
	register(s, operation{method: http.MethodGet, path: "/contacts", id: "listContacts", summary: "Find contacts", scope: account.ContactsRead}, s.listContacts)
	register(s, operation{method: http.MethodGet, path: "/contacts/{id}", id: "getContact", summary: "One contact with addresses and permissions", scope: account.ContactsRead}, s.getContact)
}

func (s *server) listContacts(ctx context.Context, c call, in *contactQuery) (*list[contactView], error) {
	if in.Address != "" {
		return s.contactsByAddress(ctx, c, in.Address)
	}
	q := contact.Query{Text: in.Text, State: in.State, Limit: in.Limit}
	var err error
	if q.Topic, err = s.topicID(ctx, c, in.Topic); err != nil {
		return nil, err
	}
	if q.After, err = after(contact.Prefix, in.After); err != nil {
		return nil, err
	}
	found, err := s.Contacts.Search(ctx, s.DB, c.workspace(), q)
	if err != nil || len(found) == 0 {
		return listOf[contactView](nil, ""), err
	}
	return listOf(viewed(found, viewContact), next(contact.Prefix, len(found) == in.Limit, found[len(found)-1].ID)), nil
}

func (s *server) contactsByAddress(ctx context.Context, c call, text string) (*list[contactView], error) {
	_, hash, err := s.address(c, text)
	if err != nil {
		return nil, err
	}
	a, err := s.Contacts.AddressByHash(ctx, s.DB, c.workspace(), hash)
	if fault.Is(err, fault.NotFound) || err == nil && a.Contact == 0 {
		return listOf[contactView](nil, ""), nil
	}
	if err != nil {
		return nil, err
	}
	found, err := s.answerContact(ctx, c, a.Contact)
	if err != nil {
		return nil, err
	}
	return listOf([]contactView{found.Body}, ""), nil
}

func (s *server) getContact(ctx context.Context, c call, in *byID) (*answer[contactView], error) {
	id, err := store.ParsePublic(contact.Prefix, in.ID)
	if err != nil {
		return nil, err
	}
	return s.answerContact(ctx, c, id)
}

// answerContact is a contact with its addresses and what was said about them.
func (s *server) answerContact(ctx context.Context, c call, id int64) (*answer[contactView], error) {
	x, err := s.Contacts.Get(ctx, s.DB, c.workspace(), id)
	if err != nil {
		return nil, err
	}
	a := &answer[contactView]{ETag: tag(x.UpdatedAt), Body: viewContact(x)}
	addresses, err := s.Contacts.AddressesOf(ctx, s.DB, c.workspace(), id)
	if err != nil {
		return nil, err
	}
	keys, err := s.topicKeys(ctx, c)
	if err != nil {
		return nil, err
	}
	for _, address := range addresses {
		states, err := s.Consent.State(ctx, s.DB, address.ID)
		if err != nil {
			return nil, err
		}
		a.Body.Addresses = append(a.Body.Addresses, viewAddress(address, states, keys))
	}
	return a, nil
}

// topicKeys names topics for answers.
func (s *server) topicKeys(ctx context.Context, c call) (map[int64]string, error) {
	topics, err := s.Consent.Topics(ctx, s.DB, c.workspace(), true)
	keys := make(map[int64]string, len(topics))
	for _, t := range topics {
		keys[t.ID] = t.Key
	}
	return keys, err
}

func viewAddress(a contact.Address, states map[int64]consent.State, keys map[int64]string) addressView {
	v := addressView{ID: public(contact.AddressPrefix, a.ID), Channel: string(a.Channel), Address: a.Shown, States: []stateView{}}
	for topic, st := range states {
		v.States = append(v.States, stateView{
			Topic: keys[topic], State: string(st.Status), Basis: string(st.Basis), Grade: string(st.Grade),
			Event: public(eventPrefix, st.Event), Since: when(st.Since), PausedUntil: when(st.PausedUntil),
		})
	}
	slices.SortFunc(v.States, func(a, b stateView) int { return strings.Compare(a.Topic, b.Topic) })
	return v
}
