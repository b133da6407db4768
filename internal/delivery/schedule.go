package delivery

import (
	"context"
	"time"
)

const (
	// lookEvery is how often the engine looks for due messages without a nudge:
	// retries fall due, and other nodes put messages in.
	lookEvery = 250 * time.Millisecond
	// leaseTime is how long a row stays with a node that does not renew: so long do
	// the messages of a dead node wait. One that ends too early costs nothing but a
	// second try, for its node gets no intent any more.
	leaseTime = 30 * time.Second
	// writeAgain is how long rows rest that could not be written now.
	writeAgain = 5 * time.Second
	// mostInHand bounds the letters in memory, over all lanes.
	mostInHand = 4096
)

func (e *Engine) schedule(ctx context.Context) {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		select {
		case <-e.stopped:
			return
		case <-tick.C:
		case <-e.wake:
		}
		began := time.Now()
		e.staff()
		if err := e.fill(ctx); err != nil {
			e.complain("due messages cannot be leased", err)
		}
		e.rounds.Add(1)
		// Where there are very many lanes, looking must not be all that is done.
		if took := time.Since(began); took > lookEvery {
			e.wait(e.wire, min(took, time.Second))
		}
	}
}

// fill gives every lane with room its next due messages, beginning where the last
// round had to end because too much was in hand.
func (e *Engine) fill(ctx context.Context) error {
	name, begun := e.turn, e.turn == ""
	e.turn = ""
	seen := map[string]bool{}
	for !e.stopping.Load() {
		before := name
		err := e.DB.QueryRow(ctx, sqlNextLane, before).Scan(&name)
		switch {
		case notFound(err) && begun, err == nil && seen[name]:
			e.forgetLanes()
			return nil
		case notFound(err):
			name, begun = "", true
			continue
		case err != nil:
			return err
		}
		seen[name] = true
		if !e.mayLease(name) {
			if e.turn == "" {
				e.turn = before
			}
			continue
		}
		if err := e.fillLane(ctx, name); err != nil {
			return err
		}
	}
	return nil
}

// mayLease says whether another batch for a lane fits into the memory. What people
// wait for always does.
func (e *Engine) mayLease(lane string) bool { return e.inHand.Load() < mostInHand || isUrgent(lane) }

// fillLane leases for a lane what it has room for: the same from every campaign
// that has something due, those of a workspace sharing its part.
func (e *Engine) fillLane(ctx context.Context, name string) error {
	l := e.lane(name)
	if !e.home(l) {
		return nil
	}
	if l.full(e.Clock()) {
		return nil
	}
	flows, err := e.flows(ctx, l)
	if err != nil {
		return err
	}
	for len(flows) > 0 && !e.stopping.Load() && e.mayLease(name) {
		room := l.room(e.Clock())
		if room == 0 {
			return nil
		}
		if flows, err = e.fillFrom(ctx, l, flows, room); err != nil {
			return err
		}
	}
	return nil
}

// fillFrom leases each campaign's part of the room and returns those that have more.
func (e *Engine) fillFrom(ctx context.Context, l *lane, flows []flow, room int) ([]flow, error) {
	more := flows[:0]
	for _, f := range flows {
		part := f.part(room)
		most := min(part, e.mayTake(&l.manners, f.campaign, e.Clock()))
		n := 0
		if most > 0 {
			var err error
			if n, err = e.lease(ctx, l, f, most); err != nil {
				return nil, err
			}
		}
		switch n {
		case 0:
			l.turns.hush(f, e.Clock())
		case part:
			more = append(more, f)
		}
	}
	return share(more), nil
}

// forgetLanes drops lanes that have not been used for a while.
func (e *Engine) forgetLanes() {
	now := e.Clock()
	e.mu.Lock()
	defer e.mu.Unlock()
	for name, l := range e.lanes {
		if l.unused(now) {
			delete(e.lanes, name)
		}
	}
}
