package delivery

import (
	"context"
	"errors"
	"net/netip"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/kyodaku/kyodaku/internal/delivery/mx"
	"github.com/kyodaku/kyodaku/internal/delivery/profile"
	"github.com/kyodaku/kyodaku/internal/delivery/smtp"
	"github.com/kyodaku/kyodaku/internal/delivery/tlspolicy"
	"github.com/kyodaku/kyodaku/internal/delivery/tlsreport"
	"github.com/kyodaku/kyodaku/internal/fault"
)

// demands says what each host of an answer must give. A provider that is known to
// encrypt everywhere is never spoken to in clear.
func (m *MX) demands(ctx context.Context, answer mx.Answer, p *profile.Profile) []tlspolicy.Demand {
	var demands []tlspolicy.Demand
	if m.Policies != nil {
		demands = m.Policies.Demands(ctx, answer)
	} else {
		for _, h := range answer.Hosts {
			demands = append(demands, tlspolicy.Demand{Kind: tlspolicy.Opportunistic, ServerName: h.Name})
		}
	}
	for i := range demands {
		if d := &demands[i]; d.TLS == smtp.TLSOpportunistic && p.TLS == profile.TLSEncrypted && !answer.Overridden {
			d.TLS = smtp.TLSEncrypted
		}
	}
	return demands
}

// usable leaves out the hosts that may not be used, and says what is demanded of
// each other by its name.
func (m *MX) usable(answer mx.Answer, demands []tlspolicy.Demand) (mx.Answer, map[string]tlspolicy.Demand, error) {
	kept := make([]mx.Host, 0, len(answer.Hosts))
	demandOf := map[string]tlspolicy.Demand{}
	var refused error
	for i, h := range answer.Hosts {
		d := demands[i]
		if d.Skip != nil {
			refused = d.Skip
			m.count(answer.Domain, h.Name, d, netip.AddrPort{}, smtp.Dialled{Err: d.Skip}, tlspolicy.Result(d.Skip))
			continue
		}
		kept = append(kept, h)
		demandOf[h.Name] = d
	}
	if len(kept) == 0 {
		return answer, nil, fault.Wrap(fault.Busy, refused, "delivery.no_encryption")
	}
	answer.Hosts = kept
	return answer, demandOf, nil
}

// under has a target give what is demanded, and tells how that went.
func (m *MX) under(t smtp.Target, d tlspolicy.Demand, domain string) smtp.Target {
	host := t.ServerName
	t.Policy = string(d.Kind)
	t.ServerName, t.TLS, t.TLSConfig, t.VerifyPeer, t.Advise = d.ServerName, d.TLS, d.Config, d.Verify, d.Advise
	remote, err := netip.ParseAddrPort(t.Addr)
	if err != nil {
		return t // nothing to learn from an address that is none
	}
	t.Tell = func(end smtp.Dialled) {
		m.reached(remote.Addr(), end)
		if result, counts := sessionResult(end); counts {
			m.count(domain, host, d, remote, end, result)
		}
	}
	return t
}

// reached has the router learn which family of addresses leads somewhere.
func (m *MX) reached(a netip.Addr, end smtp.Dialled) {
	e, failed := errors.AsType[*smtp.Error](end.Err)
	switch {
	case end.Local.IsValid() || errors.Is(end.Err, syscall.ECONNREFUSED):
		m.families.Reached(a)
	case failed && e.Kind != smtp.KindCanceled:
		m.families.Failed(a, m.Clock())
	}
}

// sessionResult is how encryption went in terms of RFC 8460 4.3, empty for success;
// counts is false for connections that failed in another way.
func sessionResult(end smtp.Dialled) (result string, counts bool) {
	e, failed := errors.AsType[*smtp.Error](end.Err)
	switch {
	case failed && (e.Stage != smtp.StageTLS || e.Kind == smtp.KindCanceled):
		return "", false
	case end.Err != nil:
		return tlspolicy.Result(end.Err), true
	case end.TLS.Broken != nil:
		return tlspolicy.Result(end.TLS.Broken), true
	case !end.TLS.Active:
		return tlspolicy.ResultNotOffered, true
	case end.TLS.Advice != nil:
		return tlspolicy.Result(end.TLS.Advice), true
	}
	return "", true
}

// count tells the reports of one session.
func (m *MX) count(domain, host string, d tlspolicy.Demand, remote netip.AddrPort, end smtp.Dialled, result string) {
	if m.Reports == nil {
		return
	}
	s := tlsreport.Session{
		Domain: domain, PolicyType: string(d.Kind), Policy: d.Policy, MXHosts: d.Patterns, Result: result,
		MXHost: host, Sending: end.Local, Receiving: remote.Addr(),
	}
	if d.Kind == tlspolicy.Required {
		s.PolicyType = string(tlspolicy.Opportunistic) // our own wish is no policy of theirs
	}
	if why := errors.Join(end.Err, end.TLS.Broken, end.TLS.Advice); why != nil {
		s.Reason = why.Error()
	}
	m.Reports.Count(s)
	if d.Failure != "" {
		m.Reports.Count(tlsreport.Session{Domain: domain, PolicyType: string(tlspolicy.STS), Result: d.Failure})
	}
}

// served remembers which domains one connection can serve.
type served struct {
	mu   sync.Mutex
	keys map[string]servedBy
}

// servedBy is all that a connection depends on, while it holds.
type servedBy struct {
	key   string
	until time.Time
}

// mostServed bounds the memory; what falls out costs a connection.
const mostServed = 100_000

func (s *served) note(a mx.Answer, demands []tlspolicy.Demand) {
	var key strings.Builder
	for i, h := range a.Hosts {
		key.WriteString(h.Name + " " + demands[i].Key() + "\n")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, known := s.keys[a.Domain]; !known && len(s.keys) >= mostServed {
		clear(s.keys)
	}
	s.keys[a.Domain] = servedBy{key: key.String(), until: a.Until}
}

func (s *served) same(a, b string, now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	x, known := s.keys[a]
	y := s.keys[b]
	holds := func(v servedBy) bool { return v.until.IsZero() || now.Before(v.until) } // what was ordered holds
	return known && x.key == y.key && holds(x) && holds(y)
}
