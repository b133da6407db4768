package consent

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/kyodaku/kyodaku/internal/addr"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/store"
)

// SuppressionKind is why an address must not be mailed.
type SuppressionKind string

// The kinds.
const (
	// SuppressionRefusal is the person's no.
	SuppressionRefusal SuppressionKind = "refusal"
	// SuppressionComplaint is a report by the person's provider.
	SuppressionComplaint SuppressionKind = "complaint"
	// SuppressionBounce is an address that does not work.
	SuppressionBounce SuppressionKind = "bounce"
	// SuppressionManual is an operator's stop.
	SuppressionManual SuppressionKind = "manual"
)

// Valid says whether the kind is one of ours.
func (k SuppressionKind) Valid() bool {
	return k.Permanent() || k == SuppressionBounce || k == SuppressionManual
}

// Permanent says whether only an own act of the person can end it.
func (k SuppressionKind) Permanent() bool {
	return k == SuppressionRefusal || k == SuppressionComplaint
}

// Suppression is an entry of the list of those who must not be mailed.
type Suppression struct {
	ID, Workspace int64
	Channel       addr.Channel
	AddressHash   []byte
	Kind          SuppressionKind
	// Topic is 0 for every topic.
	Topic int64
	// Event is the consent event behind it, 0 for bounces and operators' stops.
	Event int64
	// Source is the method of the event, or where the entry came from.
	Source, Detail string
	Operator       int64
	CreatedAt      time.Time
	// ExpiresAt is zero for entries without end.
	ExpiresAt   time.Time
	LiftedAt    time.Time
	LiftedEvent int64
}

// AddSuppression adds a bounce or an operator's stop; refusals and complaints
// come by Append, with their evidence. A live entry of the same kind and topic is
// kept, with the later end. It returns what the gates must learn.
func (l *Log) AddSuppression(ctx context.Context, tx *store.Tx, s Suppression, now time.Time) ([]Refused, error) {
	var bad fault.Fields
	if s.Kind != SuppressionBounce && s.Kind != SuppressionManual {
		bad.Add("kind", "consent.suppression.kind")
	}
	if s.Workspace == 0 || len(s.AddressHash) != hashSize || !s.Channel.Valid() {
		bad.Add("address", "consent.address.unknown")
	}
	if s.Kind == SuppressionManual && s.Detail == "" {
		bad.Add("detail", "consent.reason.needed")
	}
	if err := bad.Err(); err != nil {
		return nil, fmt.Errorf("consent: add suppression: %w", err)
	}
	id, err := tx.NewID(ctx)
	if err != nil {
		return nil, fmt.Errorf("consent: add suppression: %w", err)
	}
	_, err = tx.Exec(ctx, sqlAddSuppression, id, s.Workspace, string(s.Channel), s.AddressHash, string(s.Kind), s.Topic,
		s.Source, s.Detail, s.Operator, store.Micros(now), store.Micros(s.ExpiresAt))
	if err != nil {
		return nil, fmt.Errorf("consent: add suppression: %w", err)
	}
	refused, err := l.feed(ctx, tx, []notice{{workspace: s.Workspace, hash: s.AddressHash, topic: s.Topic, at: now}})
	if err != nil {
		return nil, fmt.Errorf("consent: add suppression: %w", err)
	}
	return refused, nil
}

// LiftSuppression ends a bounce or an operator's stop. A refusal or a complaint
// is fault.Refused: only the person can end it, by an own act.
func (l *Log) LiftSuppression(ctx context.Context, tx *store.Tx, workspace, id int64, now time.Time) error {
	s, err := l.SuppressionByID(ctx, tx, workspace, id)
	if err != nil {
		return fmt.Errorf("consent: lift suppression: %w", err)
	}
	if s.Kind.Permanent() {
		return fmt.Errorf("consent: lift suppression: %w", fault.New(fault.Refused, "consent.suppression.permanent"))
	}
	if !s.LiftedAt.IsZero() {
		return nil
	}
	if _, err := tx.Exec(ctx, sqlLift, store.Micros(now), 0, id); err != nil {
		return fmt.Errorf("consent: lift suppression: %w", err)
	}
	_, err = l.feed(ctx, tx, []notice{{workspace: workspace, hash: s.AddressHash, topic: s.Topic, at: now, lifted: true}})
	return err
}

// SuppressionQuery asks for a page of the list, newest first.
type SuppressionQuery struct {
	// AddressHash narrows to one address; nil is all.
	AddressHash []byte
	// Kind narrows to one kind; "" is all.
	Kind SuppressionKind
	// Topic narrows to one topic; 0 is all.
	Topic int64
	// Lifted includes entries that ended.
	Lifted bool
	// Before is the id of the last entry of the page before; 0 begins.
	Before int64
	// Limit is at most 500; 0 is 50.
	Limit int
}

// Suppressions reads a page of a workspace's list.
func (l *Log) Suppressions(ctx context.Context, r store.Reader, workspace int64, q SuppressionQuery) ([]Suppression, error) {
	hash, anyHash := q.AddressHash, q.AddressHash == nil
	if anyHash {
		hash = []byte{}
	}
	rows, err := r.Query(ctx, sqlSuppressions, workspace, beforeID(q.Before), anyHash, hash,
		string(q.Kind), string(q.Kind), q.Topic, q.Topic, q.Lifted, pageSize(q.Limit))
	if err != nil {
		return nil, fmt.Errorf("consent: suppressions: %w", err)
	}
	list, err := scanSuppressions(rows)
	if err != nil {
		return nil, fmt.Errorf("consent: suppressions: %w", err)
	}
	return list, nil
}

// SuppressionByID reads one entry; fault.NotFound if the workspace has none such.
func (l *Log) SuppressionByID(ctx context.Context, r store.Reader, workspace, id int64) (Suppression, error) {
	rows, err := r.Query(ctx, sqlSuppressionByID, workspace, id)
	if err != nil {
		return Suppression{}, fmt.Errorf("consent: suppression: %w", err)
	}
	list, err := scanSuppressions(rows)
	if err != nil {
		return Suppression{}, fmt.Errorf("consent: suppression: %w", err)
	}
	if len(list) == 0 {
		return Suppression{}, fault.New(fault.NotFound, "fault.not_found")
	}
	return list[0], nil
}

// SuppressionCounts counts the live entries of a workspace by kind.
func (l *Log) SuppressionCounts(ctx context.Context, r store.Reader, workspace int64) (map[SuppressionKind]int64, error) {
	rows, err := r.Query(ctx, sqlSuppressionCounts, workspace)
	if err != nil {
		return nil, fmt.Errorf("consent: count suppressions: %w", err)
	}
	defer rows.Close()
	counts := map[SuppressionKind]int64{}
	for rows.Next() {
		var k SuppressionKind
		var n int64
		if err := rows.Scan(&k, &n); err != nil {
			return nil, fmt.Errorf("consent: count suppressions: %w", err)
		}
		counts[k] = n
	}
	return counts, rows.Err()
}

func scanSuppressions(rows *sql.Rows) ([]Suppression, error) {
	defer rows.Close()
	var list []Suppression
	for rows.Next() {
		var s Suppression
		var created, expires, lifted int64
		err := rows.Scan(&s.ID, &s.Workspace, &s.Channel, &s.AddressHash, &s.Kind, &s.Topic, &s.Event, &s.Source,
			&s.Detail, &s.Operator, &created, &expires, &lifted, &s.LiftedEvent)
		if err != nil {
			return nil, err
		}
		s.CreatedAt, s.ExpiresAt, s.LiftedAt = store.Time(created), store.Time(expires), store.Time(lifted)
		list = append(list, s)
	}
	return list, rows.Err()
}

// beforeID makes 0 the end of all ids.
func beforeID(id int64) int64 {
	if id == 0 {
		return 1<<63 - 1
	}
	return id
}

func pageSize(limit int) int {
	if limit <= 0 {
		return 50
	}
	return min(limit, 500)
}
