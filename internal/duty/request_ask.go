package duty

import (
	"context"
	"net/netip"
	"strings"
	"time"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/addr"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/throttle"
)

// How often one network may ask: enough for a household, not for filling the desk.
const (
	askEvery = time.Minute
	askBurst = 5
)

// newNetworks slows strangers down.
func newNetworks() *throttle.Throttle { return throttle.New(askEvery, askBurst) }

// Asked is a request that a person makes on a public page. Nothing of it is believed before
// the desk has made sure who asks.
type Asked struct {
	Workspace            int64
	Kind, Form, Note     string
	Name, Address, Agent string
	// Who tells who asks where there is no mail address: a postal address, a telephone, the
	// number of a patient or a customer. Then Address is empty, and the desk finds out whose
	// request it is.
	Who string
	// Programme is the provision that is to stop, 0 for every one.
	Programme int64
	Network   netip.Addr
}

// Ask records a request from a public page, and with one to stop provision the stop of the
// address, both or neither. The answer is the same whether we know the person or not.
func (d *Desk) Ask(ctx context.Context, a Asked, now time.Time) error {
	var bad fault.Fields
	who := block(&bad, "who", a.Who)
	mail, err := addr.ParseMail(a.Address)
	bare := a.Address == "" && who != ""
	if err != nil && !bare {
		bad.Add("address", "duty.request.address")
	}
	line(&bad, "name", a.Name)
	if err := bad.Err(); err != nil {
		return failed("ask", err)
	}
	q, err := Request{
		Workspace: a.Workspace, Kind: a.Kind, Form: a.Form, Note: strings.TrimSpace(who + "\n\n" + a.Note), Name: a.Name, Address: a.Address,
		Agent: a.Agent, ReceivedAt: now, Programme: a.Programme,
	}.check(now)
	if err != nil {
		return failed("ask", err)
	}
	if !d.networks.Allow(throttle.Network(a.Network), 1, now) {
		return failed("ask", fault.New(fault.Busy, "duty.request.busy"))
	}
	return failed("ask", d.DB.Write(ctx, func(tx *store.Tx) error {
		if !bare {
			hash := d.Contacts.Hash(a.Workspace, mail)
			known, err := d.Contacts.AddressByHash(ctx, tx, a.Workspace, hash)
			if err != nil && !fault.Is(err, fault.NotFound) {
				return err
			}
			q.Contact = known.Contact
			if err := d.stopAddress(ctx, tx, q, hash, now); err != nil {
				return err
			}
		}
		id, err := tx.NewID(ctx)
		if err != nil {
			return err
		}
		if err := add(ctx, tx, id, q, now); err != nil {
			return err
		}
		return d.Accounts.Audit(ctx, tx, account.Entry{
			Workspace: a.Workspace, Actor: account.Actor{Kind: account.ActorSystem}, Action: "request.ask",
			Subject: account.Subject{Kind: "request", ID: id}, Detail: map[string]string{"kind": q.Kind},
		}, now)
	}))
}

func (d *Desk) stopAddress(ctx context.Context, tx *store.Tx, q Request, hash []byte, now time.Time) error {
	switch {
	case q.Kind != "stop_provision":
		return nil
	case d.Stops == nil:
		return fault.New(fault.Internal, "fault.internal")
	}
	return d.Stops.StopAddress(ctx, tx, q, hash, now)
}
