package report

import (
	"context"
	"database/sql"
	"fmt"
	"iter"
	"math"
	"time"

	"github.com/kyodaku/kyodaku/internal/consent"
	"github.com/kyodaku/kyodaku/internal/delivery"
	"github.com/kyodaku/kyodaku/internal/law"
	"github.com/kyodaku/kyodaku/internal/store"
)

// Message is one message to one address, with what became of it.
type Message struct {
	ID   int64
	Kind delivery.Kind
	// Campaign is 0 for messages that belong to none; Name and Subject are empty then.
	Campaign      int64
	Name, Subject string
	Contact       int64
	Address       int64
	Topic         int64
	Class         law.Class
	// Open says that the message has not ended yet.
	Open    bool
	Outcome delivery.Outcome
	// Rule is the rule of a withheld message.
	Rule law.RuleID
	// Reply is what the receiving server said last.
	Reply    string
	Attempts int64
	// Event is the consent event that the gate's last answer rests on, 0 if none.
	Event     int64
	CreatedAt time.Time
	// FinishedAt is zero while the message is open.
	FinishedAt time.Time
}

// At is where the message stands in a timeline: its end, or its making while it is open.
func (m Message) At() time.Time {
	if m.FinishedAt.IsZero() {
		return m.CreatedAt
	}
	return m.FinishedAt
}

// done is the state of an ended row, as delivery writes it.
const done = 3

// messagesPage is the LIMIT of sqlMessages.
const messagesPage = 500

// Messages goes through everything sent or withheld to some addresses of a
// workspace, the oldest first, as an evidence pack lists it. It ends with the first
// error.
func Messages(ctx context.Context, r store.Reader, workspace int64, addresses []int64) iter.Seq2[consent.SentMessage, error] {
	return func(yield func(consent.SentMessage, error) bool) {
		for after := int64(0); ; {
			page, err := sentMessages(r.Query(ctx, sqlMessages, store.In(addresses), workspace, after))
			if err != nil {
				yield(consent.SentMessage{}, fmt.Errorf("report: messages: %w", err))
				return
			}
			for _, m := range page {
				if !yield(m, nil) {
					return
				}
				after = m.ID
			}
			if len(page) < messagesPage {
				return
			}
		}
	}
}

func sentMessages(rows *sql.Rows, err error) ([]consent.SentMessage, error) {
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var list []consent.SentMessage
	for rows.Next() {
		var m consent.SentMessage
		var state, planned, finished int64
		err := rows.Scan(&m.ID, &m.Topic, &m.Class, &m.Subject, &m.Event, &m.Rules, &planned, &finished, &state, &m.Outcome, &m.Reason, &m.Reply)
		if err != nil {
			return nil, err
		}
		if m.Outcome == "" && state != done {
			m.Outcome = Waiting
		}
		m.PlannedAt, m.FinishedAt = store.Time(planned), store.Time(finished)
		list = append(list, m)
	}
	return list, rows.Err()
}

// Waiting is the outcome of a message that has not been tried yet.
const Waiting = "waiting"

// Before is a place in a list that goes back in time; its zero value is the beginning.
type Before struct {
	At time.Time
	ID int64
}

// bounds makes the zero value the end of all times.
func (b Before) bounds() (at, id int64) {
	if b.At.IsZero() {
		return math.MaxInt64, math.MaxInt64
	}
	return store.Micros(b.At), b.ID
}

// Latest reads up to limit messages to some addresses, the newest first, from
// before a place.
func Latest(ctx context.Context, r store.Reader, workspace int64, addresses []int64, before Before, limit int) ([]Message, error) {
	at, id := before.bounds()
	list, err := scanMessages(r.Query(ctx, sqlLatest, store.In(addresses), workspace, at, at, id, limit))
	if err != nil {
		return nil, fmt.Errorf("report: latest messages: %w", err)
	}
	return list, nil
}

func scanMessages(rows *sql.Rows, err error) ([]Message, error) {
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var list []Message
	for rows.Next() {
		var m Message
		var state, created, finished int64
		err := rows.Scan(&m.ID, &m.Kind, &m.Campaign, &m.Name, &m.Subject, &m.Contact, &m.Address, &m.Topic, &m.Class,
			&state, &m.Outcome, &m.Rule, &m.Reply, &m.Attempts, &m.Event, &created, &finished)
		if err != nil {
			return nil, err
		}
		m.Open, m.CreatedAt, m.FinishedAt = state != done, store.Time(created), store.Time(finished)
		list = append(list, m)
	}
	return list, rows.Err()
}
