package collect

import (
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// limiter gives every key a bucket of its own and forgets those long unused, so
// that its memory is bounded whatever strangers send.
type limiter struct {
	every time.Duration
	burst int
	// max is how many keys one generation holds; two generations are kept.
	max int

	mu         sync.Mutex
	young, old map[string]*rate.Limiter
}

func newLimiter(every time.Duration, burst int) *limiter {
	return &limiter{every: every, burst: burst, max: 20_000, young: map[string]*rate.Limiter{}}
}

// allow takes n tokens out of a key's bucket, or none and says no.
func (l *limiter) allow(key string, n int, now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	b := l.young[key]
	if b == nil {
		if b = l.old[key]; b == nil {
			b = rate.NewLimiter(rate.Every(l.every), l.burst)
		}
		if len(l.young) >= l.max {
			l.young, l.old = map[string]*rate.Limiter{}, l.young
		}
		l.young[key] = b
	}
	return b.AllowN(now, n)
}

// networkKey is whom a limit is for: one IPv4 address, or the /64 that one IPv6
// subscriber has.
func networkKey(a netip.Addr) string {
	if a.Is6() && !a.Is4In6() {
		if p, err := a.Prefix(64); err == nil {
			return p.String()
		}
	}
	return a.Unmap().String()
}
