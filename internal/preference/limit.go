package preference

import (
	"net/netip"
	"sync"
	"time"
	"unicode/utf8"

	"golang.org/x/time/rate"
)

// The limits on asking for a link, in this process's memory. A mailbox gets at most
// three links in quick succession, whoever asks.
const (
	networkEvery = 30 * time.Second
	networkBurst = 10
	mailboxEvery = 20 * time.Minute
	mailboxBurst = 3
	// limitKeys is how many keys one generation holds; two generations are kept.
	limitKeys = 20_000
)

// limiter gives every key a bucket of its own and forgets those long unused, so
// that its memory is bounded whatever strangers send.
type limiter struct {
	every time.Duration
	burst int

	mu         sync.Mutex
	young, old map[string]*rate.Limiter
}

func newLimiter(every time.Duration, burst int) *limiter {
	return &limiter{every: every, burst: burst, young: map[string]*rate.Limiter{}}
}

// allow takes a token out of a key's bucket, or says no.
func (l *limiter) allow(key string, now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	b := l.young[key]
	if b == nil {
		if b = l.old[key]; b == nil {
			b = rate.NewLimiter(rate.Every(l.every), l.burst)
		}
		if len(l.young) >= limitKeys {
			l.young, l.old = map[string]*rate.Limiter{}, l.young
		}
		l.young[key] = b
	}
	return b.AllowN(now, 1)
}

// networkKey is whom a limit is for: one IPv4 address, or the /64 that one IPv6
// subscriber has.
func networkKey(a netip.Addr) string {
	a = a.Unmap().WithZone("")
	bits := 64
	if a.Is4() {
		bits = 32
	}
	p, err := a.Prefix(bits)
	if err != nil || !a.IsValid() {
		return ""
	}
	return p.String()
}

// cut shortens s to at most n bytes of valid UTF-8.
func cut(s string, n int) string {
	if len(s) > n {
		s = s[:n]
		for len(s) > 0 && !utf8.ValidString(s[max(0, len(s)-utf8.UTFMax):]) {
			s = s[:len(s)-1]
		}
	}
	if !utf8.ValidString(s) {
		return ""
	}
	return s
}
