package campaign

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/compose"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/store"
)

// Approve takes responsibility for the amber findings of a draft as it was looked at
// (c.UpdatedAt), so that somebody who may send but not approve can send it. It holds
// for this text and these findings only. Whoever may not is fault.Refused.
func (b *Book) Approve(ctx context.Context, by account.By, c Campaign, now time.Time) error {
	findings, err := b.Check(ctx, b.DB, c)
	if err != nil {
		return err
	}
	return wrap("approve", b.DB.Write(ctx, func(tx *store.Tx) error {
		if err := b.Accounts.Require(ctx, tx, by, c.Workspace, account.ApproveAmber); err != nil {
			return err
		}
		n, err := tx.Exec(ctx, sqlApprove, c.approval(findings), c.ID, c.Workspace, store.Micros(c.UpdatedAt))
		if err != nil {
			return err
		}
		if n == 0 {
			return b.whyNot(ctx, tx, c.Workspace, c.ID)
		}
		return answering{book: b, campaign: c, findings: findings, by: by, now: now}.note(ctx, tx)
	}))
}

// Approved says whether somebody has approved the amber findings of a draft as it is.
func (b *Book) Approved(ctx context.Context, r store.Reader, c Campaign, findings []Finding) (bool, error) {
	var approved string
	if err := r.QueryRow(ctx, sqlApproved, c.ID, c.Workspace).Scan(&approved); err != nil {
		return false, wrap("approved", err)
	}
	return approved == c.approval(findings), nil
}

// amber are the findings that somebody must take responsibility for.
func amber(findings []Finding) (out []Finding) {
	for _, f := range findings {
		if f.Severity == compose.Amber {
			out = append(out, f)
		}
	}
	return out
}

// approval is a hash of a draft and of its amber findings.
func (c Campaign) approval(findings []Finding) string {
	h := sha256.New()
	fmt.Fprintln(h, c.ID, store.Micros(c.UpdatedAt))
	for _, f := range amber(findings) {
		fmt.Fprintf(h, "%q %d %d %q %q\n", f.Field, f.At.Line, f.At.Column, f.Key, f.Rule)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// answering is somebody who sends a draft with findings.
type answering struct {
	book     *Book
	campaign Campaign
	findings []Finding
	by       account.By
	// read says that they have said so.
	read bool
	now  time.Time
}

// check wants somebody to answer for the amber findings: who sends, by saying so
// and being allowed to, or who approved the draft before. The program itself and
// whoever sits at the machine answer by sending.
func (a answering) check(ctx context.Context, tx *store.Tx) error {
	b, c, findings := a.book, a.campaign, a.findings
	if len(amber(findings)) == 0 {
		return nil
	}
	if approved, err := b.Approved(ctx, tx, c, findings); err != nil || approved {
		return err
	}
	err := b.Accounts.Require(ctx, tx, a.by, c.Workspace, account.ApproveAmber)
	switch {
	case fault.Is(err, fault.Refused):
		return fault.Bad("amber", "campaign.amber.approval")
	case err != nil:
		return err
	case a.by.Actor.Kind == account.ActorOperator && !a.read:
		return fault.Bad("amber", "campaign.amber.unread")
	}
	return a.note(ctx, tx)
}

// note notes which findings somebody answers for: their kinds and places,
// no texts.
func (a answering) note(ctx context.Context, tx *store.Tx) error {
	list := []map[string]any{}
	for _, f := range amber(a.findings) {
		list = append(list, map[string]any{"finding": f.Key, "rule": string(f.Rule), "field": f.Field, "line": f.At.Line})
	}
	return a.book.Accounts.Audit(ctx, tx, account.Entry{
		Workspace: a.campaign.Workspace, Actor: a.by.Actor, Action: "campaign.approve", Network: a.by.Network,
		Subject: account.Subject{Kind: "campaign", ID: a.campaign.ID}, Detail: map[string]any{"findings": list},
	}, a.now)
}
