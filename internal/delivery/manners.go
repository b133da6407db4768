package delivery

import (
	"time"

	"github.com/kyodaku/kyodaku/internal/addr"
	"github.com/kyodaku/kyodaku/internal/delivery/profile"
	"github.com/kyodaku/kyodaku/internal/delivery/reply"
	"github.com/kyodaku/kyodaku/internal/delivery/shape"
)

// manners are how one receiving side wants to be treated.
type manners struct {
	// provider is the id of the profile, relayLane for a relay.
	provider string
	bounds   shape.Bounds
	breaker  shape.BreakerBounds
	// recipients is how many one connection may name; 0 is no such limit.
	recipients int
	// idle is how long a connection may rest.
	idle time.Duration
	// pause is for a receiver that wants us slower and does not say for how long.
	pause time.Duration
	// retry replaces the schedule of what is not awaited by a person; may be empty.
	retry   []time.Duration
	replies *reply.Rules
	// asIs has old addresses written as they were issued, unquoted.
	asIs bool
}

// relayPerConnection is how many mails a relay gets on one connection.
const relayPerConnection = 1000

// mannersOf asks the router for a lane's profile. A relay has none: its owner has
// told how many connections it takes, and the rest is learned.
func (e *Engine) mannersOf(lane string) manners {
	p := e.Router.Profile(lane)
	if p == nil {
		most := float64(e.Relayed)
		return manners{
			provider: relayLane, idle: idleSession, replies: e.general,
			breaker: shape.DefaultBreakerBounds(),
			bounds: shape.Bounds{
				Connections:   shape.Range{Start: most, Least: 1, Most: most},
				PerConnection: shape.Range{Start: relayPerConnection, Least: 1, Most: relayPerConnection},
			},
		}
	}
	return profiled(p)
}

func profiled(p *profile.Profile) manners {
	b := shape.DefaultBreakerBounds()
	b.UnknownAlarm, b.UnknownTrip, b.Least = p.UnknownUsers.Alarm, p.UnknownUsers.Trip, p.UnknownUsers.LeastSample
	return manners{
		provider: p.ID, recipients: p.MostRecipients, idle: p.IdleClose, pause: p.Pause, retry: p.Retry,
		replies: p.Replies, breaker: b, asIs: p.LegacyLocal == profile.AsIs,
		bounds: shape.Bounds{
			Connections:   wide(p.Connections),
			PerConnection: wide(p.MailsPerConnection),
			PerSecond:     shape.Range(p.MailsPerSecond),
		},
	}
}

func wide(r profile.Range[int]) shape.Range {
	return shape.Range{Start: float64(r.Start), Least: float64(r.Least), Most: float64(r.Most)}
}

// mostNames is how many mails may go over one connection.
func (m manners) mostNames(l shape.Limits) int {
	switch {
	case m.recipients == 0:
		return l.PerConnection
	case l.PerConnection == 0:
		return m.recipients
	}
	return min(m.recipients, l.PerConnection)
}

// wire is how an address is written to these receivers.
func (m *manners) wire(to addr.Mail) string {
	if m.asIs {
		return to.WireAsIs()
	}
	return to.Wire()
}
