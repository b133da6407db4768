package tlspolicy_test

import (
	"crypto/tls"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/kyodaku/kyodaku/internal/delivery/dnstest"
	"github.com/kyodaku/kyodaku/internal/delivery/mx"
	"github.com/kyodaku/kyodaku/internal/delivery/smtptest"
	"github.com/kyodaku/kyodaku/internal/delivery/tlspolicy"
	"github.com/kyodaku/kyodaku/internal/store"
)

// world is a domain example.jp with a policy host.
type world struct {
	t         *testing.T
	db        *store.DB
	names     *dnstest.Server
	authority *smtptest.Authority
	web       *httptest.Server
	ahead     atomic.Int64 // how far the clock is moved

	mu      sync.Mutex
	answer  http.HandlerFunc
	fetches int
}

func (w *world) now() time.Time { return time.Now().Add(time.Duration(w.ahead.Load())) }

func (w *world) forward(d time.Duration) { w.ahead.Add(int64(d)) }

func policyText(mode, hosts string, age int) string {
	return fmt.Sprintf("version: STSv1\r\nmode: %s\r\n%smax_age: %d\r\n", mode, hosts, age)
}

const usual = "mx: mx.example.jp\r\nmx: *.pool.example.jp\r\n"

func newWorld(t *testing.T, db *store.DB, certificateFor string) *world {
	t.Helper()
	w := &world{t: t, db: db, authority: smtptest.NewAuthority(t)}
	w.names = dnstest.Start(t, dnstest.Zone{Name: "example.jp", Unsigned: true})
	w.announce("1")
	w.serve(policyText("enforce", usual, 100000))
	w.web = httptest.NewUnstartedServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		w.mu.Lock()
		w.fetches++
		answer := w.answer
		w.mu.Unlock()
		answer(rw, r)
	}))
	w.web.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	w.web.TLS = &tls.Config{Certificates: []tls.Certificate{w.authority.Issue(t, time.Now().Add(1000*time.Hour), certificateFor)}}
	w.web.StartTLS()
	t.Cleanup(w.web.Close)
	return w
}

// announce publishes an id; "" takes the record away.
func (w *world) announce(id string) {
	records := []string{"mta-sts.example.jp. A 127.0.0.1"}
	if id != "" {
		records = append(records, `_mta-sts.example.jp. TXT "v=STSv1; id=`+id+`;"`)
	}
	w.names.Set(w.t, "example.jp", records...)
}

func (w *world) serve(text string) {
	w.respond(func(rw http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/.well-known/mta-sts.txt" || r.Host != "mta-sts.example.jp" {
			w.t.Errorf("asked for %s at %s", r.URL, r.Host)
		}
		rw.Header().Set("Content-Type", "text/plain; charset=utf-8")
		_, _ = rw.Write([]byte(text))
	})
}

func (w *world) respond(f http.HandlerFunc) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.answer = f
}

func (w *world) fetched() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.fetches
}

// book makes a book with a fresh memory.
func (w *world) book(change ...func(*tlspolicy.Config)) *tlspolicy.Book {
	w.t.Helper()
	r, err := mx.New(mx.Config{Servers: []string{w.names.Addr}, AllowLoopback: true, Clock: w.now})
	if err != nil {
		w.t.Fatal(err)
	}
	addr, err := netip.ParseAddrPort(w.web.Listener.Addr().(*net.TCPAddr).String())
	if err != nil {
		w.t.Fatal(err)
	}
	c := tlspolicy.Config{
		DB: w.db, Resolver: r, Roots: w.authority.Pool, Clock: w.now, Log: slog.New(slog.DiscardHandler),
		AllowLoopback: true, HTTPSPort: addr.Port(),
	}
	for _, f := range change {
		f(&c)
	}
	return tlspolicy.New(c)
}

// demand asks what one host of example.jp must give.
func (w *world) demand(b *tlspolicy.Book, host string) tlspolicy.Demand {
	w.t.Helper()
	return b.Demands(w.t.Context(), answerFor(host))[0]
}

func answerFor(host string) mx.Answer {
	return mx.Answer{Domain: "example.jp", Canonical: "example.jp", Hosts: []mx.Host{{Name: host, Canonical: host}}}
}
