package mx

import (
	"context"
	"fmt"
	"net/netip"

	"github.com/miekg/dns"
)

// Records is the answer to one question.
type Records struct {
	// RRs are the records, with the CNAME records that led to them.
	RRs []dns.RR
	// Authentic is true if a resolver that is believed vouched for the answer, or for
	// there being none.
	Authentic bool
}

// Ask asks for records of one kind (dns.TypeTXT …). No such name is an empty
// answer; ErrUnanswered says that nobody knows, or that what they know is bogus.
// The answer is shared: do not change it.
func (r *Resolver) Ask(ctx context.Context, name string, kind uint16) (Records, error) {
	name = plain(name)
	if !validName(name) {
		return Records{}, fmt.Errorf("delivery: mx: %w", ErrBadDomain)
	}
	key := fmt.Sprint(name, " ", kind) // no name has a space
	if e, ok := r.records.get(key, r.config.Clock()); ok {
		return e.value, e.err
	}
	result := r.flights.DoChan(key, func() (any, error) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), lookupTime)
		defer cancel()
		return r.learnRecords(ctx, key, name, kind), nil
	})
	select {
	case <-ctx.Done():
		return Records{}, fmt.Errorf("delivery: mx: %w", context.Cause(ctx))
	case got := <-result:
		e, ok := got.Val.(entry[Records])
		if !ok {
			return Records{}, fmt.Errorf("delivery: mx: %w", ErrUnanswered)
		}
		return e.value, e.err
	}
}

// learnRecords asks and remembers. Nothing stale is kept here: a policy or a key
// that ran out must not be believed.
func (r *Resolver) learnRecords(ctx context.Context, key, name string, kind uint16) entry[Records] {
	got, err := r.ask(ctx, name, kind)
	now := r.config.Clock()
	e := entry[Records]{value: Records{RRs: got.records, Authentic: got.authentic}, until: now.Add(got.ttl)}
	if err != nil {
		e = entry[Records]{err: fmt.Errorf("delivery: mx: %w", err), until: now.Add(silenceTTL)}
	}
	r.records.put(key, e, now)
	return e
}

// Texts returns the TXT records of a name, the parts of each joined.
func (r *Resolver) Texts(ctx context.Context, name string) ([]string, error) {
	got, err := r.Ask(ctx, name, dns.TypeTXT)
	var texts []string
	for _, rr := range got.RRs {
		if t, ok := rr.(*dns.TXT); ok {
			text := ""
			for _, part := range t.Txt {
				text += part
			}
			texts = append(texts, text)
		}
	}
	return texts, err
}

// Addresses returns the addresses of a host, those of IPv4 first.
func (r *Resolver) Addresses(ctx context.Context, host string) ([]netip.Addr, error) {
	e := r.addresses(ctx, plain(host))
	return e.value.addrs, e.err
}

// Validates says whether the resolvers are believed when they vouch for an answer.
func (r *Resolver) Validates() bool {
	for _, s := range r.config.Servers {
		if r.config.doubted(s) {
			return false
		}
	}
	return len(r.config.Servers) > 0
}
