package app

import (
	"context"
	"errors"
	"net"
	"slices"
	"strings"

	"github.com/miekg/dns"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/delivery"
	"github.com/kyodaku/kyodaku/internal/delivery/mx"
	"github.com/kyodaku/kyodaku/internal/delivery/smtp"
)

// examineMail looks at what mail needs to leave and to come back.
func (e *examined) examineMail(ctx context.Context) {
	if e.Mail.Mode == Catch {
		e.say(Well, "mail", "catch")
		return
	}
	e.examineResolver(ctx)
	if e.Mail.Mode == MX {
		e.examineHostname(ctx)
	} else {
		e.examineRelays(ctx)
	}
	if e.db != nil {
		e.examineDomains(ctx)
	}
	e.examineInbound(ctx)
}

func (e *examined) examineResolver(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, questionTime)
	defer cancel()
	r, err := mx.New(mx.Config{Servers: e.Mail.Resolvers, Validating: e.Mail.Validating, Clock: e.Clock})
	if err == nil {
		_, err = r.Ask(ctx, "jp", dns.TypeNS)
	}
	switch {
	case err != nil:
		e.say(Bad, "resolver", "silent")
	case r.Validates():
		e.say(Well, "resolver", "validates")
	default:
		e.say(Well, "resolver", "plain")
	}
}

// examineHostname holds that our name and our address point at each other, which
// receivers ask for.
func (e *examined) examineHostname(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, questionTime)
	defer cancel()
	host := e.Mail.Hostname
	addrs, err := e.net.LookupHost(ctx, host)
	if err != nil || len(addrs) == 0 {
		e.say(Bad, "hostname", "no_address", "Host", host)
		return
	}
	for _, a := range addrs {
		names, err := e.net.LookupAddr(ctx, a)
		switch {
		case err != nil || len(names) == 0:
			e.say(Bad, "hostname", "no_ptr", "Host", host, "Address", a)
		case !slices.ContainsFunc(names, func(n string) bool { return strings.EqualFold(strings.TrimSuffix(n, "."), host) }):
			e.say(Bad, "hostname", "other", "Host", host, "Address", a, "Name", strings.TrimSuffix(names[0], "."))
		default:
			e.say(Well, "hostname", "ok", "Host", host, "Address", a)
		}
	}
}

func (e *examined) examineRelays(ctx context.Context) {
	targets := []smtp.Target{e.Mail.Relay}
	for _, r := range e.Mail.Relays {
		targets = append(targets, r.Target)
	}
	for _, t := range targets {
		e.examineRelay(ctx, t)
	}
}

func (e *examined) examineRelay(ctx context.Context, t smtp.Target) {
	ctx, cancel := context.WithTimeout(ctx, 2*questionTime)
	defer cancel()
	s, err := smtp.Dial(ctx, t)
	if err != nil {
		e.say(Bad, "relay", "bad", "Address", t.Addr, "Reason", err.Error())
		return
	}
	state := "plain"
	if s.TLS().Version != 0 {
		state = "ok"
	}
	e.say(Well, "relay", state, "Address", t.Addr)
	_ = s.Quit(ctx) // politeness
}

func (e *examined) examineDomains(ctx context.Context) {
	workspaces, err := e.accounts().Workspaces(ctx, e.db)
	if err != nil {
		e.say(Bad, "domain", "unreadable")
		return
	}
	desk := &delivery.Domains{DB: e.db, Accounts: e.accounts(), Keys: delivery.NewKeys(e.db, nil), TXT: lookupTXT(e.Mail.Resolvers)}
	some := false
	for _, w := range workspaces {
		domains, err := e.accounts().Domains(ctx, e.db, w.ID)
		if err != nil {
			e.say(Bad, "domain", "unreadable")
			return
		}
		for _, d := range domains {
			some = true
			e.examineDomain(ctx, desk, d)
		}
	}
	if !some {
		e.say(Warn, "domain", "none")
	}
}

func (e *examined) examineDomain(ctx context.Context, desk *delivery.Domains, d account.Domain) {
	ctx, cancel := context.WithTimeout(ctx, questionTime)
	defer cancel()
	records, err := desk.Records(ctx, d.Workspace, d.Domain)
	if err != nil {
		e.say(Bad, "domain", "unreadable")
		return
	}
	well := true
	for _, r := range records {
		level := Warn
		if r.For == "dkim" && e.Mail.Signer != SignRelay && r.Key == delivery.KeyInUse {
			level = Bad
		}
		switch {
		case r.Unknown:
			well = false
			e.say(Warn, "domain", "unknown", "Domain", d.Domain, "Record", r.Name)
		case !r.Right:
			well = false
			e.say(level, "domain", r.For, "Domain", d.Domain, "Record", r.Name)
		}
	}
	if well {
		e.say(Well, "domain", "ok", "Domain", d.Domain)
	}
}

func (e *examined) examineInbound(ctx context.Context) {
	if e.Mail.InboundIMAP.Addr != "" {
		e.say(Well, "inbound", "mailbox", "Address", e.Mail.InboundIMAP.Addr)
	}
	if e.Mail.InboundListen == "" {
		if e.Mail.InboundIMAP.Addr == "" {
			e.say(Warn, "inbound", "off")
		}
		return
	}
	ctx, cancel := context.WithTimeout(ctx, questionTime)
	defer cancel()
	if conn, err := new(net.Dialer).DialContext(ctx, "tcp", reachable(e.Mail.InboundListen)); err == nil {
		_ = conn.Close()
		e.say(Well, "inbound", "listens", "Address", e.Mail.InboundListen)
	} else {
		e.say(Warn, "inbound", "closed", "Address", e.Mail.InboundListen)
	}
	hosts, err := e.net.LookupMX(ctx, e.Mail.InboundDomain)
	dnsError, isDNS := errors.AsType[*net.DNSError](err)
	switch {
	case err != nil && (!isDNS || !dnsError.IsNotFound):
		e.say(Warn, "inbound", "unknown", "Domain", e.Mail.InboundDomain)
	case len(hosts) == 0:
		e.say(Bad, "inbound", "no_mx", "Domain", e.Mail.InboundDomain, "Host", e.Mail.Hostname)
	case !slices.ContainsFunc(hosts, func(h *net.MX) bool {
		return strings.EqualFold(strings.TrimSuffix(h.Host, "."), e.Mail.Hostname)
	}):
		e.say(Warn, "inbound", "other_mx", "Domain", e.Mail.InboundDomain, "Host", e.Mail.Hostname, "Found", strings.TrimSuffix(hosts[0].Host, "."))
	default:
		e.say(Well, "inbound", "ok", "Domain", e.Mail.InboundDomain)
	}
}

// reachable is where a listener is reached from this machine.
func reachable(listen string) string {
	host, port, err := net.SplitHostPort(listen)
	if err != nil {
		return listen
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "localhost"
	}
	return net.JoinHostPort(host, port)
}

// resolverOf asks the given servers, or the system's.
func resolverOf(servers []string) *net.Resolver {
	if len(servers) == 0 {
		return net.DefaultResolver
	}
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, servers[0])
	}}
}
