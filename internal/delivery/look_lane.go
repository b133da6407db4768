package delivery

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/kyodaku/kyodaku/internal/delivery/shape"
	"github.com/kyodaku/kyodaku/internal/store"
)

// mostLanes bounds how many lanes are listed: those with the most waiting, and those
// that learned something last.
const mostLanes = 200

// LaneState is one lane as it stands.
type LaneState struct {
	// Name is the lane's; Awaited marks the one for what somebody waits for, which has
	// the same name and limits of its own.
	Name     string `json:"lane"`
	Awaited  bool   `json:"awaited,omitempty"`
	Provider string `json:"provider"`
	Queue    Queue  `json:"queue"`
	// Ways are what may be done from each source.
	Ways []Way `json:"sources"`
}

// Paused is until when nothing goes out of the lane; zero if something may.
func (s LaneState) Paused() (until time.Time) {
	for _, w := range s.Ways {
		if w.PausedUntil.IsZero() {
			return time.Time{}
		}
		until = sooner(until, w.PausedUntil)
	}
	return until
}

// Queue counts the messages of a lane that have no outcome yet.
type Queue struct {
	// Waiting are those nobody works on, Due those of them whose time has come.
	Waiting int64 `json:"waiting"`
	Due     int64 `json:"due"`
	// InHand are with a node, AtDot those whose final dot may be on its way.
	InHand int64 `json:"in_hand"`
	AtDot  int64 `json:"at_the_dot"`
	// Parked belong to campaigns that are paused.
	Parked int64 `json:"parked"`
	// Oldest is when the first that waits was due, or will be.
	Oldest time.Time `json:"oldest_due,omitzero"`
}

// Way is what a lane may do from one source address.
type Way struct {
	// Source is the source's name, "" for the machine's own choice.
	Source string `json:"source"`
	// At is when a limit last changed; zero if they are as the profile begins.
	At            time.Time `json:"changed_at,omitzero"`
	Connections   int       `json:"connections"`
	PerConnection int       `json:"mails_per_connection"` // 0: no bound
	PerSecond     float64   `json:"mails_per_second"`     // 0: no bound
	// PausedUntil is when it goes on; zero if it does not rest.
	PausedUntil time.Time `json:"paused_until,omitzero"`
	// Probe says that one mail must find out whether mail is taken again.
	Probe bool `json:"probe,omitempty"`
	// Decisions are the last changes with the replies behind them, the newest first.
	Decisions []shape.Decision `json:"decisions,omitempty"`
}

// Lanes lists the lanes that have something to do or have learned something lately,
// those with the most waiting first. Of more than a few hundred the rest is left out.
func (l *Look) Lanes(ctx context.Context, workspace int64, now time.Time) ([]LaneState, error) {
	queues, err := l.queues(ctx, workspace, now)
	if err != nil {
		return nil, err
	}
	names := slices.Collect(maps.Keys(queues))
	if err := l.lately(ctx, func(name string) {
		if queues[name] == nil {
			queues[name], names = &Queue{}, append(names, name)
		}
	}); err != nil {
		return nil, err
	}
	if err := l.inHand(ctx, workspace, queues); err != nil {
		return nil, err
	}
	all, err := l.states(ctx, names, queues, now)
	slices.SortFunc(all, func(a, b LaneState) int {
		return cmp.Or(cmp.Compare(b.Queue.Waiting, a.Queue.Waiting), cmp.Compare(a.Name, b.Name), compareBool(a.Awaited, b.Awaited))
	})
	return all, err
}

func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return -1
	}
	return 1
}

// states adds to queues what was learned of their lanes.
func (l *Look) states(ctx context.Context, names []string, queues map[string]*Queue, now time.Time) ([]LaneState, error) {
	learned, err := l.learnedOf(ctx, names)
	if err != nil {
		return nil, err
	}
	out := make([]LaneState, 0, len(names))
	for _, name := range names {
		m := l.manners(name)
		s := LaneState{Name: strings.TrimPrefix(name, urgent), Awaited: isUrgent(name), Provider: m.provider, Queue: *queues[name]}
		for _, x := range learned[name] {
			s.Ways = append(s.Ways, m.limitsOf(x.source, x.state, true, now))
		}
		if len(s.Ways) == 0 {
			s.Ways = []Way{m.limitsOf("", shape.State{}, false, now)}
		}
		out = append(out, s)
	}
	return out, nil
}

// queues counts what waits, for the lanes with the most.
func (l *Look) queues(ctx context.Context, workspace int64, now time.Time) (map[string]*Queue, error) {
	out := map[string]*Queue{}
	err := l.eachQueue(ctx, workspace, now, mostLanes, func(lane string, q Queue) { out[lane] = &q })
	return out, err
}

func (l *Look) eachQueue(ctx context.Context, workspace int64, now time.Time, most int, add func(lane string, q Queue)) error {
	rows, err := l.db.Query(ctx, sqlLookQueues, store.Micros(now), workspace, workspace, most)
	if err != nil {
		return fmt.Errorf("delivery: look: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var lane string
		var oldest int64
		var q Queue
		if err := rows.Scan(&lane, &q.Waiting, &q.Due, &oldest); err != nil {
			return fmt.Errorf("delivery: look: %w", err)
		}
		q.Oldest = store.Time(oldest)
		add(lane, q)
	}
	return rows.Err()
}

func (l *Look) queueOf(ctx context.Context, workspace int64, lane string, now time.Time) (q Queue, err error) {
	var oldest int64
	err = l.db.QueryRow(ctx, sqlLookQueue, store.Micros(now), lane, workspace, workspace).Scan(&q.Waiting, &q.Due, &oldest)
	if err != nil {
		return q, fmt.Errorf("delivery: look: %w", err)
	}
	q.Oldest = store.Time(oldest)
	return q, nil
}

// inHand adds what nodes work on and what is parked to the queues that are asked about.
func (l *Look) inHand(ctx context.Context, workspace int64, queues map[string]*Queue) error {
	rows, err := l.db.Query(ctx, sqlLookHeld, workspace, workspace, workspace, workspace)
	if err != nil {
		return fmt.Errorf("delivery: look: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var lane string
		var state, n int64
		if err := rows.Scan(&lane, &state, &n); err != nil {
			return fmt.Errorf("delivery: look: %w", err)
		}
		q := queues[lane]
		switch {
		case q == nil:
		case state == stateLeased:
			q.InHand = n
		case state == stateDot:
			q.AtDot = n
		default:
			q.Parked = n
		}
	}
	return rows.Err()
}

// lately names the lanes that learned something last.
func (l *Look) lately(ctx context.Context, add func(name string)) error {
	rows, err := l.db.Query(ctx, sqlLookLately, mostLanes)
	if err != nil {
		return fmt.Errorf("delivery: look: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return fmt.Errorf("delivery: look: %w", err)
		}
		add(name)
	}
	return rows.Err()
}

// learnt is what one source has learned in a lane.
type learnt struct {
	source string
	state  shape.State
}

func (l *Look) learnedOf(ctx context.Context, names []string) (map[string][]learnt, error) {
	out := map[string][]learnt{}
	if len(names) == 0 {
		return out, nil
	}
	rows, err := l.db.Query(ctx, sqlLookLearned, store.In(names))
	if err != nil {
		return nil, fmt.Errorf("delivery: look: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var name, text string
		var x learnt
		if err := rows.Scan(&name, &x.source, &text); err != nil {
			return nil, fmt.Errorf("delivery: look: %w", err)
		}
		if json.Unmarshal([]byte(text), &x.state) == nil { // what cannot be read was not learned, as for the engine
			out[name] = append(out[name], x)
		}
	}
	return out, rows.Err()
}
