package provision

import (
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"syscall"
	"time"

	"github.com/kyodaku/kyodaku/internal/addr"
	"github.com/kyodaku/kyodaku/internal/fault"
)

// How long a recipient's server may take: to answer at first, and over a whole data set.
const (
	dialTimeout    = 30 * time.Second
	provideTimeout = time.Hour
)

// dialer reaches recipients, but no address that only this machine or its network can
// reach, unless an operator said that the recipient's server stands inside.
func dialer(inside bool) *net.Dialer {
	d := &net.Dialer{Timeout: dialTimeout}
	if !inside {
		d.Control = outsideOnly
	}
	return d
}

func outsideOnly(_, address string, _ syscall.RawConn) error {
	at, err := netip.ParseAddrPort(address)
	if err != nil {
		return err
	}
	if !addr.Public(at.Addr()) {
		return fault.New(fault.Refused, "provision.target.inside")
	}
	return nil
}

// origin is what of a URL may be shown and logged: whatever follows may be a secret.
func origin(text string) string {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" {
		return ""
	}
	return u.Scheme + "://" + u.Host
}

// plain is an error of a client without what it says of the URL.
func plain(err error) error {
	if u, ok := errors.AsType[*url.Error](err); ok {
		return &url.Error{Op: u.Op, URL: origin(u.URL), Err: u.Err}
	}
	return err
}

// client speaks HTTPS to recipients and does not follow where somebody else points to.
func client(inside bool, c *tls.Config) *http.Client {
	return &http.Client{
		Timeout: provideTimeout,
		Transport: &http.Transport{
			DialContext: dialer(inside).DialContext, TLSClientConfig: c, TLSHandshakeTimeout: dialTimeout, DisableKeepAlives: true,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}
