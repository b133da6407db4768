package tlspolicy

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/kyodaku/kyodaku/internal/delivery/mx"
	"github.com/kyodaku/kyodaku/internal/delivery/smtp"
	"github.com/kyodaku/kyodaku/internal/store"
)

// Kind is what decides about a host.
type Kind string

// The kinds, named as TLS reports name policy types (RFC 8460 4.2), which know no
// difference between the last two.
const (
	DANE          Kind = "tlsa"
	STS           Kind = "sts"
	Required      Kind = "required"
	Opportunistic Kind = "no-policy-found"
)

// Requirement asks for encryption where the receiver does not.
type Requirement struct {
	// Domain is a domain in A-labels, "." and a domain for all below it, or "*".
	Domain string
	// Verified asks for a certificate that is valid for the host, too.
	Verified bool
}

// Config is what a Book is made of.
type Config struct {
	// DB keeps MTA-STS policies.
	DB *store.DB
	// Resolver answers questions; DANE needs one whose word on DNSSEC is believed.
	Resolver *mx.Resolver
	// Require lists domains that get no mail without encryption. The first match counts.
	Require []Requirement
	// Roots are the authorities that certificates are checked against; nil means the
	// system's.
	Roots *x509.CertPool
	Clock func() time.Time
	Log   *slog.Logger
	// AllowLoopback and HTTPSPort let tests serve policies from this machine.
	AllowLoopback bool
	HTTPSPort     uint16
}

// Book answers what the servers of a domain must give. It is safe for many
// goroutines.
type Book struct {
	resolver *mx.Resolver
	require  []Requirement
	policies *policies
	clock    func() time.Time
	roots    *x509.CertPool
	// Templates, each with the tickets of earlier sessions.
	open, modern, strict *tls.Config
}

// tickets bounds the session tickets kept of each kind.
const tickets = 8192

// New makes a book. Load comes before its first use.
func New(c Config) *Book {
	return &Book{
		resolver: c.Resolver, require: c.Require, clock: c.Clock, roots: c.Roots,
		policies: &policies{
			db: c.DB, fetcher: newFetcher(c), texts: c.Resolver.Texts, clock: c.Clock, known: map[string]held{},
			complain: func(what string, err error) { c.Log.Error(what, "error", err) },
		},
		// Old encryption is better than the clear text that would follow without it.
		open:   &tls.Config{MinVersion: tls.VersionTLS10, Time: c.Clock, ClientSessionCache: tls.NewLRUClientSessionCache(tickets)},
		modern: &tls.Config{MinVersion: tls.VersionTLS12, Time: c.Clock, ClientSessionCache: tls.NewLRUClientSessionCache(tickets)},
		strict: &tls.Config{MinVersion: tls.VersionTLS12, Time: c.Clock, RootCAs: c.Roots, ClientSessionCache: tls.NewLRUClientSessionCache(tickets)},
	}
}

// Load takes over the policies that bind from an earlier life.
func (b *Book) Load(ctx context.Context) error { return b.policies.load(ctx) }

// Refresh fetches the policies that mail of this node relies on anew before they
// expire. It is run about every hour; one node is enough, for others take over what
// it stored when theirs run out.
func (b *Book) Refresh(ctx context.Context, _ time.Time) error { return b.policies.refresh(ctx) }

// Demand is what one host must give.
type Demand struct {
	Kind Kind
	// Skip is why the host may not be used at all, or nil.
	Skip error
	// TLS, Config, ServerName, Verify and Advise are for smtp.Target.
	TLS        smtp.TLSPolicy
	Config     *tls.Config
	ServerName string
	Verify     func(tls.ConnectionState) error
	Advise     func(tls.ConnectionState) error
	// Policy is the text that decided, and Patterns the hosts that it names, for
	// reports.
	Policy, Patterns []string
	// Failure is a result type: what kept us from knowing a policy that is announced.
	Failure string
}

// Key tells demands apart that one connection cannot serve both of.
func (d Demand) Key() string { return string(d.Kind) + " " + d.TLS.String() + " " + d.ServerName }

// ErrNotInPolicy says that the domain's own policy does not name the host.
var ErrNotInPolicy = errors.New("the host is not in the domain's MTA-STS policy")

// Demands says what each host of an answer must give, in their order.
func (b *Book) Demands(ctx context.Context, a mx.Answer) []Demand {
	least := b.required(a.Domain)
	out := make([]Demand, len(a.Hosts))
	var policy held
	var has bool
	var failure string
	if !a.Overridden {
		policy, has, failure = b.policies.of(ctx, a.Domain)
	}
	for i, h := range a.Hosts {
		d := b.plain(h, least)
		if has && policy.policy.Mode != None {
			d = b.underSTS(h, least, policy.policy)
		}
		d.Failure = failure
		if a.Authentic && !a.Overridden {
			d = b.underDANE(ctx, a, h, d)
		}
		out[i] = d
	}
	return out
}

// required is the least that the sender's own list asks for.
func (b *Book) required(domain string) smtp.TLSPolicy {
	for _, r := range b.require {
		below := strings.HasPrefix(r.Domain, ".") && strings.HasSuffix(domain, r.Domain)
		switch {
		case r.Domain != domain && r.Domain != mx.Any && !below:
		case r.Verified:
			return smtp.TLSVerified
		default:
			return smtp.TLSEncrypted
		}
	}
	return smtp.TLSOpportunistic
}

func (b *Book) plain(h mx.Host, least smtp.TLSPolicy) Demand {
	switch least {
	case smtp.TLSVerified:
		return Demand{Kind: Required, TLS: least, Config: b.strict, ServerName: h.Name}
	case smtp.TLSEncrypted:
		return Demand{Kind: Required, TLS: least, Config: b.modern, ServerName: h.Name}
	}
	return Demand{Kind: Opportunistic, TLS: smtp.TLSOpportunistic, Config: b.open, ServerName: h.Name}
}

// underSTS applies a domain's policy to a host (RFC 8461 4 and 5).
func (b *Book) underSTS(h mx.Host, least smtp.TLSPolicy, p Policy) Demand {
	d := b.plain(h, least)
	d.Kind, d.Policy, d.Patterns = STS, p.Lines, p.MX
	named := p.Allows(h.Name)
	switch {
	case p.Mode == Enforce && !named:
		d.Skip = ErrNotInPolicy
	case p.Mode == Enforce:
		d.TLS, d.Config = smtp.TLSVerified, b.strict
	case !named:
		d.Advise = func(tls.ConnectionState) error { return ErrNotInPolicy }
	case d.TLS != smtp.TLSVerified:
		d.Advise = b.webPKI(h.Name)
	}
	return d
}

// webPKI judges a certificate as a verified session would.
func (b *Book) webPKI(name string) func(tls.ConnectionState) error {
	return func(state tls.ConnectionState) error {
		if len(state.PeerCertificates) == 0 {
			return errMismatch
		}
		others := x509.NewCertPool()
		for _, c := range state.PeerCertificates[1:] {
			others.AddCert(c)
		}
		_, err := state.PeerCertificates[0].Verify(x509.VerifyOptions{
			DNSName: name, Roots: b.roots, Intermediates: others, CurrentTime: b.clock(),
		})
		return err
	}
}

// underDANE lets TLSA records decide where there are some, else what was decided
// before (RFC 7672 2.2; RFC 8461 2).
func (b *Book) underDANE(ctx context.Context, a mx.Answer, h mx.Host, d Demand) Demand {
	records, err := b.tlsa(ctx, h)
	switch {
	case err != nil:
		return Demand{Kind: DANE, TLS: smtp.TLSEncrypted, Config: b.modern, ServerName: h.Name, Skip: err}
	case records == nil:
		return d
	}
	out := Demand{
		Kind: DANE, TLS: smtp.TLSEncrypted, Config: b.modern, ServerName: records.base,
		Policy: records.lines, Patterns: []string{h.Name},
	}
	if len(records.usable) == 0 {
		// Nothing to hold a certificate against: what else is asked for still holds.
		if d.TLS == smtp.TLSVerified || d.Skip != nil {
			return d
		}
		return out
	}
	names := []string{records.base, a.Domain} // RFC 7672 3.2.2
	if a.Canonical != "" {
		names = append(names, a.Canonical)
	}
	slices.Sort(names)
	out.Verify = records.verifier(slices.Compact(names), b.clock)
	return out
}
