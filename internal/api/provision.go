package api

import (
	"context"
	"encoding/hex"
	"errors"
	"net/http"
	"time"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/provision"
	"github.com/kyodaku/kyodaku/internal/store"
)

type programmeView struct {
	ID       string          `json:"id"`
	Name     string          `json:"name"`
	Class    string          `json:"class" enum:"consent,opt_out,entrust,succession,joint_use,legal_duty"`
	State    string          `json:"state" enum:"draft,noticed,filed,published_by_ppc,published_by_us,running,ended"`
	Notice   string          `json:"notice,omitempty" doc:"where people read the notice and ask for a stop; absent before it is put up"`
	Draft    provision.Items `json:"draft" doc:"what the next version will say"`
	Missing  []string        `json:"missing" nullable:"false" doc:"items of the law that are still empty in the draft"`
	InForce  int             `json:"in_force,omitempty" doc:"the version that counts"`
	Owed     []int           `json:"owed" nullable:"false" doc:"versions to be notified and filed without delay"`
	Versions []versionView   `json:"versions" nullable:"false"`
	Findings []ruleView      `json:"findings" nullable:"false" doc:"what the rules say of the programme now, blocks first"`
	Untimely []untimelyView  `json:"untimely" nullable:"false" doc:"provisions that were made and that, by the steps as they were corrected, were not allowed then; the latest hundred"`
	Updated  time.Time       `json:"updated_at"`
}

type versionView struct {
	Number int             `json:"number"`
	Items  provision.Items `json:"items"`
	Hash   string          `json:"hash" doc:"SHA-256 of the items"`
	Steps  []stepView      `json:"steps" nullable:"false"`
	Back   []stepView      `json:"taken_back" nullable:"false" doc:"steps that were recorded and taken back"`
}

type programmeInput struct {
	Body struct {
		Name  string          `json:"name" maxLength:"200"`
		Class string          `json:"class" enum:"consent,opt_out,entrust,succession,joint_use,legal_duty"`
		Items provision.Items `json:"items,omitempty"`
	}
}

type itemsInput struct {
	ID      string `path:"id"`
	IfMatch string `header:"If-Match" doc:"the ETag of what the edit started from"`
	Body    provision.Items
}

func (s *server) provisionOperations() {
	register(s, operation{method: http.MethodGet, path: "/provisions", id: "listProvisions", summary: "Programmes of third-party provision", scope: account.ProvisionRead}, s.listProvisions)
	register(s, operation{method: http.MethodPost, path: "/provisions", id: "createProvision", summary: "Add a programme", scope: account.ProvisionWrite, status: http.StatusCreated}, s.createProvision)
	register(s, operation{method: http.MethodGet, path: "/provisions/{id}", id: "getProvision", summary: "One programme, with its versions, steps and findings", scope: account.ProvisionRead}, s.getProvision)
	register(s, operation{method: http.MethodPut, path: "/provisions/{id}/draft", id: "editProvision", summary: "Write the items of the next version", scope: account.ProvisionWrite}, s.editProvision)
	register(s, operation{method: http.MethodPost, path: "/provisions/{id}/versions", id: "freezeProvision", summary: "Freeze the draft as a version", scope: account.ProvisionWrite}, s.freezeProvision)
	register(s, operation{method: http.MethodPost, path: "/provisions/{id}/steps", id: "stepProvision", summary: "Record a notice, a filing, a publication or the end", scope: account.ProvisionWrite}, s.stepProvision)
	register(s, operation{method: http.MethodPost, path: "/provisions/{id}/versions/{version}/steps/{kind}/correction", id: "correctProvisionStep", summary: "Put a recorded step right, or take the last one back", scope: account.ProvisionWrite}, s.correctProvisionStep)
}

func (s *server) viewProgramme(ctx context.Context, c call, p provision.Programme) (programmeView, error) {
	v := programmeView{
		ID: p.Public(), Name: p.Name, Class: string(p.Class), State: string(p.State(c.now)), Draft: p.Draft,
		Missing: []string{}, Owed: p.Owed(), Versions: []versionView{}, Findings: []ruleView{}, Updated: p.UpdatedAt,
	}
	for _, item := range p.Missing() {
		v.Missing = append(v.Missing, string(item))
	}
	if in := p.Serving(c.now); in != nil {
		v.InForce = in.Number
	}
	for _, f := range p.Versions {
		v.Versions = append(v.Versions, versionView{
			Number: f.Number, Items: f.Items, Hash: hex.EncodeToString(f.Hash[:]), Steps: viewed(f.Steps, viewStep), Back: viewed(f.Back, viewStep),
		})
		if !f.On(provision.Noticed).IsZero() {
			v.Notice = s.BaseURL + "/provision/" + v.ID
		}
	}
	for _, f := range s.Provisions.Findings(p, c.now) {
		v.Findings = append(v.Findings, viewFinding(f.Rule, c.lang))
	}
	var err error
	v.Untimely, err = s.viewUntimely(ctx, c, p)
	return v, err
}

func (s *server) answerProgramme(ctx context.Context, c call, id int64) (*answer[programmeView], error) {
	p, err := s.Provisions.ByID(ctx, s.DB, c.workspace(), id)
	if err != nil {
		return nil, err
	}
	v, err := s.viewProgramme(ctx, c, p)
	if err != nil {
		return nil, err
	}
	a := one(v)
	a.ETag = tag(p.UpdatedAt)
	return a, nil
}

func (s *server) listProvisions(ctx context.Context, c call, _ *struct{}) (*list[programmeView], error) {
	all, err := s.Provisions.List(ctx, s.DB, c.workspace())
	if err != nil {
		return nil, err
	}
	out := make([]programmeView, 0, len(all))
	for _, p := range all {
		v, err := s.viewProgramme(ctx, c, p)
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return listOf(out, ""), nil
}

func (s *server) getProvision(ctx context.Context, c call, in *byID) (*answer[programmeView], error) {
	id, err := store.ParsePublic(provision.Prefix, in.ID)
	if err != nil {
		return nil, err
	}
	return s.answerProgramme(ctx, c, id)
}

// inItems gives errors about items the names that these have beside the programme's own.
func inItems(err error) error {
	e, ok := errors.AsType[*fault.Error](err)
	if !ok || len(e.Fields) == 0 {
		return err
	}
	out := *e
	out.Fields = make([]fault.Field, len(e.Fields))
	for i, f := range e.Fields {
		if f.Key != "provision.name" && f.Key != "provision.class" {
			f.Name = "items." + f.Name
		}
		out.Fields[i] = f
	}
	return &out
}

func (s *server) createProvision(ctx context.Context, c call, in *programmeInput) (*answer[programmeView], error) {
	p, err := s.Provisions.Create(ctx, c.by, provision.Programme{
		Workspace: c.workspace(), Name: in.Body.Name, Class: provision.Class(in.Body.Class), Draft: in.Body.Items,
	}, c.now)
	if err != nil {
		return nil, inItems(err)
	}
	a, err := s.answerProgramme(ctx, c, p.ID)
	if err == nil {
		a.Location = prefix + "/provisions/" + a.Body.ID
	}
	return a, err
}

func (s *server) editProvision(ctx context.Context, c call, in *itemsInput) (*answer[programmeView], error) {
	if in.IfMatch == "" {
		return nil, fault.New(fault.Invalid, noIfMatch)
	}
	id, err := store.ParsePublic(provision.Prefix, in.ID)
	if err != nil {
		return nil, err
	}
	p, err := s.Provisions.ByID(ctx, s.DB, c.workspace(), id)
	if err != nil {
		return nil, err
	}
	if tag(p.UpdatedAt) != in.IfMatch {
		return nil, fault.New(fault.Stale, "fault.stale")
	}
	if err := s.Provisions.Edit(ctx, c.by, p, in.Body, c.now); err != nil {
		return nil, err
	}
	return s.answerProgramme(ctx, c, id)
}

// freezeInput names the draft that is frozen.
type freezeInput struct {
	ID      string `path:"id"`
	IfMatch string `header:"If-Match" doc:"the ETag of the programme as you saw it: a draft that was edited since is not frozen; left out, the draft as it is"`
}

func (s *server) freezeProvision(ctx context.Context, c call, in *freezeInput) (*answer[programmeView], error) {
	id, err := store.ParsePublic(provision.Prefix, in.ID)
	if err != nil {
		return nil, err
	}
	p, err := s.Provisions.ByID(ctx, s.DB, c.workspace(), id)
	if err != nil {
		return nil, err
	}
	if in.IfMatch != "" && tag(p.UpdatedAt) != in.IfMatch {
		return nil, fault.New(fault.Stale, "fault.stale")
	}
	if _, err := s.Provisions.Freeze(ctx, c.by, p, c.now); err != nil {
		return nil, err
	}
	return s.answerProgramme(ctx, c, id)
}
