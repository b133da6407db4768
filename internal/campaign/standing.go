package campaign

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/compose"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/store"
)

// Approval is a person's word for some findings of a draft.
type Approval struct {
	By     int64
	At     time.Time
	Reason string
	// Answers are the findings, by Finding.Code.
	Answers []string
}

// Standing is who answers for the amber findings of a draft.
type Standing struct {
	// Approvals are those that count for the draft as it is, the oldest first.
	Approvals []Approval
	// Open are the findings that nobody answers for yet, Mine those of them that the
	// operator in question may answer for.
	Open, Mine []Finding
}

// Standing tells who answers for the amber findings of a draft, and for which of the
// others somebody may. For a finding that wants a second person answers somebody who did
// not write the draft and has the role that the policy names; for every other, be it about
// the message or about its people, whoever may approve (account.ApproveAmber). An approval
// counts for what it was given for: findings that are gone since take nothing from it,
// new ones are open.
func (b *Book) Standing(ctx context.Context, r store.Reader, by account.By, c Campaign, findings []Finding) (Standing, error) {
	var s Standing
	all, err := b.Approvals(ctx, r, c)
	if err != nil {
		return s, err
	}
	answered := map[string]bool{}
	for _, a := range all {
		for _, code := range a.Answers {
			answered[code] = true
		}
	}
	mine, err := b.mayAnswer(ctx, r, by, c)
	if err != nil {
		return s, wrap("standing", err)
	}
	s.Approvals = all
	for _, f := range amber(findings) {
		if answered[f.Code()] {
			continue
		}
		s.Open = append(s.Open, f)
		if mine.may(f) {
			s.Mine = append(s.Mine, f)
		}
	}
	return s, nil
}

// IsOpen says whether nobody answers for a finding yet.
func (s Standing) IsOpen(f Finding) bool { return isIn(s.Open, f) }

// WantsOther says whether a finding waits for somebody who did not write the draft.
func (s Standing) WantsOther() bool {
	return slices.ContainsFunc(s.Open, func(f Finding) bool { return f.SecondPerson && !isIn(s.Mine, f) })
}

// Approvals lists what was given for a draft as it is (c.UpdatedAt), the oldest first.
func (b *Book) Approvals(ctx context.Context, r store.Reader, c Campaign) (out []Approval, err error) {
	rows, err := r.Query(ctx, sqlApprovals, c.ID, c.Workspace, store.Micros(c.UpdatedAt))
	if err != nil {
		return nil, wrap("approvals", err)
	}
	defer rows.Close()
	for rows.Next() {
		var a Approval
		var at int64
		var answers string
		if err := rows.Scan(&a.By, &at, &a.Reason, &answers); err != nil {
			return nil, wrap("approvals", err)
		}
		if err := json.Unmarshal([]byte(answers), &a.Answers); err != nil {
			return nil, wrap("approvals", err)
		}
		a.At = store.Time(at)
		out = append(out, a)
	}
	return out, wrap("approvals", rows.Err())
}

// keepApproval stores an approval of a draft as it was looked at, if it still is.
func (b *Book) keepApproval(ctx context.Context, tx *store.Tx, c Campaign, a Approval) (kept bool, err error) {
	answers, err := json.Marshal(a.Answers)
	if err != nil {
		return false, err
	}
	id, err := tx.NewID(ctx)
	if err != nil {
		return false, err
	}
	n, err := tx.Exec(ctx, sqlApprove, id, a.By, store.Micros(a.At), a.Reason, string(answers), c.ID, c.Workspace, store.Micros(c.UpdatedAt))
	return n > 0, err
}

// rights are what somebody may answer for: what wants a second person, and all else.
type rights struct{ second, rest bool }

func (r rights) may(f Finding) bool { return f.SecondPerson && r.second || !f.SecondPerson && r.rest }

// mayAnswer tells what somebody may answer for of a draft.
func (b *Book) mayAnswer(ctx context.Context, r store.Reader, by account.By, c Campaign) (rights, error) {
	var out rights
	policy, err := b.Policy(ctx, r, c.Workspace)
	if err != nil {
		return out, err
	}
	can := func(act account.Act) (bool, error) {
		err := b.Accounts.Require(ctx, r, by, c.Workspace, act)
		if fault.Is(err, fault.Refused) {
			return false, nil
		}
		return err == nil, err
	}
	if out.rest, err = can(account.ApproveAmber); err != nil || by.Operator() == 0 || isAuthor(by, c) {
		return out, err
	}
	switch policy.Role {
	case account.Owner:
		out.second, err = can(account.ManageSettings)
	case account.Marketer:
		out.second, err = can(account.SendCampaign)
		out.second = out.second || out.rest // a legal officer is no less a second person
	default:
		out.second = out.rest
	}
	return out, err
}

// isAuthor says whether somebody wrote a draft or edited it last.
func isAuthor(by account.By, c Campaign) bool {
	me := by.Operator()
	return me != 0 && (me == c.CreatedBy || me == c.EditedBy)
}

// ApprovalAct is what somebody must be allowed to do who can answer for everything that
// an operator cannot answer for in a draft as it is.
func (b *Book) ApprovalAct(ctx context.Context, by account.By, c Campaign, now time.Time) (account.Act, error) {
	findings, err := b.answerable(ctx, c, now)
	if err != nil {
		return 0, wrap("approval act", err)
	}
	s, err := b.Standing(ctx, b.DB, by, c, findings)
	if err != nil {
		return 0, err
	}
	policy, err := b.Policy(ctx, b.DB, c.Workspace)
	if err != nil {
		return 0, err
	}
	left := slices.DeleteFunc(s.Open, func(f Finding) bool { return isIn(s.Mine, f) })
	rest := slices.ContainsFunc(left, func(f Finding) bool { return !f.SecondPerson })
	switch {
	case !wantsSecond(left):
		return account.ApproveAmber, nil
	case policy.Role == account.Owner:
		return account.ManageSettings, nil
	case policy.Role == account.Marketer && !rest:
		return account.SendCampaign, nil
	}
	return account.ApproveAmber, nil
}

// Code names a finding to whoever answers for it: its rule and that one's force, or its
// sentence, for people apart from texts. In one text it does not matter where or how often it is found.
func (f Finding) Code() string {
	code := f.Key
	switch {
	case f.Law != nil: // one id may be policy in one country and statute in another
		code = string(f.Rule) + ":" + string(f.Law.Kind)
	case f.Rule != "":
		code = string(f.Rule)
	}
	if f.Field == fieldAudience {
		return fieldAudience + "/" + code
	}
	return code
}

// Codes names the amber ones of some findings, each once.
func Codes(findings []Finding) []string {
	out := []string{}
	for _, f := range amber(findings) {
		out = append(out, f.Code())
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// wantsSecond says whether a finding wants the approval of somebody else.
func wantsSecond(findings []Finding) bool {
	return slices.ContainsFunc(findings, func(f Finding) bool { return f.SecondPerson })
}

// isIn says whether findings hold one that is answered for together with f.
func isIn(findings []Finding, f Finding) bool {
	return slices.ContainsFunc(findings, func(o Finding) bool { return o.Code() == f.Code() })
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
