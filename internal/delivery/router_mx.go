package delivery

import (
	"context"
	"errors"
	"math/rand/v2"

	"github.com/kyodaku/kyodaku/internal/delivery/mx"
	"github.com/kyodaku/kyodaku/internal/delivery/smtp"
	"github.com/kyodaku/kyodaku/internal/fault"
)

// MX hands mail to the receiving domain's own servers. It is safe for concurrent use.
type MX struct {
	resolver *mx.Resolver
	hello    string
}

// NewMX makes a router over a resolver; hello is our name in EHLO, which should be
// the name that the sending address resolves to.
func NewMX(r *mx.Resolver, hello string) *MX { return &MX{resolver: r, hello: hello} }

// mostTargets bounds how many servers of a domain one attempt tries: RFC 5321 5.1
// asks for two at least, and a domain with many dead ones must not hold a worker.
const mostTargets = 5

// noDomainLane is the lane of rows without a domain, which all fail.
const noDomainLane = "none"

// Lane implements Router: a lane per domain, and one for domains that are known to
// be of one provider, whose limits they share.
func (m *MX) Lane(domain string) string {
	if p := provider(domain); p != "" {
		return p
	}
	if domain == "" {
		return noDomainLane
	}
	return domain
}

// SameServers implements Router.
func (m *MX) SameServers(a, b string) bool {
	p := provider(a)
	return a == b || p != "" && p == provider(b)
}

// provider names who runs the mail of domains that share servers; "" for all others.
func provider(domain string) string {
	switch domain {
	case "gmail.com", "googlemail.com":
		return "gmail"
	case "icloud.com", "me.com", "mac.com":
		return "icloud"
	}
	return ""
}

// Targets implements Router. Encryption is opportunistic (RFC 7435).
func (m *MX) Targets(ctx context.Context, domain string) ([]smtp.Target, error) {
	answer, err := m.resolver.Lookup(ctx, domain)
	if err != nil {
		return nil, lookupFault(ctx, err)
	}
	found := answer.Targets(rand.New(rand.NewPCG(rand.Uint64(), rand.Uint64())))
	targets := make([]smtp.Target, 0, min(len(found), mostTargets))
	for _, t := range found[:min(len(found), mostTargets)] {
		targets = append(targets, smtp.Target{Addr: t.Addr.String(), ServerName: t.Name, Hello: m.hello})
	}
	return targets, nil
}

// lookupFault tells a no for good from silence. The text is what the report shows.
func lookupFault(ctx context.Context, err error) error {
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case mx.Temporary(err):
		return fault.Wrap(fault.Busy, err, "delivery.no_answer")
	case errors.Is(err, mx.ErrBadDomain):
		return fault.Wrap(fault.Invalid, err, "delivery.no_mail")
	case errors.Is(err, mx.ErrNoDomain):
		return fault.Wrap(fault.NotFound, err, "delivery.no_mail")
	}
	return fault.Wrap(fault.Refused, err, "delivery.no_mail")
}
