package mx

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/miekg/dns"
)

// Any is the key of Config.Overrides that stands for every other domain.
const Any = "*"

// resolvConf is where Unix keeps the resolver's addresses.
const resolvConf = "/etc/resolv.conf"

// Config says where to ask. Its zero value asks the system's resolvers.
type Config struct {
	// Servers are recursive resolvers as host:port, asked in this order; one that was
	// silent lately comes last. Empty means those of /etc/resolv.conf.
	Servers []string
	// Validating lists those of Servers that check DNSSEC and are reached by a way
	// that nobody can tamper with: their word (the AD bit) is believed, as is that of
	// a resolver on this machine. If there is such a one, the others are not asked:
	// what a validating resolver refuses to say must not be had elsewhere.
	Validating []string
	// Overrides sends mail for a domain to a fixed host:port without asking for MX;
	// the key Any stands for all others (a smart host, or tests). Domains are in
	// lower case; the host is an address, a name, or localhost.
	Overrides map[string]string
	// IPv4Only leaves out IPv6, for senders without a PTR record there.
	IPv4Only bool
	// AllowLoopback takes MX hosts on this machine; only tests want it.
	AllowLoopback bool
	// Port is where servers listen; 0 means 25.
	Port uint16
	// Timeout bounds one question to one server; 0 means 4 seconds.
	Timeout time.Duration
	// MaxEntries bounds each cache; 0 means 100,000.
	MaxEntries int
	// Clock tells the time; nil means time.Now.
	Clock func() time.Time
}

var (
	errNoServers   = errors.New("no resolver is known")
	errBadOverride = errors.New("override is not host:port")
)

func (c Config) complete() (Config, error) {
	if len(c.Servers) == 0 && c.Overrides[Any] == "" {
		system, err := dns.ClientConfigFromFile(resolvConf)
		if err != nil {
			return c, err
		}
		for _, s := range system.Servers {
			c.Servers = append(c.Servers, net.JoinHostPort(s, system.Port))
		}
		if len(c.Servers) == 0 {
			return c, errNoServers
		}
	}
	if believed := slices.DeleteFunc(slices.Clone(c.Servers), c.doubted); len(believed) > 0 {
		c.Servers = believed
	}
	for _, s := range c.Servers {
		if _, _, err := net.SplitHostPort(s); err != nil {
			return c, fmt.Errorf("resolver: %w", err)
		}
	}
	if c.Port == 0 {
		c.Port = 25
	}
	if c.Timeout <= 0 {
		c.Timeout = 4 * time.Second
	}
	if c.MaxEntries <= 0 {
		c.MaxEntries = 100_000
	}
	if c.Clock == nil {
		c.Clock = time.Now
	}
	return c, nil
}

// doubted says whether a resolver's word on DNSSEC counts for nothing.
func (c Config) doubted(server string) bool {
	if slices.Contains(c.Validating, server) {
		return false
	}
	a, err := netip.ParseAddrPort(server)
	return err != nil || !a.Addr().Unmap().IsLoopback()
}

// override is a fixed way for a domain.
type override struct {
	host string
	port uint16
}

func parseOverrides(m map[string]string) (map[string]override, error) {
	parsed := make(map[string]override, len(m))
	for domain, target := range m {
		host, port, err := net.SplitHostPort(target)
		n, portErr := strconv.ParseUint(port, 10, 16)
		if err != nil || portErr != nil || host == "" || n == 0 {
			return nil, fmt.Errorf("%w: %q for %q", errBadOverride, target, domain)
		}
		parsed[strings.ToLower(domain)] = override{host: host, port: uint16(n)}
	}
	return parsed, nil
}

// fixedAddr is the address of an override that needs no DNS.
func (o override) fixedAddr() (netip.Addr, bool) {
	if o.host == "localhost" {
		return netip.AddrFrom4([4]byte{127, 0, 0, 1}), true
	}
	a, err := netip.ParseAddr(o.host)
	return a, err == nil
}
