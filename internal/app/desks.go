package app

import (
	"context"
	"fmt"
	"time"

	"github.com/kyodaku/kyodaku/internal/collect"
	"github.com/kyodaku/kyodaku/internal/delivery"
	"github.com/kyodaku/kyodaku/internal/delivery/inbound"
	"github.com/kyodaku/kyodaku/internal/delivery/reply"
	"github.com/kyodaku/kyodaku/internal/notice"
	"github.com/kyodaku/kyodaku/internal/preference"
)

// buildDesks builds what talks with people: readers' ways in and out, and mails to operators.
func (a *App) buildDesks() (err error) {
	returns := delivery.ReturnPaths{Ring: a.Ring, Domain: a.Mail.InboundDomain}
	if a.Collect, err = collect.New(collect.Config{
		DB: a.DB, Ring: a.Ring, Accounts: a.Accounts, People: a.Contacts, Consents: a.Consent, Gate: a.Gate,
		Outbox: a.Engine.Outbox(), Texts: a.Texts, BaseURL: a.PublicURL, Returns: returns,
	}); err != nil {
		return err
	}
	a.Engine.Register(collect.KindConfirmation, a.Collect.Writer(), delivery.PersonPolicy())
	if a.Exits, err = preference.New(preference.Config{
		DB: a.DB, Ring: a.Ring, Accounts: a.Accounts, People: a.Contacts, Consents: a.Consent, Gate: a.Gate,
		Outbox: a.Engine.Outbox(), Jobs: a.Jobs, Texts: a.Texts, BaseURL: a.PublicURL, Returns: returns,
	}); err != nil {
		return err
	}
	a.Engine.Register(preference.KindLink, a.Exits, delivery.PersonPolicy())
	a.Engine.Register(preference.KindRenewal, a.Exits, delivery.BulkPolicy())
	a.Jobs.Register(preference.JobLink, a.Exits.SendLink)
	a.Notices = notice.New(notice.Config{
		DB: a.DB, Ring: a.Ring, Accounts: a.Accounts, People: a.Contacts, Gate: a.Gate,
		Outbox: a.Engine.Outbox(), Jobs: a.Jobs, Texts: a.Texts, BaseURL: a.PublicURL, Returns: returns,
	})
	a.Engine.Register(notice.KindAccount, a.Notices, delivery.PersonPolicy())
	a.Jobs.Register(notice.JobReset, a.Notices.SendReset)
	a.Engine.Register(notice.KindForward, notice.Forwarder{Desk: a.Notices}, delivery.PersonPolicy())
	return nil
}

// tendForms stores the counts of pages shown and ends requests nobody confirmed.
func (a *App) tendForms(ctx context.Context, now time.Time) error {
	if err := a.Collect.Flush(ctx); err != nil {
		return err
	}
	_, err := a.Collect.Lapse(ctx, now)
	return err
}

// startInbound listens for refusals and bounces by mail.
func (a *App) startInbound() error {
	if a.Mail.InboundListen == "" {
		return nil
	}
	a.inbound = a.inboundServer()
	if err := a.inbound.Listen(a.Mail.InboundListen); err != nil {
		return fmt.Errorf("app: inbound: %w", err)
	}
	a.onStop(func(context.Context) {
		if err := a.inbound.Close(); err != nil {
			a.Log.Error("the listener for mail did not close cleanly", "error", err)
		}
	})
	return nil
}

func (a *App) bounces() *inbound.Bounces {
	return &inbound.Bounces{DB: a.DB, Consents: a.Consent, Gate: a.Gate}
}

// deadAddress notes what a receiving server said of an address, and puts the address
// aside when that is enough.
func (a *App) deadAddress(ctx context.Context, row delivery.Leased, enhanced string, v reply.Verdict) error {
	if v.Blame != reply.Recipient {
		return nil
	}
	return a.bounces().Hear(ctx, inbound.Heard{Message: row.ID, Status: enhanced, Verdict: v, Source: inbound.SourceSession}, a.Clock())
}
