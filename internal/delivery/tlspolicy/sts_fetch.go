package tlspolicy

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"time"
)

const (
	// fetchTime bounds a fetch: mail waits for it.
	fetchTime = 15 * time.Second
	// fetchSize bounds a policy (RFC 8461 3.3 advises 64 KiB).
	fetchSize = 64 << 10
)

var errAnswer = errors.New("the policy host does not answer with a policy")

// fetcher gets policies over HTTPS.
type fetcher struct {
	client *http.Client
}

func newFetcher(c Config) *fetcher {
	dialer := Dialer{Addresses: c.Resolver.Addresses, Port: c.HTTPSPort, AllowLoopback: c.AllowLoopback}
	return &fetcher{client: &http.Client{
		Timeout: fetchTime,
		Transport: &http.Transport{
			DialContext: dialer.DialContext, DisableKeepAlives: true, TLSHandshakeTimeout: fetchTime,
			MaxResponseHeaderBytes: fetchSize,
			TLSClientConfig:        &tls.Config{RootCAs: c.Roots, MinVersion: tls.VersionTLS12, Time: c.Clock},
		},
		// A redirect is not followed (RFC 8461 3.3).
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
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
