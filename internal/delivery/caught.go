package delivery

import (
	"bytes"
	"context"
	"fmt"
	"math"
	"mime"
	"net/mail"
	"strings"
	"time"

	"github.com/kyodaku/kyodaku/internal/delivery/catcher"
	"github.com/kyodaku/kyodaku/internal/store"
)

// Caught keeps mails that were not meant to leave this machine (demonstrations,
// trials), for looking at.
type Caught struct{ db *store.DB }

// NewCaught opens the box of caught mails.
func NewCaught(db *store.DB) *Caught { return &Caught{db: db} }

// CaughtMail is a mail in the box. Data is only filled by Get.
type CaughtMail struct {
	ID                int64
	From, To, Subject string
	ReceivedAt        time.Time
	Data              []byte
}

// Keep stores a mail once per recipient; it fits catcher.Config.Keep.
func (c *Caught) Keep(ctx context.Context, m catcher.Mail) error {
	subject := subjectOf(m.Data)
	err := c.db.Write(ctx, func(tx *store.Tx) error {
		var args []any
		for _, to := range m.To {
			id, err := tx.NewID(ctx)
			if err != nil {
				return err
			}
			args = append(args, id, m.From, strings.ToLower(to), subject, m.Data, store.Micros(m.ReceivedAt))
		}
		return tx.InsertRows(ctx, sqlCatch, "", 6, args)
	})
	if err != nil {
		return fmt.Errorf("delivery: keep: %w", err)
	}
	return nil
}

// subjectOf reads the subject for the list; a mail without one has none.
func subjectOf(data []byte) string {
	m, err := mail.ReadMessage(bytes.NewReader(data))
	if err != nil {
		return ""
	}
	decoded, err := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
	if err != nil {
		return m.Header.Get("Subject")
	}
	return decoded
}

// List returns mails, newest first, of one recipient or (to empty) of all.
// before is the id to go on from, 0 for the start.
func (c *Caught) List(ctx context.Context, to string, before int64, limit int) ([]CaughtMail, error) {
	if before == 0 {
		before = math.MaxInt64
	}
	to = strings.ToLower(to)
	rows, err := c.db.Query(ctx, sqlCaught, to, to, before, limit)
	if err != nil {
		return nil, fmt.Errorf("delivery: caught: %w", err)
	}
	defer rows.Close()
	var out []CaughtMail
	for rows.Next() {
		var m CaughtMail
		var at int64
		if err := rows.Scan(&m.ID, &m.From, &m.To, &m.Subject, &at); err != nil {
			return nil, fmt.Errorf("delivery: caught: %w", err)
		}
		m.ReceivedAt = store.Time(at)
		out = append(out, m)
	}
	return out, rows.Err()
}

// Get returns one mail with its bytes.
func (c *Caught) Get(ctx context.Context, id int64) (CaughtMail, error) {
	var m CaughtMail
	var at int64
	err := c.db.QueryRow(ctx, sqlCaughtByID, id).Scan(&m.ID, &m.From, &m.To, &m.Subject, &at, &m.Data)
	m.ReceivedAt = store.Time(at)
	if err != nil {
		return CaughtMail{}, fmt.Errorf("delivery: caught: %w", err)
	}
	return m, nil
}
