package delivery

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/kyodaku/kyodaku/internal/delivery/dnstest"
	"github.com/kyodaku/kyodaku/internal/delivery/mx"
	"github.com/kyodaku/kyodaku/internal/delivery/postfixtest"
	"github.com/kyodaku/kyodaku/internal/delivery/smtp"
	"github.com/kyodaku/kyodaku/internal/delivery/smtptest"
	"github.com/kyodaku/kyodaku/internal/delivery/tlspolicy"
	"github.com/kyodaku/kyodaku/internal/delivery/tlsreport"
	"github.com/kyodaku/kyodaku/internal/store/storetest"
)

// country is a small Internet: names, a policy host, and a router into it.
type country struct {
	*MX
	t       *testing.T
	reports *tlsreport.Book
	// wanted are the domains that publish where to report.
	wanted []string
}

// terrain is what a country is made of.
type terrain struct {
	zones []dnstest.Zone
	// port is where all mail servers listen.
	port uint16
	// validating puts Unbound between us and the zones.
	validating bool
	// policy is the MTA-STS policy of example.jp, if any.
	policy string
	// roots are believed beside the policy host's own authority.
	roots   []*x509.Certificate
	require []tlspolicy.Requirement
}

func (x terrain) build(t *testing.T) *country {
	t.Helper()
	names := dnstest.Start(t, x.zones...)
	addr := names.Addr
	if x.validating {
		addr = names.Resolver(t)
	}
	r, err := mx.New(mx.Config{Servers: []string{addr}, AllowLoopback: true, Port: x.port})
	if err != nil {
		t.Fatal(err)
	}
	authority := smtptest.NewAuthority(t)
	for _, c := range x.roots {
		authority.Pool.AddCert(c)
	}
	web := httptest.NewUnstartedServer(http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) {
		rw.Header().Set("Content-Type", "text/plain")
		_, _ = rw.Write([]byte(x.policy))
	}))
	web.TLS = &tls.Config{Certificates: []tls.Certificate{authority.Issue(t, time.Now().Add(time.Hour), "mta-sts.example.jp")}}
	web.StartTLS()
	t.Cleanup(web.Close)
	db, quiet := storetest.SQLite(t), slog.New(slog.DiscardHandler)
	c := &country{t: t}
	c.reports = tlsreport.New(tlsreport.Config{
		DB: db, Clock: time.Now, Log: quiet, Submitter: "cafe.example",
		Texts: func(_ context.Context, name string) ([]string, error) {
			if slices.Contains(c.wanted, strings.TrimPrefix(name, "_smtp._tls.")) {
				return []string{"v=TLSRPTv1; rua=mailto:tls@example.jp"}, nil
			}
			return nil, nil
		},
	})
	c.MX = NewMX(MXConfig{
		Resolver: r, Profiles: profiles(t), Hello: "out.cafe.example", Reports: c.reports,
		Policies: tlspolicy.New(tlspolicy.Config{
			DB: db, Resolver: r, Require: x.require, Roots: authority.Pool, Clock: time.Now, Log: quiet,
			AllowLoopback: true, HTTPSPort: netip.MustParseAddrPort(web.Listener.Addr().String()).Port(),
		}),
	})
	return c
}

// mail tries to hand one over, server after server, as a worker does.
func (c *country) mail(domain string) (smtp.Result, error) {
	c.t.Helper()
	targets, err := c.Targets(c.t.Context(), domain)
	if err != nil {
		return smtp.Result{}, err
	}
	err = errNoTargets
	for _, target := range targets {
		var s *smtp.Session
		if s, err = smtp.Dial(c.t.Context(), target); err != nil {
			continue
		}
		res, err := s.Deliver(c.t.Context(), smtp.Envelope{From: "b@cafe.example", To: "r@" + domain},
			[]byte("Subject: x\r\n\r\ny\r\n"), &smtptest.Fence{})
		_ = s.Close()
		return res, err
	}
	return smtp.Result{}, err
}

// reported lists what a report about today would say: type, result and count.
func (c *country) reported(domain string) string {
	c.t.Helper()
	now := time.Now()
	c.wanted = append(c.wanted, domain)
	if err := c.reports.Flush(c.t.Context(), now); err != nil {
		c.t.Fatal(err)
	}
	d, err := c.reports.Report(c.t.Context(), now.Unix()/86400, domain)
	if err != nil {
		c.t.Fatal(err)
	}
	var words []string
	for _, p := range d.Policies {
		words = append(words, fmt.Sprint(p.Policy.Type, " good ", p.Summary.Success))
		for _, f := range p.Failures {
			words = append(words, fmt.Sprint(f.Result, " ", f.Sessions))
		}
	}
	return strings.Join(words, ", ")
}

// certificate is what a server shows.
func certificate(t *testing.T, addr string) *x509.Certificate {
	t.Helper()
	var leaf *x509.Certificate
	s, err := smtp.Dial(t.Context(), smtp.Target{
		Addr: addr, Hello: "out.cafe.example", TLS: smtp.TLSEncrypted,
		VerifyPeer: func(state tls.ConnectionState) error { leaf = state.PeerCertificates[0]; return nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	_ = s.Quit(t.Context())
	return leaf
}

func portOf(addr string) uint16 { return netip.MustParseAddrPort(addr).Port() }

func TestScenarioFirstMXDead(t *testing.T) {
	t.Parallel()
	server := smtptest.Start(t, smtptest.Script(smtptest.Greet("PIPELINING"), smtptest.Take()))
	c := terrain{port: portOf(server.Addr()), zones: []dnstest.Zone{{Name: "example.jp", Unsigned: true, Records: []string{
		"example.jp. MX 1 dead.example.jp.", "dead.example.jp. A 127.0.0.77", "example.jp. MX 2 mx.example.jp.", "mx.example.jp. A 127.0.0.1",
	}}}}.build(t)
	if res, err := c.mail("example.jp"); err != nil || !res.Accepted {
		t.Errorf("%+v, %v", res, err)
	}
}

func TestScenarioOpportunisticTLSOfferedThenBrokenReconnectWithout(t *testing.T) {
	t.Parallel()
	broken := smtptest.Script(smtptest.Greet("STARTTLS", "PIPELINING"),
		[]smtptest.Step{smtptest.Expect("STARTTLS"), smtptest.Say("220 ready"), smtptest.ReadSome(10), smtptest.Hangup()})
	server := smtptest.Start(t, broken, smtptest.Script(smtptest.Greet("STARTTLS", "PIPELINING"), smtptest.Take()), broken)
	zones := []dnstest.Zone{{Name: "example.jp", Unsigned: true, Records: []string{"example.jp. MX 1 mx.example.jp.", "mx.example.jp. A 127.0.0.1"}}}
	c := terrain{port: portOf(server.Addr()), zones: zones}.build(t)
	res, err := c.mail("example.jp")
	if err != nil || !res.Accepted || res.TLS.Active || res.TLS.Broken == nil || res.TLS.Policy != "no-policy-found" {
		t.Errorf("%+v, %v", res, err)
	}
	if got := c.reported("example.jp"); got != "no-policy-found good 0, validation-failure 1" {
		t.Errorf("reported is %q", got)
	}
	strict := terrain{port: portOf(server.Addr()), zones: zones, require: []tlspolicy.Requirement{{Domain: "example.jp"}}}.build(t)
	if res, err := strict.mail("example.jp"); err == nil || isPermanent(err) || res.DotSent || server.Connections() != 3 {
		t.Errorf("where encryption is required: %+v, %v after %d connections", res, err, server.Connections())
	}
}

// policy is that of example.jp for the one name in the certificate of Postfix, or another.
func policy(mode, host string) string {
	return "version: STSv1\nmode: " + mode + "\nmx: " + host + "\nmax_age: 86400\n"
}

// stsZones is example.jp with an MTA-STS policy and mail servers on this machine.
func stsZones(hosts ...string) []dnstest.Zone {
	home := dnstest.Zone{Name: "example.jp", Unsigned: true, Records: []string{"mta-sts.example.jp. A 127.0.0.1", `_mta-sts.example.jp. TXT "v=STSv1; id=1;"`}}
	other := dnstest.Zone{Name: "postfixtest.example", Unsigned: true, Records: []string{"mx.postfixtest.example. A 127.0.0.1", "mx2.postfixtest.example. A 127.0.0.1"}}
	for i, h := range hosts {
		home.Records = append(home.Records, fmt.Sprintf("example.jp. MX %d %s.postfixtest.example.", i, h))
	}
	return []dnstest.Zone{home, other}
}

// The server's certificate is good for mx.postfixtest.example, and trusted or not.
func TestScenarioMTASTSEnforceWithAWrongCertificate(t *testing.T) {
	t.Parallel()
	server := postfixtest.Start(t, "example.jp")
	leaf := certificate(t, server.Addr)
	for _, c := range []struct {
		name, mode, named string
		host              []string
		trusted           bool
		arrives           bool
		reported          string
	}{
		{"right", "enforce", "mx.postfixtest.example", []string{"mx"}, true, true, "sts good 1"},
		{"not trusted", "enforce", "mx.postfixtest.example", []string{"mx"}, false, false, "sts good 0, certificate-not-trusted 1"},
		{"another name", "enforce", "mx2.postfixtest.example", []string{"mx2"}, true, false, "sts good 0, certificate-host-mismatch 1"},
		{"not in the policy", "enforce", "mx2.postfixtest.example", []string{"mx"}, true, false, "sts good 0, validation-failure 1"},
		{"the second is right", "enforce", "*.postfixtest.example", []string{"mx2", "mx"}, true, true, "sts good 1, certificate-host-mismatch 1"},
		{"only testing", "testing", "mx2.postfixtest.example", []string{"mx2"}, true, true, "sts good 0, certificate-host-mismatch 1"},
	} {
		x := terrain{port: portOf(server.Addr), zones: stsZones(c.host...), policy: policy(c.mode, c.named)}
		if c.trusted {
			x.roots = []*x509.Certificate{leaf}
		}
		country := x.build(t)
		before := len(server.Mails(t))
		res, err := country.mail("example.jp")
		if res.Accepted != c.arrives || (err == nil) != c.arrives || err != nil && isPermanent(err) {
			t.Errorf("%s: %+v, %v", c.name, res, err)
		}
		if c.arrives {
			server.Wait(t, before+1)
		}
		if n := len(server.Mails(t)); !c.arrives && n != before {
			t.Errorf("%s: it arrived", c.name)
		}
		if got := country.reported("example.jp"); got != c.reported {
			t.Errorf("%s: reported is %q", c.name, got)
		}
	}
}

func TestScenarioDANEMatchAndMismatch(t *testing.T) {
	t.Parallel()
	server := postfixtest.Start(t, "match.example", "mismatch.example", "bogus.example")
	port := portOf(server.Addr)
	leaf := certificate(t, server.Addr)
	wrong := smtptest.NewAuthority(t).Cert
	zone := func(name string, cert *x509.Certificate, bogus ...string) dnstest.Zone {
		return dnstest.Zone{Name: name, Bogus: bogus, Records: []string{
			name + ". MX 1 mx." + name + ".", "mx." + name + ". A 127.0.0.1", dnstest.TLSA(t, "mx."+name, fmt.Sprint(port), [3]uint8{3, 1, 1}, cert),
		}}
	}
	c := terrain{port: port, validating: true, zones: []dnstest.Zone{
		zone("match.example", leaf), zone("mismatch.example", wrong), zone("bogus.example", leaf, fmt.Sprintf("_%d._tcp.mx.bogus.example", port)),
	}}.build(t)
	for domain, reported := range map[string]string{
		"match.example": "tlsa good 1", "mismatch.example": "tlsa good 0, validation-failure 1", "bogus.example": "tlsa good 0, dnssec-invalid 1",
	} {
		res, err := c.mail(domain)
		if good := domain == "match.example"; res.Accepted != good || good != (err == nil) || good && (!res.TLS.Verified || res.TLS.Policy != "tlsa") || err != nil && isPermanent(err) {
			t.Errorf("%s: %+v, %v", domain, res, err)
		}
		if got := c.reported(domain); got != reported {
			t.Errorf("%s: reported is %q", domain, got)
		}
	}
	if mails := server.Wait(t, 1); len(mails) != 1 {
		t.Errorf("%d mails came", len(mails))
	}
	if targets, err := c.OpenTargets(t.Context(), "mismatch.example"); err != nil || targets[0].TLS != smtp.TLSOpportunistic || targets[0].VerifyPeer != nil {
		t.Errorf("a report about it goes to %+v, %v", targets, err)
	}
}

// Sessions are resumed, and a resumed one is judged like the first.
func TestASecondSessionResumesTheFirst(t *testing.T) {
	t.Parallel()
	server := postfixtest.Start(t, "example.jp")
	zones := []dnstest.Zone{{Name: "example.jp", Records: []string{
		"example.jp. MX 1 mx.example.jp.", "mx.example.jp. A 127.0.0.1",
		dnstest.TLSA(t, "mx.example.jp", fmt.Sprint(portOf(server.Addr)), [3]uint8{3, 1, 1}, certificate(t, server.Addr)),
	}}}
	c := terrain{port: portOf(server.Addr), validating: true, zones: zones}.build(t)
	var resumed []bool
	for range 2 {
		targets, err := c.Targets(t.Context(), "example.jp")
		if err != nil {
			t.Fatal(err)
		}
		verify := targets[0].VerifyPeer
		targets[0].VerifyPeer = func(state tls.ConnectionState) error {
			resumed = append(resumed, state.DidResume)
			return verify(state)
		}
		s, err := smtp.Dial(t.Context(), targets[0])
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Deliver(t.Context(), smtp.Envelope{From: "b@cafe.example", To: "r@example.jp"}, []byte("Subject: x\r\n\r\ny\r\n"), &smtptest.Fence{}); err != nil {
			t.Error(err)
		}
		_ = s.Quit(t.Context())
	}
	if !slices.Equal(resumed, []bool{false, true}) {
		t.Errorf("resumed: %v", resumed)
	}
}

func TestSitesGatherDomains(t *testing.T) {
	t.Parallel()
	google := dnstest.Zone{Name: "google.com", Unsigned: true, Records: []string{"aspmx.l.google.com. A 192.0.2.1", "alt1.aspmx.l.google.com. A 192.0.2.2"}}
	hosting := dnstest.Zone{Name: "hosting.example", Unsigned: true, Records: []string{"mx.hosting.example. A 192.0.2.3"}}
	zones := []dnstest.Zone{google, hosting}
	for name, hosts := range map[string][]string{
		"vanity.example": {"aspmx.l.google.com", "alt1.aspmx.l.google.com"}, "mixed.example": {"aspmx.l.google.com", "mx.hosting.example"},
		"a.example": {"mx.hosting.example"}, "b.example": {"mx.hosting.example"}, "self.example": {"mx.self.example"},
	} {
		z := dnstest.Zone{Name: name, Unsigned: true, Records: []string{"mx." + name + ". A 192.0.2.9"}}
		for _, h := range hosts {
			z.Records = append(z.Records, name+". MX 1 "+h+".")
		}
		zones = append(zones, z)
	}
	c := terrain{port: 25, zones: zones}.build(t)
	if lane := c.Lane("vanity.example"); lane != "vanity.example" {
		t.Errorf("before it is looked up it stands in %q", lane)
	}
	for domain, want := range map[string]string{
		"vanity.example": "gmail", "mixed.example": "mx:aspmx.l.google.com,mx.hosting.example", "a.example": "mx:mx.hosting.example",
		"b.example": "mx:mx.hosting.example", "self.example": "self.example", "gmail.com": "gmail", "docomo.ne.jp": "docomo", "": "none",
	} {
		site, err := c.Site(t.Context(), domain)
		if err != nil || site != want || c.Lane(domain) != want {
			t.Errorf("%q belongs to %q and stands in %q, %v", domain, site, c.Lane(domain), err)
		}
	}
	if _, err := c.Site(t.Context(), "unknown.elsewhere"); err == nil || isPermanent(err) {
		t.Errorf("silence is %v", err)
	}
	if p := c.Profile("!gmail"); p == nil || p.ID != "gmail" {
		t.Errorf("profile is %+v", p)
	}
	vanity, err := c.Targets(t.Context(), "vanity.example")
	if err != nil || len(vanity) != 2 || vanity[0].TLS != smtp.TLSEncrypted {
		t.Errorf("a provider that encrypts everywhere: %+v, %v", vanity, err)
	}
	for _, domain := range []string{"a.example", "b.example", "self.example"} {
		if _, err := c.Targets(t.Context(), domain); err != nil {
			t.Fatal(err)
		}
	}
	if !c.SameServers("a.example", "b.example") || c.SameServers("a.example", "self.example") || c.SameServers("a.example", "vanity.example") || c.SameServers("x.example", "y.example") {
		t.Error("domains are mixed up")
	}
}

// A connection for a domain without policy must not carry mail that needs one.
func TestADemandingDomainGetsItsOwnConnection(t *testing.T) {
	t.Parallel()
	c := terrain{
		port: 25, policy: policy("enforce", "mx.postfixtest.example"),
		zones: append(stsZones("mx"), dnstest.Zone{Name: "lax.example", Unsigned: true, Records: []string{"lax.example. MX 1 mx.postfixtest.example."}}),
	}.build(t)
	for _, domain := range []string{"example.jp", "lax.example"} {
		if _, err := c.Targets(t.Context(), domain); err != nil {
			t.Fatal(err)
		}
	}
	if c.SameServers("example.jp", "lax.example") || c.SameServers("lax.example", "example.jp") {
		t.Error("they share a connection")
	}
}

func TestADeadFamilyOfAddressesIsLearned(t *testing.T) {
	t.Parallel()
	now := time.Unix(1_800_000_000, 0)
	m := NewMX(MXConfig{Profiles: profiles(t), Clock: func() time.Time { return now }})
	unreachable := smtp.Dialled{Err: &smtp.Error{Stage: smtp.StageConnect, Kind: smtp.KindTimeout, Err: context.DeadlineExceeded}}
	six := netip.MustParseAddr("2001:db8::1")
	for range 3 {
		m.reached(six, smtp.Dialled{Err: &smtp.Error{Stage: smtp.StageConnect, Kind: smtp.KindCanceled}})
		m.reached(six, unreachable)
		six = six.Next()
	}
	if !m.families.Dead(six, now) || m.families.Dead(netip.MustParseAddr("192.0.2.1"), now) {
		t.Error("the dead family is not known")
	}
	m.reached(six, smtp.Dialled{Err: &net.OpError{Err: errors.New("other")}, Local: netip.MustParseAddr("2001:db8::2")})
	if m.families.Dead(six, now) {
		t.Error("a connection proves life")
	}
}

// A report reaches a domain whose policy it complains of, and a person's mail does not.
func TestATLSReportGoesOutInSpiteOfThePolicy(t *testing.T) {
	t.Parallel()
	server := postfixtest.Start(t, "example.jp")
	c := terrain{port: portOf(server.Addr), zones: stsZones("mx2"), policy: policy("enforce", "mx.postfixtest.example")}.build(t)
	_, err := c.mail("example.jp")
	if err == nil || isPermanent(err) {
		t.Fatalf("a person's mail: %v", err)
	}
	post := ReportPost{Router: c.MX, Sign: func(_ context.Context, domain string, message []byte) ([]byte, error) {
		return append([]byte("X-Signed-For: "+domain+"\r\n"), message...), nil
	}}
	err = post.Send(t.Context(), tlsreport.Mail{From: "tls@cafe.example", To: "tls@example.jp", Domain: "example.jp", Data: []byte("Subject: report\r\n\r\nx\r\n")})
	if err != nil {
		t.Fatal(err)
	}
	if mails := server.Wait(t, 1); len(mails) != 1 || !slices.Equal(postfixtest.Header(mails[0], "X-Signed-For"), []string{"cafe.example"}) {
		t.Errorf("mails are %q", mails)
	}
}

// A process that starts anew knows lanes, policies and counts of the one before.
func TestARouterTakesUpWhatTheLastOneKnew(t *testing.T) {
	t.Parallel()
	c := terrain{port: 25, zones: stsZones("mx"), policy: policy("enforce", "mx.postfixtest.example")}.build(t)
	db := storetest.SQLite(t)
	c.Sites = mx.NewSites(db, ProviderOf(c.Profiles))
	c.reports.Count(tlsreport.Session{Domain: "example.jp", PolicyType: "sts"})
	c.wanted = []string{"example.jp"}
	site, err := c.Site(t.Context(), "example.jp")
	if err != nil || site != "mx:mx.postfixtest.example" {
		t.Fatal(site, err)
	}
	now := time.Now()
	if err := c.Tend(t.Context(), now); err != nil {
		t.Fatal(err)
	}
	next := NewMX(MXConfig{Profiles: c.Profiles, Policies: c.Policies, Sites: mx.NewSites(db, ProviderOf(c.Profiles))})
	if err := next.Load(t.Context(), now); err != nil || next.Lane("example.jp") != site {
		t.Errorf("stands in %q, %v", next.Lane("example.jp"), err)
	}
	if got := c.reported("example.jp"); got != "sts good 1" {
		t.Errorf("reported is %q", got)
	}
	plain := NewMX(MXConfig{Resolver: c.Resolver, Profiles: c.Profiles, Hello: "out.cafe.example"})
	if err := errors.Join(plain.Load(t.Context(), now), plain.Tend(t.Context(), now)); err != nil {
		t.Errorf("without a memory: %v", err)
	}
}
