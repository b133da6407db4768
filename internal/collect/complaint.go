package collect

import (
	"context"
	"strings"
	"time"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/store"
)

// Complaint is a complaint or question about mails or personal data, which the company
// answers in good faith (特定電子メール法9条, 個人情報保護法40条). It holds an operator's
// words, and no address: refusals are entered as such.
type Complaint struct {
	ID int64
	// Via is how it came in: mail, telephone, letter or counter.
	Via  string
	Body string
	// Owner answers for it, 0 while nobody does (rule ADM-02).
	Owner      int64
	Outcome    string
	ReceivedAt time.Time
	// ClosedAt is zero while it is open.
	ClosedAt time.Time
}

// ComplaintWays lists how complaints come in.
func ComplaintWays() []string { return []string{"mail", "telephone", "letter", "counter"} }

// AddComplaint enters a complaint.
func (d *Desk) AddComplaint(ctx context.Context, by account.By, workspace int64, c Complaint, now time.Time) error {
	var wrong fault.Fields
	if key, args := badText(c.Body, maxProse, "\n\t"); key != "" || strings.TrimSpace(c.Body) == "" {
		if key == "" {
			key = "collect.text.needed"
		}
		wrong.Add("body", key, args...)
	}
	known := false
	for _, way := range ComplaintWays() {
		known = known || c.Via == way
	}
	if !known {
		wrong.Add("via", "collect.complaint.via")
	}
	if err := wrong.Err(); err != nil {
		return failed("add complaint", err)
	}
	err := d.DB.Write(ctx, func(tx *store.Tx) error {
		id, err := tx.NewID(ctx)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, sqlAddComplaint, id, workspace, c.Via, c.Body, c.Owner, store.Micros(now)); err != nil {
			return err
		}
		return d.Accounts.Audit(ctx, tx, aboutComplaint(by, workspace, id, "complaint.add"), now)
	})
	return failed("add complaint", err)
}

// SettleComplaint names who answers for a complaint and, with an outcome, closes it.
func (d *Desk) SettleComplaint(ctx context.Context, by account.By, workspace int64, c Complaint, now time.Time) error {
	if key, args := badText(c.Outcome, maxProse, "\n\t"); key != "" {
		return failed("settle complaint", fault.Bad("outcome", key, args...))
	}
	if c.Owner == 0 {
		return failed("settle complaint", fault.Bad("owner", "collect.complaint.owner"))
	}
	closed := int64(0)
	if strings.TrimSpace(c.Outcome) != "" {
		closed = store.Micros(now)
	}
	err := d.DB.Write(ctx, func(tx *store.Tx) error {
		n, err := tx.Exec(ctx, sqlSettleComplaint, c.Owner, c.Outcome, closed, c.ID, workspace)
		if err != nil {
			return err
		}
		if n == 0 {
			return fault.New(fault.NotFound, "fault.not_found")
		}
		return d.Accounts.Audit(ctx, tx, aboutComplaint(by, workspace, c.ID, "complaint.settle"), now)
	})
	return failed("settle complaint", err)
}

func aboutComplaint(by account.By, workspace, id int64, action string) account.Entry {
	return account.Entry{
		Workspace: workspace, Actor: by.Actor, Action: action, Network: by.Network, Subject: account.Subject{Kind: "complaint", ID: id},
	}
}

// Complaints lists a workspace's complaints, the newest first, at most the last two hundred.
func (d *Desk) Complaints(ctx context.Context, r store.Reader, workspace int64) (list []Complaint, err error) {
	rows, err := r.Query(ctx, sqlComplaints, workspace)
	if err != nil {
		return nil, failed("complaints", err)
	}
	defer rows.Close()
	for rows.Next() {
		var c Complaint
		var received, closed int64
		if err := rows.Scan(&c.ID, &c.Via, &c.Body, &c.Owner, &c.Outcome, &received, &closed); err != nil {
			return nil, failed("complaints", err)
		}
		c.ReceivedAt, c.ClosedAt = store.Time(received), store.Time(closed)
		list = append(list, c)
	}
	return list, failed("complaints", rows.Err())
}
