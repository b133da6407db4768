package account

import (
	"net/netip"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/kyodaku/kyodaku/internal/fault"
)

// limits are the brakes on guessing. They live in this process's memory: several
// nodes allow as many times the rate, which is still far from guessing.
type limits struct {
	// account slows guesses at one account from everywhere.
	account *limiter
	// network slows one network trying many accounts.
	network *limiter
	// code slows guesses at the six digits of a second factor.
	code *limiter
}

func newLimits() limits {
	return limits{
		account: newLimiter(30*time.Second, 10),
		network: newLimiter(5*time.Second, 30),
		code:    newLimiter(time.Minute, 5),
	}
}

// generation is how many keys are remembered before the oldest half is let go.
const generation = 8192

// limiter holds one token bucket per key, at most 2×generation of them: when the
// young ones are full they become the old ones, and the old are forgotten.
type limiter struct {
	every time.Duration
	burst int

	mu         sync.Mutex
	young, old map[string]*rate.Limiter
}

func newLimiter(every time.Duration, burst int) *limiter {
	return &limiter{every: every, burst: burst, young: map[string]*rate.Limiter{}}
}

// take takes a token, or says fault.Busy with the seconds until the next one.
func (l *limiter) take(key string, now time.Time) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	r := l.bucket(key).ReserveN(now, 1)
	wait := r.DelayFrom(now)
	if wait == 0 {
		return nil
	}
	r.CancelAt(now)
	return fault.New(fault.Busy, "account.limit", "Seconds", int(wait/time.Second)+1)
}

// forget gives a key all its tokens back.
func (l *limiter) forget(key string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.young, key)
	delete(l.old, key)
}

func (l *limiter) bucket(key string) *rate.Limiter {
	if b, ok := l.young[key]; ok {
		return b
	}
	if len(l.young) >= generation {
		l.young, l.old = map[string]*rate.Limiter{}, l.young
	}
	b, ok := l.old[key]
	if !ok {
		b = rate.NewLimiter(rate.Every(l.every), l.burst)
	}
	l.young[key] = b
	return b
}

// networkOf writes a caller's address without port and zone.
func networkOf(s string) string {
	if ap, err := netip.ParseAddrPort(s); err == nil {
		return ap.Addr().Unmap().WithZone("").String()
	}
	if a, err := netip.ParseAddr(s); err == nil {
		return a.Unmap().WithZone("").String()
	}
	return plain(strings.TrimSpace(s), maxName)
}

// networkKey is what one party commands: an IPv4 address or an IPv6 /64.
func networkKey(s string) string {
	a, err := netip.ParseAddr(networkOf(s))
	if err != nil || a.Is4() {
		return networkOf(s)
	}
	p, err := a.Prefix(64)
	if err != nil {
		return a.String()
	}
	return p.String()
}
