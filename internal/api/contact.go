package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/consent"
	"github.com/kyodaku/kyodaku/internal/contact"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/report"
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
	Prefecture  string            `json:"prefecture,omitempty"`
	Country     string            `json:"country,omitempty"`
	Language    string            `json:"language,omitempty"`
	Attributes  map[string]string `json:"attributes,omitempty"`
	Addresses   []addressView     `json:"addresses,omitempty"`
	CreatedAt   time.Time         `json:"created_at"`
	UpdatedAt   time.Time         `json:"updated_at"`
	ErasedAt    *time.Time        `json:"erased_at,omitempty"`
}

type addressView struct {
	ID      string      `json:"id"`
	Channel string      `json:"channel"`
	Address string      `json:"address"`
	States  []stateView `json:"states"`
}

type stateView struct {
	// Topic is empty for what was said about every topic.
	Topic string     `json:"topic,omitempty"`
	State string     `json:"state"`
	Basis string     `json:"basis,omitempty"`
	Grade string     `json:"grade,omitempty"`
	Event string     `json:"event"`
	Since *time.Time `json:"since,omitempty"`
}

func viewContact(c contact.Contact) contactView {
	return contactView{
		ID: store.Public("con", c.ID), FamilyName: c.FamilyName, GivenName: c.GivenName, FamilyKana: c.FamilyKana,
		GivenKana: c.GivenKana, DisplayName: c.DisplayName, Company: c.Company, Department: c.Department, Title: c.Title,
		Prefecture: c.Prefecture, Country: c.Country, Language: string(c.Lang), Attributes: c.Attrs,
		CreatedAt: c.CreatedAt, UpdatedAt: c.UpdatedAt, ErasedAt: when(c.ErasedAt),
	}
}

type contactQuery struct {
	Address string `query:"address" doc:"exactly this mail address"`
	Text    string `query:"text" doc:"part of a name, reading or company"`
	Topic   string `query:"topic" doc:"key or id"`
	State   string `query:"state" enum:",requested,given,refused,withdrawn,expired"`
	After   string `query:"after"`
	Limit   int    `query:"limit" default:"50" minimum:"1" maximum:"500"`
}

type byID struct {
	ID string `path:"id"`
}

func (s *server) contactOperations() {
	register(s, operation{http.MethodGet, "/contacts", "listContacts", "Find contacts", account.ContactsRead, 0}, s.listContacts)
	register(s, operation{http.MethodGet, "/contacts/{id}", "getContact", "One contact with addresses and permissions", account.ContactsRead, 0}, s.getContact)
	register(s, operation{http.MethodDelete, "/contacts/{id}", "eraseContact", "Erase a person; refusals are kept as keyed hashes", account.ContactsWrite, http.StatusNoContent}, s.eraseContact)
	register(s, operation{http.MethodGet, "/contacts/{id}/evidence", "getEvidence", "The person's evidence pack (zip)", account.ConsentRead, 0}, s.getEvidence)
}

func (s *server) listContacts(ctx context.Context, c call, in *contactQuery) (*list[contactView], error) {
	if in.Address != "" {
		return s.contactsByAddress(ctx, c, in.Address)
	}
	q := contact.Query{Text: in.Text, State: in.State, Limit: in.Limit}
	if in.Topic != "" {
		t, err := s.topic(ctx, c, in.Topic)
		if err != nil {
			return nil, err
		}
		q.Topic = t.ID
	}
	if in.After != "" {
		id, err := store.ParsePublic("con", in.After)
		if err != nil {
			return nil, fault.Bad("after", "api.cursor.bad")
		}
		q.After = id
	}
	found, err := s.Contacts.Search(ctx, s.DB, c.workspace(), q)
	if err != nil {
		return nil, err
	}
	var out []contactView
	for _, x := range found {
		out = append(out, viewContact(x))
	}
	next := ""
	if len(found) == in.Limit {
		next = store.Public("con", found[len(found)-1].ID)
	}
	return listOf(out, next), nil
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
	v, err := s.fullContact(ctx, c, a.Contact)
	if err != nil {
		return nil, err
	}
	return listOf([]contactView{v}, ""), nil
}

func (s *server) getContact(ctx context.Context, c call, in *byID) (*one[contactView], error) {
	id, err := store.ParsePublic("con", in.ID)
	if err != nil {
		return nil, err
	}
	v, err := s.fullContact(ctx, c, id)
	return &one[contactView]{v}, err
}

func (s *server) fullContact(ctx context.Context, c call, id int64) (contactView, error) {
	x, err := s.Contacts.Get(ctx, s.DB, c.workspace(), id)
	if err != nil {
		return contactView{}, err
	}
	v := viewContact(x)
	addresses, err := s.Contacts.AddressesOf(ctx, s.DB, c.workspace(), id)
	if err != nil {
		return v, err
	}
	keys, err := s.topicKeys(ctx, c)
	if err != nil {
		return v, err
	}
	for _, a := range addresses {
		states, err := s.Consent.State(ctx, s.DB, a.ID)
		if err != nil {
			return v, err
		}
		v.Addresses = append(v.Addresses, viewAddress(a, states, keys))
	}
	return v, nil
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
	v := addressView{ID: store.Public("adr", a.ID), Channel: string(a.Channel), Address: a.Shown, States: []stateView{}}
	for topic, st := range states {
		v.States = append(v.States, stateView{
			Topic: keys[topic], State: string(st.Status), Basis: string(st.Basis), Grade: string(st.Grade),
			Event: store.Public("evt", st.Event), Since: when(st.Since),
		})
	}
	return v
}

func (s *server) eraseContact(ctx context.Context, c call, in *byID) (*nothing, error) {
	id, err := store.ParsePublic("con", in.ID)
	if err != nil {
		return nil, err
	}
	return nil, s.DB.Write(ctx, func(tx *store.Tx) error {
		if err := s.Contacts.Erase(ctx, tx, c.workspace(), id, c.now); err != nil {
			return err
		}
		return s.audit(ctx, tx, c, "contact.erase", "contact", id)
	})
}

func (s *server) audit(ctx context.Context, tx *store.Tx, c call, action, kind string, id int64) error {
	return s.Accounts.Audit(ctx, tx, account.Entry{
		Workspace: c.workspace(), Actor: c.by.Actor, Network: c.by.Network, Action: action,
		Subject: account.Subject{Kind: kind, ID: id},
	}, c.now)
}

// getEvidence streams a pack. The audit entry comes first: a pack that left
// without one could not be accounted for.
func (s *server) getEvidence(ctx context.Context, c call, in *byID) (*huma.StreamResponse, error) {
	id, err := store.ParsePublic("con", in.ID)
	if err != nil {
		return nil, err
	}
	addresses, err := s.Contacts.AddressesOf(ctx, s.DB, c.workspace(), id)
	if err != nil {
		return nil, err
	}
	if _, err := s.Contacts.Get(ctx, s.DB, c.workspace(), id); err != nil {
		return nil, err
	}
	if err := s.DB.Write(ctx, func(tx *store.Tx) error {
		return s.audit(ctx, tx, c, "evidence.export", "contact", id)
	}); err != nil {
		return nil, err
	}
	ids := make([]int64, len(addresses))
	for i, a := range addresses {
		ids[i] = a.ID
	}
	return &huma.StreamResponse{Body: func(h huma.Context) {
		h.SetHeader("Content-Type", "application/zip")
		h.SetHeader("Content-Disposition", `attachment; filename="evidence-`+in.ID+`.zip"`)
		w := &started{w: h}
		if err := s.Consent.ExportPack(ctx, w, consent.PackRequest{
			Workspace: c.workspace(), Contact: id, Lang: c.lang, Now: c.now, Texts: s.Texts,
			Messages: report.Messages(ctx, s.DB, c.workspace(), ids),
		}); err != nil && !w.yes {
			s.write(h, s.problem(err, c.lang))
		}
		// A pack cut off in the middle has no directory: it cannot pass for a whole one.
	}}, nil
}

// started remembers whether anything was written, so that an early failure can
// still become a proper answer.
type started struct {
	w   huma.Context
	yes bool
}

// Write implements io.Writer.
func (s *started) Write(p []byte) (int, error) {
	s.yes = true
	return s.w.BodyWriter().Write(p)
}
