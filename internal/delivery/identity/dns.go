package identity

import (
	"context"
	"net/netip"
	"strings"

	"github.com/miekg/dns"

	"github.com/kyodaku/kyodaku/internal/delivery/mx"
)

// DNS answers questions; *mx.Resolver does. No such name is an empty answer, an error is
// that nobody knows.
type DNS interface {
	Ask(ctx context.Context, name string, kind uint16) (mx.Records, error)
	Texts(ctx context.Context, name string) ([]string, error)
}

// addresses are a name's addresses of both families, following aliases.
func addresses(ctx context.Context, d DNS, name string) ([]netip.Addr, error) {
	var out []netip.Addr
	for _, kind := range [...]uint16{dns.TypeA, dns.TypeAAAA} {
		got, err := d.Ask(ctx, name, kind)
		if err != nil {
			return nil, err
		}
		for _, rr := range got.RRs {
			switch rr := rr.(type) {
			case *dns.A:
				if a, ok := netip.AddrFromSlice(rr.A.To4()); ok {
					out = append(out, a)
				}
			case *dns.AAAA:
				if a, ok := netip.AddrFromSlice(rr.AAAA.To16()); ok {
					out = append(out, a)
				}
			}
		}
	}
	return out, nil
}

// names are the names of an address (PTR).
func names(ctx context.Context, d DNS, a netip.Addr) ([]string, error) {
	name, err := dns.ReverseAddr(a.Unmap().String())
	if err != nil {
		return nil, err
	}
	got, err := d.Ask(ctx, name, dns.TypePTR)
	var out []string
	for _, rr := range got.RRs {
		if p, ok := rr.(*dns.PTR); ok {
			out = append(out, plain(p.Ptr))
		}
	}
	return out, err
}

// exchangers are the hosts of a domain's MX records; null is RFC 7505's.
func exchangers(ctx context.Context, d DNS, name string) (hosts []string, null bool, err error) {
	got, err := d.Ask(ctx, name, dns.TypeMX)
	for _, rr := range got.RRs {
		if m, ok := rr.(*dns.MX); ok {
			if host := plain(m.Mx); host != "" {
				hosts = append(hosts, host)
			} else {
				null = true
			}
		}
	}
	return hosts, null, err
}

func plain(name string) string { return strings.ToLower(strings.TrimSuffix(name, ".")) }
