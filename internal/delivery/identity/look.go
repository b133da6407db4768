package identity

import (
	"context"
	"net/netip"
	"time"
)

// Mark is how one thing stands, in the words of law.Identity.
type Mark string

// The marks.
const (
	// Unknown is that no answer was had.
	Unknown Mark = "unknown"
	Missing Mark = "missing"
	Fail    Mark = "fail"
	// Outside is that it is a relay's own affair and cannot be seen from here.
	Outside Mark = "outside"
	Pass    Mark = "pass"
)

// Finding is a mark with what it rests on.
type Finding struct {
	Mark Mark `json:"mark"`
	// Why names the case, such as "two_records"; its text is app.identity.<part>.<why>.
	Why string `json:"why"`
	// What fills the text in: an address, a name, a record.
	What string `json:"what,omitempty"`
}

// Seen is one look at a domain.
type Seen struct {
	SPF   Finding `json:"spf"`
	DKIM  Finding `json:"dkim"`
	DMARC Finding `json:"dmarc"`
	PTR   Finding `json:"ptr"`
	Reach Finding `json:"reach"`
	// Obsolete says that the DMARC record holds pct, which RFC 9989 removed.
	Obsolete bool `json:"obsolete,omitempty"`
}

// Question is what is asked about.
type Question struct {
	// Domain stands in From, Envelope in MAIL FROM.
	Domain, Envelope string
	// Hello is our name; its addresses are Sources where those are empty.
	Hello   string
	Sources []netip.Addr
	// Relay says that somebody else's server sends, from addresses not known here.
	Relay bool
	// Key is how our key's record stands; the caller knows its keys.
	Key Finding
}

// lookTime bounds one look.
const lookTime = 30 * time.Second

// Look asks for everything. It has no error: what cannot be had is Unknown.
func Look(ctx context.Context, d DNS, q Question) Seen {
	ctx, cancel := context.WithTimeout(ctx, lookTime)
	defer cancel()
	if q.Envelope == "" {
		q.Envelope = q.Domain
	}
	s := Seen{DKIM: q.Key}
	silent := false
	if !q.Relay && len(q.Sources) == 0 {
		var err error
		q.Sources, err = addresses(ctx, d, q.Hello)
		silent = err != nil
	}
	if silent {
		s.SPF, s.PTR = Finding{Mark: Unknown, Why: "silent"}, Finding{Mark: Unknown, Why: "silent"}
	} else {
		s.SPF, s.PTR = q.spf(ctx, d), q.ptr(ctx, d)
	}
	s.Reach = q.reach(ctx, d)
	s.DMARC, s.Obsolete = q.dmarc(ctx, d, s)
	return s
}

// stranger is an address that nobody sends from (RFC 5737): a record that lets it pass lets
// everybody pass.
var stranger = netip.AddrFrom4([4]byte{192, 0, 2, 1})

// spf evaluates the From domain, which Japanese carriers look at, and the envelope's.
func (q Question) spf(ctx context.Context, d DNS) Finding {
	domains := []string{q.Domain}
	if q.Envelope != q.Domain {
		domains = append(domains, q.Envelope)
	}
	for _, domain := range domains {
		v, err := q.judge(ctx, d, stranger, domain)
		switch {
		case err != nil:
			return Finding{Mark: Unknown, Why: "silent", What: domain}
		case v == spfNone:
			return Finding{Mark: Missing, Why: "missing", What: domain}
		case v == spfError:
			return Finding{Mark: Fail, Why: "broken", What: domain}
		case v == spfPass:
			return Finding{Mark: Fail, Why: "anybody", What: domain}
		}
		if q.Relay {
			continue
		}
		if len(q.Sources) == 0 {
			return Finding{Mark: Fail, Why: "no_source", What: q.Hello}
		}
		for _, a := range q.Sources {
			v, err := q.judge(ctx, d, a, domain)
			if err != nil {
				return Finding{Mark: Unknown, Why: "silent", What: domain}
			}
			if v != spfPass {
				return Finding{Mark: Fail, Why: "not_listed", What: a.String()}
			}
		}
	}
	if q.Relay {
		return Finding{Mark: Outside, Why: "relay"}
	}
	return Finding{Mark: Pass, Why: "pass"}
}

func (q Question) judge(ctx context.Context, d DNS, from netip.Addr, domain string) (verdict, error) {
	s := &spf{dns: d, from: from, sender: domain, hello: q.Hello}
	return s.evaluate(ctx, domain)
}

// ptr holds that each address has a name that leads back to it.
func (q Question) ptr(ctx context.Context, d DNS) Finding {
	if q.Relay {
		return Finding{Mark: Outside, Why: "relay"}
	}
	if len(q.Sources) == 0 {
		return Finding{Mark: Missing, Why: "no_source", What: q.Hello}
	}
	for _, a := range q.Sources {
		called, err := names(ctx, d, a)
		if err != nil {
			return Finding{Mark: Unknown, Why: "silent", What: a.String()}
		}
		if len(called) == 0 {
			return Finding{Mark: Missing, Why: "missing", What: a.String()}
		}
		back, err := leadsBack(ctx, d, called, a)
		switch {
		case err != nil:
			return Finding{Mark: Unknown, Why: "silent", What: called[0]}
		case !back:
			return Finding{Mark: Fail, Why: "other", What: called[0]}
		}
	}
	return Finding{Mark: Pass, Why: "pass"}
}

// maxNames bounds how many names of an address are followed (RFC 7208 4.6.4).
const maxNames = 10

func leadsBack(ctx context.Context, d DNS, called []string, to netip.Addr) (bool, error) {
	var silent error
	for _, name := range called[:min(len(called), maxNames)] {
		found, err := addresses(ctx, d, name)
		if err != nil {
			silent = err
			continue
		}
		for _, a := range found {
			if a.Unmap() == to.Unmap() {
				return true, nil
			}
		}
	}
	return false, silent
}

// reach holds that answers to the From domain can arrive.
func (q Question) reach(ctx context.Context, d DNS) Finding {
	hosts, null, err := exchangers(ctx, d, q.Domain)
	switch {
	case err != nil:
		return Finding{Mark: Unknown, Why: "silent", What: q.Domain}
	case len(hosts) > 0:
		return Finding{Mark: Pass, Why: "pass"}
	case null:
		return Finding{Mark: Fail, Why: "null_mx", What: q.Domain}
	}
	found, err := addresses(ctx, d, q.Domain)
	switch {
	case err != nil:
		return Finding{Mark: Unknown, Why: "silent", What: q.Domain}
	case len(found) == 0:
		return Finding{Mark: Missing, Why: "missing", What: q.Domain}
	}
	return Finding{Mark: Pass, Why: "pass"}
}

// dmarc holds that a record stands, and that the From domain is aligned with what DKIM
// signs, which is the same domain, or with the envelope's (RFC 9989 4.4).
func (q Question) dmarc(ctx context.Context, d DNS, s Seen) (Finding, bool) {
	p, err := discover(ctx, d, q.Domain)
	switch {
	case err != nil:
		return Finding{Mark: Unknown, Why: "silent", What: q.Domain}, false
	case p.twice:
		return Finding{Mark: Fail, Why: "two_records", What: q.Domain}, p.pct
	case p.domain == "":
		return Finding{Mark: Missing, Why: "missing", What: q.Domain}, false
	case s.DKIM.Mark == Pass:
		return Finding{Mark: Pass, Why: "by_dkim", What: p.domain}, p.pct
	}
	aligned := q.Envelope == q.Domain
	if !aligned && !p.strictSPF {
		of, err := discover(ctx, d, q.Envelope)
		if err != nil {
			return Finding{Mark: Unknown, Why: "silent", What: q.Envelope}, p.pct
		}
		aligned = of.org == p.org
	}
	switch {
	case aligned && s.SPF.Mark == Pass:
		return Finding{Mark: Pass, Why: "by_spf", What: p.domain}, p.pct
	case s.DKIM.Mark == Unknown || aligned && s.SPF.Mark == Unknown:
		return Finding{Mark: Unknown, Why: "silent", What: q.Domain}, p.pct
	}
	return Finding{Mark: Fail, Why: "not_aligned", What: q.Domain}, p.pct
}
