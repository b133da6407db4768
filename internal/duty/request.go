package duty

import (
	"context"
	"slices"
	"time"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/addr"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/law"
	"github.com/kyodaku/kyodaku/internal/store"
)

// Request is what a person asks about his data (APPI 33 to 35).
type Request struct {
	ID, Workspace int64
	// Contact is 0 while nobody knows whose request it is.
	Contact int64
	// Kind is disclosure (33, records of provision included), correction (34), cease (35),
	// erase (35) or stop_provision (35(3), (5)).
	Kind string
	// Form is how the person wants the answer: electronic, paper or other.
	Form, Note string
	ReceivedAt time.Time
	// EnteredBy is the operator who entered it, 0 when the person did.
	EnteredBy  int64
	EnteredAt  time.Time
	AnsweredAt time.Time
	AnsweredBy int64
	// Outcome is granted, partly or refused; Reason was told to the person (36).
	Outcome, Reason string
	// Name and Address are who asks and where the answer goes, Agent who acts for the person
	// (37(3)); Agent is empty when the person asks.
	Name, Address, Agent string
	// Identity is how it was made sure who asks, at IdentifiedAt.
	Identity     string
	IdentifiedAt time.Time
	IdentifiedBy int64
	// Programme is the provision that is to stop, 0 for every one.
	Programme int64
}

// RequestKinds lists what may be asked for.
func RequestKinds() []string {
	return []string{"disclosure", "correction", "cease", "erase", "stop_provision"}
}

// RequestForms lists how an answer may be wanted (APPI 33(2)).
func RequestForms() []string { return []string{"electronic", "paper", "other"} }

// RequestOutcomes lists how a request may end.
func RequestOutcomes() []string { return []string{"granted", "partly", "refused"} }

// Identities lists how it may be made sure who asks: by an answer from the mailbox that we know,
// papers that were shown or sent, a telephone call to a number that we know; for an agent a
// letter of attorney.
func Identities() []string { return []string{"mailbox", "papers", "call", "attorney", "other"} }

// Open says whether it waits for its answer.
func (q Request) Open() bool { return q.AnsweredAt.IsZero() }

// Identified says whether it was made sure who asks.
func (q Request) Identified() bool { return !q.IdentifiedAt.IsZero() }

// Due is by when it is to be answered.
func (q Request) Due() time.Time { return law.RequestDue(q.ReceivedAt) }

// facts for the law.
func (q Request) facts(act string, now time.Time) *law.RetentionFacts {
	return &law.RetentionFacts{
		Now: now, Reach: law.JP, Act: act, HashKept: true,
		Request: law.RequestFacts{
			Kind: q.Kind, Open: q.Open(), Days: days(q.ReceivedAt, now), Answered: !q.Open(),
			Identified: q.Identified(), Outcome: q.Outcome, Reason: q.Reason,
		},
	}
}

// RequestFindings is what the law says of a request now.
func (d *Desk) RequestFindings(q Request, now time.Time) law.Findings {
	return d.Rules.Retention(q.facts("watch", now))
}

// EnterRequest records a request that an operator was told of.
func (d *Desk) EnterRequest(ctx context.Context, by account.By, q Request, now time.Time) (int64, error) {
	q, err := q.check(now)
	if err != nil {
		return 0, err
	}
	q.EnteredBy = by.Actor.ID
	e := account.Entry{Workspace: q.Workspace, Action: "request.enter", Subject: account.Subject{Kind: "request"}}
	return d.write(ctx, by, e, now, func(tx *store.Tx, id int64) error {
		if err := add(ctx, tx, id, q, now); err != nil {
			return err
		}
		return d.stopFor(ctx, tx, by, q, now)
	})
}

// stopFor ends the provisions of a person who asks for it, as soon as it is known who asks: a
// request that waits for its answer must not let data go meanwhile (APPI 27(2)(vi), 35(3), (5)).
func (d *Desk) stopFor(ctx context.Context, tx *store.Tx, by account.By, q Request, now time.Time) error {
	if q.Kind != "stop_provision" || q.Contact == 0 {
		return nil
	}
	if d.Stops == nil {
		return fault.New(fault.Internal, "fault.internal")
	}
	return d.Stops.StopFor(ctx, tx, by, q, now)
}

// check refuses what no request can be.
func (q Request) check(now time.Time) (Request, error) {
	var bad fault.Fields
	if !slices.Contains(RequestKinds(), q.Kind) {
		bad.Add("kind", "duty.needed")
	}
	if !slices.Contains(RequestForms(), q.Form) {
		bad.Add("form", "duty.needed")
	}
	q.Note = block(&bad, "note", q.Note)
	for field, text := range map[string]*string{"name": &q.Name, "address": &q.Address, "agent": &q.Agent} {
		if *text != "" {
			*text = line(&bad, field, *text)
		}
	}
	past(&bad, "received_at", q.ReceivedAt, now)
	return q, bad.Err()
}

func add(ctx context.Context, tx *store.Tx, id int64, q Request, now time.Time) error {
	_, err := tx.Exec(ctx, sqlAddRequest, id, q.Workspace, q.Contact, q.Kind, q.Form, q.Note, store.Micros(q.ReceivedAt),
		q.EnteredBy, store.Micros(now), q.Name, q.Address, q.Agent, q.Programme)
	return err
}

// Identify records whose request it is and how that was made sure of (APPI 37; Cabinet Order
// 12), and ends the person's provisions where that is asked for. Whose it is may be set once
// only, and not once the request was answered.
func (d *Desk) Identify(ctx context.Context, by account.By, q Request, now time.Time) error {
	var bad fault.Fields
	if !slices.Contains(Identities(), q.Identity) {
		bad.Add("identity", "duty.needed")
	}
	if q.Contact == 0 {
		bad.Add("contact", "duty.request.whose")
	}
	if err := bad.Err(); err != nil {
		return err
	}
	e := account.Entry{
		Workspace: q.Workspace, Action: "request.identify", Subject: account.Subject{Kind: "request", ID: q.ID}, Detail: map[string]string{"how": q.Identity},
	}
	_, err := d.write(ctx, by, e, now, func(tx *store.Tx, id int64) error {
		if _, err := d.Contacts.Get(ctx, tx, q.Workspace, q.Contact); err != nil {
			return err
		}
		known, err := d.Request(ctx, tx, q.Workspace, id)
		if err != nil {
			return err
		}
		if known.Open() && !known.Identified() { // else what was done before is what is told
			if err := d.fits(ctx, tx, known, q); err != nil {
				return err
			}
		}
		n, err := tx.Exec(ctx, sqlIdentifyRequest, q.Contact, q.Identity, store.Micros(now), by.Actor.ID, id, q.Workspace)
		if err != nil {
			return err
		}
		if n == 0 {
			return known.closed()
		}
		known.Contact = q.Contact
		return d.stopFor(ctx, tx, by, known, now)
	})
	return err
}

// fits refuses a way of making sure that cannot have shown who asks: an answer from the mailbox
// of somebody else than the person whose request it is to be, and a letter of attorney without an
// agent, or an agent without one.
func (d *Desk) fits(ctx context.Context, tx *store.Tx, known, q Request) error {
	if (q.Identity == "attorney") != (known.Agent != "") {
		return fault.Bad("identity", "duty.request.attorney")
	}
	if q.Identity != "mailbox" || known.Address == "" { // no address: the answer goes to the mailbox that we know
		return nil
	}
	mail, err := addr.ParseMail(known.Address)
	if err != nil {
		return fault.Bad("identity", "duty.request.mailbox")
	}
	theirs, err := d.Contacts.AddressByHash(ctx, tx, q.Workspace, d.Contacts.Hash(q.Workspace, mail))
	if err != nil && !fault.Is(err, fault.NotFound) {
		return err
	}
	if err != nil || theirs.Contact != q.Contact {
		return fault.Bad("identity", "duty.request.mailbox")
	}
	return nil
}

// closed says why a request cannot be changed any more.
func (q Request) closed() error {
	if !q.Open() {
		return fault.New(fault.Refused, "duty.request.answered", "On", q.AnsweredAt.Format(time.DateOnly))
	}
	return fault.New(fault.Refused, "duty.request.identified", "On", q.IdentifiedAt.Format(time.DateOnly))
}

// Answer records how a request was decided and that the person was told. What the law does not
// let be answered is fault.Refused with the rule.
func (d *Desk) Answer(ctx context.Context, by account.By, q Request, now time.Time) error {
	var bad fault.Fields
	if !slices.Contains(RequestOutcomes(), q.Outcome) {
		bad.Add("outcome", "duty.needed")
	}
	if q.Reason != "" {
		q.Reason = line(&bad, "reason", q.Reason)
	}
	if err := bad.Err(); err != nil {
		return err
	}
	e := account.Entry{Workspace: q.Workspace, Action: "request.answer", Subject: account.Subject{Kind: "request", ID: q.ID}, Reason: q.Reason}
	_, err := d.write(ctx, by, e, now, func(tx *store.Tx, id int64) error {
		known, err := d.Request(ctx, tx, q.Workspace, id)
		if err != nil {
			return err
		}
		known.Outcome, known.Reason = q.Outcome, q.Reason
		if no := d.Rules.Retention(known.facts("answer_request", now)).Block(); no != nil {
			return &NotYet{Rule: no}
		}
		n, err := tx.Exec(ctx, sqlAnswerRequest, store.Micros(now), by.Actor.ID, q.Outcome, q.Reason, id, q.Workspace)
		if err == nil && n == 0 {
			err = known.closed()
		}
		return err
	})
	return err
}

// NotYet is what the law forbids for now.
type NotYet struct{ Rule *law.Rule }

// Error implements error.
func (n *NotYet) Error() string { return "forbidden by " + string(n.Rule.ID) }

// Unwrap makes it fault.Refused.
func (n *NotYet) Unwrap() error { return fault.New(fault.Refused, "duty.not_yet") }

// Request reads one request.
func (d *Desk) Request(ctx context.Context, r store.Reader, workspace, id int64) (Request, error) {
	q, err := scanRequest(r.QueryRow(ctx, sqlRequest, id, workspace).Scan)
	return q, failed("request", err)
}

// Requests lists requests, open ones first.
func (d *Desk) Requests(ctx context.Context, r store.Reader, workspace int64) ([]Request, error) {
	rows, err := r.Query(ctx, sqlRequests, workspace, listMost)
	all, err := collect(rows, err, scanRequest)
	return all, failed("requests", err)
}

func scanRequest(scan func(...any) error) (Request, error) {
	var q Request
	var received, entered, answered, identified int64
	err := scan(&q.ID, &q.Workspace, &q.Contact, &q.Kind, &q.Form, &q.Note, &received, &q.EnteredBy, &entered, &answered, &q.AnsweredBy,
		&q.Outcome, &q.Reason, &q.Name, &q.Address, &q.Agent, &q.Identity, &identified, &q.IdentifiedBy, &q.Programme)
	q.ReceivedAt, q.EnteredAt, q.AnsweredAt, q.IdentifiedAt = store.Time(received), store.Time(entered), store.Time(answered), store.Time(identified)
	return q, err
}
