package mx

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/miekg/dns"
	"golang.org/x/sync/singleflight"
)

// maxHosts bounds the work that one domain can cause: the best hosts count.
const maxHosts = 16

// lookupTime bounds a whole lookup, which goes on when its first asker left.
const lookupTime = 30 * time.Second

// Resolver answers where mail goes. It is safe for many goroutines.
type Resolver struct {
	config    Config
	overrides map[string]override
	udp, tcp  *dns.Client
	domains   *cache[Answer]
	hosts     *cache[hostAddrs]
	records   *cache[Records]
	flights   singleflight.Group
	silent    []atomic.Int64
}

// hostAddrs is what DNS says of one host.
type hostAddrs struct {
	addrs     []netip.Addr
	canonical string
	authentic bool
}

// New makes a resolver.
func New(c Config) (*Resolver, error) {
	c, err := c.complete()
	if err != nil {
		return nil, fmt.Errorf("delivery: mx: %w", err)
	}
	overrides, err := parseOverrides(c.Overrides)
	if err != nil {
		return nil, fmt.Errorf("delivery: mx: %w", err)
	}
	return &Resolver{
		config: c, overrides: overrides,
		udp:     &dns.Client{Net: "udp", Timeout: c.Timeout, UDPSize: udpSize},
		tcp:     &dns.Client{Net: "tcp", Timeout: c.Timeout},
		domains: newCache[Answer](c.MaxEntries),
		hosts:   newCache[hostAddrs](c.MaxEntries),
		records: newCache[Records](c.MaxEntries),
		silent:  make([]atomic.Int64, len(c.Servers)),
	}, nil
}

// Lookup tells where mail for a domain (A-labels) goes. The error wraps one of the
// Err values, or is the context's. The answer is shared: do not change it.
func (r *Resolver) Lookup(ctx context.Context, domain string) (Answer, error) {
	domain = plain(domain)
	if !validName(domain) {
		return Answer{}, fmt.Errorf("delivery: mx: %w", ErrBadDomain)
	}
	if o, ok := r.overrideFor(domain); ok {
		return r.overridden(ctx, domain, o)
	}
	if e, ok := r.domains.get(domain, r.config.Clock()); ok {
		return told(e)
	}
	result := r.flights.DoChan(domain, func() (any, error) {
		if e, ok := r.domains.get(domain, r.config.Clock()); ok {
			return e, nil // learned since we looked
		}
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), lookupTime)
		defer cancel()
		return r.learn(ctx, domain), nil
	})
	select {
	case <-ctx.Done():
		return Answer{}, fmt.Errorf("delivery: mx: %w", context.Cause(ctx))
	case got := <-result:
		e, ok := got.Val.(entry[Answer])
		if !ok {
			return Answer{}, fmt.Errorf("delivery: mx: %w", ErrUnanswered)
		}
		return told(e)
	}
}

// told is an entry as the asker sees it.
func told(e entry[Answer]) (Answer, error) {
	if e.err != nil {
		return Answer{}, e.err
	}
	e.value.Until, e.value.Stale = e.until, e.stale()
	return e.value, nil
}

func (r *Resolver) overrideFor(domain string) (override, bool) {
	o, ok := r.overrides[domain]
	if !ok {
		o, ok = r.overrides[Any]
	}
	return o, ok
}

// overridden answers from the table; only a host by name is asked for.
func (r *Resolver) overridden(ctx context.Context, domain string, o override) (Answer, error) {
	a := Answer{Domain: domain, Overridden: true}
	if addr, ok := o.fixedAddr(); ok {
		a.Names = []string{o.host}
		a.Hosts = []Host{{Name: o.host, Canonical: o.host, Addrs: []netip.AddrPort{netip.AddrPortFrom(addr, o.port)}}}
		return a, nil
	}
	e := r.addresses(ctx, o.host)
	if e.err != nil {
		return Answer{}, fmt.Errorf("delivery: mx: override: %w", e.err)
	}
	a.Names = []string{o.host}
	h := Host{Name: o.host, Canonical: e.value.canonical, Authentic: e.value.authentic}
	for _, addr := range e.value.addrs {
		h.Addrs = append(h.Addrs, netip.AddrPortFrom(addr, o.port))
	}
	a.Hosts = []Host{h}
	return a, nil
}

// learn asks DNS and remembers the answer or the failure.
func (r *Resolver) learn(ctx context.Context, domain string) entry[Answer] {
	answer, ttl, err := r.resolve(ctx, domain)
	now := r.config.Clock()
	e := entry[Answer]{value: answer, until: now.Add(ttl)}
	if err != nil {
		e.value, e.err = Answer{}, fmt.Errorf("delivery: mx: %w", err)
	}
	return r.domains.keep(domain, e, now)
}

// resolve finds the MX records and the addresses of their hosts.
func (r *Resolver) resolve(ctx context.Context, domain string) (Answer, time.Duration, error) {
	got, err := r.ask(ctx, domain, dns.TypeMX)
	if err != nil {
		return Answer{}, silenceTTL, err
	}
	if !got.exists {
		return Answer{}, min(got.ttl, maxNegative), ErrNoDomain
	}
	a := Answer{Domain: domain, Canonical: canonical(domain, got.records), Authentic: got.authentic}
	null := false
	for _, rr := range got.records {
		record, ok := rr.(*dns.MX)
		if !ok {
			continue
		}
		if name := plain(record.Mx); name != "" {
			a.Hosts = append(a.Hosts, Host{Name: name, Preference: record.Preference})
		} else {
			null = true
		}
	}
	switch {
	case len(a.Hosts) == 0 && null:
		return Answer{}, min(got.ttl, maxNegative), ErrNullMX
	case len(a.Hosts) == 0:
		a.Implicit = true
		a.Hosts = []Host{{Name: domain}}
	}
	return r.locate(ctx, a, got.ttl)
}

// locate fills in the addresses of all hosts, asking for them at the same time,
// and leaves out hosts without any.
func (r *Resolver) locate(ctx context.Context, a Answer, ttl time.Duration) (Answer, time.Duration, error) {
	slices.SortStableFunc(a.Hosts, func(x, y Host) int { return int(x.Preference) - int(y.Preference) })
	for _, h := range a.Hosts {
		a.Names = append(a.Names, h.Name)
	}
	a.Hosts = a.Hosts[:min(len(a.Hosts), maxHosts)]
	found := make([]entry[hostAddrs], len(a.Hosts))
	var work sync.WaitGroup
	for i, h := range a.Hosts {
		work.Go(func() { found[i] = r.addresses(ctx, h.Name) })
	}
	work.Wait()
	failure := ErrNoHosts
	now := r.config.Clock()
	kept := a.Hosts[:0]
	for i, h := range a.Hosts {
		ttl = max(min(ttl, found[i].until.Sub(now)), 0)
		if Temporary(found[i].err) {
			failure = found[i].err
		}
		h.Authentic, h.Canonical = found[i].value.authentic, found[i].value.canonical
		for _, addr := range found[i].value.addrs {
			if r.config.AllowLoopback || foreign(addr) {
				h.Addrs = append(h.Addrs, netip.AddrPortFrom(addr, r.config.Port))
			}
		}
		if len(h.Addrs) > 0 {
			kept = append(kept, h)
		}
	}
	if a.Hosts = kept; len(kept) == 0 {
		return Answer{}, ttl, failure
	}
	return a, ttl, nil
}

// foreign says whether an address can be somebody else's. Records that point at
// this machine or this wire are mistakes or attacks.
func foreign(a netip.Addr) bool {
	a = a.Unmap()
	return !a.IsLoopback() && !a.IsUnspecified() && !a.IsMulticast() && !a.IsLinkLocalUnicast()
}

// validName takes what can be asked for: labels of letters, digits, hyphen and
// underscore, in ASCII and lower case.
func validName(name string) bool {
	if name == "" || len(name) > 253 {
		return false
	}
	for label := range strings.SplitSeq(name, ".") {
		if label == "" || len(label) > 63 || strings.ContainsFunc(label, notInLabel) {
			return false
		}
	}
	return true
}

func notInLabel(r rune) bool {
	return (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '-' && r != '_'
}
