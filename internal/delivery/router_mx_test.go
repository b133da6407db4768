package delivery

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"testing"

	"github.com/foxcpp/go-mockdns"

	"github.com/kyodaku/kyodaku/internal/delivery/mx"
	"github.com/kyodaku/kyodaku/internal/delivery/profile"
	"github.com/kyodaku/kyodaku/internal/delivery/smtp"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/store/storetest"
)

// quiet swallows what the mock server says.
type quiet struct{}

func (quiet) Printf(string, ...any) {}

// resolver answers from zones; servers are expected on a port of this machine.
func resolver(t *testing.T, port uint16, zones map[string]mockdns.Zone) *mx.Resolver {
	t.Helper()
	server, err := mockdns.NewServerWithLogger(zones, quiet{}, false)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() })
	r, err := mx.New(mx.Config{Servers: []string{server.LocalAddr().String()}, AllowLoopback: true, IPv4Only: true, Port: port})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// The first server of the domain does not answer, the second takes the mail.
func TestTheNextServerIsTried(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		b := w.inbox(anyPort)
		r := resolver(t, netip.MustParseAddrPort(b.Addr()).Port(), map[string]mockdns.Zone{
			"example.jp.":     {MX: []net.MX{{Host: "mx1.example.jp.", Pref: 10}, {Host: "mx2.example.jp.", Pref: 20}}},
			"mx1.example.jp.": {A: []string{"127.0.0.77"}},
			"mx2.example.jp.": {A: []string{"127.0.0.1"}},
		})
		e := w.run(w.engine("", func(c *Config) {
			c.Router = NewMX(MXConfig{Resolver: r, Profiles: profiles(t), Hello: "out.cafe.example"})
		}))
		readers := w.readers(5)
		w.plan(e.Outbox(), bulk, 7, readers...)
		w.ends(map[string]int{"3 delivered": 5})
		w.once(readers, b)
	})
}

func TestADomainThatTakesNoMailFailsAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.SQLite(t))
	r := resolver(t, 25, map[string]mockdns.Zone{"example.jp.": {MX: []net.MX{{Host: ".", Pref: 0}}}})
	e := w.run(w.engine("", func(c *Config) {
		c.Router = NewMX(MXConfig{Resolver: r, Profiles: profiles(t), Hello: "out.cafe.example"})
	}))
	w.plan(e.Outbox(), bulk, 7, w.readers(2)...)
	w.ends(map[string]int{"3 failed": 2})
}

func TestSilenceOfDNSIsNoAnswer(t *testing.T) {
	t.Parallel()
	r := resolver(t, 25, map[string]mockdns.Zone{"broken.example.": {Err: errors.New("broken")}})
	m := NewMX(MXConfig{Resolver: r, Profiles: profiles(t), Hello: "out.cafe.example"})
	for domain, permanent := range map[string]bool{"broken.example": false, "unknown.example": true, "not a domain": true} {
		if _, err := m.Targets(t.Context(), domain); err == nil || isPermanent(err) != permanent {
			t.Errorf("%s: %v", domain, err)
		}
	}
	ended, end := context.WithCancel(t.Context())
	end()
	if _, err := m.Targets(ended, "broken.example"); isPermanent(err) {
		t.Errorf("a stop counts as an answer: %v", err)
	}
}

func TestLanesFollowProviders(t *testing.T) {
	t.Parallel()
	m := NewMX(MXConfig{Profiles: profiles(t)})
	for domain, lane := range map[string]string{
		"gmail.com": "gmail", "googlemail.com": "gmail", "docomo.ne.jp": "docomo", "me.com": "icloud", "": "none",
	} {
		if got := m.Lane(domain); got != lane {
			t.Errorf("%q stands in %q", domain, got)
		}
	}
	if m.SameServers("a.example", "b.example") || !m.SameServers("a.example", "a.example") {
		t.Error("domains are mixed up")
	}
	if r := (Relay{Target: smtp.Target{}}); !r.SameServers("a.example", "b.example") || r.Lane("a.example") != r.Lane("b.example") {
		t.Error("a relay is one server")
	}
}

func TestALaneTakesWhatItsServerTakes(t *testing.T) {
	t.Parallel()
	c := &clock{}
	l := NewEngine(Config{Router: Relay{}, Clock: c.now, Connections: 1}).newLane("example.jp")
	now := c.now()
	if n := l.room(now); n != batchFirst {
		t.Errorf("first batch %d", n)
	}
	for range 5 {
		l.gave(now)
	}
	if n := l.room(now); n != 2*batchFirst {
		t.Errorf("a fast lane gets %d", n)
	}
	for range 9 {
		now = now.Add(batchLate + 1)
		l.room(now)
		l.gave(now)
	}
	now = now.Add(batchLate + 1)
	if n := l.room(now); n != batchLeast {
		t.Errorf("a slow lane gets %d", n)
	}
	until := l.deafen("example.jp", now)
	if l.room(now) != 0 || l.room(until) == 0 {
		t.Error("a resting lane was filled, or never again")
	}
	for range 20 {
		until = l.deafen("example.jp", until)
	}
	if rest := until.Sub(now); l.unused(until.Add(-1)) || rest < downMost {
		t.Errorf("rests %v", rest)
	}
	if !l.unused(until) {
		t.Error("an idle lane is kept")
	}
}

func profiles(t *testing.T) *profile.Book {
	t.Helper()
	b, err := profile.Load()
	if err != nil {
		t.Fatal(err)
	}
	return b
}
