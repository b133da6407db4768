package delivery

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"time"

	"github.com/kyodaku/kyodaku/internal/delivery/shape"
	"github.com/kyodaku/kyodaku/internal/delivery/smtp"
)

// Source is an address that mail is sent from. Receivers know senders by it, so each
// has limits of its own at every provider.
type Source struct {
	// Name names it for ever; "" is the machine's own choice of an address.
	Name string
	// Addr is the address to connect from; the zero value leaves it to the machine.
	Addr netip.Addr
	// Hello is its name in EHLO; "" is the router's.
	Hello string
	// WarmUp bounds what goes from here to one provider in a day while the address is
	// new, from the day of Begun on. What is over goes from the other sources.
	WarmUp shape.WarmUp
	Begun  time.Time
}

var errSourceTwice = errors.New("delivery: two sources have one name")

// checkSources finds what would make sources mean two things.
func checkSources(sources []Source) error {
	seen := map[string]bool{}
	for _, s := range sources {
		if seen[s.Name] {
			return fmt.Errorf("%w: %q", errSourceTwice, s.Name)
		}
		seen[s.Name] = true
		if err := s.WarmUp.Check(); err != nil {
			return fmt.Errorf("delivery: source %q: %w", s.Name, err)
		}
	}
	return nil
}

// fits says whether a server can be reached from the source: addresses of one family
// cannot speak to the other.
func (s Source) fits(t smtp.Target) bool {
	server, err := netip.ParseAddrPort(t.Addr)
	return !s.Addr.IsValid() || err != nil || server.Addr().Unmap().Is4() == s.Addr.Is4()
}

// of makes a target that is connected to from the source.
func (s Source) of(t smtp.Target) smtp.Target {
	if s.Addr.IsValid() {
		d := net.Dialer{LocalAddr: net.TCPAddrFromAddrPort(netip.AddrPortFrom(s.Addr, 0))}
		t.Dial = d.DialContext
	}
	if s.Hello != "" {
		t.Hello = s.Hello
	}
	return t
}
