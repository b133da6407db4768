package duty

import (
	"context"
	"slices"
	"time"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/law"
	"github.com/kyodaku/kyodaku/internal/store"
)

// Request is what a person asks about his data (APPI 33 to 35).
type Request struct {
	ID, Workspace int64
	// Contact is 0 while nobody knows whose request it is.
	Contact int64
	// Kind is disclosure (33, records of provision included), correction (34), cease (35,
	// erasing included) or stop_provision (35(3)).
	Kind string
	// Form is how the person wants the answer: electronic, paper or other.
	Form, Note string
	ReceivedAt time.Time
	EnteredBy  int64
	EnteredAt  time.Time
	AnsweredAt time.Time
	AnsweredBy int64
	// Outcome is granted, partly or refused; Reason was told to the person (36).
	Outcome, Reason string
}

// RequestKinds lists what may be asked for.
func RequestKinds() []string { return []string{"disclosure", "correction", "cease", "stop_provision"} }

// RequestForms lists how an answer may be wanted (APPI 33(2)).
func RequestForms() []string { return []string{"electronic", "paper", "other"} }

// RequestOutcomes lists how a request may end.
func RequestOutcomes() []string { return []string{"granted", "partly", "refused"} }

// Open says whether it waits for its answer.
func (q Request) Open() bool { return q.AnsweredAt.IsZero() }

// Due is by when it is to be answered.
func (q Request) Due() time.Time { return law.RequestDue(q.ReceivedAt) }

// RequestFindings is what the law says of a request now.
func (d *Desk) RequestFindings(q Request, now time.Time) law.Findings {
	return d.Rules.Retention(&law.RetentionFacts{
		Now: now, Reach: law.JP, Act: "watch", HashKept: true,
		Request: law.RequestFacts{Kind: q.Kind, Open: q.Open(), Days: days(q.ReceivedAt, now), Answered: !q.Open()},
	})
}

// EnterRequest records a request.
func (d *Desk) EnterRequest(ctx context.Context, by account.By, q Request, now time.Time) (int64, error) {
	var bad fault.Fields
	if !slices.Contains(RequestKinds(), q.Kind) {
		bad.Add("kind", "duty.needed")
	}
	if !slices.Contains(RequestForms(), q.Form) {
		bad.Add("form", "duty.needed")
	}
	q.Note = block(&bad, "note", q.Note)
	past(&bad, "received_at", q.ReceivedAt, now)
	if err := bad.Err(); err != nil {
		return 0, err
	}
	e := account.Entry{Workspace: q.Workspace, Action: "request.enter", Subject: account.Subject{Kind: "request"}}
	return d.write(ctx, by, e, now, func(tx *store.Tx, id int64) error {
		_, err := tx.Exec(ctx, sqlAddRequest, id, q.Workspace, q.Contact, q.Kind, q.Form, q.Note, store.Micros(q.ReceivedAt), by.Actor.ID, store.Micros(now))
		return err
	})
}

// Answer records how a request was decided and that the person was told.
func (d *Desk) Answer(ctx context.Context, by account.By, q Request, now time.Time) error {
	var bad fault.Fields
	if !slices.Contains(RequestOutcomes(), q.Outcome) {
		bad.Add("outcome", "duty.needed")
	}
	q.Reason = line(&bad, "reason", q.Reason)
	if err := bad.Err(); err != nil {
		return err
	}
	e := account.Entry{Workspace: q.Workspace, Action: "request.answer", Subject: account.Subject{Kind: "request", ID: q.ID}, Reason: q.Reason}
	_, err := d.write(ctx, by, e, now, func(tx *store.Tx, id int64) error {
		return changed(tx.Exec(ctx, sqlAnswerRequest, store.Micros(now), by.Actor.ID, q.Outcome, q.Reason, id, q.Workspace))
	})
	return err
}

// Requests lists requests, open ones first.
func (d *Desk) Requests(ctx context.Context, r store.Reader, workspace int64) ([]Request, error) {
	rows, err := r.Query(ctx, sqlRequests, workspace, listMost)
	all, err := collect(rows, err, func(scan func(...any) error) (Request, error) {
		var q Request
		var received, entered, answered int64
		err := scan(&q.ID, &q.Workspace, &q.Contact, &q.Kind, &q.Form, &q.Note, &received, &q.EnteredBy, &entered, &answered, &q.AnsweredBy, &q.Outcome, &q.Reason)
		q.ReceivedAt, q.EnteredAt, q.AnsweredAt = store.Time(received), store.Time(entered), store.Time(answered)
		return q, err
	})
	return all, failed("requests", err)
}
