package app

import (
	"context"
	"net/netip"

	"github.com/kyodaku/kyodaku/internal/delivery/identity"
	"github.com/kyodaku/kyodaku/internal/delivery/mx"
	"github.com/kyodaku/kyodaku/internal/delivery/smtp"
)

// lookAtDomains has sending domains looked at as receivers do.
func (a *App) lookAtDomains() {
	a.Domains.Identity = identity.Question{Envelope: a.Mail.InboundDomain, Hello: a.Mail.Hostname, Relay: a.Mail.Mode == RelayMode}
	for _, s := range a.Mail.Sources {
		if s.Addr.IsValid() && !s.Addr.IsPrivate() {
			a.Domains.Identity.Sources = append(a.Domains.Identity.Sources, s.Addr)
		}
	}
	a.Domains.Plain = a.plainRelay()
	a.Domains.Look = a.look
}

// look asks with a resolver of its own: what somebody has just published must not hide
// behind an answer that is remembered.
func (a *App) look(ctx context.Context, q identity.Question) identity.Seen {
	r, err := mx.New(mx.Config{Servers: a.Mail.Resolvers, Validating: a.Mail.Validating, Clock: a.Clock})
	if err != nil {
		unknown := identity.Finding{Mark: identity.Unknown, Why: "silent"}
		return identity.Seen{SPF: unknown, DKIM: q.Key, DMARC: unknown, PTR: unknown, Reach: unknown}
	}
	return identity.Look(ctx, r, q)
}

// plainRelay says whether mail is handed to a relay on another machine in clear.
func (a *App) plainRelay() bool {
	if a.Mail.Mode != RelayMode {
		return false
	}
	targets := []smtp.Target{a.Mail.Relay}
	for _, r := range a.Mail.Relays {
		targets = append(targets, r.Target)
	}
	for _, t := range targets {
		if server, err := netip.ParseAddrPort(t.Addr); t.TLS == smtp.TLSNever && (err != nil || !server.Addr().IsLoopback()) {
			return true
		}
	}
	return false
}
