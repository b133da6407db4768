package account

import (
	"context"
	"encoding/json"
	"time"

	"github.com/kyodaku/kyodaku/internal/store"
)

// ActorKind is the kind of somebody who acts.
type ActorKind string

// The kinds of actors.
const (
	ActorOperator ActorKind = "operator"
	ActorAPIKey   ActorKind = "api_key"
	// ActorSystem is the program by itself: a timer, a job.
	ActorSystem ActorKind = "system"
	// ActorCLI is whoever sits at the machine.
	ActorCLI ActorKind = "cli"
)

// Actor is who acts. ID is 0 for system and cli.
type Actor struct {
	Kind ActorKind
	ID   int64
}

// Subject is what was acted on; Kind is a table's word ("contact", "campaign").
type Subject struct {
	Kind string
	ID   int64
}

// Entry is one line of the audit log, to be written.
type Entry struct {
	Workspace int64
	Actor     Actor
	// Action is noun.verb, as "contact.export"; its text is account.audit.<action>.
	Action  string
	Subject Subject
	// Reason is what the actor gave as the reason, if one was asked for.
	Reason string
	// Detail becomes a JSON object. It holds ids and settings, never addresses.
	Detail any
	// Network is the address of the caller.
	Network string
}

// Logged is one line of the audit log, as read; its Detail is a json.RawMessage.
type Logged struct {
	ID int64
	At time.Time
	Entry
}

// Audit adds a line in the transaction of what it tells, so that neither is
// there without the other.
func (b *Book) Audit(ctx context.Context, tx *store.Tx, e Entry, now time.Time) error {
	return failed("audit", audit(ctx, tx, e, now))
}

func audit(ctx context.Context, tx *store.Tx, e Entry, now time.Time) error {
	detail := []byte("{}")
	if e.Detail != nil {
		var err error
		if detail, err = json.Marshal(e.Detail); err != nil {
			return err
		}
	}
	id, err := tx.NewID(ctx)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, sqlAudit, id, e.Workspace, store.Micros(now), e.Actor.Kind, e.Actor.ID, e.Action,
		e.Subject.Kind, e.Subject.ID, plain(e.Reason, maxReason), string(detail), networkOf(e.Network))
	return err
}

// note is the common line: by did action to subject.
func note(ctx context.Context, tx *store.Tx, by By, e Entry, now time.Time) error {
	e.Actor, e.Network = by.Actor, by.Network
	return audit(ctx, tx, e, now)
}

// AuditQuery chooses lines of the audit log. Zero fields choose all.
type AuditQuery struct {
	Workspace int64
	Actor     Actor
	Subject   Subject
	Action    string
	// From is included, Until is not.
	From, Until time.Time
	// Before continues a list after its last line.
	Before Logged
	// Limit is at most 500; 0 is 50.
	Limit int
}

// AuditList reads lines, the newest first. The page is the last one when it is
// shorter than the limit.
func (b *Book) AuditList(ctx context.Context, r store.Reader, q AuditQuery) ([]Logged, error) {
	const forever = 1<<63 - 1
	limit := min(max(q.Limit, 0), 500)
	if limit == 0 {
		limit = 50
	}
	until, beforeAt, beforeID := int64(forever), int64(forever), int64(forever)
	if !q.Until.IsZero() {
		until = store.Micros(q.Until)
	}
	if q.Before.ID != 0 {
		beforeAt, beforeID = store.Micros(q.Before.At), q.Before.ID
	}
	actor := plain(string(q.Actor.Kind), maxName)
	subject := plain(q.Subject.Kind, maxName)
	action := plain(q.Action, maxName)
	rows, err := r.Query(ctx, sqlAuditList, q.Workspace, store.Micros(q.From), until, beforeAt, beforeID,
		actor, actor, q.Actor.ID, q.Actor.ID, subject, subject, q.Subject.ID, q.Subject.ID,
		action, action, limit)
	if err != nil {
		return nil, failed("audit list", err)
	}
	list, err := collect(rows, scanLogged)
	return list, failed("audit list", err)
}

func scanLogged(scan func(...any) error) (Logged, error) {
	var l Logged
	var at int64
	var detail string
	err := scan(&l.ID, &l.Workspace, &at, &l.Actor.Kind, &l.Actor.ID, &l.Action, &l.Subject.Kind, &l.Subject.ID, &l.Reason, &detail, &l.Network)
	l.At, l.Detail = store.Time(at), json.RawMessage(detail)
	return l, err
}
