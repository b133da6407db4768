package dnstest

import (
	"net"
	"strings"
	"sync"
	"testing"

	"github.com/miekg/dns"
)

// Zone is a part of the name space.
type Zone struct {
	// Name is the apex, such as "example.jp".
	Name string
	// Records are lines of a zone file with full names: "mx.example.jp. A 127.0.0.1".
	Records []string
	// Unsigned leaves out DNSSEC.
	Unsigned bool
	// Bogus lists names whose signatures do not hold.
	Bogus []string
}

// Server answers for its zones, and refuses all other questions.
type Server struct {
	// Addr is host:port, by UDP and TCP.
	Addr  string
	zones []*zone
	mu    sync.Mutex
	asked map[string]int
}

// Start starts a server for zones and stops it when the test ends.
func Start(tb testing.TB, zones ...Zone) *Server {
	tb.Helper()
	s := &Server{asked: map[string]int{}}
	for _, z := range zones {
		s.zones = append(s.zones, newZone(tb, z))
	}
	packets, stream := listen(tb)
	s.Addr = stream.Addr().String()
	var work sync.WaitGroup
	tb.Cleanup(work.Wait) // after the shutdowns
	for _, d := range []*dns.Server{{PacketConn: packets, Handler: s}, {Listener: stream, Handler: s}} {
		ready := make(chan struct{})
		d.NotifyStartedFunc = func() { close(ready) }
		work.Go(func() { _ = d.ActivateAndServe() })
		<-ready
		tb.Cleanup(func() { _ = d.Shutdown() })
	}
	return s
}

// listen finds a port that is free for both transports.
func listen(tb testing.TB) (net.PacketConn, net.Listener) {
	tb.Helper()
	for range 50 {
		stream, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			tb.Fatalf("dnstest: listen: %v", err)
		}
		packets, err := net.ListenPacket("udp", stream.Addr().String())
		if err == nil {
			return packets, stream
		}
		_ = stream.Close()
	}
	tb.Fatal("dnstest: no port is free for TCP and UDP")
	return nil, nil
}

// Set replaces the records of a zone.
func (s *Server) Set(tb testing.TB, apex string, records ...string) {
	tb.Helper()
	for _, z := range s.zones {
		if z.apex == dns.Fqdn(apex) {
			s.mu.Lock()
			defer s.mu.Unlock()
			z.load(tb, records)
			return
		}
	}
	tb.Fatalf("dnstest: no zone %s", apex)
}

// Asked counts the questions for a name so far.
func (s *Server) Asked(name string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.asked[dns.Fqdn(name)]
}

// ServeDNS implements dns.Handler.
func (s *Server) ServeDNS(w dns.ResponseWriter, q *dns.Msg) {
	m := new(dns.Msg)
	m.SetReply(q)
	name, kind := strings.ToLower(q.Question[0].Name), q.Question[0].Qtype
	signed := q.IsEdns0() != nil && q.IsEdns0().Do()
	s.mu.Lock()
	s.asked[name]++
	z := s.zoneOf(name)
	if z == nil {
		m.Rcode = dns.RcodeRefused
	} else {
		m.Authoritative = true
		z.answer(m, name, kind, signed)
	}
	s.mu.Unlock()
	if signed {
		m.SetEdns0(4096, true)
	}
	if w.LocalAddr().Network() == "udp" {
		m.Truncate(1232)
	}
	_ = w.WriteMsg(m)
}

// zoneOf finds the zone that a name lies in: the longest apex.
func (s *Server) zoneOf(name string) *zone {
	var best *zone
	for _, z := range s.zones {
		if dns.IsSubDomain(z.apex, name) && (best == nil || len(z.apex) > len(best.apex)) {
			best = z
		}
	}
	return best
}
