package api

import (
	"context"
	"net/http"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/store"
)

type workspaceView struct {
	ID            string `json:"id"`
	Slug          string `json:"slug"`
	Name          string `json:"name"`
	LegalName     string `json:"legal_name"`
	PostalAddress string `json:"postal_address"`
	Language      string `json:"language"`
	Zone          string `json:"zone"`
}

type topicView struct {
	ID          string      `json:"id"`
	Key         string      `json:"key"`
	NameJa      string      `json:"name_ja"`
	NameEn      string      `json:"name_en"`
	ContentJa   string      `json:"content_ja"`
	ContentEn   string      `json:"content_en"`
	Promise     promiseView `json:"promise"`
	DoubleOptIn bool        `json:"double_opt_in"`
	Public      bool        `json:"public"`
}

type promiseView struct {
	Count  int    `json:"count"`
	Period string `json:"period"`
}

type profileView struct {
	ID          string `json:"id"`
	Name        string `json:"name"`
	FromName    string `json:"from_name"`
	FromAddress string `json:"from_address"`
}

// one wraps a single object, list a page of them.
type one[T any] struct{ Body T }

type list[T any] struct {
	Body struct {
		Items []T    `json:"items"`
		Next  string `json:"next,omitempty"`
	}
}

func listOf[T any](items []T, next string) *list[T] {
	l := &list[T]{}
	l.Body.Items, l.Body.Next = items, next
	if items == nil {
		l.Body.Items = []T{}
	}
	return l
}

type nothing struct{}

func (s *server) workspaceOperations() {
	register(s, operation{http.MethodGet, "/workspace", "getWorkspace", "The workspace of this key", account.ReportsRead, 0}, s.getWorkspace)
	register(s, operation{http.MethodGet, "/topics", "listTopics", "What can be subscribed to", account.TopicsRead, 0}, s.listTopics)
	register(s, operation{http.MethodGet, "/profiles", "listProfiles", "Who messages can come from", account.CampaignsRead, 0}, s.listProfiles)
}

func (s *server) getWorkspace(ctx context.Context, c call, _ *nothing) (*one[workspaceView], error) {
	w, err := s.Accounts.WorkspaceByID(ctx, s.DB, c.workspace())
	if err != nil {
		return nil, err
	}
	return &one[workspaceView]{workspaceView{
		ID: store.Public("ws", w.ID), Slug: w.Slug, Name: w.Name, LegalName: w.Label.LegalName,
		PostalAddress: w.Label.PostalAddress, Language: string(w.Lang), Zone: w.Zone,
	}}, nil
}

func (s *server) listTopics(ctx context.Context, c call, _ *nothing) (*list[topicView], error) {
	topics, err := s.Consent.Topics(ctx, s.DB, c.workspace(), false)
	if err != nil {
		return nil, err
	}
	var out []topicView
	for _, t := range topics {
		out = append(out, topicView{
			ID: store.Public("tpc", t.ID), Key: t.Key, NameJa: t.NameJa, NameEn: t.NameEn, ContentJa: t.ContentJa, ContentEn: t.ContentEn,
			Promise: promiseView{t.Promise.Count, string(t.Promise.Period)}, DoubleOptIn: t.DoubleOptIn, Public: t.Public,
		})
	}
	return listOf(out, ""), nil
}

func (s *server) listProfiles(ctx context.Context, c call, _ *nothing) (*list[profileView], error) {
	profiles, err := s.Accounts.Profiles(ctx, s.DB, c.workspace())
	if err != nil {
		return nil, err
	}
	var out []profileView
	for _, p := range profiles {
		out = append(out, profileView{store.Public("snd", p.ID), p.Name, p.FromName, p.FromAddress.String()})
	}
	return listOf(out, ""), nil
}
