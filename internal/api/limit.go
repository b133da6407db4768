package api

import (
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"golang.org/x/time/rate"

	"github.com/kyodaku/kyodaku/internal/fault"
)

// Limit is how often one key may call: so many a second on average, so many at once.
type Limit struct {
	PerSecond float64
	Burst     int
}

// The usual limit: enough to record what a busy shop's customers say one by one, far
// from what would slow the delivery down. Many at once go by import.
const (
	usualPerSecond = 100
	usualBurst     = 200
)

// limiter holds a token bucket per key. Keys are few and real: a forged one has been
// turned away before. Each node has its own.
type limiter struct {
	limit Limit
	mu    sync.Mutex
	keys  map[int64]*rate.Limiter
}

func newLimiter(l Limit) *limiter {
	if l.PerSecond == 0 || l.Burst == 0 {
		l = Limit{usualPerSecond, usualBurst}
	}
	return &limiter{limit: l, keys: map[int64]*rate.Limiter{}}
}

// take takes a token; 0, or how long to wait for the next one.
func (l *limiter) take(key int64, now time.Time) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	bucket, ok := l.keys[key]
	if !ok {
		bucket = rate.NewLimiter(rate.Limit(l.limit.PerSecond), l.limit.Burst)
		l.keys[key] = bucket
	}
	r := bucket.ReserveN(now, 1)
	wait := r.DelayFrom(now)
	if wait > 0 {
		r.CancelAt(now)
	}
	return wait
}

// limit turns away a key that asks too often (RFC 6585 section 4).
func (s *server) limit(h huma.Context, next func(huma.Context)) {
	c, ok := h.Context().Value(callKey{}).(call)
	if !ok {
		s.refuse(h, fault.New(fault.Unauthenticated, "fault.unauthenticated"))
		return
	}
	if wait := s.limits.take(c.key.ID, c.now); wait > 0 {
		s.refuse(h, fault.New(fault.Busy, tooOften, secondsArg, int(wait/time.Second)+1))
		return
	}
	next(h)
}
