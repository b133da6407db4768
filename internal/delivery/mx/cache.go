package mx

import (
	"sync"
	"time"
)

// Bounds of what is remembered. A no is kept for a shorter time than a yes, and a
// silence only long enough not to ask for every mail of a batch.
const (
	minTTL      = 30 * time.Second
	maxTTL      = time.Hour
	maxNegative = 15 * time.Minute
	silenceTTL  = 15 * time.Second
	// staleTime is how long after its end an answer still serves while no resolver
	// answers (RFC 8767 advises one to three days).
	staleTime = 24 * time.Hour
)

// entry is a remembered answer or failure.
type entry[T any] struct {
	value T
	err   error
	until time.Time
	// ended is when the records themselves ran out; before it the entry is fresh.
	ended time.Time
}

// stale says whether an entry is given out after its time.
func (e entry[T]) stale() bool { return e.ended.Before(e.until) }

// cache is a bounded map whose entries expire. It is safe for many goroutines.
type cache[T any] struct {
	mu      sync.Mutex
	max     int
	entries map[string]entry[T]
}

func newCache[T any](limit int) *cache[T] {
	return &cache[T]{max: limit, entries: map[string]entry[T]{}}
}

func (c *cache[T]) get(key string, now time.Time) (entry[T], bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e, ok := c.entries[key]
	return e, ok && now.Before(e.until)
}

// keep remembers what was learned and returns what is to be believed: where nobody
// answered, that is the old good answer for as long as it may be stale.
func (c *cache[T]) keep(key string, e entry[T], now time.Time) entry[T] {
	e.ended = e.until
	if Temporary(e.err) {
		c.mu.Lock()
		old, ok := c.entries[key]
		c.mu.Unlock()
		if ok && old.err == nil && now.Before(old.ended.Add(staleTime)) {
			old.until = e.until
			e = old
		}
	}
	c.put(key, e, now)
	return e
}

// put remembers an entry. When the cache is full, some others go: first what a few
// looks find expired, else whatever came by.
func (c *cache[T]) put(key string, e entry[T], now time.Time) {
	const looks = 16
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, known := c.entries[key]; !known && len(c.entries) >= c.max {
		victim, seen := "", 0
		for k, old := range c.entries {
			victim = k
			if seen++; seen == looks || !now.Before(old.until) {
				break
			}
		}
		delete(c.entries, victim)
	}
	c.entries[key] = e
}

// clampTTL keeps a record's seconds within bounds.
func clampTTL(seconds uint32, most time.Duration) time.Duration {
	return min(max(time.Duration(seconds)*time.Second, minTTL), most)
}
