package throttle

import (
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// Throttle holds a bucket for each of at most twice Keys keys. It is safe for
// concurrent use.
type Throttle struct {
	every time.Duration
	burst int
	keys  int

	mu         sync.Mutex
	young, old map[string]*rate.Limiter
}

// Keys is how many keys one generation holds. When the young ones are that many they
// become the old ones, and the old are forgotten.
const Keys = 20_000

// New makes a throttle whose buckets hold burst tokens and get one back every so often.
func New(every time.Duration, burst int) *Throttle {
	return &Throttle{every: every, burst: burst, keys: Keys, young: map[string]*rate.Limiter{}}
}

// Allow takes n tokens out of a key's bucket, or none and says no.
func (t *Throttle) Allow(key string, n int, now time.Time) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.bucket(key).AllowN(now, n)
}

// Take takes one token; otherwise it takes none and returns how long until there is one.
func (t *Throttle) Take(key string, now time.Time) (wait time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	r := t.bucket(key).ReserveN(now, 1)
	if wait = r.DelayFrom(now); wait > 0 {
		r.CancelAt(now)
	}
	return wait
}

// Forget gives a key all its tokens back.
func (t *Throttle) Forget(key string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.young, key)
	delete(t.old, key)
}

func (t *Throttle) bucket(key string) *rate.Limiter {
	if b, ok := t.young[key]; ok {
		return b
	}
	if len(t.young) >= t.keys {
		t.young, t.old = map[string]*rate.Limiter{}, t.young
	}
	b, ok := t.old[key]
	if !ok {
		b = rate.NewLimiter(rate.Every(t.every), t.burst)
	}
	t.young[key] = b
	return b
}

// Network is the key of what one party commands: an IPv4 address, or the /64 that one
// IPv6 subscriber has. An address that is none gives "".
func Network(a netip.Addr) string {
	a = a.Unmap().WithZone("")
	if !a.Is6() {
		if !a.IsValid() {
			return ""
		}
		return a.String()
	}
	p, err := a.Prefix(64)
	if err != nil {
		return a.String()
	}
	return p.String()
}
