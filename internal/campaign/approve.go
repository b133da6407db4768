package campaign

import (
	"context"
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

// Answer is what somebody says who takes responsibility for amber findings.
type Answer struct {
	// Reason is why it goes out in spite of them.
	Reason string
	// Shown are the findings that they were shown (Codes): nobody answers for others.
	Shown []string
}

// Unseen is the error for whoever answers for findings that they were not shown. It wraps
// a fault of kind Invalid on the field amber.
type Unseen struct {
	error
	// Findings is everything that is found now.
	Findings []Finding
}

// Unwrap gives the fault.
func (u *Unseen) Unwrap() error { return u.error }

// Approve takes responsibility for the amber findings of a draft as it was looked at
// (c.UpdatedAt), as far as the person may, so that somebody else can send it. Who may
// answer for none is fault.Refused, and so is the author where a second person is wanted;
// who was not shown what is found now gets an Unseen.
func (b *Book) Approve(ctx context.Context, by account.By, c Campaign, a Answer, now time.Time) error {
	findings, err := b.answerable(ctx, c, now)
	if err != nil {
		return wrap("approve", err)
	}
	return wrap("approve", b.DB.Write(ctx, func(tx *store.Tx) error {
		s, err := b.Standing(ctx, tx, by, c, findings)
		switch {
		case err != nil:
			return err
		case len(s.Mine) == 0 && wantsSecond(s.Open) && isAuthor(by, c):
			return fault.New(fault.Refused, "campaign.approval.own")
		case len(s.Mine) == 0:
			return fault.New(fault.Refused, "campaign.approval.nothing")
		}
		return answering{book: b, campaign: c, findings: findings, by: by, answer: a, now: now}.keep(ctx, tx, s.Mine)
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

// Request asks for an approval of a draft as it is; an edit takes the request back.
func (b *Book) Request(ctx context.Context, by account.By, c Campaign, now time.Time) error {
	return wrap("request", b.DB.Write(ctx, func(tx *store.Tx) error {
		if err := b.Accounts.Require(ctx, tx, by, c.Workspace, account.WriteCampaign); err != nil {
			return err
		}
		n, err := tx.Exec(ctx, sqlRequest, by.Operator(), store.Micros(now), c.ID, c.Workspace, store.Micros(c.UpdatedAt))
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
// ID-07). It counts for this subject only, and ends the approvals given so far.
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
		if _, err := tx.Exec(ctx, sqlVoid, store.Micros(now), c.ID); err != nil {
			return err
		}
		return b.audit(ctx, tx, by, c, action, now)
	}))
}

// answering is somebody who sends or approves a draft with findings.
type answering struct {
	book     *Book
	campaign Campaign
	findings []Finding
	by       account.By
	// read says that they have read them.
	read   bool
	answer Answer
	now    time.Time
}

// check wants somebody to answer for the amber findings: whoever approved the draft
// before, and for what is left who sends, by saying so with a reason. The program itself
// and whoever sits at the machine answer by sending.
func (a answering) check(ctx context.Context, tx *store.Tx) error {
	s, err := a.book.Standing(ctx, tx, a.by, a.campaign, a.findings)
	if err != nil || len(s.Open) == 0 {
		return err
	}
	if len(s.Mine) < len(s.Open) {
		if s.WantsOther() {
			return fault.Bad("amber", "campaign.amber.second")
		}
		return fault.Bad("amber", "campaign.amber.approval")
	}
	if a.by.Actor.Kind != account.ActorOperator {
		return a.note(ctx, tx, s.Mine)
	}
	if !a.read {
		return fault.Bad("amber", "campaign.amber.unread")
	}
	return a.keep(ctx, tx, s.Mine)
}

// keep stores that somebody answers for findings, and why, with the line in the audit log.
func (a answering) keep(ctx context.Context, tx *store.Tx, mine []Finding) error {
	var err error
	if a.answer.Reason, err = reasonOf(a.answer.Reason); err != nil {
		return err
	}
	kept, err := a.book.keepApproval(ctx, tx, a.campaign, Approval{
		By: a.by.Operator(), At: a.now, Reason: a.answer.Reason, Answers: Codes(mine),
	})
	if err != nil {
		return err
	}
	if !kept {
		return a.book.whyNot(ctx, tx, a.campaign.Workspace, a.campaign.ID)
	}
	for _, f := range mine {
		if !slices.Contains(a.answer.Shown, f.Code()) {
			return &Unseen{error: fault.Bad("amber", "campaign.amber.unseen"), Findings: a.findings}
		}
	}
	return a.note(ctx, tx, mine)
}

// note notes which findings somebody answers for, and why: their kinds and places,
// no texts of the mail.
func (a answering) note(ctx context.Context, tx *store.Tx, mine []Finding) error {
	list := []map[string]any{}
	for _, f := range mine {
		list = append(list, map[string]any{"finding": f.Key, "rule": string(f.Rule), "field": f.Field, "line": f.At.Line, "people": f.People})
	}
	return a.book.Accounts.Audit(ctx, tx, account.Entry{
		Workspace: a.campaign.Workspace, Actor: a.by.Actor, Action: "campaign.approve", Network: a.by.Network, Reason: a.answer.Reason,
		Subject: account.Subject{Kind: "campaign", ID: a.campaign.ID},
		Detail:  map[string]any{"findings": list, "rules": a.book.Gate.Rules().Version()},
	}, a.now)
}
