package tlspolicy

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"strconv"
	"time"

	"github.com/kyodaku/kyodaku/internal/addr"
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
		if !d.AllowLoopback && !addr.Public(a) || tried == mostAddresses {
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
