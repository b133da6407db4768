package delivery

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"sync"
	"time"

	"github.com/kyodaku/kyodaku/internal/delivery/shape"
	"github.com/kyodaku/kyodaku/internal/store"
)

// The kinds of what is learned.
const (
	learnedLane    = "lane"
	learnedBreaker = "breaker"
	learnedDaily   = "daily"
)

// lesson names one thing that was learned.
type lesson struct{ kind, name, part string }

// learned is what is known of receivers from earlier, so that a restart does not
// begin as a stranger.
type learned struct {
	mu    sync.Mutex
	known map[lesson][]byte
}

// learnedFor is how long a lesson is kept that nothing was added to.
const learnedFor = 30 * 24 * time.Hour

// load reads the lessons of earlier lives.
func (k *learned) load(ctx context.Context, db *store.DB, now time.Time) error {
	rows, err := db.Query(ctx, sqlShaping, store.Micros(now.Add(-learnedFor)))
	if err != nil {
		return fmt.Errorf("delivery: what was learned: %w", err)
	}
	defer rows.Close()
	k.mu.Lock()
	defer k.mu.Unlock()
	k.known = map[lesson][]byte{}
	for rows.Next() {
		var l lesson
		var state []byte
		if err := rows.Scan(&l.kind, &l.name, &l.part, &state); err != nil {
			return fmt.Errorf("delivery: what was learned: %w", err)
		}
		k.known[l] = state
	}
	return rows.Err()
}

// recall fills in a lesson; one that cannot be read counts as not learned.
func recall[T any](k *learned, l lesson) (T, bool) {
	k.mu.Lock()
	text, ok := k.known[l]
	k.mu.Unlock()
	var state T
	return state, ok && json.Unmarshal(text, &state) == nil
}

func (k *learned) keep(l lesson, state any) ([]byte, error) {
	text, err := json.Marshal(state)
	if err != nil {
		return nil, err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.known[l] = text
	return text, nil
}

func (k *learned) breaker(b shape.BreakerBounds, at cell) *shape.Breaker {
	if s, ok := recall[shape.BreakerState](k, lesson{learnedBreaker, at.provider, strconv.FormatInt(at.campaign, 10)}); ok {
		return shape.RestoreBreaker(b, s)
	}
	return shape.NewBreaker(b)
}

// outlet makes a lane's way out from a source as it was last known.
func (e *Engine) outlet(name string, m *manners, s Source, now time.Time) *outlet {
	o := &outlet{source: s, daily: e.dailies.of(&e.learned, m.provider, s)}
	if state, ok := recall[shape.State](&e.learned, lesson{learnedLane, name, s.Name}); ok {
		o.control = shape.Restore(m.bounds, state, now)
	} else {
		o.control = shape.New(m.bounds, now)
	}
	o.saved = o.control.Changed()
	return o
}

// shapingWidth is the number of columns of sqlKeepShaping.
const shapingWidth = 5

// lessons are collected to be stored together.
type lessons struct {
	known *learned
	at    time.Time
	rows  []any
	// stored is what to do once they are.
	stored []func()
}

func (s *lessons) add(l lesson, state any) error {
	text, err := s.known.keep(l, state)
	s.rows = append(s.rows, l.kind, l.name, l.part, string(text), store.Micros(s.at))
	return err
}

// keepLearned stores what changed since it was last stored.
func (e *Engine) keepLearned(ctx context.Context) error {
	s := lessons{known: &e.learned, at: e.Clock()}
	if err := e.changedLanes(&s); err != nil {
		return err
	}
	if err := e.changedCells(&s); err != nil {
		return err
	}
	if err := e.dailies.each(s.at, s.add); err != nil {
		return err
	}
	e.cells.forget(s.at)
	if len(s.rows) == 0 {
		return nil
	}
	err := e.DB.Write(ctx, func(tx *store.Tx) error {
		if _, err := tx.Exec(ctx, sqlForgetShaping, store.Micros(s.at.Add(-learnedFor))); err != nil {
			return err
		}
		return tx.InsertRows(ctx, sqlKeepShaping, sqlKeepShapingAgain, shapingWidth, s.rows)
	})
	if err != nil {
		return err // all of it is collected again
	}
	for _, done := range s.stored {
		done()
	}
	return nil
}

func (e *Engine) changedLanes(s *lessons) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, l := range e.lanes {
		if err := l.changed(s); err != nil {
			return err
		}
	}
	return nil
}

// changed tells what a lane has learned since it was last stored.
func (l *lane) changed(s *lessons) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, o := range l.outlets {
		n := o.control.Changed()
		if n == o.saved {
			continue
		}
		if err := s.add(lesson{learnedLane, l.name, o.source.Name}, o.control.Snapshot(s.at)); err != nil {
			return err
		}
		s.stored = append(s.stored, func() {
			l.mu.Lock()
			defer l.mu.Unlock()
			o.saved = n
		})
	}
	return nil
}

func (e *Engine) changedCells(s *lessons) error {
	e.cells.mu.Lock()
	defer e.cells.mu.Unlock()
	for at, w := range e.cells.open {
		n := w.changes
		if n == w.saved {
			continue
		}
		if err := s.add(lesson{learnedBreaker, at.provider, strconv.FormatInt(at.campaign, 10)}, w.Snapshot()); err != nil {
			return err
		}
		s.stored = append(s.stored, func() {
			e.cells.mu.Lock()
			defer e.cells.mu.Unlock()
			w.saved = n
		})
	}
	return nil
}
