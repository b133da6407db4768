package tlspolicy

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/miekg/dns"

	"github.com/kyodaku/kyodaku/internal/delivery/mx"
)

// ErrTLSA says that a host's TLSA records cannot be had although its zone is
// signed: whoever hides them must not gain by it (RFC 7672 2.1.2).
var ErrTLSA = errors.New("the host's TLSA records cannot be had")

// errMismatch is a certificate that no TLSA record stands for.
var errMismatch = errors.New("no TLSA record matches the certificate")

// Certificate usages and their kin (RFC 6698 2.1, RFC 7671).
const (
	usageTA, usageEE        = 2, 3
	selectorLast            = 1
	matchFull, match256     = 0, 1
	match512                = 2
	digest256Hex, hexFor512 = 64, 128
)

// anchor is what DANE says of one host.
type anchor struct {
	// base is the name that the records stand at, and SNI (RFC 7672 2.2.2).
	base string
	// usable are the records that a certificate can be held against; with none of
	// them, encryption is needed and no certificate is checked.
	usable []*dns.TLSA
	// lines are all records, for reports.
	lines []string
}

// tlsa finds the TLSA records of a host: nil where DANE says nothing of it.
func (b *Book) tlsa(ctx context.Context, host mx.Host) (*anchor, error) {
	names, err := b.bases(ctx, host)
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		got, err := b.resolver.Ask(ctx, fmt.Sprintf("_%d._tcp.%s", host.Addrs[0].Port(), name), dns.TypeTLSA)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrTLSA, err)
		}
		a := &anchor{base: name}
		for _, rr := range got.RRs {
			if r, ok := rr.(*dns.TLSA); ok && got.Authentic {
				a.add(r)
			}
		}
		if len(a.lines) > 0 {
			a.usable = strongest(a.usable)
			return a, nil
		}
	}
	return nil, nil //nolint:nilnil // no DANE is an answer
}

// bases lists the names at which TLSA records of a host may stand: the end of its
// alias first, if the whole way there is signed, and the host itself.
func (b *Book) bases(ctx context.Context, host mx.Host) ([]string, error) {
	switch aliased := host.Canonical != host.Name; {
	case host.Authentic && aliased:
		return []string{host.Canonical, host.Name}, nil
	case host.Authentic:
		return []string{host.Name}, nil
	case aliased:
		// The addresses are not signed, but the alias itself may be.
		alias, err := b.resolver.Ask(ctx, host.Name, dns.TypeCNAME)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrTLSA, err)
		}
		if alias.Authentic {
			return []string{host.Name}, nil
		}
	}
	return nil, nil
}

func (a *anchor) add(r *dns.TLSA) {
	a.lines = append(a.lines, fmt.Sprintf("%d %d %d %s", r.Usage, r.Selector, r.MatchingType, r.Certificate))
	if usable(r) {
		a.usable = append(a.usable, r)
	}
}

// usable says whether a record can be checked by an SMTP client (RFC 7672 3.1).
func usable(r *dns.TLSA) bool {
	if r.Usage != usageTA && r.Usage != usageEE || r.Selector > selectorLast {
		return false
	}
	switch r.MatchingType {
	case matchFull:
		return r.Certificate != ""
	case match256:
		return len(r.Certificate) == digest256Hex
	case match512:
		return len(r.Certificate) == hexFor512
	}
	return false
}

// strongest leaves out SHA-256 where SHA-512 of the same kind is published
// (RFC 7671 9).
func strongest(records []*dns.TLSA) []*dns.TLSA {
	type kind struct{ usage, selector uint8 }
	strong := map[kind]bool{}
	for _, r := range records {
		strong[kind{r.Usage, r.Selector}] = strong[kind{r.Usage, r.Selector}] || r.MatchingType == match512
	}
	var kept []*dns.TLSA
	for _, r := range records {
		if r.MatchingType != match256 || !strong[kind{r.Usage, r.Selector}] {
			kept = append(kept, r)
		}
	}
	return kept
}

// verifier holds a handshake against the records. Names are those that a
// certificate under a trust anchor may be for.
func (a *anchor) verifier(names []string, clock func() time.Time) func(tls.ConnectionState) error {
	return func(state tls.ConnectionState) error {
		chain := state.PeerCertificates
		if len(chain) == 0 {
			return errMismatch
		}
		for _, r := range a.usable {
			// The end entity is bound by its key alone: neither its names nor its
			// dates matter (RFC 7671 5.1).
			if r.Usage == usageEE && r.Verify(chain[0]) == nil {
				return nil
			}
			if r.Usage == usageTA && anchored(r, chain, names, clock()) {
				return nil
			}
		}
		return errMismatch
	}
}

// anchored says whether a chain leads to the trust anchor of a record and its leaf
// is for one of the names.
func anchored(r *dns.TLSA, chain []*x509.Certificate, names []string, now time.Time) bool {
	roots, others := x509.NewCertPool(), x509.NewCertPool()
	found := false
	for _, c := range chain[1:] {
		if r.Verify(c) == nil {
			roots.AddCert(c)
			found = true
		} else {
			others.AddCert(c)
		}
	}
	if c := published(r); c != nil {
		roots.AddCert(c)
		found = true
	}
	if !found {
		return false
	}
	for _, name := range names {
		_, err := chain[0].Verify(x509.VerifyOptions{
			Roots: roots, Intermediates: others, DNSName: name, CurrentTime: now,
			KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny},
		})
		if err == nil {
			return true
		}
	}
	return false
}

// published is the whole certificate that a record of kind 2 0 0 holds, which the
// server need not send.
func published(r *dns.TLSA) *x509.Certificate {
	if r.Selector != 0 || r.MatchingType != matchFull {
		return nil
	}
	der, err := hex.DecodeString(r.Certificate)
	if err != nil {
		return nil
	}
	c, err := x509.ParseCertificate(der)
	if err != nil {
		return nil
	}
	return c
}
