package api

import (
	"context"
	"encoding/hex"
	"io"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/contact"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/law"
	"github.com/kyodaku/kyodaku/internal/provision"
	"github.com/kyodaku/kyodaku/internal/store"
)

type runView struct {
	ID         string               `json:"id"`
	Programme  string               `json:"programme"`
	Version    int                  `json:"version" doc:"of the notified items"`
	Recipient  string               `json:"recipient"`
	To         recipientShort       `json:"to" doc:"the recipient as it stood"`
	State      string               `json:"state" enum:"counting,planned,preparing,prepared,handing,provided,uncertain,not_provided,discarded,failed"`
	Counted    bool                 `json:"counts_as_provided" doc:"handed over, or it may have been"`
	Fields     []string             `json:"fields" nullable:"false"`
	Format     string               `json:"format" enum:"csv,jsonl"`
	Seen       int64                `json:"seen"`
	Provided   int64                `json:"provided" doc:"persons whose data are provided"`
	Excluded   map[law.RuleID]int64 `json:"excluded,omitempty" doc:"persons left out, by rule"`
	LeftOut    int64                `json:"left_out" doc:"of those left out, who were taken out between judging and hand-over"`
	Columns    []string             `json:"columns,omitempty"`
	Sample     [][]string           `json:"sample,omitempty" doc:"the first rows"`
	Created    time.Time            `json:"created_at"`
	Approved   *time.Time           `json:"approved_at,omitempty"`
	HandedAt   *time.Time           `json:"handed_at,omitempty" doc:"when the first octet may have left"`
	ProvidedAt *time.Time           `json:"provided_at,omitempty"`
	Proof      string               `json:"proof,omitempty"`
	// ApprovalReason is why whoever approved it let it go on where a rule warns.
	ApprovalReason string     `json:"approval_reason,omitempty"`
	KeepUntil      *time.Time `json:"keep_until,omitempty" doc:"before it the records cannot be deleted"`
	Error          string     `json:"error,omitempty"`
}

type recipientShort struct {
	Name           string `json:"name"`
	Address        string `json:"address"`
	Representative string `json:"representative,omitempty"`
	Country        string `json:"country"`
}

type runQuery struct {
	Programme string    `query:"programme"`
	Recipient string    `query:"recipient"`
	From      time.Time `query:"from" doc:"included; of the hand-over with counted, else of the plan"`
	Until     time.Time `query:"until" doc:"not included"`
	Counted   bool      `query:"counted" doc:"only those that count as provided"`
	After     string    `query:"after"`
	Limit     int       `query:"limit" default:"50" minimum:"1" maximum:"100"`
}

type planInput struct {
	Body struct {
		Programme  string    `json:"programme"`
		Recipient  string    `json:"recipient"`
		Fields     []string  `json:"fields,omitempty" doc:"of the notified items; all if left out"`
		Format     string    `json:"format,omitempty" enum:"csv,jsonl" default:"csv"`
		Topic      string    `json:"topic,omitempty" doc:"only people with a permission for it"`
		Attribute  string    `json:"attribute,omitempty"`
		Equals     string    `json:"equals,omitempty"`
		Contains   string    `json:"contains,omitempty"`
		Prefecture string    `json:"prefecture,omitempty"`
		Company    string    `json:"company,omitempty"`
		Since      time.Time `json:"created_since,omitempty"`
		Reason     string    `json:"reason,omitempty" doc:"why it goes on where a rule warns"`
		ByContract bool      `json:"by_contract,omitempty"`
	}
}

type recordView struct {
	Contact string `json:"contact"`
	Name    string `json:"name"`
	Mark    string `json:"mark,omitempty" doc:"proves which address is meant, without telling it"`
	Consent string `json:"consent,omitempty"`
	LeftOut string `json:"left_out,omitempty" doc:"rule by which the person was taken out before the hand-over"`
	Maybe   bool   `json:"maybe,omitempty" doc:"an earlier attempt may have carried the person"`
}

type recordQuery struct {
	ID    string `path:"id"`
	After string `query:"after"`
	Limit int    `query:"limit" default:"100" minimum:"1" maximum:"500"`
}

type discardInput struct {
	ID   string `path:"id"`
	Body struct {
		Reason string `json:"reason,omitempty" maxLength:"500"`
	}
}

func (s *server) provisionRunOperations() {
	register(s, operation{method: http.MethodGet, path: "/provision-runs", id: "listProvisionRuns", summary: "Runs of provision, newest first: what went to whom, and when", scope: account.ProvisionRead}, s.listRuns)
	register(s, operation{method: http.MethodPost, path: "/provision-runs", id: "planProvisionRun", summary: "Plan a run and have it counted; an operator approves it on the page", scope: account.ProvisionWrite, status: http.StatusCreated}, s.planRun)
	register(s, operation{method: http.MethodGet, path: "/provision-runs/{id}", id: "getProvisionRun", summary: "One run", scope: account.ProvisionRead}, s.getRun)
	register(s, operation{method: http.MethodGet, path: "/provision-runs/{id}/records", id: "listProvisionRecords", summary: "The persons of a run", scope: account.ProvisionRead}, s.listRecords)
	register(s, operation{method: http.MethodPost, path: "/provision-runs/{id}/file", id: "fetchProvisionRun", summary: "Fetch the data set, which is the hand-over", scope: account.ProvisionWrite, download: "text/csv"}, s.fetchRun)
	register(s, operation{method: http.MethodPost, path: "/provision-runs/{id}/hand-over", id: "handOverProvisionRun", summary: "Bring the data set to its target once more", scope: account.ProvisionWrite}, s.handOverRun)
	register(s, operation{method: http.MethodPost, path: "/provision-runs/{id}/discard", id: "discardProvisionRun", summary: "Call a run off of which nothing left", scope: account.ProvisionWrite}, s.discardRun)
}

func (s *server) viewRun(c call, r provision.Run) runView {
	v := runView{
		ID: r.Public(), Programme: public(provision.Prefix, r.Plan.Programme), Version: r.Version, Recipient: public(provision.RecipientPrefix, r.Recipient),
		To: recipientShort{r.To.Name, r.To.Address, r.To.Representative, r.To.Country}, State: string(r.State), Counted: r.Counted(),
		Fields: r.Fields, Format: string(r.Format), Seen: r.Counts.Seen, Provided: r.Counts.Provided, Excluded: r.Counts.Excluded,
		LeftOut: r.Counts.LeftOut, Columns: r.Preview.Columns, Sample: r.Preview.Rows, Created: r.CreatedAt, Approved: when(r.ApprovedAt),
		HandedAt: when(r.HandedAt), ProvidedAt: when(r.ProvidedAt), Proof: r.Proof, ApprovalReason: r.ApprovalReason, KeepUntil: when(r.KeepUntil), Error: r.Error,
	}
	if say := s.Texts.For(c.lang); say.Has(r.Error) {
		v.Error = say.T(r.Error, "Status", "")
	}
	return v
}

// runID reads a run's id.
func runID(public string) (int64, error) { return store.ParsePublic(provision.RunPrefix, public) }

func (s *server) answerRun(ctx context.Context, c call, id int64) (*answer[runView], error) {
	r, err := s.ProvisionRuns.Run(ctx, s.DB, c.workspace(), id)
	if err != nil {
		return nil, err
	}
	return one(s.viewRun(c, r)), nil
}

func (s *server) listRuns(ctx context.Context, c call, in *runQuery) (*list[runView], error) {
	q := provision.RunQuery{Workspace: c.workspace(), From: in.From, To: in.Until, Counted: in.Counted, Limit: in.Limit}
	for _, f := range [...]struct {
		name, prefix, text string
		id                 *int64
	}{{"programme", provision.Prefix, in.Programme, &q.Programme}, {"recipient", provision.RecipientPrefix, in.Recipient, &q.Recipient}} {
		if f.text == "" {
			continue
		}
		id, err := store.ParsePublic(f.prefix, f.text)
		if err != nil {
			return nil, fault.Bad(f.name, "api.provision.unknown")
		}
		*f.id = id
	}
	var err error
	if q.Before, err = after(provision.RunPrefix, in.After); err != nil {
		return nil, err
	}
	runs, err := s.ProvisionRuns.Runs(ctx, s.DB, q)
	if err != nil {
		return nil, err
	}
	cursor := ""
	if len(runs) == in.Limit {
		cursor = runs[len(runs)-1].Public()
	}
	return listOf(viewed(runs, func(r provision.Run) runView { return s.viewRun(c, r) }), cursor), nil
}

func (s *server) planRun(ctx context.Context, c call, in *planInput) (*answer[runView], error) {
	b := in.Body
	programme, err := store.ParsePublic(provision.Prefix, b.Programme)
	if err != nil {
		return nil, fault.Bad("programme", "api.provision.unknown")
	}
	recipient, err := store.ParsePublic(provision.RecipientPrefix, b.Recipient)
	if err != nil {
		return nil, fault.Bad("recipient", "api.provision.unknown")
	}
	topic, err := s.topicID(ctx, c, b.Topic)
	if err != nil {
		return nil, err
	}
	if _, err := s.Provisions.ByID(ctx, s.DB, c.workspace(), programme); fault.Is(err, fault.NotFound) {
		return nil, fault.Bad("programme", "api.provision.unknown")
	} else if err != nil {
		return nil, err
	}
	run, err := s.ProvisionRuns.Plan(ctx, c.by, provision.Plan{
		Workspace: c.workspace(), Programme: programme, Recipient: recipient, Fields: b.Fields, Format: provision.Format(b.Format), Reason: b.Reason,
		ByContract: b.ByContract, Segment: contact.Segment{
			Topic: topic, Attribute: b.Attribute, Equals: b.Equals, Contains: b.Contains, Prefecture: b.Prefecture, Company: b.Company, CreatedSince: b.Since,
		},
	}, c.now)
	if fault.Is(err, fault.NotFound) {
		return nil, fault.Bad("recipient", "api.provision.unknown")
	}
	if err != nil {
		return nil, err
	}
	a := one(s.viewRun(c, run))
	a.Location = prefix + "/provision-runs/" + a.Body.ID
	return a, nil
}

func (s *server) getRun(ctx context.Context, c call, in *byID) (*answer[runView], error) {
	id, err := runID(in.ID)
	if err != nil {
		return nil, err
	}
	return s.answerRun(ctx, c, id)
}

func (s *server) listRecords(ctx context.Context, c call, in *recordQuery) (*list[recordView], error) {
	id, err := runID(in.ID)
	if err != nil {
		return nil, err
	}
	from, err := after(contact.Prefix, in.After)
	if err != nil {
		return nil, err
	}
	all, err := s.ProvisionRuns.Records(ctx, s.DB, provision.RecordQuery{Workspace: c.workspace(), Run: id, After: from, Limit: in.Limit})
	if err != nil {
		return nil, err
	}
	cursor := ""
	if len(all) == in.Limit {
		cursor = public(contact.Prefix, all[len(all)-1].Contact)
	}
	return listOf(viewed(all, viewRecord), cursor), nil
}

func viewRecord(r provision.Record) recordView {
	return recordView{
		Contact: public(contact.Prefix, r.Contact), Name: r.Name, Mark: hex.EncodeToString(r.Mark), Consent: public(provision.AgreementPrefix, r.Agreement),
		LeftOut: string(r.LeftOut), Maybe: r.Maybe,
	}
}

func (s *server) fetchRun(ctx context.Context, c call, in *byID) (*huma.StreamResponse, error) {
	id, err := runID(in.ID)
	if err != nil {
		return nil, err
	}
	file, run, err := s.ProvisionRuns.Fetch(ctx, c.by, c.workspace(), id, c.now)
	if err != nil {
		return nil, err
	}
	return &huma.StreamResponse{Body: func(h huma.Context) {
		h.SetHeader("Content-Type", run.Format.MediaType())
		h.SetHeader("Content-Disposition", `attachment; filename="`+run.FileName()+`"`)
		_, err := io.Copy(h.BodyWriter(), file) // a break shows as a file that is too short
		if err := file.Done(err, s.Clock()); err != nil {
			s.Log.ErrorContext(ctx, "the end of a hand-over was not noted", "run", run.Public(), "error", err)
		}
	}}, nil
}

func (s *server) handOverRun(ctx context.Context, c call, in *byID) (*answer[runView], error) {
	id, err := runID(in.ID)
	if err != nil {
		return nil, err
	}
	if err := s.ProvisionRuns.HandOver(ctx, c.by, c.workspace(), id, c.now); err != nil {
		return nil, err
	}
	return s.answerRun(ctx, c, id)
}

func (s *server) discardRun(ctx context.Context, c call, in *discardInput) (*answer[runView], error) {
	id, err := runID(in.ID)
	if err != nil {
		return nil, err
	}
	if err := s.ProvisionRuns.Discard(ctx, c.by, c.workspace(), id, in.Body.Reason, c.now); err != nil {
		return nil, err
	}
	return s.answerRun(ctx, c, id)
}
