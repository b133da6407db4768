package mx

import (
	"context"
	"net/netip"
	"strings"
	"sync"
	"time"

	"github.com/miekg/dns"
)

// addresses finds the addresses of a host, which many domains may share. IPv6
// addresses stand behind those of IPv4.
func (r *Resolver) addresses(ctx context.Context, host string) entry[hostAddrs] {
	if e, ok := r.hosts.get(host, r.config.Clock()); ok {
		return e
	}
	if !validName(host) {
		return entry[hostAddrs]{err: ErrNoHosts, until: r.config.Clock().Add(maxNegative)}
	}
	result := r.flights.DoChan("host "+host, func() (any, error) {
		if e, ok := r.hosts.get(host, r.config.Clock()); ok {
			return e, nil // learned since we looked
		}
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), lookupTime)
		defer cancel()
		return r.learnAddresses(ctx, host), nil
	})
	unanswered := entry[hostAddrs]{err: ErrUnanswered, until: r.config.Clock().Add(silenceTTL)}
	select {
	case <-ctx.Done():
		return unanswered
	case got := <-result:
		e, ok := got.Val.(entry[hostAddrs])
		if !ok {
			return unanswered
		}
		return e
	}
}

// learnAddresses asks for both families at the same time.
func (r *Resolver) learnAddresses(ctx context.Context, host string) entry[hostAddrs] {
	kinds := []uint16{dns.TypeA, dns.TypeAAAA}
	if r.config.IPv4Only {
		kinds = kinds[:1]
	}
	answers := make([]answerTo, len(kinds))
	errs := make([]error, len(kinds))
	var work sync.WaitGroup
	for i, kind := range kinds {
		work.Go(func() { answers[i], errs[i] = r.ask(ctx, host, kind) })
	}
	work.Wait()
	now := r.config.Clock()
	return r.hosts.keep(host, join(host, answers, errs, now), now)
}

// join makes one entry of the answers for both families.
func join(host string, answers []answerTo, errs []error, now time.Time) entry[hostAddrs] {
	var e entry[hostAddrs]
	ttl, failed := maxTTL, error(nil)
	e.value.authentic, e.value.canonical = true, host
	for i, a := range answers {
		if errs[i] != nil {
			failed = errs[i]
			ttl = min(ttl, silenceTTL)
			continue
		}
		found := pick(a.records)
		if len(found) > 0 {
			e.value.authentic = e.value.authentic && a.authentic
			e.value.canonical = canonical(host, a.records)
		}
		ttl = min(ttl, a.ttl)
		e.value.addrs = append(e.value.addrs, found...)
	}
	if e.until = now.Add(ttl); len(e.value.addrs) > 0 {
		return e
	}
	e.value.authentic = false
	if e.err = failed; failed == nil {
		e.err = ErrNoHosts
	}
	return e
}

// canonical is the name that a chain of CNAME records ends at.
func canonical(name string, records []dns.RR) string {
	for range records {
		for _, rr := range records {
			if c, ok := rr.(*dns.CNAME); ok && plain(c.Hdr.Name) == name {
				name = plain(c.Target)
			}
		}
	}
	return name
}

// plain is a name as we write it: lower case, without the final dot.
func plain(name string) string { return strings.ToLower(strings.TrimSuffix(name, ".")) }

// pick takes the addresses out of records.
func pick(records []dns.RR) []netip.Addr {
	var addrs []netip.Addr
	for _, rr := range records {
		var raw []byte
		switch v := rr.(type) {
		case *dns.A:
			raw = v.A
		case *dns.AAAA:
			raw = v.AAAA
		}
		if a, ok := netip.AddrFromSlice(raw); ok {
			addrs = append(addrs, a.Unmap())
		}
	}
	return addrs
}
