package preference

import (
	"context"
	"encoding/json"
	"errors"
	"net/netip"
	"strings"
	"time"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/addr"
	"github.com/kyodaku/kyodaku/internal/contact"
	"github.com/kyodaku/kyodaku/internal/delivery"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/gate"
	"github.com/kyodaku/kyodaku/internal/i18n"
	"github.com/kyodaku/kyodaku/internal/job"
	"github.com/kyodaku/kyodaku/internal/law"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/throttle"
)

// JobLink is the kind of job that sends a link, if there is anybody to send it to.
const JobLink = "preference.link"

// KindLink is the kind of the message that brings a link to the preference centre.
const KindLink delivery.Kind = "preference_link"

// Asked is a request for a link by somebody who has no mail at hand.
type Asked struct {
	// Slug names one workspace; empty asks all of this installation.
	Slug string
	// Address is as typed.
	Address string
	Network netip.Addr
	Lang    i18n.Lang
}

// linkJob is the payload of JobLink. It names the address by its keyed hash.
type linkJob struct {
	Hash []byte    `json:"hash"`
	Lang i18n.Lang `json:"lang"`
}

// RequestLink has a link to the preference centre sent to an address, if it is on
// file. It does the same work and answers the same whether or not it is: the
// looking up is left to a job. A malformed address is fault.Invalid for the field
// "address", too many requests from one network are fault.Busy; a mailbox that got
// enough links gets no more for a while, silently.
func (d *Desk) RequestLink(ctx context.Context, a Asked, now time.Time) error {
	mail, err := addr.ParseMail(strings.TrimSpace(a.Address))
	if err != nil {
		return failed("request link", err)
	}
	if !d.networks.Allow(throttle.Network(a.Network), 1, now) {
		return fault.New(fault.Busy, "preference.link.limit")
	}
	targets, err := d.targets(ctx, a.Slug)
	if err != nil {
		return failed("request link", err)
	}
	if !d.mailbox.Allow(string(mail.Canonical()), 1, now) {
		return nil
	}
	err = d.DB.Write(ctx, func(tx *store.Tx) error {
		for _, ws := range targets {
			_, err := d.Jobs.Enqueue(ctx, tx, job.New{
				Workspace: ws.ID, Kind: JobLink, RunAt: now,
				Payload: linkJob{Hash: d.People.Hash(ws.ID, mail), Lang: a.Lang},
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	return failed("request link", err)
}

// targets are the workspaces that are asked. An unknown slug asks nobody.
func (d *Desk) targets(ctx context.Context, slug string) ([]account.Workspace, error) {
	if slug == "" {
		return d.Accounts.Workspaces(ctx, d.DB)
	}
	ws, err := d.Accounts.WorkspaceBySlug(ctx, d.DB, slug)
	if fault.Is(err, fault.NotFound) {
		return nil, nil
	}
	return []account.Workspace{ws}, err
}

// SendLink does a JobLink: it puts the mail into the outbox if the address is on
// file and the gate lets a mail that the person asked for pass.
func (d *Desk) SendLink(ctx context.Context, run *job.Run) error {
	var p linkJob
	if err := run.DecodePayload(&p); err != nil {
		return failed("send link", err)
	}
	return failed("send link", d.DB.Write(ctx, func(tx *store.Tx) error {
		a, err := d.People.AddressByHash(ctx, tx, run.Workspace, p.Hash)
		if err == nil && a.ErasedAt.IsZero() && a.Channel == addr.Email {
			err = d.putLink(ctx, tx, a, p.Lang, run.Now())
		}
		if err != nil && !fault.Is(err, fault.NotFound) {
			return err
		}
		return run.Advance(ctx, tx, job.Progress{Done: 1, Total: 1})
	}))
}

// linkPayload is what the writer needs beyond the row.
type linkPayload struct {
	Lang i18n.Lang `json:"lang"`
	// Topics are the names of what a renewal is about, Until the last day for an answer.
	Topics string `json:"topics,omitempty"`
	Until  string `json:"until,omitempty"`
}

// errNoProfile says that the workspace has nobody to send as.
var errNoProfile = errors.New("no sender profile")

func (d *Desk) putLink(ctx context.Context, tx *store.Tx, a contact.Address, lang i18n.Lang, now time.Time) error {
	profiles, err := d.Accounts.Profiles(ctx, tx, a.Workspace)
	if err != nil {
		return err
	}
	if len(profiles) == 0 {
		return errNoProfile
	}
	request := gate.Request{Address: a.ID, Class: law.Tx}
	audience := gate.Audience{Workspace: a.Workspace, Profile: profiles[0].ID, Stage: gate.Planned}
	decisions, err := d.Gate.Admit(ctx, tx, audience, []gate.Request{request}, now)
	if err != nil {
		return err
	}
	payload, err := json.Marshal(linkPayload{Lang: lang})
	if err != nil {
		return err
	}
	_, err = d.Outbox.Put(ctx, tx, []delivery.Item{{
		Kind: KindLink, Workspace: a.Workspace, Profile: profiles[0].ID, Contact: a.Contact, Domain: a.Domain,
		Request: request, Decision: decisions[0], Priority: delivery.PriorityPerson, Payload: string(payload), RunAt: now,
	}}, now)
	return err
}
