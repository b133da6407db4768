package mx

import (
	"math/rand/v2"
	"net/netip"
	"slices"
	"sync"
	"time"
)

const (
	// familyFailures is how many servers in a row must be out of reach by one family
	// of addresses, and none within it, for the family to be called dead.
	familyFailures = 3
	// familyRest is how long a dead family comes last.
	familyRest = 10 * time.Minute
	// perHost is how many addresses of one host are tried: one of each family where it
	// has both. A dead host with many addresses must not hide the next one.
	perHost = 2
)

// Families remembers which of IPv4 and IPv6 leads nowhere from this machine, so
// that mail does not wait for the same timeout again and again. Its zero value is
// ready, and safe for many goroutines.
type Families struct {
	mu     sync.Mutex
	states [2]family
}

type family struct {
	hosts []netip.Addr
	until time.Time
}

func familyOf(a netip.Addr) int {
	if a.Unmap().Is4() {
		return 0
	}
	return 1
}

// Reached notes a connection that came about.
func (f *Families) Reached(a netip.Addr) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.states[familyOf(a)] = family{}
}

// Failed notes a connection that did not come about: nobody answered, or there is
// no route. A refused one was answered and is a Reached.
func (f *Families) Failed(a netip.Addr, now time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	s := &f.states[familyOf(a)]
	if !slices.Contains(s.hosts, a) {
		s.hosts = append(s.hosts, a)
	}
	if len(s.hosts) >= familyFailures {
		s.until = now.Add(familyRest)
		s.hosts = s.hosts[1:] // after the rest, one more failure is enough
	}
}

// Dead says whether an address is of a family that leads nowhere.
func (f *Families) Dead(a netip.Addr, now time.Time) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return now.Before(f.states[familyOf(a)].until)
}

// Tries lists at most so many addresses in the order to try them: hosts as in
// Targets, of each host one address by IPv4 and one by IPv6 (IPv4 first: there the
// sender has its good name), and what is called dead behind everything else.
func (a Answer) Tries(rnd *rand.Rand, most int, dead func(netip.Addr) bool) []Target {
	var good, bad []Target
	for _, h := range a.order(rnd) {
		for _, addr := range happy(rnd, h.Addrs) {
			t := Target{Name: h.Name, Addr: addr, Preference: h.Preference}
			if dead(addr.Addr()) {
				bad = append(bad, t)
			} else {
				good = append(good, t)
			}
		}
	}
	tries := append(good, bad...)
	return tries[:min(len(tries), most)]
}

// happy chooses the addresses of a host that are tried.
func happy(rnd *rand.Rand, all []netip.AddrPort) []netip.AddrPort {
	all = slices.Clone(all)
	shuffle(rnd, all)
	var first, second []netip.AddrPort // the first of each family, and the others
	seen := [2]bool{}
	for _, a := range all {
		if f := familyOf(a.Addr()); !seen[f] {
			seen[f] = true
			first = append(first, a)
		} else {
			second = append(second, a)
		}
	}
	slices.SortStableFunc(first, func(x, y netip.AddrPort) int { return familyOf(x.Addr()) - familyOf(y.Addr()) })
	chosen := append(first, second...)
	return chosen[:min(len(chosen), perHost)]
}
