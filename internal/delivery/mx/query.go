package mx

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/miekg/dns"
)

// udpSize is the largest answer taken over UDP: what passes without fragments.
const udpSize = 1232

// answerTo is the answer to one question.
type answerTo struct {
	records   []dns.RR
	exists    bool // the name exists, though perhaps without such records
	authentic bool
	ttl       time.Duration
}

// ask puts one question to the servers, in order, until one gives a clear answer:
// records, none, or no such name.
func (r *Resolver) ask(ctx context.Context, name string, kind uint16) (answerTo, error) {
	q := new(dns.Msg)
	q.SetQuestion(dns.Fqdn(name), kind)
	q.SetEdns0(udpSize, false)
	q.AuthenticatedData = true // asks for the AD bit without the records (RFC 6840 5.7)
	err := errNoServers
	for _, i := range r.order() {
		server := r.config.Servers[i]
		var reply *dns.Msg
		if reply, err = r.exchange(ctx, q, server); err != nil {
			if ctx.Err() == nil {
				r.silent[i].Store(r.config.Clock().Add(silentRest).UnixMicro())
			}
			continue
		}
		switch reply.Rcode {
		case dns.RcodeSuccess, dns.RcodeNameError:
			a := digest(reply)
			a.authentic = a.authentic && !r.config.doubted(server)
			return a, nil
		default:
			err = errors.New(dns.RcodeToString[reply.Rcode])
		}
	}
	return answerTo{}, fmt.Errorf("%w: %w", ErrUnanswered, err)
}

// silentRest is how long a server that did not answer is asked after the others.
const silentRest = 10 * time.Second

// order lists the servers as they are to be asked.
func (r *Resolver) order() []int {
	now := r.config.Clock().UnixMicro()
	order := make([]int, 0, len(r.silent))
	for i := range r.silent {
		if r.silent[i].Load() <= now {
			order = append(order, i)
		}
	}
	for i := range r.silent {
		if !slices.Contains(order, i) {
			order = append(order, i)
		}
	}
	return order
}

// exchange asks one server, by TCP if the answer does not fit a packet.
func (r *Resolver) exchange(ctx context.Context, q *dns.Msg, server string) (*dns.Msg, error) {
	ctx, cancel := context.WithTimeout(ctx, r.config.Timeout)
	defer cancel()
	reply, _, err := r.udp.ExchangeContext(ctx, q.Copy(), server)
	if err == nil && reply.Truncated {
		reply, _, err = r.tcp.ExchangeContext(ctx, q.Copy(), server)
	}
	return reply, err
}

// digest takes what matters out of a reply.
func digest(reply *dns.Msg) answerTo {
	a := answerTo{records: reply.Answer, exists: reply.Rcode == dns.RcodeSuccess, authentic: reply.AuthenticatedData}
	most, least := maxTTL, uint32(maxTTL/time.Second)
	for _, rr := range reply.Answer {
		least = min(least, rr.Header().Ttl)
	}
	if len(reply.Answer) == 0 {
		most = maxNegative
		least = uint32(maxNegative / time.Second)
		for _, rr := range reply.Ns {
			if soa, ok := rr.(*dns.SOA); ok { // RFC 2308 5
				least = min(least, soa.Minttl, soa.Hdr.Ttl)
			}
		}
	}
	a.ttl = clampTTL(least, most)
	return a
}
