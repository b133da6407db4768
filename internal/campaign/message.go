package campaign

import (
	"context"
	"fmt"
	"time"

	"github.com/kyodaku/kyodaku/internal/delivery"
	"github.com/kyodaku/kyodaku/internal/gate"
	"github.com/kyodaku/kyodaku/internal/store"
)

// Message is one person's message with everything that was tried.
type Message struct {
	Row
	Tries []Attempt
	// Rules is the version of the rule set that the gate's last answer came from.
	Rules     string
	CreatedAt time.Time
	version   int64
}

// Attempt is one try to hand a message over.
type Attempt struct {
	Number             int
	StartedAt, EndedAt time.Time
	// Remote is the server, Stage how far the conversation came.
	Remote, Stage string
	// Code and Enhanced are the server's reply codes (RFC 5321 4.2, RFC 3463), Reply its words.
	Code            int
	Enhanced, Reply string
	Outcome         delivery.Outcome
}

// Message reads one message of a campaign; fault.NotFound if it is none of it.
func (b *Book) Message(ctx context.Context, r store.Reader, campaign, id int64) (Message, error) {
	var m Message
	var created int64
	row := r.QueryRow(ctx, sqlMessage, id, campaign)
	if err := m.scan(row, &m.Rules, &m.version, &created); err != nil {
		return Message{}, fmt.Errorf("campaign: message: %w", err)
	}
	m.CreatedAt = store.Time(created)
	var err error
	m.Tries, err = attempts(ctx, r, id)
	return m, wrap("message", err)
}

func attempts(ctx context.Context, r store.Reader, message int64) (out []Attempt, err error) {
	rows, err := r.Query(ctx, sqlAttempts, message)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var a Attempt
		var started, ended int64
		if err := rows.Scan(&a.Number, &started, &ended, &a.Remote, &a.Stage, &a.Code, &a.Enhanced, &a.Reply, &a.Outcome); err != nil {
			return nil, err
		}
		a.StartedAt, a.EndedAt = store.Time(started), store.Time(ended)
		out = append(out, a)
	}
	return out, rows.Err()
}

// leased is the message as the writer takes it.
func (m Message) leased() []delivery.Leased {
	return []delivery.Leased{{ID: m.ID, Version: m.version, Request: gate.Request{Address: m.Address}}}
}
