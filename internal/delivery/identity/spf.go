package identity

import (
	"context"
	"errors"
	"net/netip"
	"strconv"
	"strings"
)

// verdict is what SPF says of an address (RFC 7208 2.6).
type verdict string

const (
	spfNone     verdict = "none"
	spfNeutral  verdict = "neutral"
	spfPass     verdict = "pass"
	spfFail     verdict = "fail"
	spfSoftFail verdict = "softfail"
	spfError    verdict = "permerror"
)

// Bounds of one evaluation (RFC 7208 4.6.4).
const (
	maxTerms = 10
	maxVoid  = 2
	maxHosts = 10
)

// errSilent is that a question was not answered: the verdict is not known.
var errSilent = errors.New("no answer")

// errBroken is a record that cannot be evaluated (permerror).
var errBroken = errors.New("record cannot be evaluated")

// spf evaluates a domain's record for one address.
type spf struct {
	dns    DNS
	from   netip.Addr
	sender string // the domain that stands in macros
	hello  string
	terms  int
	voids  int
}

// evaluate is check_host of RFC 7208 4. The error is errSilent when nobody knows.
func (s *spf) evaluate(ctx context.Context, domain string) (verdict, error) {
	v, err := s.check(ctx, domain)
	if errors.Is(err, errBroken) {
		return spfError, nil
	}
	return v, err
}

// record finds the one SPF record of a domain; none is "".
func (s *spf) record(ctx context.Context, domain string) (string, error) {
	texts, err := s.dns.Texts(ctx, domain)
	if err != nil {
		return "", errSilent
	}
	found := ""
	for _, t := range texts {
		if low := strings.ToLower(t); low != "v=spf1" && !strings.HasPrefix(low, "v=spf1 ") {
			continue
		}
		if found != "" {
			return "", errBroken // two records are none (RFC 7208 4.5)
		}
		found = t
	}
	return found, nil
}

func (s *spf) check(ctx context.Context, domain string) (verdict, error) {
	text, err := s.record(ctx, domain)
	if err != nil || text == "" {
		return spfNone, err
	}
	redirect := ""
	var mechanisms []string
	for _, term := range strings.Fields(text)[1:] {
		if name, value, ok := strings.Cut(term, "="); ok && !strings.ContainsAny(name, ":/") {
			if strings.EqualFold(name, "redirect") {
				redirect = value
			}
			continue
		}
		mechanisms = append(mechanisms, term)
	}
	for _, term := range mechanisms {
		v := spfPass
		if at := strings.IndexByte("+-~?", term[0]); at >= 0 {
			v = [...]verdict{spfPass, spfFail, spfSoftFail, spfNeutral}[at]
			term = term[1:]
		}
		hit, err := s.matches(ctx, term, domain)
		if err != nil {
			return "", err
		}
		if hit {
			return v, nil
		}
	}
	if redirect == "" {
		return spfNeutral, nil
	}
	return s.redirect(ctx, redirect, domain)
}

func (s *spf) redirect(ctx context.Context, to, domain string) (verdict, error) {
	if err := s.count(); err != nil {
		return "", err
	}
	name, err := s.expand(to, domain)
	if err != nil {
		return "", err
	}
	v, err := s.check(ctx, name)
	if v == spfNone && err == nil {
		return "", errBroken
	}
	return v, err
}

func (s *spf) count() error {
	if s.terms++; s.terms > maxTerms {
		return errBroken
	}
	return nil
}

// matches says whether a mechanism (RFC 7208 5) covers the address.
func (s *spf) matches(ctx context.Context, term, domain string) (bool, error) {
	name, rest := term, ""
	if at := strings.IndexAny(term, ":/"); at >= 0 {
		name, rest = term[:at], term[at:]
	}
	switch strings.ToLower(name) {
	case "all":
		return true, nil
	case "ip4", "ip6":
		return s.within(strings.TrimPrefix(rest, ":"))
	}
	if err := s.count(); err != nil {
		return false, err
	}
	target, bits4, bits6, err := s.target(rest, domain)
	if err != nil {
		return false, err
	}
	switch strings.ToLower(name) {
	case "a":
		return s.at(ctx, []string{target}, bits4, bits6)
	case "mx":
		hosts, _, err := exchangers(ctx, s.dns, target)
		if err != nil {
			return false, errSilent
		}
		if len(hosts) == 0 {
			return false, s.void()
		}
		if len(hosts) > maxHosts {
			return false, errBroken
		}
		return s.at(ctx, hosts, bits4, bits6)
	case "include":
		v, err := s.check(ctx, target)
		if v == spfNone && err == nil {
			return false, errBroken
		}
		return v == spfPass, err
	case "exists":
		found, err := addresses(ctx, s.dns, target)
		if err != nil {
			return false, errSilent
		}
		if len(found) == 0 {
			return false, s.void()
		}
		return true, nil
	case "ptr": // not to be used (RFC 7208 5.5); receivers may leave it out, so it proves nothing
		return false, nil
	}
	return false, errBroken
}

func (s *spf) void() error {
	if s.voids++; s.voids > maxVoid {
		return errBroken
	}
	return nil
}

// within compares with a network written in the record.
func (s *spf) within(text string) (bool, error) {
	if !strings.Contains(text, "/") {
		a, err := netip.ParseAddr(text)
		if err != nil {
			return false, errBroken
		}
		return a.Unmap() == s.from.Unmap(), nil
	}
	p, err := netip.ParsePrefix(text)
	if err != nil {
		return false, errBroken
	}
	return p.Contains(s.from.Unmap()), nil
}

// at compares with the addresses of hosts, widened to networks.
func (s *spf) at(ctx context.Context, hosts []string, bits4, bits6 int) (bool, error) {
	for _, h := range hosts {
		found, err := addresses(ctx, s.dns, h)
		if err != nil {
			return false, errSilent
		}
		if len(found) == 0 {
			if err := s.void(); err != nil {
				return false, err
			}
		}
		for _, a := range found {
			bits := bits6
			if a.Unmap().Is4() {
				bits = bits4
			}
			if p, err := a.Unmap().Prefix(bits); err == nil && p.Contains(s.from.Unmap()) {
				return true, nil
			}
		}
	}
	return false, nil
}

// target reads ":domain/4-bits//6-bits", each part optional.
func (s *spf) target(rest, domain string) (name string, bits4, bits6 int, err error) {
	bits4, bits6 = 32, 128
	if before, wide, ok := strings.Cut(rest, "//"); ok {
		if bits6, err = bitsOf(wide, 128); err != nil {
			return "", 0, 0, err
		}
		rest = before
	}
	if at := strings.LastIndexByte(rest, '/'); at >= 0 {
		if bits4, err = bitsOf(rest[at+1:], 32); err != nil {
			return "", 0, 0, err
		}
		rest = rest[:at]
	}
	if rest == "" {
		return domain, bits4, bits6, nil
	}
	name, err = s.expand(strings.TrimPrefix(rest, ":"), domain)
	return name, bits4, bits6, err
}

func bitsOf(text string, most int) (int, error) {
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 || n > most {
		return 0, errBroken
	}
	return n, nil
}
