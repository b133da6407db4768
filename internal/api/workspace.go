package api

import (
	"context"
	"net/http"

	"github.com/kyodaku/kyodaku/internal/account"
)

type workspaceView struct {
	ID            string `json:"id"`
	Slug          string `json:"slug"`
	Name          string `json:"name"`
	LegalName     string `json:"legal_name"`
	LegalNameEn   string `json:"legal_name_en,omitempty"`
	PostalAddress string `json:"postal_address"`
	Language      string `json:"language" enum:"ja,en"`
	Zone          string `json:"zone" doc:"IANA name; times here are UTC all the same"`
	Rules         string `json:"rules" doc:"the version of the rules of law in force"`
}

type profileView struct {
	ID          string `json:"id"`
	Name        string `json:"name"`
	FromName    string `json:"from_name"`
	FromAddress string `json:"from_address"`
	ReplyTo     string `json:"reply_to,omitempty"`
}

func (s *server) workspaceOperations() {
	register(s, operation{method: http.MethodGet, path: "/workspace", id: "getWorkspace", summary: "The workspace of this key", scope: anyKey}, s.getWorkspace)
	register(s, operation{method: http.MethodGet, path: "/profiles", id: "listProfiles", summary: "Who messages can come from", scope: account.CampaignsRead}, s.listProfiles)
}

func (s *server) getWorkspace(ctx context.Context, c call, _ *nothing) (*answer[workspaceView], error) {
	w, err := s.Accounts.WorkspaceByID(ctx, s.DB, c.workspace())
	return one(workspaceView{
		ID: public(account.WorkspacePrefix, w.ID), Slug: w.Slug, Name: w.Name, LegalName: w.Label.LegalName, LegalNameEn: w.Label.LegalNameEn,
		PostalAddress: w.Label.PostalAddress, Language: string(w.Lang), Zone: w.Zone, Rules: s.Gate.Rules().Version(),
	}), err
}

func (s *server) listProfiles(ctx context.Context, c call, _ *nothing) (*list[profileView], error) {
	profiles, err := s.Accounts.Profiles(ctx, s.DB, c.workspace())
	return listOf(viewed(profiles, func(p account.Profile) profileView {
		v := profileView{ID: public(account.ProfilePrefix, p.ID), Name: p.Name, FromName: p.FromName, FromAddress: p.FromAddress.String()}
		if !p.ReplyTo.IsZero() {
			v.ReplyTo = p.ReplyTo.String()
		}
		return v
	}), ""), err
}
