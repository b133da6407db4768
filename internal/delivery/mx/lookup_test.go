package mx_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/foxcpp/go-mockdns"
	"github.com/miekg/dns"

	"github.com/kyodaku/kyodaku/internal/delivery/mx"
)

// zones is a small Internet.
func zones() map[string]mockdns.Zone {
	return map[string]mockdns.Zone{
		"example.jp.": {AD: true, MX: []net.MX{
			{Host: "MX2.example.jp.", Pref: 20},
			{Host: "mx1.example.jp.", Pref: 10},
			{Host: "mx1b.example.jp.", Pref: 10},
		}},
		"mx1.example.jp.":       {A: []string{"192.0.2.1", "192.0.2.2"}, AAAA: []string{"2001:db8::1"}},
		"mx1b.example.jp.":      {A: []string{"192.0.2.3"}},
		"mx2.example.jp.":       {A: []string{"192.0.2.4"}},
		"implicit.example.":     {A: []string{"192.0.2.9"}},
		"null.example.":         {MX: []net.MX{{Host: ".", Pref: 0}}},
		"textonly.example.":     {TXT: []string{"nothing here"}},
		"dangling.example.":     {MX: []net.MX{{Host: "gone.example.", Pref: 1}}},
		"halfdangling.example.": {MX: []net.MX{{Host: "gone.example.", Pref: 1}, {Host: "mx2.example.jp.", Pref: 2}}},
		"mixednull.example.":    {MX: []net.MX{{Host: ".", Pref: 0}, {Host: "mx2.example.jp.", Pref: 2}}},
		"ourselves.example.":    {MX: []net.MX{{Host: "me.example.", Pref: 1}}},
		"me.example.":           {A: []string{"127.0.0.1", "0.0.0.0", "169.254.1.1"}},
		"broken.example.":       {Err: errors.New("broken")},
		"brokenhost.example.":   {MX: []net.MX{{Host: "broken.example.", Pref: 1}}},
		"alias.example.":        {CNAME: "example.jp."},
		"relay.example.":        {A: []string{"192.0.2.77"}},
	}
}

// front counts the questions on their way to the mock server and can be silent.
type front struct {
	server *mockdns.Server
	asked  atomic.Int32
	silent atomic.Bool
	hold   chan struct{} // if set, every answer waits for it
	came   chan struct{} // if set, gets a signal with every question
}

func (f *front) ServeDNS(w dns.ResponseWriter, m *dns.Msg) {
	f.asked.Add(1)
	if f.hold != nil {
		f.came <- struct{}{}
		<-f.hold
	}
	if f.silent.Load() {
		return
	}
	f.server.ServeDNS(w, m)
}

type quiet struct{}

func (quiet) Printf(string, ...any) {}

func start(t *testing.T) (*front, string) {
	t.Helper()
	return startFront(t, &front{})
}

func startFront(t *testing.T, f *front) (*front, string) {
	t.Helper()
	server, err := mockdns.NewServerWithLogger(zones(), quiet{}, false)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() })
	f.server = server
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ready := make(chan struct{})
	s := &dns.Server{PacketConn: conn, Handler: f, NotifyStartedFunc: func() { close(ready) }}
	var work sync.WaitGroup
	work.Go(func() { _ = s.ActivateAndServe() })
	<-ready
	t.Cleanup(func() { _ = s.Shutdown(); work.Wait() })
	return f, conn.LocalAddr().String()
}

func resolver(t *testing.T, c mx.Config) *mx.Resolver {
	t.Helper()
	c.Timeout = 300 * time.Millisecond
	r, err := mx.New(c)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// flat writes targets as one line.
func flat(targets []mx.Target) string {
	var words []string
	for _, x := range targets {
		words = append(words, fmt.Sprintf("%d %s %s", x.Preference, x.Name, x.Addr))
	}
	return strings.Join(words, ", ")
}

func TestLookup(t *testing.T) {
	t.Parallel()
	_, addr := start(t)
	all := "10 mx1.example.jp 192.0.2.1:25, 10 mx1.example.jp 192.0.2.2:25, 10 mx1.example.jp [2001:db8::1]:25, " +
		"10 mx1b.example.jp 192.0.2.3:25, 20 mx2.example.jp 192.0.2.4:25"
	for domain, c := range map[string]struct {
		want string
		err  error
	}{
		"example.jp":              {all, nil},
		"EXAMPLE.jp.":             {all, nil},
		"alias.example":           {all, nil},
		"implicit.example":        {"0 implicit.example 192.0.2.9:25", nil},
		"halfdangling.example":    {"2 mx2.example.jp 192.0.2.4:25", nil},
		"mixednull.example":       {"2 mx2.example.jp 192.0.2.4:25", nil},
		"null.example":            {"", mx.ErrNullMX},
		"nowhere.example":         {"", mx.ErrNoDomain},
		"textonly.example":        {"", mx.ErrNoHosts},
		"dangling.example":        {"", mx.ErrNoHosts},
		"ourselves.example":       {"", mx.ErrNoHosts},
		"broken.example":          {"", mx.ErrUnanswered},
		"brokenhost.example":      {"", mx.ErrUnanswered},
		"":                        {"", mx.ErrBadDomain},
		"[192.0.2.1]":             {"", mx.ErrBadDomain},
		"日本.jp":                   {"", mx.ErrBadDomain},
		"a..b":                    {"", mx.ErrBadDomain},
		strings.Repeat("a", 64):   {"", mx.ErrBadDomain},
		strings.Repeat("a.", 150): {"", mx.ErrBadDomain},
	} {
		t.Run(domain, func(t *testing.T) {
			t.Parallel()
			r := resolver(t, mx.Config{Servers: []string{addr}})
			for range 2 { // the second time from memory
				a, err := r.Lookup(t.Context(), domain)
				if !errors.Is(err, c.err) || flat(a.Targets(nil)) != c.want {
					t.Errorf("%s, %v\nwant %s, %v", flat(a.Targets(nil)), err, c.want, c.err)
				}
				if mx.Temporary(err) != errors.Is(err, mx.ErrUnanswered) {
					t.Errorf("temporary is %v for %v (%s)", mx.Temporary(err), err, mx.Status(err))
				}
				if err == nil && (a.Implicit != (domain == "implicit.example") || a.Overridden || a.Until.IsZero()) {
					t.Errorf("answer is %+v", a)
				}
			}
		})
	}
}

func TestAuthenticIsPassedOn(t *testing.T) {
	t.Parallel()
	_, addr := start(t)
	a, err := resolver(t, mx.Config{Servers: []string{addr}, IPv4Only: true}).Lookup(t.Context(), "example.jp")
	if err != nil || !a.Authentic || a.Hosts[0].Authentic {
		t.Errorf("answer is %+v, %v", a, err)
	}
	if got := flat(a.Targets(nil)); strings.Contains(got, "2001:") {
		t.Errorf("IPv6 in %s", got)
	}
}

func TestShuffleKeepsPreference(t *testing.T) {
	t.Parallel()
	_, addr := start(t)
	a, err := resolver(t, mx.Config{Servers: []string{addr}}).Lookup(t.Context(), "example.jp")
	if err != nil {
		t.Fatal(err)
	}
	rnd := rand.New(rand.NewPCG(1, 2))
	first := map[string]int{}
	for range 300 {
		targets := a.Targets(rnd)
		if len(targets) != 5 || targets[4].Name != "mx2.example.jp" {
			t.Fatalf("order is %s", flat(targets))
		}
		first[targets[0].Addr.String()]++
	}
	if len(first) != 4 || first["192.0.2.3:25"] < 100 {
		t.Errorf("first tries are %v", first)
	}
}

func TestCacheAndItsEnd(t *testing.T) {
	t.Parallel()
	f, addr := start(t)
	var now atomic.Int64
	r := resolver(t, mx.Config{Servers: []string{addr}, Clock: func() time.Time { return time.Unix(now.Load(), 0) }})
	for _, domain := range []string{"implicit.example", "nowhere.example", "broken.example"} {
		before := f.asked.Load()
		first, firstErr := r.Lookup(t.Context(), domain)
		asked := f.asked.Load() - before
		again, againErr := r.Lookup(t.Context(), domain)
		if f.asked.Load()-before != asked || asked == 0 || !slices.Equal(first.Targets(nil), again.Targets(nil)) || !errors.Is(againErr, firstErr) {
			t.Errorf("%s: asked %d and then %d times", domain, asked, f.asked.Load()-before)
		}
		now.Add(int64(2 * time.Hour / time.Second))
		if _, err := r.Lookup(t.Context(), domain); !errors.Is(err, errors.Unwrap(firstErr)) && firstErr == nil && err != nil {
			t.Error(err)
		}
		if f.asked.Load()-before != 2*asked {
			t.Errorf("%s: not asked again after the end of its time", domain)
		}
	}
}

func TestSmallCacheStillAnswers(t *testing.T) {
	t.Parallel()
	_, addr := start(t)
	r := resolver(t, mx.Config{Servers: []string{addr}, MaxEntries: 2})
	for range 3 {
		for _, domain := range []string{"implicit.example", "example.jp", "mixednull.example"} {
			if _, err := r.Lookup(t.Context(), domain); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func TestManyAskersOneQuestion(t *testing.T) {
	t.Parallel()
	f, addr := startFront(t, &front{hold: make(chan struct{}), came: make(chan struct{}, 100)})
	r := resolver(t, mx.Config{Servers: []string{addr}, IPv4Only: true})
	impatient, leave := context.WithCancel(t.Context())
	left := make(chan error, 1)
	go func() {
		_, err := r.Lookup(impatient, "implicit.example")
		left <- err
	}()
	<-f.came
	leave()
	if err := <-left; !errors.Is(err, context.Canceled) {
		t.Errorf("the one who left got %v", err)
	}
	var work sync.WaitGroup
	for range 50 {
		work.Go(func() {
			if _, err := r.Lookup(t.Context(), "implicit.example"); err != nil {
				t.Error(err)
			}
		})
	}
	close(f.hold)
	work.Wait()
	if n := f.asked.Load(); n != 2 {
		t.Errorf("asked %d times, want MX and A", n)
	}
}

func TestSecondServerAnswers(t *testing.T) {
	t.Parallel()
	dead, deadAddr := start(t)
	dead.silent.Store(true)
	_, addr := start(t)
	r := resolver(t, mx.Config{Servers: []string{deadAddr, addr}, IPv4Only: true})
	if a, err := r.Lookup(t.Context(), "implicit.example"); err != nil || len(a.Hosts) != 1 {
		t.Errorf("answer is %+v, %v", a, err)
	}
	only := resolver(t, mx.Config{Servers: []string{deadAddr}})
	if _, err := only.Lookup(t.Context(), "implicit.example"); !mx.Temporary(err) {
		t.Errorf("silence is %v", err)
	}
}

func TestOverrides(t *testing.T) {
	t.Parallel()
	f, addr := start(t)
	r := resolver(t, mx.Config{Servers: []string{addr}, Overrides: map[string]string{
		"Example.JP": "127.0.0.1:2525", "local.example": "localhost:26", "named.example": "relay.example:587", "bad.example": "gone.example:25",
	}})
	for domain, want := range map[string]string{
		"example.jp": "127.0.0.1:2525", "local.example": "127.0.0.1:26", "named.example": "192.0.2.77:587",
	} {
		a, err := r.Lookup(t.Context(), domain)
		if err != nil || !a.Overridden || len(a.Targets(nil)) != 1 || a.Targets(nil)[0].Addr != netip.MustParseAddrPort(want) {
			t.Errorf("%s: %+v, %v", domain, a, err)
		}
	}
	if _, err := r.Lookup(t.Context(), "bad.example"); err == nil {
		t.Error("an override to nowhere was taken")
	}
	before := f.asked.Load()
	every := resolver(t, mx.Config{Overrides: map[string]string{mx.Any: "127.0.0.1:2525"}})
	if a, err := every.Lookup(t.Context(), "whatever.example"); err != nil || !a.Overridden {
		t.Errorf("%+v, %v", a, err)
	}
	if f.asked.Load() != before {
		t.Error("asked DNS in spite of an override")
	}
	for _, bad := range []string{"", "host", ":25", "host:0", "host:x", "host:70000"} {
		if _, err := mx.New(mx.Config{Servers: []string{addr}, Overrides: map[string]string{"a.example": bad}}); err == nil {
			t.Errorf("override %q was taken", bad)
		}
	}
}

func TestLoopbackOnlyWhenAllowed(t *testing.T) {
	t.Parallel()
	_, addr := start(t)
	r := resolver(t, mx.Config{Servers: []string{addr}, AllowLoopback: true, Port: 2525})
	a, err := r.Lookup(t.Context(), "ourselves.example")
	if err != nil || a.Hosts[0].Addrs[0].String() != "127.0.0.1:2525" {
		t.Errorf("%+v, %v", a, err)
	}
}
