package outside

import (
	"context"
	"net"
	"strings"
	"sync"
	"testing"

	"github.com/miekg/dns"
)

// zone is a name server on this machine that holds what a test publishes.
type zone struct {
	addr string
	mu   sync.Mutex
	txt  map[string][]string
}

// newZone starts a name server without any record.
func newZone(tb testing.TB) *zone {
	tb.Helper()
	z := &zone{txt: map[string][]string{}}
	socket, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	z.addr = socket.LocalAddr().String()
	s := &dns.Server{PacketConn: socket, Handler: z}
	ended := make(chan error, 1)
	go func() { ended <- s.ActivateAndServe() }()
	tb.Cleanup(func() {
		if err := s.Shutdown(); err != nil {
			tb.Errorf("name server: %v", err)
		}
		<-ended
	})
	return z
}

// publish adds a TXT record.
func (z *zone) publish(name, text string) {
	z.mu.Lock()
	defer z.mu.Unlock()
	z.txt[dns.CanonicalName(name)] = append(z.txt[dns.CanonicalName(name)], text)
}

// ServeDNS answers TXT questions, and says of a name that holds some that mail to it
// goes to mail.<name>; any other name does not exist.
func (z *zone) ServeDNS(w dns.ResponseWriter, q *dns.Msg) {
	z.mu.Lock()
	defer z.mu.Unlock()
	a := new(dns.Msg)
	a.SetReply(q)
	a.Authoritative = true
	texts := z.txt[dns.CanonicalName(q.Question[0].Name)]
	if len(texts) == 0 {
		a.Rcode = dns.RcodeNameError
	}
	if q.Question[0].Qtype == dns.TypeTXT {
		for _, text := range texts {
			a.Answer = append(a.Answer, &dns.TXT{
				Hdr: dns.RR_Header{Name: q.Question[0].Name, Rrtype: dns.TypeTXT, Class: dns.ClassINET, Ttl: 1},
				Txt: pieces(text),
			})
		}
	}
	if q.Question[0].Qtype == dns.TypeMX && len(texts) > 0 {
		a.Answer = append(a.Answer, &dns.MX{
			Hdr: dns.RR_Header{Name: q.Question[0].Name, Rrtype: dns.TypeMX, Class: dns.ClassINET, Ttl: 1}, Preference: 10, Mx: "mail." + q.Question[0].Name,
		})
	}
	if o := q.IsEdns0(); o != nil {
		a.SetEdns0(o.UDPSize(), false)
	}
	_ = w.WriteMsg(a) // who asked may have gone
}

// pieces cuts a text into the character strings of a TXT record (RFC 1035 3.3.14).
func pieces(text string) []string {
	var all []string
	for len(text) > 255 {
		all, text = append(all, text[:255]), text[255:]
	}
	return append(all, text)
}

// lookup asks the server as a verifier of signatures does.
func (z *zone) lookup(name string) ([]string, error) {
	r := &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, z.addr)
	}}
	return r.LookupTXT(context.Background(), strings.TrimSuffix(name, "."))
}
