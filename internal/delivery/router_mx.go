package delivery

import (
	"context"
	"errors"
	"math/rand/v2"
	"net/netip"
	"strings"
	"time"

	"github.com/kyodaku/kyodaku/internal/delivery/mx"
	"github.com/kyodaku/kyodaku/internal/delivery/profile"
	"github.com/kyodaku/kyodaku/internal/delivery/smtp"
	"github.com/kyodaku/kyodaku/internal/delivery/tlspolicy"
	"github.com/kyodaku/kyodaku/internal/delivery/tlsreport"
	"github.com/kyodaku/kyodaku/internal/fault"
)

// MXConfig is what an MX is made of.
type MXConfig struct {
	Resolver *mx.Resolver
	Profiles *profile.Book
	// Hello is our name in EHLO, which should be the name that the sending address
	// resolves to.
	Hello string
	// Sites remembers whose servers take which domain's mail; nil means only for the
	// life of the router.
	Sites *mx.Sites
	// Policies says how much encryption is needed; nil means that it is opportunistic
	// everywhere (RFC 7435).
	Policies *tlspolicy.Book
	// Reports is told how encryption went; may be nil.
	Reports *tlsreport.Book
	// Clock tells the time; nil means time.Now.
	Clock func() time.Time
}

// MX hands mail to the receiving domain's own servers. It is safe for concurrent use.
type MX struct {
	MXConfig
	families mx.Families
	served   served
}

// NewMX makes a router. Without policies it asks for no TLS, without sites it keeps
// what it learns only while it lives.
func NewMX(c MXConfig) *MX {
	if c.Sites == nil {
		c.Sites = mx.NewSites(nil, ProviderOf(c.Profiles))
	}
	if c.Clock == nil {
		c.Clock = time.Now
	}
	return &MX{MXConfig: c, served: served{keys: map[string]servedBy{}}}
}

// Load takes over what is known from an earlier life: sites and TLS policies. It
// comes before the first use.
func (m *MX) Load(ctx context.Context, now time.Time) error {
	if err := m.Sites.Load(ctx, now); err != nil || m.Policies == nil {
		return err
	}
	return m.Policies.Load(ctx)
}

// Tend stores what this process learned and counted since the last time. Each
// process does so about every minute, and once more when it has stopped to deliver.
func (m *MX) Tend(ctx context.Context, now time.Time) error {
	err := m.Sites.Keep(ctx, now)
	if m.Reports != nil {
		err = errors.Join(err, m.Reports.Flush(ctx, now))
	}
	return err
}

// ProviderOf is for mx.NewSites: it names the lane of the provider that all hosts
// belong to.
func ProviderOf(profiles *profile.Book) func(hosts []string) string {
	return func(hosts []string) string {
		if p := profiles.ByMX(hosts); p != nil {
			return p.ID
		}
		return ""
	}
}

const (
	// mostTargets bounds how many servers of a domain one attempt tries: RFC 5321 5.1
	// asks for two at least, and a domain with many dead ones must not hold a worker.
	mostTargets = 5
	// connectSoon is how long a connection may take where another server is left to try.
	connectSoon = 10 * time.Second
	// noDomainLane is the lane of rows without a domain, which all fail.
	noDomainLane = "none"
)

// Lane implements Router without asking DNS: the provider's lane for domains that
// are known to be of one, also by what was learned from their MX records, else one
// lane per domain. Site says where a domain really belongs.
func (m *MX) Lane(domain string) string {
	if p := m.Profiles.ByDomain(domain); p != nil {
		return p.ID
	}
	if domain == "" {
		return noDomainLane
	}
	if site, known := m.Sites.Site(domain); known {
		return site
	}
	return domain
}

// Site names the lane that a domain's mail belongs in, and asks DNS if need be. A
// domain that was never looked up may stand in a lane of its own while its mail
// goes to a provider with limits for all its customers; from then on Lane knows.
// The error is that of Targets.
func (m *MX) Site(ctx context.Context, domain string) (string, error) {
	if p := m.Profiles.ByDomain(domain); p != nil || domain == "" {
		return m.Lane(domain), nil
	}
	answer, err := m.Resolver.Lookup(ctx, domain)
	if err != nil {
		return "", lookupFault(ctx, err)
	}
	return m.Sites.Learn(answer, m.Clock()), nil
}

// SameServers implements Router: the two domains have the same hosts, and these
// must give the same encryption to both.
func (m *MX) SameServers(a, b string) bool {
	return a == b || m.served.same(a, b, m.Clock())
}

// Profile implements Router.
func (m *MX) Profile(lane string) *profile.Profile {
	name := strings.TrimPrefix(lane, urgent)
	if p := m.Profiles.ByID(name); p != nil {
		return p
	}
	return m.Profiles.For(name, nil)
}

// Targets implements Router. Servers that may not be used come not at all; a domain
// of which none is left gets its mail when that has changed.
func (m *MX) Targets(ctx context.Context, domain string) ([]smtp.Target, error) {
	answer, err := m.Resolver.Lookup(ctx, domain)
	if err != nil {
		return nil, lookupFault(ctx, err)
	}
	site := m.Sites.Learn(answer, m.Clock())
	p := m.Profile(site)
	demands := m.demands(ctx, answer, p)
	if err := ctx.Err(); err != nil {
		return nil, context.Cause(ctx)
	}
	usable, demandOf, err := m.usable(answer, demands)
	if err != nil {
		return nil, err
	}
	m.served.note(answer, demands)
	targets := m.order(usable)
	for i, t := range targets {
		targets[i] = m.under(t, demandOf[t.ServerName], answer.Domain)
		targets[i].Chunking = p.Chunking
	}
	return targets, nil
}

// OpenTargets lists the servers of a domain whatever policies say of them. TLS
// reports by mail go this way: what they complain of must not keep them back
// (RFC 8460 5.3).
func (m *MX) OpenTargets(ctx context.Context, domain string) ([]smtp.Target, error) {
	answer, err := m.Resolver.Lookup(ctx, domain)
	if err != nil {
		return nil, lookupFault(ctx, err)
	}
	return m.order(answer), nil
}

// order lists the servers in the order to try them.
func (m *MX) order(answer mx.Answer) []smtp.Target {
	now := m.Clock()
	dead := func(a netip.Addr) bool { return m.families.Dead(a, now) }
	tries := answer.Tries(rand.New(rand.NewPCG(rand.Uint64(), rand.Uint64())), mostTargets, dead)
	targets := make([]smtp.Target, 0, len(tries))
	for i, t := range tries {
		to := smtp.Target{Addr: t.Addr.String(), ServerName: t.Name, Hello: m.Hello}
		if i < len(tries)-1 {
			to.Timeouts.Connect = connectSoon
		}
		targets = append(targets, to)
	}
	return targets
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
