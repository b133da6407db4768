package tlspolicy_test

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/kyodaku/kyodaku/internal/delivery/dnstest"
	"github.com/kyodaku/kyodaku/internal/delivery/mx"
	"github.com/kyodaku/kyodaku/internal/delivery/smtp"
	"github.com/kyodaku/kyodaku/internal/delivery/smtptest"
	"github.com/kyodaku/kyodaku/internal/delivery/tlspolicy"
	"github.com/kyodaku/kyodaku/internal/store/storetest"
)

// signed is a signed domain with hosts whose TLSA records differ.
type signed struct {
	*tlspolicy.Book
	resolver  *mx.Resolver
	authority *smtptest.Authority
	leaf, bad tls.Certificate
}

func newSigned(t *testing.T) *signed {
	t.Helper()
	s := &signed{authority: smtptest.NewAuthority(t)}
	end := time.Now().Add(24 * time.Hour)
	s.leaf, s.bad = s.authority.Issue(t, end, "mx.dane.example"), smtptest.NewAuthority(t).Issue(t, end, "mx.dane.example")
	tlsa := func(host string, params [3]uint8, cert *x509.Certificate) string {
		return dnstest.TLSA(t, host, "25", params, cert)
	}
	hosts := map[string][]string{
		"ee":       {tlsa("ee.dane.example", [3]uint8{3, 1, 1}, s.leaf.Leaf)},
		"full":     {tlsa("full.dane.example", [3]uint8{3, 0, 0}, s.leaf.Leaf)},
		"mismatch": {tlsa("mismatch.dane.example", [3]uint8{3, 1, 1}, s.bad.Leaf)},
		"ta":       {tlsa("ta.dane.example", [3]uint8{2, 1, 1}, s.authority.Cert)},
		"tafull":   {tlsa("tafull.dane.example", [3]uint8{2, 0, 0}, s.authority.Cert)},
		"unusable": {tlsa("unusable.dane.example", [3]uint8{1, 1, 1}, s.leaf.Leaf), "_25._tcp.unusable.dane.example. TLSA 3 1 1 abcd"},
		"agile":    {tlsa("agile.dane.example", [3]uint8{3, 1, 1}, s.leaf.Leaf), tlsa("agile.dane.example", [3]uint8{3, 1, 2}, s.bad.Leaf)},
		"bogus":    {tlsa("bogus.dane.example", [3]uint8{3, 1, 1}, s.leaf.Leaf)},
		"none":     {},
	}
	zone := dnstest.Zone{Name: "dane.example", Bogus: []string{"_25._tcp.bogus.dane.example."}, Records: []string{
		"dane.example. MX 1 alias.dane.example.", "alias.dane.example. CNAME ee.dane.example.",
		"out.dane.example. CNAME mx.plain.example.", tlsa("out.dane.example", [3]uint8{3, 1, 1}, s.leaf.Leaf), "out-mail.dane.example. MX 1 out.dane.example.",
	}}
	for name, records := range hosts {
		zone.Records = append(zone.Records, name+".dane.example. A 192.0.2.1", name+"-mail.dane.example. MX 1 "+name+".dane.example.")
		zone.Records = append(zone.Records, records...)
	}
	plain := dnstest.Zone{Name: "plain.example", Unsigned: true, Records: []string{
		"plain.example. MX 1 ee.dane.example.", "mx.plain.example. A 192.0.2.2", tlsa("mx.plain.example", [3]uint8{3, 1, 1}, s.bad.Leaf),
	}}
	var err error
	if s.resolver, err = mx.New(mx.Config{Servers: []string{dnstest.Start(t, zone, plain).Resolver(t)}}); err != nil {
		t.Fatal(err)
	}
	s.Book = tlspolicy.New(tlspolicy.Config{DB: storetest.SQLite(t), Resolver: s.resolver, Clock: time.Now, Log: slog.New(slog.DiscardHandler)})
	return s
}

func (s *signed) demand(t *testing.T, domain string) tlspolicy.Demand {
	t.Helper()
	a, err := s.resolver.Lookup(t.Context(), domain)
	if err != nil {
		t.Fatal(err)
	}
	return s.Demands(t.Context(), a)[0]
}

func shown(leaf tls.Certificate) tls.ConnectionState {
	var chain []*x509.Certificate
	for _, der := range leaf.Certificate {
		c, err := x509.ParseCertificate(der)
		if err != nil {
			panic(err)
		}
		chain = append(chain, c)
	}
	return tls.ConnectionState{PeerCertificates: chain}
}

// Records of each kind, looked up through a resolver that really validates.
func TestDANEHoldsTheRightCertificate(t *testing.T) {
	t.Parallel()
	s := newSigned(t)
	for _, c := range []struct {
		domain, name string
		good         bool
	}{
		{"ee-mail.dane.example", "ee.dane.example", true},
		{"dane.example", "ee.dane.example", true}, // through an alias
		{"out-mail.dane.example", "out.dane.example", true},
		{"full-mail.dane.example", "full.dane.example", true},
		{"mismatch-mail.dane.example", "mismatch.dane.example", false},
		{"agile-mail.dane.example", "agile.dane.example", false}, // SHA-512 counts alone
	} {
		d := s.demand(t, c.domain)
		if d.Kind != tlspolicy.DANE || d.TLS != smtp.TLSEncrypted || d.ServerName != c.name || d.Verify == nil || d.Skip != nil {
			t.Errorf("%s: %+v", c.domain, d)
			continue
		}
		if err := d.Verify(shown(s.leaf)); (err == nil) != c.good {
			t.Errorf("%s: %v", c.domain, err)
		}
		if err := d.Verify(shown(s.bad)); (err == nil) == c.good {
			t.Errorf("%s: another's certificate: %v", c.domain, err)
		}
	}
}

func TestDANEByTrustAnchorWantsTheNameToo(t *testing.T) {
	t.Parallel()
	s := newSigned(t)
	end := time.Now().Add(time.Hour)
	for _, host := range []string{"ta", "tafull"} {
		d := s.demand(t, host+"-mail.dane.example")
		short := func(c tls.Certificate) tls.Certificate {
			if host == "tafull" { // the record holds the anchor: the server need not send it
				c.Certificate = c.Certificate[:1]
			}
			return c
		}
		for name, c := range map[string]struct {
			leaf tls.Certificate
			good bool
		}{
			"the host's":   {s.authority.Issue(t, end, host+".dane.example"), true},
			"the domain's": {s.authority.Issue(t, end, host+"-mail.dane.example"), true},
			"another's":    {s.authority.Issue(t, end, "www.dane.example"), false},
			"an old one":   {s.authority.Issue(t, time.Now().Add(-time.Hour), host+".dane.example"), false},
			"a stranger's": {s.bad, false},
		} {
			if err := d.Verify(shown(short(c.leaf))); (err == nil) != c.good {
				t.Errorf("%s: %s: %v", host, name, err)
			}
		}
		if d.Verify(tls.ConnectionState{}) == nil {
			t.Error("no certificate is good enough")
		}
	}
}

func TestDANENeedsSignedAnswers(t *testing.T) {
	t.Parallel()
	s := newSigned(t)
	if d := s.demand(t, "unusable-mail.dane.example"); d.Kind != tlspolicy.DANE || d.TLS != smtp.TLSEncrypted || d.Verify != nil || d.Skip != nil || len(d.Policy) != 2 {
		t.Errorf("unusable records: %+v", d)
	}
	if d := s.demand(t, "bogus-mail.dane.example"); !errors.Is(d.Skip, tlspolicy.ErrTLSA) || tlspolicy.Result(d.Skip) != tlspolicy.ResultDNSSEC {
		t.Errorf("bogus records: %+v", d)
	}
	for _, domain := range []string{"none-mail.dane.example", "plain.example"} {
		if d := s.demand(t, domain); d.Kind != tlspolicy.Opportunistic || d.Skip != nil {
			t.Errorf("%s: %+v", domain, d)
		}
	}
	a, err := s.resolver.Lookup(t.Context(), "ee-mail.dane.example")
	if err != nil {
		t.Fatal(err)
	}
	a.Authentic = false
	if d := s.Demands(t.Context(), a)[0]; d.Kind != tlspolicy.Opportunistic {
		t.Errorf("an MX that anybody can forge: %+v", d)
	}
}

// DANE goes before MTA-STS, also where the policy does not name the host.
func TestDANEGoesBeforeMTASTS(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.SQLite(t), "mta-sts.example.jp")
	leaf := w.authority.Issue(t, time.Now().Add(time.Hour), "mx.other.example")
	names := dnstest.Start(t,
		dnstest.Zone{Name: "example.jp", Records: []string{
			"example.jp. MX 1 mx.other.example.", "example.jp. MX 2 mx2.other.example.", "example.jp. MX 3 mx.example.jp.", "mx.example.jp. A 192.0.2.3",
			"mta-sts.example.jp. A 127.0.0.1", `_mta-sts.example.jp. TXT "v=STSv1; id=1;"`,
		}},
		dnstest.Zone{Name: "other.example", Records: []string{
			"mx.other.example. A 192.0.2.1", "mx2.other.example. A 192.0.2.2", dnstest.TLSA(t, "mx.other.example", "25", [3]uint8{3, 1, 1}, leaf.Leaf),
		}})
	r, err := mx.New(mx.Config{Servers: []string{names.Resolver(t)}, AllowLoopback: true})
	if err != nil {
		t.Fatal(err)
	}
	a, err := r.Lookup(t.Context(), "example.jp")
	if err != nil || len(a.Hosts) != 3 {
		t.Fatalf("%+v, %v", a, err)
	}
	for i := range a.Hosts { // the policy host needs loopback, the servers want port 25
		a.Hosts[i].Addrs[0] = netip.AddrPortFrom(a.Hosts[i].Addrs[0].Addr(), 25)
	}
	b := w.book(func(c *tlspolicy.Config) { c.Resolver = r })
	var got []string
	for _, d := range b.Demands(t.Context(), a) {
		got = append(got, fmt.Sprint(d.Kind, " ", d.TLS, " ", d.Skip != nil))
	}
	if want := "tlsa encrypted false, sts opportunistic true, sts verified false"; strings.Join(got, ", ") != want {
		t.Errorf("demands are %q", got)
	}
}

func TestADANERecordThatIsNoCertificateHarmsNobody(t *testing.T) {
	t.Parallel()
	names := dnstest.Start(t, dnstest.Zone{Name: "dane.example", Records: []string{
		"dane.example. A 192.0.2.1", "_25._tcp.dane.example. TLSA 2 0 0 " + hex.EncodeToString([]byte("no certificate")),
	}})
	r, err := mx.New(mx.Config{Servers: []string{names.Resolver(t)}})
	if err != nil {
		t.Fatal(err)
	}
	b := tlspolicy.New(tlspolicy.Config{DB: storetest.SQLite(t), Resolver: r, Clock: time.Now, Log: slog.New(slog.DiscardHandler)})
	a, err := r.Lookup(t.Context(), "dane.example")
	if err != nil || !a.Implicit {
		t.Fatal(a, err)
	}
	leaf, _ := smtptest.Certificate(t, "dane.example")
	if d := b.Demands(t.Context(), a)[0]; d.Kind != tlspolicy.DANE || d.Verify(shown(leaf)) == nil {
		t.Errorf("%+v", d)
	}
}
