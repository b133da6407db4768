package tlspolicy

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"strconv"
	"time"
)

// HTTPSPort is where Dialer connects to if nothing else is said.
const HTTPSPort = 443

// mostAddresses is how many addresses of a host are tried, dialTime how long each.
const (
	mostAddresses = 3
	dialTime      = 5 * time.Second
)

var errNotPublic = errors.New("the host has no public address")

// Dialer connects to hosts that strangers name, and only to addresses that can be
// somebody else's: whoever owns a domain chooses where we are sent.
type Dialer struct {
	Addresses func(ctx context.Context, host string) ([]netip.Addr, error)
	// Port is the only port; 0 means HTTPSPort.
	Port uint16
	// AllowLoopback takes every address; only tests want it.
	AllowLoopback bool
}

// DialContext is for http.Transport; the port of the address is not heeded.
func (d Dialer) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	all, err := d.Addresses(ctx, host)
	if err != nil {
		return nil, err
	}
	port := d.Port
	if port == 0 {
		port = HTTPSPort
	}
	err = errNotPublic
	dialer, tried := net.Dialer{Timeout: dialTime}, 0
	for _, a := range all {
		if !d.AllowLoopback && !Public(a) || tried == mostAddresses {
			continue
		}
		tried++
		var conn net.Conn
		if conn, err = dialer.DialContext(ctx, network, net.JoinHostPort(a.String(), strconv.Itoa(int(port)))); err == nil {
			return conn, nil
		}
	}
	return nil, err
}

// Public says whether an address may be connected to because a stranger's record
// names it (RFC 6890: not private, shared, local, reserved or mapped to such).
func Public(a netip.Addr) bool {
	a = a.Unmap()
	if !a.IsGlobalUnicast() || a.IsPrivate() || a.Zone() != "" {
		return false
	}
	for _, p := range reserved() {
		if p.Contains(a) {
			return false
		}
	}
	return true
}

// reserved are networks that look global and are not, or that carry IPv4 addresses
// within which such could hide.
func reserved() []netip.Prefix {
	return []netip.Prefix{
		netip.PrefixFrom(netip.AddrFrom4([4]byte{0}), 8),
		netip.PrefixFrom(netip.AddrFrom4([4]byte{100, 64}), 10),
		netip.PrefixFrom(netip.AddrFrom4([4]byte{192}), 24),
		netip.PrefixFrom(netip.AddrFrom4([4]byte{198, 18}), 15),
		netip.PrefixFrom(netip.AddrFrom4([4]byte{240}), 4),
		netip.PrefixFrom(netip.AddrFrom16([16]byte{0, 0x64, 0xff, 0x9b}), 32),
		netip.PrefixFrom(netip.AddrFrom16([16]byte{0x20, 0x02}), 16),
		netip.PrefixFrom(netip.AddrFrom16([16]byte{0x20, 0x01}), 23),
		netip.PrefixFrom(netip.AddrFrom16([16]byte{}), 96),
	}
}
