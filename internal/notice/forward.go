package notice

import (
	"bytes"
	"context"
	"encoding/json"
	"net/mail"
	"strings"
	"time"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/addr"
	"github.com/kyodaku/kyodaku/internal/delivery"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/gate"
	"github.com/kyodaku/kyodaku/internal/law"
	"github.com/kyodaku/kyodaku/internal/store"
)

// KindForward is the kind of mail that a reader wrote to us and that is sent on to the
// company's people; register a Forwarder as its writer with delivery.PersonPolicy.
const KindForward delivery.Kind = "forward"

// keepForwarded is how long a mail lies here at most: longer than it is tried.
const keepForwarded = 7 * 24 * time.Hour

const (
	sqlAddForwarded    = `INSERT INTO forwarded_mail (id, workspace_id, sender, data, received_at) VALUES (?, ?, ?, ?, ?)`
	sqlForwarded       = `SELECT data, received_at FROM forwarded_mail WHERE id = ? AND workspace_id = ?`
	sqlSweepForwarded  = `DELETE FROM forwarded_mail WHERE received_at < ?`
	sqlForgetForwarded = `DELETE FROM forwarded_mail WHERE sender <> '' AND sender IN (SELECT canonical FROM address WHERE id IN (?...))`
)

// Forwarder sends readers' mail on to the company: to the address that a sender
// profile names for answers or questions, never back to our own listener.
type Forwarder struct{ *Desk }

// Incoming is a mail on its way to people.
type Incoming struct {
	// To are the boxes of ours that it came to.
	To []string
	// Data is the mail with CRLF line ends.
	Data       []byte
	ReceivedAt time.Time
}

// forwardPayload is what the outbox carries of a mail that is sent on.
type forwardPayload struct {
	Mail int64 `json:"mail"`
}

// errNowhere says that a workspace has no address outside of our listener.
var errNowhere = fault.New(fault.NotFound, "notice.nowhere")

// Box is the workspace whose sender profile has an address as its From or Reply-To,
// if its people can be reached elsewhere.
func (f Forwarder) Box(ctx context.Context, address string) (int64, bool, error) {
	all, err := f.Accounts.Workspaces(ctx, f.DB)
	if err != nil {
		return 0, false, failed("box", err)
	}
	for _, ws := range all {
		profiles, err := f.Accounts.Profiles(ctx, f.DB, ws.ID)
		if err != nil {
			return 0, false, failed("box", err)
		}
		for _, p := range profiles {
			if !has(p, address) {
				continue
			}
			_, ok := f.reach(p, ws)
			return ws.ID, ok, nil
		}
	}
	return 0, false, nil
}

// has says whether an address is a profile's own.
func has(p account.Profile, address string) bool {
	for _, m := range []addr.Mail{p.FromAddress, p.ReplyTo} {
		if !m.IsZero() && strings.EqualFold(m.Wire(), address) {
			return true
		}
	}
	return false
}

// reach is where the people behind a profile read mail: the first of its addresses that
// is not served by our own listener.
func (f Forwarder) reach(p account.Profile, ws account.Workspace) (addr.Mail, bool) {
	texts := []string{p.Label.Email, ws.Label.Email}
	if !p.ReplyTo.IsZero() {
		texts = append([]string{p.ReplyTo.Wire()}, texts...)
	}
	for _, text := range texts {
		m, err := addr.StoredMail(text)
		if err == nil && !strings.EqualFold(m.Domain(), f.Returns.Domain) {
			return m, true
		}
	}
	return addr.Mail{}, false
}

// Forward stores a mail on its way to a workspace's people; 0 is the oldest one. While
// none can leave, as before the sending domain is proven, it is fault.Busy.
func (f Forwarder) Forward(ctx context.Context, workspace int64, in Incoming) error {
	ws, p, to, err := f.route(ctx, workspace, in.To)
	if err != nil {
		return failed("forward", err)
	}
	return failed("forward", f.DB.Write(ctx, func(tx *store.Tx) error {
		now := in.ReceivedAt
		id, err := tx.NewID(ctx)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, sqlAddForwarded, id, ws.ID, sender(in.Data), in.Data, store.Micros(now)); err != nil {
			return err
		}
		text, err := json.Marshal(forwardPayload{Mail: id})
		if err != nil {
			return err
		}
		return f.put(ctx, tx, p, to, string(text), now)
	}))
}

// route finds who reads a mail: the profile that it was written to, or the first.
func (f Forwarder) route(ctx context.Context, workspace int64, boxes []string) (ws account.Workspace, p account.Profile, to addr.Mail, err error) {
	all, err := f.Accounts.Workspaces(ctx, f.DB)
	if err != nil {
		return ws, p, to, err
	}
	for _, ws = range all {
		if workspace != 0 && ws.ID != workspace {
			continue
		}
		profiles, err := f.Accounts.Profiles(ctx, f.DB, ws.ID)
		if err != nil || len(profiles) == 0 {
			return ws, p, to, or(err, errNowhere)
		}
		p = profiles[0]
		for _, one := range profiles {
			for _, box := range boxes {
				if has(one, box) {
					p = one
				}
			}
		}
		to, ok := f.reach(p, ws)
		if !ok {
			return ws, p, to, errNowhere
		}
		return ws, p, to, nil
	}
	return ws, p, to, errNowhere
}

// sender is the author's address in its canonical form, "" if there is none such.
func sender(data []byte) string {
	m, err := mail.ReadMessage(bytes.NewReader(data))
	if err != nil {
		return ""
	}
	a, err := mail.ParseAddress(m.Header.Get("From"))
	if err != nil {
		return ""
	}
	known, err := addr.StoredMail(a.Address)
	if err != nil {
		return ""
	}
	return string(known.Canonical())
}

func or(err, other error) error {
	if err != nil {
		return err
	}
	return other
}

func (f Forwarder) put(ctx context.Context, tx *store.Tx, p account.Profile, to addr.Mail, text string, now time.Time) error {
	a, _, err := f.People.EnsureAddress(ctx, tx, p.Workspace, to, now)
	if err != nil {
		return err
	}
	q := gate.Request{Address: a.ID, Class: law.Tx}
	decided, err := f.Gate.Admit(ctx, tx, gate.Audience{Workspace: p.Workspace, Profile: p.ID, Stage: gate.Planned}, []gate.Request{q}, now)
	if err != nil {
		return err
	}
	if decided[0].Refusal != nil {
		return fault.New(fault.Busy, "fault.busy")
	}
	_, err = f.Outbox.Put(ctx, tx, []delivery.Item{{
		Kind: KindForward, Workspace: p.Workspace, Profile: p.ID, Contact: a.Contact, Domain: a.Domain, Request: q,
		Decision: decided[0], Priority: delivery.PriorityPerson, Payload: text, RunAt: now,
	}}, now)
	return err
}

// Sweep deletes mails that were sent on, or tried long enough.
func (f Forwarder) Sweep(ctx context.Context, now time.Time) error {
	return failed("sweep", f.DB.Write(ctx, func(tx *store.Tx) error {
		_, err := tx.Exec(ctx, sqlSweepForwarded, store.Micros(now.Add(-keepForwarded)))
		return err
	}))
}

// Forget deletes the mails that the owners of some addresses wrote; it is part of an
// erasure and runs while the addresses still stand.
func (f Forwarder) Forget(ctx context.Context, tx *store.Tx, addresses []int64) error {
	_, err := tx.Exec(ctx, sqlForgetForwarded, store.In(addresses))
	return failed("forget", err)
}
