package delivery

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"maps"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/kyodaku/kyodaku/internal/delivery/profile"
	"github.com/kyodaku/kyodaku/internal/delivery/reply"
	"github.com/kyodaku/kyodaku/internal/delivery/smtp"
	"github.com/kyodaku/kyodaku/internal/fault"
)

// receiver is a provider's server with limits that it does not tell.
type receiver struct {
	t  testing.TB
	ln net.Listener
	// hidden are the limits; an answer that is empty means a TCP RESET.
	hidden hidden

	mu    sync.Mutex
	conns map[net.Conn]bool
	seen  seen
	// at are when mails were taken lately, for the rate.
	at   []time.Time
	work sync.WaitGroup
}

// hidden is what a receiver allows; 0 is no limit.
type hidden struct {
	connections, perConnection int
	perSecond                  float64
	// refuse answers a recipient, if it does not say "".
	refuse func(to string) string
	// greet answers a connection, if it does not say "".
	greet func() string
	// silent has it never say a word.
	silent bool
	// tooMany, tooLong and tooFast are how it refuses.
	tooMany, tooLong, tooFast string
	// size is what it offers as SIZE.
	size int
	// vanish is at how many dots more it hangs up without an answer.
	vanish int
}

// seen is what a receiver has met.
type seen struct {
	taken int
	// most connections at once, most recipients named on one.
	open, mostOpen, mostNames int
	// refused counts connections and mails that broke a limit.
	refused int
	// from counts mails by the address they came from, to those for each recipient.
	from map[string]int
	to   map[string]int
	// asked counts RCPT for each recipient.
	asked map[string]int
	order []string
}

func receive(t testing.TB, h hidden) *receiver {
	t.Helper()
	ln, err := net.Listen("tcp", anyPort)
	if err != nil {
		t.Fatal(err)
	}
	r := &receiver{t: t, ln: ln, hidden: h, conns: map[net.Conn]bool{}}
	r.seen = seen{from: map[string]int{}, to: map[string]int{}, asked: map[string]int{}}
	r.work.Go(r.accept)
	t.Cleanup(r.close)
	return r
}

func (r *receiver) close() {
	_ = r.ln.Close()
	r.mu.Lock()
	for c := range r.conns {
		_ = c.Close()
	}
	r.mu.Unlock()
	r.work.Wait()
}

func (r *receiver) addr() string { return r.ln.Addr().String() }

// change changes the limits.
func (r *receiver) change(f func(*hidden)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	f(&r.hidden)
}

// look is what was seen so far; forget begins anew.
func (r *receiver) look() seen {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := r.seen
	s.from, s.to, s.asked = maps.Clone(s.from), maps.Clone(s.to), maps.Clone(s.asked)
	return s
}

func (r *receiver) forget() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.seen.mostOpen, r.seen.refused, r.seen.taken = r.seen.open, 0, 0
}

func (r *receiver) accept() {
	for {
		c, err := r.ln.Accept()
		if err != nil {
			return
		}
		r.work.Go(func() {
			defer func() { _ = c.Close() }()
			if no, ok := r.enter(c); !ok {
				r.refuse(c, no)
				return
			}
			polite := r.serve(c)
			r.leave(c)
			if polite { // who has heard this may come again at once
				_, _ = io.WriteString(c, "221 bye\r\n")
			}
		})
	}
}

func (r *receiver) enter(c net.Conn) (no string, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if g := r.hidden.greet; g != nil {
		if no := g(); no != "" {
			r.seen.refused++
			return no, false
		}
	}
	if n := r.hidden.connections; n > 0 && r.seen.open >= n {
		r.seen.refused++
		return r.hidden.tooMany, false
	}
	r.conns[c] = true
	r.seen.open++
	r.seen.mostOpen = max(r.seen.mostOpen, r.seen.open)
	return "", true
}

func (r *receiver) leave(c net.Conn) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.conns, c)
	r.seen.open--
}

// refuse ends a connection with a word, or with a RESET.
func (r *receiver) refuse(c net.Conn, word string) {
	if word == "" {
		if tcp, ok := c.(*net.TCPConn); ok {
			_ = tcp.SetLinger(0)
		}
		return
	}
	_, _ = io.WriteString(c, word+"\r\n")
}

// serve is one session; polite says that it ended with QUIT.
func (r *receiver) serve(c net.Conn) (polite bool) {
	in := bufio.NewReader(c)
	if r.hidden.silent {
		_, _ = io.Copy(io.Discard, in)
		return false
	}
	say := func(line string) { _, _ = io.WriteString(c, line+"\r\n") }
	say("220 hidden.example ESMTP")
	names, to := 0, ""
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return false
		}
		switch word := strings.ToUpper(line[:min(4, len(line))]); word {
		case "EHLO":
			say(fmt.Sprintf("250-hidden.example\r\n250-PIPELINING\r\n250 SIZE %d", r.size()))
		case "MAIL":
			if no, over := r.over(names); over {
				r.refuse(c, no)
				if no == "" || strings.HasPrefix(no, "421") {
					return false
				}
				to = "-"
				continue
			}
			to = ""
			say("250 ok")
		case "RCPT":
			if to == "-" {
				say("503 no")
				continue
			}
			names++
			to = line[strings.IndexByte(line, '<')+1 : strings.IndexByte(line, '>')]
			no := r.name(to, names)
			if no == "" {
				say("250 ok")
				continue
			}
			to = "-"
			say(no)
			if strings.HasPrefix(no, "421") {
				return false
			}
		case "DATA":
			if to == "-" {
				say("503 no")
				continue
			}
			say("354 go")
			for line != ".\r\n" {
				if line, err = in.ReadString('\n'); err != nil {
					return false
				}
			}
			if r.take(c, to) {
				return false
			}
			say("250 ok")
		case "QUIT":
			return true
		default:
			say("250 ok")
		}
	}
}

func (r *receiver) size() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.hidden.size
}

// over says whether one more mail on a connection is over a limit.
func (r *receiver) over(before int) (no string, over bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if n := r.hidden.perConnection; n > 0 && before >= n {
		r.seen.refused++
		return r.hidden.tooLong, true
	}
	if r.hidden.perSecond > 0 {
		now := time.Now()
		for len(r.at) > 0 && now.Sub(r.at[0]) > time.Second {
			r.at = r.at[1:]
		}
		if float64(len(r.at)) >= r.hidden.perSecond {
			r.seen.refused++
			return r.hidden.tooFast, true
		}
		r.at = append(r.at, now)
	}
	return "", false
}

func (r *receiver) name(to string, names int) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.seen.asked[to]++
	r.seen.mostNames = max(r.seen.mostNames, names)
	if r.hidden.refuse == nil {
		return ""
	}
	return r.hidden.refuse(to)
}

// take notes a mail; gone says that its sender is left without an answer.
func (r *receiver) take(c net.Conn, to string) (gone bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if gone = r.hidden.vanish > 0; gone {
		r.hidden.vanish--
	}
	r.seen.taken++
	r.seen.to[to]++
	r.seen.order = append(r.seen.order, to)
	if from, _, err := net.SplitHostPort(c.RemoteAddr().String()); err == nil {
		r.seen.from[from]++
	}
	return gone
}

// provider is a domain's servers and how they want to be treated.
type provider struct {
	servers []string
	// profile nil means generous.
	profile *profile.Profile
	// lane is the provider's lane; "" is the domain's own.
	lane string
	err  error
}

// providers is a Router of a few domains.
type providers map[string]provider

func (p providers) Lane(domain string) string {
	if lane := p[domain].lane; lane != "" {
		return lane
	}
	return domain
}

func (p providers) Site(_ context.Context, domain string) (string, error) { return p.Lane(domain), nil }

func (p providers) SameServers(a, b string) bool { return a == b }

func (p providers) Profile(lane string) *profile.Profile {
	lane = strings.TrimPrefix(lane, urgent)
	for domain, x := range p {
		if x.lane == lane || x.lane == "" && domain == lane {
			if x.profile != nil {
				return x.profile
			}
			return generous(lane)
		}
	}
	return generous(lane)
}

func (p providers) Targets(_ context.Context, domain string) ([]smtp.Target, error) {
	x, ok := p[domain]
	if !ok {
		return nil, fault.New(fault.NotFound, "delivery.no_mail")
	}
	var out []smtp.Target
	for _, s := range x.servers {
		out = append(out, smtp.Target{Addr: s, Hello: "out.cafe.example", TLS: smtp.TLSNever, Timeouts: smtp.Timeouts{Connect: 5 * time.Second}})
	}
	return out, x.err
}

// generous is a profile that leaves all to what is learned, with short waits.
func generous(id string) *profile.Profile {
	rules, err := reply.General()
	if err != nil {
		panic(err)
	}
	return &profile.Profile{
		ID:          id,
		Connections: profile.Range[int]{Start: 5, Least: 1, Most: 10}, MailsPerConnection: profile.Range[int]{Start: 100, Least: 1, Most: 1000},
		MailsPerSecond: profile.Range[float64]{Start: 1000, Least: 0.1, Most: 10000},
		IdleClose:      10 * time.Second, Pause: 30 * time.Minute, Retry: []time.Duration{time.Second, time.Second, time.Minute},
		UnknownUsers: profile.Breaker{Alarm: 0.5, Trip: 0.9, LeastSample: 1000}, Replies: rules,
	}
}

// to has an engine deliver to providers.
func to(p providers) func(*Config) {
	return func(c *Config) { c.Router, c.Connections = p, 50 }
}
