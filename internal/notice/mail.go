package notice

import (
	"context"
	"encoding/json"
	"time"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/delivery"
	"github.com/kyodaku/kyodaku/internal/gate"
	"github.com/kyodaku/kyodaku/internal/i18n"
	"github.com/kyodaku/kyodaku/internal/law"
	"github.com/kyodaku/kyodaku/internal/store"
)

// KindAccount is the kind of the messages of this room; register the Desk as its
// writer with delivery.PersonPolicy.
const KindAccount delivery.Kind = "account"

// joined is the purpose of a mail to somebody who had an account before: there is
// nothing to choose, only to know.
const joined account.LinkPurpose = "joined"

// letterTo is a mail to be.
type letterTo struct {
	operator  account.Operator
	workspace int64
	purpose   account.LinkPurpose
	// secret is that of the link, empty if the mail has none.
	secret string
	// title and path are what waits, and where, in a mail about an approval.
	title, path string
}

// payload is what the outbox carries of a mail.
type payload struct {
	Operator int64               `json:"operator"`
	Purpose  account.LinkPurpose `json:"purpose"`
	// Secret is that of the link, sealed.
	Secret []byte `json:"secret,omitempty"`
	Title  string `json:"title,omitempty"`
	Path   string `json:"path,omitempty"`
	// Company and Lang are of a mail to somebody who is no operator of ours.
	Company string    `json:"company,omitempty"`
	Lang    i18n.Lang `json:"lang,omitempty"`
}

// Invite mails an invitation to whom it is for. It says false when no mail can leave
// yet, as before the sending domain is proven: then the link must be handed over in
// another way.
func (d *Desk) Invite(ctx context.Context, workspace int64, in account.Invitation, now time.Time) (bool, error) {
	l := letterTo{operator: in.Operator, workspace: workspace, purpose: account.LinkInvite, secret: in.Secret}
	if in.Secret == "" {
		l.purpose = joined
	}
	sent, err := d.mail(ctx, l, now)
	return sent, failed("invite", err)
}

// mail asks the gate and puts a mail into the outbox. It says whether it may leave.
func (d *Desk) mail(ctx context.Context, l letterTo, now time.Time) (sent bool, err error) {
	p := payload{Operator: l.operator.ID, Purpose: l.purpose, Title: l.title, Path: l.path}
	if l.operator.ID == 0 {
		p.Company, p.Lang = l.operator.Name, l.operator.Lang
	}
	if l.secret != "" {
		p.Secret = d.Ring.Seal(useSecret, []byte(l.secret))
	}
	text, err := json.Marshal(p)
	if err != nil {
		return false, err
	}
	err = d.DB.Write(ctx, func(tx *store.Tx) error {
		sent = false
		profiles, err := d.Accounts.Profiles(ctx, tx, l.workspace)
		if err != nil || len(profiles) == 0 {
			return err // nobody to send as: no mail can leave
		}
		a, _, err := d.People.EnsureAddress(ctx, tx, l.workspace, l.operator.Email, now)
		if err != nil {
			return err
		}
		q := gate.Request{Address: a.ID, Class: law.Tx}
		decided, err := d.Gate.Admit(ctx, tx, gate.Audience{Workspace: l.workspace, Profile: profiles[0].ID, Stage: gate.Planned}, []gate.Request{q}, now)
		if err != nil {
			return err
		}
		sent = decided[0].Refusal == nil
		_, err = d.Outbox.Put(ctx, tx, []delivery.Item{{
			Kind: KindAccount, Workspace: l.workspace, Profile: profiles[0].ID, Contact: a.Contact, Domain: a.Domain, Request: q,
			Decision: decided[0], Priority: delivery.PriorityPerson, Payload: string(text), RunAt: now,
		}}, now)
		return err
	})
	return sent && err == nil, err
}
