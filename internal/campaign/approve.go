package campaign

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/compose"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/store"
)

// RequestApproval is the repair of findings that only another person can answer for.
const RequestApproval compose.Repair = "request_approval"

// maxReason bounds a reason, in characters.
const maxReason = 500

// Approve takes responsibility for the amber findings of a draft as it was looked at
// (c.UpdatedAt), with a reason, so that somebody who may send but not approve can send
// it. It holds for this text and these findings only. Whoever may not is fault.Refused,
// and so is the author where a second person is wanted.
func (b *Book) Approve(ctx context.Context, by account.By, c Campaign, reason string, now time.Time) error {
	reason, err := reasonOf(reason)
	if err != nil {
		return err
	}
	findings, err := b.answerable(ctx, c, now)
	if err != nil {
		return wrap("approve", err)
	}
	return wrap("approve", b.DB.Write(ctx, func(tx *store.Tx) error {
		if err := b.mayApprove(ctx, tx, by, c, findings); err != nil {
			return err
		}
		return answering{book: b, campaign: c, findings: findings, by: by, reason: reason, now: now}.keep(ctx, tx)
	}))
}

// reasonOf is a reason as it is kept; one that says nothing is Invalid.
func reasonOf(reason string) (string, error) {
	reason = strings.TrimSpace(reason)
	if reason == "" || utf8.RuneCountInString(reason) > maxReason || strings.ContainsRune(reason, 0) {
		return "", fault.Bad("reason", "campaign.reason.missing")
	}
	return reason, nil
}

// MayApprove says whether somebody may answer for the findings of a draft; a no is
// fault.Refused with its reason.
func (b *Book) MayApprove(ctx context.Context, r store.Reader, by account.By, c Campaign, findings []Finding) error {
	return b.mayApprove(ctx, r, by, c, findings)
}

func (b *Book) mayApprove(ctx context.Context, r store.Reader, by account.By, c Campaign, findings []Finding) error {
	if me := operatorOf(by); wantsSecond(findings) && (me == 0 || me == c.CreatedBy || me == c.EditedBy) {
		return fault.New(fault.Refused, "campaign.approval.own")
	}
	act, err := b.approvalAct(ctx, r, c, findings)
	if err != nil {
		return err
	}
	return b.Accounts.Require(ctx, r, by, c.Workspace, act)
}

// ApprovalAct is what somebody must be allowed to do who approves a draft as it is.
func (b *Book) ApprovalAct(ctx context.Context, r store.Reader, c Campaign) (account.Act, error) {
	findings, err := b.Check(ctx, r, c)
	if err != nil {
		return 0, err
	}
	return b.approvalAct(ctx, r, c, findings)
}

// approvalAct follows the policy where a second person is wanted. Warnings about the
// people of the audience ask for nobody else: they cannot be edited away.
func (b *Book) approvalAct(ctx context.Context, r store.Reader, c Campaign, findings []Finding) (account.Act, error) {
	if !wantsSecond(findings) {
		return account.ApproveAmber, nil
	}
	policy, err := b.Policy(ctx, r, c.Workspace)
	if err != nil {
		return 0, err
	}
	only := !slices.ContainsFunc(amber(findings), func(f Finding) bool { return !f.SecondPerson && f.Field != fieldAudience })
	switch {
	case policy.Role == account.Owner:
		return account.ManageSettings, nil
	case policy.Role == account.Marketer && only:
		return account.SendCampaign, nil
	}
	return account.ApproveAmber, nil
}

// wantsSecond says whether a finding wants the approval of somebody else.
func wantsSecond(findings []Finding) bool {
	return slices.ContainsFunc(findings, func(f Finding) bool { return f.SecondPerson })
}

// Request asks for an approval of a draft as it is; an edit takes the request back.
func (b *Book) Request(ctx context.Context, by account.By, c Campaign, now time.Time) error {
	return wrap("request", b.DB.Write(ctx, func(tx *store.Tx) error {
		if err := b.Accounts.Require(ctx, tx, by, c.Workspace, account.WriteCampaign); err != nil {
			return err
		}
		n, err := tx.Exec(ctx, sqlRequest, operatorOf(by), store.Micros(now), c.ID, c.Workspace, store.Micros(c.UpdatedAt))
		if err != nil {
			return err
		}
		if n == 0 {
			return b.whyNot(ctx, tx, c.Workspace, c.ID)
		}
		return b.audit(ctx, tx, by, c, "campaign.request", now)
	}))
}

// Flag notes that a reviewer calls the subject misleading, or takes that back (rule
// ID-07). It counts for this subject only.
func (b *Book) Flag(ctx context.Context, by account.By, c Campaign, misleading bool, now time.Time) error {
	subject, action := "", "campaign.unflag"
	if misleading {
		subject, action = c.Subject, "campaign.flag"
	}
	return wrap("flag", b.DB.Write(ctx, func(tx *store.Tx) error {
		if err := b.Accounts.Require(ctx, tx, by, c.Workspace, account.ApproveAmber); err != nil {
			return err
		}
		n, err := tx.Exec(ctx, sqlFlag, subject, c.ID, c.Workspace, store.Micros(c.UpdatedAt))
		if err != nil {
			return err
		}
		if n == 0 {
			return b.whyNot(ctx, tx, c.Workspace, c.ID)
		}
		return b.audit(ctx, tx, by, c, action, now)
	}))
}

// Approved says whether somebody has approved the amber findings of a draft as it is, and
// the warnings about its people where they are among the findings.
func (b *Book) Approved(ctx context.Context, r store.Reader, c Campaign, findings []Finding) (bool, error) {
	var approved, answered string
	var who int64
	if err := r.QueryRow(ctx, sqlApproved, c.ID, c.Workspace).Scan(&approved, &answered, &who); err != nil {
		return false, wrap("approved", err)
	}
	own := wantsSecond(findings) && (who == 0 || who == c.CreatedBy || who == c.EditedBy)
	people := c.answers(findings)
	return approved == c.approval(findings) && (people == "" || people == answered) && !own, nil
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

// approval is a hash of a draft and of the amber findings of its message.
func (c Campaign) approval(findings []Finding) string {
	h := sha256.New()
	fmt.Fprintln(h, c.ID, store.Micros(c.UpdatedAt))
	for _, f := range amber(findings) {
		if f.Field == fieldAudience {
			continue // answers has them
		}
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
	// read says that they have read them, reason why it goes out all the same.
	read   bool
	reason string
	now    time.Time
}

// check wants somebody to answer for the amber findings: who sends, by saying so with
// a reason and being allowed to, or who approved the draft before. Where a second
// person is wanted only an approval counts. The program itself and whoever sits at the
// machine answer by sending.
func (a answering) check(ctx context.Context, tx *store.Tx) error {
	b, c, findings := a.book, a.campaign, a.findings
	if len(amber(findings)) == 0 {
		return nil
	}
	if approved, err := b.Approved(ctx, tx, c, findings); err != nil || approved {
		return err
	}
	if wantsSecond(findings) {
		return fault.Bad("amber", "campaign.amber.second")
	}
	err := b.Accounts.Require(ctx, tx, a.by, c.Workspace, account.ApproveAmber)
	switch {
	case fault.Is(err, fault.Refused):
		return fault.Bad("amber", "campaign.amber.approval")
	case err != nil:
		return err
	case a.by.Actor.Kind == account.ActorAPIKey: // a key is nobody who could give a reason
		return fault.Bad("amber", "campaign.amber.approval")
	case a.by.Actor.Kind != account.ActorOperator:
		return a.note(ctx, tx)
	case !a.read:
		return fault.Bad("amber", "campaign.amber.unread")
	}
	if a.reason, err = reasonOf(a.reason); err != nil {
		return err
	}
	return a.keep(ctx, tx)
}

// keep stores who answers for the draft, and why, with the line in the audit log.
func (a answering) keep(ctx context.Context, tx *store.Tx) error {
	c := a.campaign
	n, err := tx.Exec(ctx, sqlApprove, c.approval(a.findings), c.answers(a.findings), operatorOf(a.by), store.Micros(a.now), a.reason,
		c.ID, c.Workspace, store.Micros(c.UpdatedAt))
	if err != nil {
		return err
	}
	if n == 0 {
		return a.book.whyNot(ctx, tx, c.Workspace, c.ID)
	}
	return a.note(ctx, tx)
}

// note notes which findings somebody answers for, and why: their kinds and places,
// no texts of the mail.
func (a answering) note(ctx context.Context, tx *store.Tx) error {
	list := []map[string]any{}
	for _, f := range amber(a.findings) {
		list = append(list, map[string]any{"finding": f.Key, "rule": string(f.Rule), "field": f.Field, "line": f.At.Line, "people": f.People})
	}
	return a.book.Accounts.Audit(ctx, tx, account.Entry{
		Workspace: a.campaign.Workspace, Actor: a.by.Actor, Action: "campaign.approve", Network: a.by.Network, Reason: a.reason,
		Subject: account.Subject{Kind: "campaign", ID: a.campaign.ID},
		Detail:  map[string]any{"findings": list, "rules": a.book.Gate.Rules().Version()},
	}, a.now)
}
