package delivery

import (
	"sync"
	"time"

	"github.com/kyodaku/kyodaku/internal/delivery/shape"
)

// cell is one campaign at one provider: where its mail does harm, it alone stops.
type cell struct {
	provider string
	campaign int64
}

// cells keeps a breaker for each cell that has been sent from lately.
type cells struct {
	mu   sync.Mutex
	open map[cell]*watched
}

// watched is a breaker with what was last done with it.
type watched struct {
	*shape.Breaker
	used time.Time
	// changes counts the turns, saved those that are stored.
	changes, saved uint64
}

// cellKept is how long an unused breaker stays in memory.
const cellKept = 24 * time.Hour

func newCells() cells { return cells{open: map[cell]*watched{}} }

// breaker returns the breaker for a row, or nil for messages of no campaign.
func (e *Engine) breaker(m *manners, campaign int64, now time.Time) *watched {
	if campaign == 0 {
		return nil
	}
	at := cell{m.provider, campaign}
	c := &e.cells
	c.mu.Lock()
	defer c.mu.Unlock()
	w := c.open[at]
	if w == nil {
		w = &watched{Breaker: e.learned.breaker(m.breaker, at)}
		c.open[at] = w
	}
	w.used = now
	return w
}

// turned notes that a breaker opened or closed, for whoever watches the log.
func (e *Engine) turned(at cell, w *watched, now time.Time) {
	e.cells.mu.Lock()
	w.changes++
	e.cells.mu.Unlock()
	s := w.Status(now)
	e.Log.Warn("the breaker of a campaign at a provider turned", "provider", at.provider, "campaign", at.campaign,
		"phase", string(s.Phase), "unknown", s.Unknown, "answers", s.Answers)
}

// Complained tells the breaker of a campaign that a reader called its mail unwanted.
func (e *Engine) Complained(campaign int64, domain string) {
	now := e.Clock()
	m := e.mannersOf(e.Router.Lane(domain))
	if w := e.breaker(&m, campaign, now); w != nil && w.Complain(now) {
		e.turned(cell{m.provider, campaign}, w, now)
	}
}

// CloseBreaker lets a campaign go on at a provider; by is who says so.
func (e *Engine) CloseBreaker(campaign int64, provider, by string) {
	now := e.Clock()
	m := e.mannersOf(provider)
	if w := e.breaker(&m, campaign, now); w != nil { // also one of an earlier life, not asked since
		w.Close(now, by)
		e.cells.mu.Lock()
		w.changes++
		e.cells.mu.Unlock()
	}
	e.Nudge()
}

// mayTake is how many rows of a campaign may be leased: none while its breaker is open,
// one to try when the rest is over.
func (e *Engine) mayTake(m *manners, campaign int64, now time.Time) int {
	e.cells.mu.Lock()
	w := e.cells.open[cell{m.provider, campaign}]
	e.cells.mu.Unlock()
	if w == nil {
		return batchMost
	}
	switch s := w.Status(now); {
	case s.Phase == shape.Closed:
		return batchMost
	case now.Before(s.Until):
		return 0
	}
	return 1
}

// forget drops breakers that nobody asked for a while; they are stored.
func (c *cells) forget(now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for at, w := range c.open {
		if now.Sub(w.used) > cellKept && w.changes == w.saved {
			delete(c.open, at)
		}
	}
}
