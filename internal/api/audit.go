package api

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/campaign"
	"github.com/kyodaku/kyodaku/internal/collect"
	"github.com/kyodaku/kyodaku/internal/contact"
	"github.com/kyodaku/kyodaku/internal/job"
	"github.com/kyodaku/kyodaku/internal/store"
)

type auditQuery struct {
	Action string    `query:"action" doc:"noun.verb, as contact.erase"`
	From   time.Time `query:"from" doc:"included"`
	Until  time.Time `query:"until" doc:"not included"`
	After  string    `query:"after"`
	Limit  int       `query:"limit" default:"50" minimum:"1" maximum:"500"`
}

type auditView struct {
	ID      string         `json:"id"`
	At      time.Time      `json:"at"`
	Action  string         `json:"action"`
	Actor   actorView      `json:"actor"`
	Subject *actorView     `json:"subject,omitempty"`
	Reason  string         `json:"reason,omitempty"`
	Detail  map[string]any `json:"detail,omitempty"`
	Network string         `json:"network,omitempty"`
}

// actorView is who acted, or what was acted on.
type actorView struct {
	Kind string `json:"kind"`
	ID   string `json:"id,omitempty"`
}

func (s *server) auditOperations() {
	register(s, operation{method: http.MethodGet, path: "/audit", id: "listAudit", summary: "Who did what, newest first", scope: account.AuditRead}, s.listAudit)
}

func (s *server) listAudit(ctx context.Context, c call, in *auditQuery) (*list[auditView], error) {
	from, err := momentAfter(in.After)
	if err != nil {
		return nil, err
	}
	q := account.AuditQuery{Workspace: c.workspace(), Action: in.Action, From: in.From, Until: in.Until, Limit: in.Limit}
	q.Before.At, q.Before.ID = from.at, from.id
	lines, err := s.Accounts.AuditList(ctx, s.DB, q)
	if err != nil {
		return nil, err
	}
	next := ""
	if len(lines) == in.Limit {
		last := lines[len(lines)-1]
		next = moment{last.At, last.ID}.String()
	}
	return listOf(viewed(lines, viewAudit), next), nil
}

func viewAudit(l account.Logged) auditView {
	v := auditView{
		ID: public(account.AuditPrefix, l.ID), At: l.At, Action: l.Action, Reason: l.Reason, Network: l.Network,
		Actor: named(string(l.Actor.Kind), l.Actor.ID),
	}
	if l.Subject.Kind != "" {
		subject := named(l.Subject.Kind, l.Subject.ID)
		v.Subject = &subject
	}
	if raw, ok := l.Detail.(json.RawMessage); ok {
		_ = json.Unmarshal(raw, &v.Detail) // what is no object is left out: the page shows it
	}
	return v
}

// named gives an id the prefix of its kind.
func named(kind string, id int64) actorView {
	prefixes := map[string]string{
		"operator": account.OperatorPrefix, "api_key": account.KeyPrefix, "workspace": account.WorkspacePrefix, "profile": account.ProfilePrefix,
		"session": account.SessionPrefix, "contact": contact.Prefix, "address": contact.AddressPrefix, "attribute": contact.AttributePrefix,
		"topic": topicPrefix, "event": eventPrefix, "suppression": suppressionPrefix, "campaign": campaign.Prefix, "job": job.Prefix,
		"form": collect.FormPrefix, "signup": collect.SignupPrefix, "message": messagePrefix,
	}
	p, ok := prefixes[kind]
	if !ok || id == 0 {
		return actorView{Kind: kind}
	}
	return actorView{kind, store.Public(p, id)}
}
