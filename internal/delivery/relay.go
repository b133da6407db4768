package delivery

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/kyodaku/kyodaku/internal/delivery/profile"
	"github.com/kyodaku/kyodaku/internal/delivery/smtp"
)

// relayLane is the one lane of a relay: the shaping per provider is the relay's.
const relayLane = "relay"

// Relay hands everything to one server (a smart host, or the catcher).
type Relay struct{ Target smtp.Target }

// Lane implements Router.
func (Relay) Lane(string) string { return relayLane }

// Site implements Router.
func (Relay) Site(context.Context, string) (string, error) { return relayLane, nil }

// Targets implements Router.
func (r Relay) Targets(context.Context, string) ([]smtp.Target, error) {
	return []smtp.Target{r.Target}, nil
}

// SameServers implements Router: everything goes to the one server.
func (Relay) SameServers(string, string) bool { return true }

// RelayTarget is one of several relays.
type RelayTarget struct {
	Target smtp.Target
	// Weight is its part of the connections among all that are up; 0 means that it is
	// only used while no other is.
	Weight int
}

// Relays spreads connections over several relays by weight, and goes round those
// that are down. It is safe for concurrent use.
type Relays struct {
	clock func() time.Time
	mu    sync.Mutex
	all   []*relay
}

type relay struct {
	target   smtp.Target
	weight   int
	failures int
	// down is until when the relay comes last.
	down time.Time
}

// How long a relay that failed comes last: doubled with each failure.
const (
	relayRest     = 15 * time.Second
	relayRestMost = 10 * time.Minute
)

var errNoRelay = errors.New("delivery: no relay is named, or a weight is negative")

// NewRelays makes a router over relays; clock may be nil for time.Now.
func NewRelays(targets []RelayTarget, clock func() time.Time) (*Relays, error) {
	if clock == nil {
		clock = time.Now
	}
	r := &Relays{clock: clock}
	for _, t := range targets {
		if t.Weight < 0 {
			return nil, errNoRelay
		}
		r.all = append(r.all, &relay{target: t.Target, weight: t.Weight})
	}
	if len(r.all) == 0 {
		return nil, errNoRelay
	}
	return r, nil
}

// Lane implements Router.
func (*Relays) Lane(string) string { return relayLane }

// Site implements Router.
func (*Relays) Site(context.Context, string) (string, error) { return relayLane, nil }

// SameServers implements Router.
func (*Relays) SameServers(string, string) bool { return true }

// Profile implements Router: a relay has its owner's word instead.
func (*Relays) Profile(string) *profile.Profile { return nil }

// Targets implements Router: first those that are up, drawn by weight, then those
// without weight, then those that are down, the one that rests least first.
func (r *Relays) Targets(context.Context, string) ([]smtp.Target, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := r.clock()
	var up, spare, down []*relay
	for _, x := range r.all {
		switch {
		case now.Before(x.down):
			down = append(down, x)
		case x.weight == 0:
			spare = append(spare, x)
		default:
			up = append(up, x)
		}
	}
	slices.SortStableFunc(down, func(a, b *relay) int { return a.down.Compare(b.down) })
	var targets []smtp.Target
	for _, x := range slices.Concat(draw(up), spare, down) {
		t, told := x.target, x.target.Tell
		t.Tell = func(end smtp.Dialled) {
			r.note(x, end.Err)
			if told != nil {
				told(end)
			}
		}
		targets = append(targets, t)
	}
	return targets, nil
}

// draw orders relays by lot: each place goes to one of those left, by weight.
func draw(left []*relay) []*relay {
	order := make([]*relay, 0, len(left))
	for left = slices.Clone(left); len(left) > 0; {
		sum := 0
		for _, x := range left {
			sum += x.weight
		}
		lot, i := rand.IntN(sum), 0
		for lot >= left[i].weight {
			lot -= left[i].weight
			i++
		}
		order = append(order, left[i])
		left = slices.Delete(left, i, i+1)
	}
	return order
}

// note keeps count of a relay that cannot be used: out of reach, or not letting us in.
func (r *Relays) note(x *relay, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err == nil {
		x.failures, x.down = 0, time.Time{}
		return
	}
	if e, ok := errors.AsType[*smtp.Error](err); ok && e.Kind == smtp.KindCanceled {
		return
	}
	now := r.clock()
	if now.Before(x.down) {
		return // another session found out already
	}
	x.down = now.Add(min(relayRest<<min(x.failures, 10), relayRestMost))
	x.failures++
}

// RelayState is how one relay is.
type RelayState struct {
	// Addr is host:port.
	Addr   string
	Weight int
	// DownUntil is when it is trusted again; zero if it is up.
	DownUntil time.Time
}

// States tells how the relays are, in the order they were named.
func (r *Relays) States() []RelayState {
	r.mu.Lock()
	defer r.mu.Unlock()
	var states []RelayState
	for _, x := range r.all {
		s := RelayState{Addr: x.target.Addr, Weight: x.weight}
		if r.clock().Before(x.down) {
			s.DownUntil = x.down
		}
		states = append(states, s)
	}
	return states
}
