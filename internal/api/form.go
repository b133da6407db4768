package api

import (
	"context"
	"net/http"
	"time"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/collect"
)

type formView struct {
	ID          string     `json:"id"`
	Slug        string     `json:"slug"`
	Name        string     `json:"name"`
	Preset      string     `json:"preset"`
	URL         string     `json:"url" doc:"where readers fill it in"`
	Open        bool       `json:"open" doc:"readers can fill it in now"`
	Draft       bool       `json:"draft" doc:"there are changes that readers do not see yet"`
	PublishedAt *time.Time `json:"published_at,omitempty"`
	ArchivedAt  *time.Time `json:"archived_at,omitempty"`
	UpdatedAt   time.Time  `json:"updated_at"`
}

type formQuery struct {
	Archived bool `query:"archived" doc:"archived ones too"`
}

func (s *server) formOperations() {
	register(s, operation{method: http.MethodGet, path: "/forms", id: "listForms", summary: "The forms that people fill in, newest first", scope: account.FormsRead}, s.listForms)
}

func (s *server) listForms(ctx context.Context, c call, in *formQuery) (*list[formView], error) {
	forms, err := s.Collect.Forms(ctx, s.DB, c.workspace(), in.Archived)
	return listOf(viewed(forms, func(f collect.Form) formView {
		return formView{
			ID: public(collect.FormPrefix, f.ID), Slug: f.Slug, Name: f.Name, Preset: string(f.Preset), URL: s.BaseURL + "/f/" + f.Slug,
			Open: f.Open(), Draft: f.Draft(), PublishedAt: when(f.PublishedAt), ArchivedAt: when(f.ArchivedAt), UpdatedAt: f.UpdatedAt,
		}
	}), ""), err
}
