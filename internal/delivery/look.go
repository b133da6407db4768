package delivery

import (
	"context"
	"strings"
	"time"

	"github.com/kyodaku/kyodaku/internal/delivery/shape"
	"github.com/kyodaku/kyodaku/internal/store"
)

// Look answers what delivery does and why, from the database alone: every node and
// the command line tell the same, some seconds behind the lanes' own memory. It
// changes nothing. A workspace of 0 in its questions means all of them.
type Look struct {
	db      *store.DB
	router  Router
	manners func(lane string) manners
}

// Look returns the answers about what this engine, and others on its database, do.
// The engine need not run.
func (e *Engine) Look() *Look { return &Look{db: e.DB, router: e.Router, manners: e.mannersOf} }

// Bound is the range that one limit is moved within; 0 is none.
type Bound struct {
	Start float64 `json:"start"`
	Least float64 `json:"least"`
	Most  float64 `json:"most"`
}

// Provider is how one receiving side wants to be delivered to, as its profile says.
type Provider struct {
	// ID is the profile's id, or "relay" where everything goes to a relay.
	ID string `json:"id"`
	Ja string `json:"ja,omitempty"`
	En string `json:"en,omitempty"`
	// AsOf is when the profile was last looked at, Sources where its data is from; empty
	// for a relay.
	AsOf    time.Time `json:"as_of,omitzero"`
	Sources []string  `json:"sources,omitempty"`
	// Connections, PerConnection and PerSecond are the ranges of the limits.
	Connections   Bound `json:"connections"`
	PerConnection Bound `json:"mails_per_connection"`
	PerSecond     Bound `json:"mails_per_second"`
	// MostRecipients is how many one connection may name; 0 is no such limit.
	MostRecipients int `json:"most_recipients,omitempty"`
}

// Relay says that everything goes to a relay, which has the speed in its hands.
func (p Provider) Relay() bool { return p.ID == relayLane }

// Name is the provider's name in a language, its id if it has none.
func (p Provider) Name(lang string) string {
	switch {
	case p.Ja == "":
		return p.ID
	case lang == "ja":
		return p.Ja
	}
	return p.En
}

// Provider tells what is known of the receivers of a lane.
func (l *Look) Provider(lane string) Provider {
	m := l.manners(lane)
	p := Provider{
		ID: m.provider, Connections: Bound(m.bounds.Connections), PerConnection: Bound(m.bounds.PerConnection),
		PerSecond: Bound(m.bounds.PerSecond), MostRecipients: m.recipients,
	}
	if known := l.router.Profile(lane); known != nil {
		p.Ja, p.En, p.AsOf, p.Sources = known.Ja, known.En, known.AsOf, known.Sources
	}
	return p
}

// Label names a lane for figures: the provider that has a profile, "relay", or
// "everyone". There are no more of them than profiles.
func (l *Look) Label(lane string) string { return l.manners(lane).provider }

// DomainAnswer says how mail for one domain goes, and why at this speed.
type DomainAnswer struct {
	Domain   string      `json:"domain"`
	Provider Provider    `json:"provider"`
	Lanes    []LaneState `json:"lanes"`
	Breakers []OpenCell  `json:"open_breakers,omitempty"`
}

// Domain answers "why this speed?" for a recipients' domain in A-labels.
func (l *Look) Domain(ctx context.Context, workspace int64, domain string, now time.Time) (DomainAnswer, error) {
	lane := l.router.Lane(domain)
	a, err := l.Lane(ctx, workspace, lane, now)
	a.Domain = domain
	return a, err
}

// Lane answers the same for a lane by its name, without the mark of what somebody
// waits for: there are two lanes of each name.
func (l *Look) Lane(ctx context.Context, workspace int64, name string, now time.Time) (DomainAnswer, error) {
	name = strings.TrimPrefix(name, urgent)
	a := DomainAnswer{Provider: l.Provider(name)}
	queues := map[string]*Queue{}
	for _, lane := range []string{name, urgent + name} {
		q, err := l.queueOf(ctx, workspace, lane, now)
		if err != nil {
			return a, err
		}
		queues[lane] = &q
	}
	if err := l.inHand(ctx, workspace, queues); err != nil {
		return a, err
	}
	var err error
	if a.Lanes, err = l.states(ctx, []string{name, urgent + name}, queues, now); err != nil {
		return a, err
	}
	a.Breakers, err = l.OpenCells(ctx, workspace, a.Provider.ID, now)
	return a, err
}

// limitsOf tells what a lane may do from one source as it was last stored.
func (m manners) limitsOf(source string, state shape.State, known bool, now time.Time) Way {
	c := shape.New(m.bounds, now)
	if known {
		c = shape.Restore(m.bounds, state, now)
	}
	limits := c.Limits(now)
	w := Way{
		Source: source, At: state.At, Connections: limits.Connections, PerConnection: m.mostNames(limits),
		PerSecond: limits.PerSecond, PausedUntil: limits.PausedUntil, Probe: limits.Probe, Decisions: c.Decisions(),
	}
	if !now.Before(w.PausedUntil) {
		w.PausedUntil = time.Time{}
	}
	return w
}
