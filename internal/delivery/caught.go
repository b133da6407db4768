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
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/store"
)

// Caught keeps mails that were not meant to leave this machine (demonstrations,
// trials), for looking at.
type Caught struct{ db *store.DB }

// NewCaught opens the box of caught mails.
func NewCaught(db *store.DB) *Caught { return &Caught{db: db} }

// CaughtMail is a mail in the box. Data is only filled by Get.
type CaughtMail struct {
	ID int64
	// Workspace is whose mail it is, 0 for nobody's.
	Workspace         int64
	From, To, Subject string
	ReceivedAt        time.Time
	Data              []byte
}

// CaughtQuery chooses mails of the box.
type CaughtQuery struct {
	// Workspaces are those whose mails are meant; 0 among them means nobody's mails.
	Workspaces []int64
	// To is a part of the recipient's address, empty for all.
	To string
	// Before is the id to go on from, 0 for the start.
	Before int64
	Limit  int
}

// Keep stores a mail once per recipient; it fits catcher.Config.Keep. Whose it is
// follows from the message that its Message-ID names: all our letters have one, and
// no relay changes it. A mail without is nobody's.
func (c *Caught) Keep(ctx context.Context, m catcher.Mail) error {
	message, subject := headOf(m.Data)
	err := c.db.Write(ctx, func(tx *store.Tx) error {
		var workspace, address int64
		err := tx.QueryRow(ctx, sqlMessageOwner, message).Scan(&workspace, &address)
		if err != nil && !fault.Is(err, fault.NotFound) {
			return err
		}
		var args []any
		for _, to := range m.To {
			id, err := tx.NewID(ctx)
			if err != nil {
				return err
			}
			args = append(args, id, workspace, address, m.From, strings.ToLower(to), subject, m.Data, store.Micros(m.ReceivedAt))
		}
		return tx.InsertRows(ctx, sqlCatch, "", 8, args)
	})
	if err != nil {
		return fmt.Errorf("delivery: keep: %w", err)
	}
	return nil
}

// headOf reads the message that a mail is, 0 if it is none of ours, and the subject
// for the list, empty if there is none.
func headOf(data []byte) (message int64, subject string) {
	m, err := mail.ReadMessage(bytes.NewReader(data))
	if err != nil {
		return 0, ""
	}
	name, _, _ := strings.Cut(strings.TrimPrefix(strings.TrimSpace(m.Header.Get("Message-ID")), "<"), "@")
	if message, err = store.ParsePublic("msg", name); err != nil {
		message = 0
	}
	subject = m.Header.Get("Subject")
	if decoded, err := new(mime.WordDecoder).DecodeHeader(subject); err == nil {
		subject = decoded
	}
	return message, subject
}

// List returns mails, newest first.
func (c *Caught) List(ctx context.Context, q CaughtQuery) ([]CaughtMail, error) {
	if q.Before == 0 {
		q.Before = math.MaxInt64
	}
	part := "%" + strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(strings.ToLower(q.To)) + "%"
	rows, err := c.db.Query(ctx, sqlCaught, store.In(q.Workspaces), q.Before, part, q.Limit)
	if err != nil {
		return nil, fmt.Errorf("delivery: caught: %w", err)
	}
	defer rows.Close()
	var out []CaughtMail
	for rows.Next() {
		var m CaughtMail
		var at int64
		if err := rows.Scan(&m.ID, &m.Workspace, &m.From, &m.To, &m.Subject, &at); err != nil {
			return nil, fmt.Errorf("delivery: caught: %w", err)
		}
		m.ReceivedAt = store.Time(at)
		out = append(out, m)
	}
	return out, rows.Err()
}

// Get returns one mail with its bytes, if it is among those of the workspaces (0
// means nobody's); else fault.NotFound.
func (c *Caught) Get(ctx context.Context, workspaces []int64, id int64) (CaughtMail, error) {
	var m CaughtMail
	var at int64
	err := c.db.QueryRow(ctx, sqlCaughtByID, id, store.In(workspaces)).
		Scan(&m.ID, &m.Workspace, &m.From, &m.To, &m.Subject, &at, &m.Data)
	m.ReceivedAt = store.Time(at)
	if err != nil {
		return CaughtMail{}, fmt.Errorf("delivery: caught: %w", err)
	}
	return m, nil
}
