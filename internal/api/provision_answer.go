package api

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/contact"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/job"
	"github.com/kyodaku/kyodaku/internal/provision"
	"github.com/kyodaku/kyodaku/internal/store"
)

// tracesQuery names somebody by id or by address.
type tracesQuery struct {
	Contact string `query:"contact"`
	Address string `query:"address" doc:"a mail address, instead of the contact; it leads also to who was erased"`
}

type traceView struct {
	Run    runView    `json:"run"`
	Record recordView `json:"record"`
	Marked bool       `json:"marked,omitempty" doc:"the record's mark proves that it means the address that was asked by"`
}

type provisionStopInput struct {
	Body struct {
		Contact   string    `json:"contact,omitempty"`
		Address   string    `json:"address,omitempty" doc:"a mail address, instead of the contact or beside it; both are stopped"`
		Programme string    `json:"programme,omitempty" doc:"every programme if left out"`
		Method    string    `json:"method" enum:"page,letter,phone,counter,mail"`
		Received  time.Time `json:"received_at"`
	}
}

type taskQuery struct {
	Recipient string `query:"recipient"`
	Open      bool   `query:"open" doc:"only those that wait for an answer"`
	After     string `query:"after"`
	Limit     int    `query:"limit" default:"50" minimum:"1" maximum:"100"`
}

type taskView struct {
	ID             string     `json:"id"`
	Recipient      string     `json:"recipient"`
	RecipientName  string     `json:"recipient_name"`
	Contact        string     `json:"contact"`
	Run            string     `json:"run" doc:"the latest of its programme that handed the person's data over"`
	Programme      string     `json:"programme_name"`
	Void           bool       `json:"void,omitempty" doc:"nothing of the run arrived, so that there is nothing to be told"`
	Way            string     `json:"way" enum:"mail,hook,hand"`
	Created        time.Time  `json:"created_at"`
	Due            time.Time  `json:"due_at"`
	Overdue        bool       `json:"overdue"`
	Sent           *time.Time `json:"sent_at,omitempty"`
	AcknowledgedAt *time.Time `json:"acknowledged_at,omitempty"`
	Proof          string     `json:"proof,omitempty"`
	Error          string     `json:"error,omitempty" doc:"what kept the recipient from being told the last time"`
}

type acknowledgeInput struct {
	ID   string `path:"id"`
	Body struct {
		Evidence string `json:"evidence" minLength:"1" maxLength:"1000" doc:"where the recipient's answer can be seen"`
	}
}

type agreementsInput struct {
	ID   string `path:"id"`
	Body struct {
		People []agreementInput `json:"people" minItems:"1" maxItems:"1000"`
	}
}

type agreementInput struct {
	Contact   string    `json:"contact"`
	Recipient string    `json:"recipient,omitempty" doc:"everybody whom the programme names if left out"`
	Given     bool      `json:"given" doc:"false withdraws"`
	Abroad    bool      `json:"abroad,omitempty" doc:"the country, its law and the recipient's measures were told (APPI 28(2))"`
	Version   int       `json:"version,omitempty" doc:"of the items that the person read"`
	On        time.Time `json:"on"`
	Evidence  string    `json:"evidence" minLength:"1" maxLength:"1000"`
}

type differenceView struct {
	One          string   `json:"one" enum:"register,page,filing"`
	Other        string   `json:"other" enum:"register,page,filing"`
	OneVersion   int      `json:"one_version,omitempty"`
	OtherVersion int      `json:"other_version,omitempty"`
	Items        []string `json:"items" nullable:"false"`
}

// receiptView is the record of data that somebody gave us (APPI 30).
type receiptView struct {
	Import         string     `json:"import,omitempty" doc:"absent for a person who was entered by hand"`
	Origin         string     `json:"origin" enum:"shared,optout,succession"`
	Provider       string     `json:"provider"`
	Address        string     `json:"provider_address"`
	Representative string     `json:"representative,omitempty"`
	Acquisition    string     `json:"acquisition" doc:"how the provider got the data"`
	Evidence       string     `json:"evidence"`
	Items          []string   `json:"items" nullable:"false"`
	File           string     `json:"file"`
	Received       *time.Time `json:"received_at,omitempty"`
	Published      *time.Time `json:"published_at,omitempty" doc:"when the publication of the provider's filing was seen"`
}

func (s *server) provisionAnswerOperations() {
	register(s, operation{method: http.MethodGet, path: "/provision-receipts", id: "listProvisionReceipts", summary: "Data that others gave us", scope: account.ProvisionRead}, s.listReceipts)
	register(s, operation{method: http.MethodGet, path: "/provision-traces", id: "listProvisionTraces", summary: "Where a person's data have gone", scope: account.ProvisionRead}, s.listTraces)
	register(s, operation{method: http.MethodPost, path: "/provision-stops", id: "stopProvisionOfPerson", summary: "Stop the provision of a person's data", scope: account.ProvisionWrite, status: http.StatusNoContent}, s.stopPerson)
	register(s, operation{method: http.MethodGet, path: "/provision-tasks", id: "listProvisionTasks", summary: "Recipients to be told of stops", scope: account.ProvisionRead}, s.listTasks)
	register(s, operation{method: http.MethodPost, path: "/provision-tasks/{id}/acknowledgement", id: "acknowledgeProvisionTask", summary: "Note that a recipient heard of a stop", scope: account.ProvisionWrite, status: http.StatusNoContent}, s.acknowledgeTask)
	register(s, operation{method: http.MethodPost, path: "/provisions/{id}/agreements", id: "agreeProvision", summary: "Record consents to a provision, and withdrawals", scope: account.ProvisionWrite, status: http.StatusNoContent}, s.agreeProvision)
	register(s, operation{method: http.MethodGet, path: "/provisions/{id}/differences", id: "listProvisionDifferences", summary: "What register, public page and last filing say differently", scope: account.ProvisionRead}, s.listDifferences)
}

// somebody finds a contact by its public id.
func (s *server) somebody(ctx context.Context, c call, public string) (contact.Contact, error) {
	id, err := store.ParsePublic(contact.Prefix, public)
	if err != nil {
		return contact.Contact{}, fault.Bad("contact", "api.contact.unknown")
	}
	return s.Contacts.Get(ctx, s.DB, c.workspace(), id)
}

func (s *server) listTraces(ctx context.Context, c call, in *tracesQuery) (*list[traceView], error) {
	all, err := s.tracesOf(ctx, c, in)
	if err != nil {
		return nil, err
	}
	return listOf(viewed(all, func(t provision.Trace) traceView {
		return traceView{s.viewRun(c, t.Of), viewRecord(t.Record), t.Marked}
	}), ""), nil
}

// tracesOf asks by a contact, or by an address, which leads to those who were erased too.
func (s *server) tracesOf(ctx context.Context, c call, in *tracesQuery) ([]provision.Trace, error) {
	if in.Address != "" {
		mail, _, err := s.address(c, in.Address)
		if err != nil {
			return nil, err
		}
		return s.ProvisionRuns.TracesAt(ctx, s.DB, c.workspace(), mail)
	}
	p, err := s.somebody(ctx, c, in.Contact)
	if err != nil {
		return nil, err
	}
	return s.ProvisionRuns.TracesOf(ctx, s.DB, c.workspace(), p.ID)
}

// stopPerson takes a stop for an address that nobody has, too: it may come later.
func (s *server) stopPerson(ctx context.Context, c call, in *provisionStopInput) (*nothing, error) {
	b := in.Body
	stop := provision.Stop{Workspace: c.workspace(), Method: b.Method, Received: b.Received}
	if b.Programme != "" {
		id, err := store.ParsePublic(provision.Prefix, b.Programme)
		if err == nil {
			_, err = s.Provisions.ByID(ctx, s.DB, c.workspace(), id)
		}
		if err != nil {
			return nil, fault.Bad("programme", "api.provision.unknown")
		}
		stop.Programme = id
	}
	if b.Address != "" {
		_, hash, err := s.address(c, b.Address)
		if err != nil {
			return nil, err
		}
		stop.Hash = hash
		if b.Contact == "" {
			return nil, s.Provisions.EnterStop(ctx, c.by, stop, 0, c.now)
		}
	}
	p, err := s.somebody(ctx, c, b.Contact)
	if err != nil {
		return nil, err
	}
	return nil, s.Provisions.EnterStop(ctx, c.by, stop, p.ID, c.now)
}

func (s *server) listTasks(ctx context.Context, c call, in *taskQuery) (*list[taskView], error) {
	q := provision.TaskQuery{Workspace: c.workspace(), Open: in.Open, Limit: in.Limit}
	var err error
	if in.Recipient != "" {
		if q.Recipient, err = store.ParsePublic(provision.RecipientPrefix, in.Recipient); err != nil {
			return nil, fault.Bad("recipient", "api.provision.unknown")
		}
	}
	if q.Before, err = after(provision.TaskPrefix, in.After); err != nil {
		return nil, err
	}
	all, err := s.ProvisionRuns.Tasks(ctx, s.DB, q)
	if err != nil {
		return nil, err
	}
	cursor := ""
	if len(all) == in.Limit {
		cursor = all[len(all)-1].Public()
	}
	return listOf(viewed(all, func(t provision.Task) taskView { return s.viewTask(c, t) }), cursor), nil
}

func (s *server) viewTask(c call, t provision.Task) taskView {
	v := taskView{
		ID: t.Public(), Recipient: public(provision.RecipientPrefix, t.Recipient), RecipientName: t.RecipientName, Contact: public(contact.Prefix, t.Contact),
		Run: public(provision.RunPrefix, t.Run), Way: string(t.Way), Created: t.CreatedAt, Due: t.DueAt, Overdue: t.Overdue(c.now), Sent: when(t.SentAt),
		AcknowledgedAt: when(t.AcknowledgedAt), Proof: t.Proof, Programme: t.Programme, Void: t.Void,
	}
	if say := s.Texts.For(c.lang); say.Has(t.Error) {
		v.Error = say.T(t.Error, "Status", "")
	}
	return v
}

func (s *server) acknowledgeTask(ctx context.Context, c call, in *acknowledgeInput) (*nothing, error) {
	id, err := store.ParsePublic(provision.TaskPrefix, in.ID)
	if err != nil {
		return nil, err
	}
	return nil, s.ProvisionRuns.Acknowledge(ctx, c.by, c.workspace(), id, in.Body.Evidence, c.now)
}

func (s *server) programme(ctx context.Context, c call, public string) (provision.Programme, error) {
	id, err := store.ParsePublic(provision.Prefix, public)
	if err != nil {
		return provision.Programme{}, err
	}
	return s.Provisions.ByID(ctx, s.DB, c.workspace(), id)
}

func (s *server) agreeProvision(ctx context.Context, c call, in *agreementsInput) (*nothing, error) {
	p, err := s.programme(ctx, c, in.ID)
	if err != nil {
		return nil, err
	}
	words := make([]provision.Agreement, 0, len(in.Body.People))
	for i, w := range in.Body.People {
		a := provision.Agreement{Given: w.Given, Abroad: w.Abroad, Version: w.Version, On: w.On, Evidence: w.Evidence}
		if a.Contact, err = store.ParsePublic(contact.Prefix, w.Contact); err != nil {
			return nil, fault.Bad(fmt.Sprintf("people[%d].contact", i), "api.contact.unknown")
		}
		if w.Recipient != "" {
			if a.Recipient, err = store.ParsePublic(provision.RecipientPrefix, w.Recipient); err != nil {
				return nil, fault.Bad(fmt.Sprintf("people[%d].recipient", i), "api.provision.unknown")
			}
		}
		words = append(words, a)
	}
	err = s.ProvisionRuns.Agree(ctx, c.by, p, words, c.now)
	if len(words) == 1 {
		err = renamed(err, func(name string) string { return "people[0]." + name })
	}
	return nil, err
}

func (s *server) listDifferences(ctx context.Context, c call, in *byID) (*list[differenceView], error) {
	p, err := s.programme(ctx, c, in.ID)
	if err != nil {
		return nil, err
	}
	return listOf(viewed(p.Differences(c.now), func(d provision.Difference) differenceView {
		v := differenceView{One: d.One, Other: d.Other, OneVersion: d.OneVersion, OtherVersion: d.OtherVersion, Items: []string{}}
		for _, i := range d.Items {
			v.Items = append(v.Items, string(i))
		}
		return v
	}), ""), nil
}

func (s *server) listReceipts(ctx context.Context, c call, _ *struct{}) (*list[receiptView], error) {
	all, err := s.Contacts.Receipts(ctx, s.DB, c.workspace())
	if err != nil {
		return nil, err
	}
	return listOf(viewed(all, func(r contact.Received) receiptView {
		return receiptView{
			Import: importOf(r), Origin: string(r.Origin), Provider: r.Provider, Address: r.Address, Representative: r.Representative,
			Acquisition: r.Acquisition, Evidence: r.Evidence, Items: r.Items, File: r.File, Received: when(r.ReceivedAt), Published: when(r.PublishedAt),
		}
	}), ""), nil
}

// importOf is the import that brought a received list, "" for one person entered by hand.
func importOf(r contact.Received) string {
	if r.File == "" {
		return ""
	}
	return public(job.Prefix, r.Job)
}
