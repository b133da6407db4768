package delivery

import (
	"context"
	"sync"
	"time"
)

// halts knows which campaigns must not go out now, for the rows that are in memory
// already; the lease asks the database.
type halts struct {
	mu sync.Mutex
	// halted tells for each whether the database has been seen to say so too.
	halted map[int64]bool
	// seen is when each campaign was last leased from.
	seen map[int64]time.Time
}

// seenFor is how long a campaign is asked about after its last lease: retries of a
// slow receiver may be in hand for minutes.
const seenFor = 15 * time.Minute

func newHalts() halts { return halts{halted: map[int64]bool{}, seen: map[int64]time.Time{}} }

// Halt stops the hand-off of a campaign in this process at once; rows already
// leased go back. Release undoes it.
func (e *Engine) Halt(campaign int64) {
	e.halts.mu.Lock()
	defer e.halts.mu.Unlock()
	e.halts.halted[campaign] = false
}

// Release lets a campaign go out again.
func (e *Engine) Release(campaign int64) {
	e.halts.mu.Lock()
	delete(e.halts.halted, campaign)
	e.halts.mu.Unlock()
	e.Nudge()
}

func (e *Engine) isHalted(campaign int64) bool {
	if campaign == 0 {
		return false
	}
	e.halts.mu.Lock()
	defer e.halts.mu.Unlock()
	_, halted := e.halts.halted[campaign]
	return halted
}

// remember notes which campaigns rows were leased of.
func (e *Engine) remember(rows []Leased, now time.Time) {
	e.halts.mu.Lock()
	defer e.halts.mu.Unlock()
	for _, w := range rows {
		if w.Campaign != 0 {
			e.halts.seen[w.Campaign] = now
		}
	}
}

// concerned lists the campaigns that rows were leased of lately, and the halted ones.
func (h *halts) concerned(now time.Time) []int64 {
	h.mu.Lock()
	defer h.mu.Unlock()
	var ids []int64
	for id, at := range h.seen {
		if now.Sub(at) > seenFor {
			delete(h.seen, id)
			continue
		}
		ids = append(ids, id)
	}
	for id := range h.halted {
		if _, listed := h.seen[id]; !listed {
			ids = append(ids, id)
		}
	}
	return ids
}

// learn takes in what the database says. A halt that was ordered here stands until
// the database has confirmed it once; after that the database alone decides.
func (h *halts) learn(asked []int64, halted map[int64]bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, id := range asked {
		confirmed, known := h.halted[id]
		switch {
		case halted[id]:
			h.halted[id] = true
		case known && confirmed:
			delete(h.halted, id)
		}
	}
}

// learnHalted hears of orders that were given on another node.
func (e *Engine) learnHalted(ctx context.Context) error {
	asked := e.halts.concerned(e.Clock())
	halted, err := e.haltedOf(ctx, e.DB, asked)
	if err == nil {
		e.halts.learn(asked, halted)
	}
	return err
}
