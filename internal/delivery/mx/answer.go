package mx

import (
	"errors"
	"math/rand/v2"
	"net/netip"
	"slices"
	"time"
)

// Why a domain has no servers. Only ErrUnanswered is temporary.
var (
	// ErrBadDomain is a text that is no domain name in ASCII.
	ErrBadDomain = errors.New("not a domain name")
	// ErrNoDomain is a domain that does not exist.
	ErrNoDomain = errors.New("no such domain")
	// ErrNullMX is a domain that says it takes no mail (RFC 7505).
	ErrNullMX = errors.New("domain takes no mail")
	// ErrNoHosts is a domain without a server that has a usable address.
	ErrNoHosts = errors.New("domain has no mail server")
	// ErrUnanswered is that no resolver gave an answer; later it may.
	ErrUnanswered = errors.New("no answer from DNS")
)

// Temporary says whether asking again later may help. What is not a plain no is
// temporary.
func Temporary(err error) bool { return err != nil && Status(err) == "4.4.3" }

// Status is the RFC 3463 code that stands for a failed lookup in reports.
func Status(err error) string {
	switch {
	case errors.Is(err, ErrNullMX):
		return "5.1.10" // RFC 7505 4.2
	case errors.Is(err, ErrBadDomain), errors.Is(err, ErrNoDomain):
		return "5.1.2"
	case errors.Is(err, ErrNoHosts):
		return "5.4.4"
	default:
		return "4.4.3"
	}
}

// Answer is where mail for a domain goes.
type Answer struct {
	Domain string
	// Canonical is the name that the domain is an alias of, or the domain.
	Canonical string
	// Names are all MX hosts in the order of preference, also those without address.
	Names []string
	// Hosts stand in the order of preference; each has at least one address.
	Hosts []Host
	// Implicit is true if there was no MX and the domain is its own server.
	Implicit bool
	// Overridden is true if the answer comes from Config.Overrides.
	Overridden bool
	// Authentic is true if the resolver vouched by DNSSEC for the MX records.
	Authentic bool
	// Stale is true if the answer has run out and no resolver gives a new one
	// (RFC 8767).
	Stale bool
	// Until is when the answer should be asked again; zero for overrides.
	Until time.Time
}

// Host is one mail server.
type Host struct {
	Name       string // in lower case, without the final dot
	Canonical  string // the name that Name is an alias of, or Name
	Preference uint16 // less is better
	Addrs      []netip.AddrPort
	// Authentic is true if the resolver vouched by DNSSEC for the addresses.
	Authentic bool
}

// Target is one address to try.
type Target struct {
	Name       string
	Addr       netip.AddrPort
	Preference uint16
}

// Targets lists the addresses in the order to try them: by preference, hosts of
// equal preference and the addresses of a host shuffled by rnd (RFC 5321 5.1).
// With nil they keep their order.
func (a Answer) Targets(rnd *rand.Rand) []Target {
	var targets []Target
	for _, h := range a.order(rnd) {
		addrs := slices.Clone(h.Addrs)
		shuffle(rnd, addrs)
		for _, addr := range addrs {
			targets = append(targets, Target{Name: h.Name, Addr: addr, Preference: h.Preference})
		}
	}
	return targets
}

// order is the order of the hosts.
func (a Answer) order(rnd *rand.Rand) []Host {
	hosts := slices.Clone(a.Hosts)
	shuffle(rnd, hosts)
	slices.SortStableFunc(hosts, func(x, y Host) int { return int(x.Preference) - int(y.Preference) })
	return hosts
}

func shuffle[T any](rnd *rand.Rand, s []T) {
	if rnd != nil {
		rnd.Shuffle(len(s), func(i, j int) { s[i], s[j] = s[j], s[i] })
	}
}
