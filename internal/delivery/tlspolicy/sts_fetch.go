package tlspolicy

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"time"
)

const (
	// fetchTime bounds a fetch: mail waits for it.
	fetchTime = 15 * time.Second
	// fetchSize bounds a policy (RFC 8461 3.3 advises 64 KiB).
	fetchSize = 64 << 10
	// fetchPort is that of HTTPS.
	fetchPort = 443
)

var (
	errNotPublic = errors.New("the policy host has no public address")
	errAnswer    = errors.New("the policy host does not answer with a policy")
)

// fetcher gets policies over HTTPS.
type fetcher struct {
	addresses func(ctx context.Context, host string) ([]netip.Addr, error)
	// loopback and port are other than in life only for tests.
	loopback bool
	port     uint16
	client   *http.Client
}

func newFetcher(c Config) *fetcher {
	f := &fetcher{addresses: c.Resolver.Addresses, loopback: c.AllowLoopback, port: c.HTTPSPort}
	if f.port == 0 {
		f.port = fetchPort
	}
	f.client = &http.Client{
		Timeout: fetchTime,
		Transport: &http.Transport{
			DialContext: f.dial, DisableKeepAlives: true, TLSHandshakeTimeout: fetchTime,
			MaxResponseHeaderBytes: fetchSize,
			TLSClientConfig:        &tls.Config{RootCAs: c.Roots, MinVersion: tls.VersionTLS12, Time: c.Clock},
		},
		// A redirect is not followed (RFC 8461 3.3).
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return f
}

// fetch returns a domain's policy and its text.
func (f *fetcher) fetch(ctx context.Context, domain string) (Policy, string, error) {
	ask, err := http.NewRequestWithContext(ctx, http.MethodGet, "https://mta-sts."+domain+"/.well-known/mta-sts.txt", nil)
	if err != nil {
		return Policy{}, "", err
	}
	reply, err := f.client.Do(ask)
	if err != nil {
		return Policy{}, "", err
	}
	defer func() { _ = reply.Body.Close() }() // what it could still say changes nothing
	kind, _, err := mime.ParseMediaType(reply.Header.Get("Content-Type"))
	if reply.StatusCode != http.StatusOK || err != nil || kind != "text/plain" {
		return Policy{}, "", fmt.Errorf("%w: status %d", errAnswer, reply.StatusCode)
	}
	body, err := io.ReadAll(io.LimitReader(reply.Body, fetchSize+1))
	if err != nil {
		return Policy{}, "", err
	}
	if len(body) > fetchSize {
		return Policy{}, "", errPolicy
	}
	p, err := ParsePolicy(string(body))
	return p, string(body), err
}

// mostAddresses is how many addresses of a policy host are tried.
const mostAddresses = 3

// dial connects to a policy host, and only to an address that can be somebody
// else's: whoever owns a domain chooses where we are sent.
func (f *fetcher) dial(ctx context.Context, network, address string) (net.Conn, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	all, err := f.addresses(ctx, host)
	if err != nil {
		return nil, err
	}
	err = errNotPublic
	dialer := net.Dialer{Timeout: fetchTime / mostAddresses}
	tried := 0
	for _, a := range all {
		if !f.loopback && !Public(a) || tried == mostAddresses {
			continue
		}
		tried++
		var conn net.Conn
		if conn, err = dialer.DialContext(ctx, network, net.JoinHostPort(a.String(), strconv.Itoa(int(f.port)))); err == nil {
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

// fetchResult names what kept a policy from being fetched (RFC 8460 4.3.2).
func fetchResult(err error) string {
	_, certificate := errors.AsType[*tls.CertificateVerificationError](err)
	_, authority := errors.AsType[x509.UnknownAuthorityError](err)
	switch {
	case errors.Is(err, errPolicy):
		return ResultPolicyInvalid
	case certificate || authority:
		return ResultWebPKIInvalid
	}
	return ResultFetchError
}
