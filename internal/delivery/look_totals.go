package delivery

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"time"

	"github.com/kyodaku/kyodaku/internal/delivery/shape"
	"github.com/kyodaku/kyodaku/internal/store"
)

// Totals are the figures of all workspaces, over lanes of one provider together: there
// are no more of them than profiles.
type Totals struct {
	// Queues are what waits, by provider and by whether somebody waits for it.
	Queues map[QueueOf]Queue
	// Paused and Stopped count resting lanes and open breakers by provider.
	Paused, Stopped map[string]int
	// Oldest is for how long the first message has been due that nobody has taken up.
	Oldest time.Duration
	// Uncertain counts messages whose fate a crash has left unknown.
	Uncertain int64
}

// QueueOf names the queues that are counted together.
type QueueOf struct {
	Provider string
	Awaited  bool
}

// pausesKept is how long ago a rest may have begun that still counts.
const pausesKept = 48 * time.Hour

// Totals counts everything, for figures.
func (l *Look) Totals(ctx context.Context, now time.Time) (Totals, error) {
	t := Totals{Queues: map[QueueOf]Queue{}, Paused: map[string]int{}, Stopped: map[string]int{}}
	err := l.eachQueue(ctx, 0, now, math.MaxInt32, func(lane string, q Queue) {
		at := QueueOf{l.Label(lane), isUrgent(lane)}
		sum := t.Queues[at]
		sum.Waiting, sum.Due = sum.Waiting+q.Waiting, sum.Due+q.Due
		t.Queues[at] = sum
		if late := now.Sub(q.Oldest); late > t.Oldest {
			t.Oldest = late
		}
	})
	if err != nil {
		return t, err
	}
	if err := l.countPaused(ctx, now, t.Paused); err != nil {
		return t, err
	}
	cells, err := l.openCells(ctx, "", now)
	if err != nil {
		return t, err
	}
	for _, c := range cells {
		t.Stopped[l.Label(c.Provider)]++
	}
	if err := l.db.QueryRow(ctx, sqlLookUncertain).Scan(&t.Uncertain); err != nil {
		return t, fmt.Errorf("delivery: look: %w", err)
	}
	return t, nil
}

func (l *Look) countPaused(ctx context.Context, now time.Time, paused map[string]int) error {
	rows, err := l.db.Query(ctx, sqlLookFresh, store.Micros(now.Add(-pausesKept)))
	if err != nil {
		return fmt.Errorf("delivery: look: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var name, text string
		if err := rows.Scan(&name, &text); err != nil {
			return fmt.Errorf("delivery: look: %w", err)
		}
		var s shape.State
		if json.Unmarshal([]byte(text), &s) == nil && now.Before(s.Paused) {
			paused[l.Label(name)]++
		}
	}
	return rows.Err()
}
