package delivery

import (
	"context"

	"github.com/kyodaku/kyodaku/internal/delivery/smtp"
)

// relayLane is the one lane of a relay: the shaping per provider is the relay's.
const relayLane = "relay"

// Relay hands everything to one server (a smart host, or the catcher).
type Relay struct{ Target smtp.Target }

// Lane implements Router.
func (Relay) Lane(string) string { return relayLane }

// Targets implements Router.
func (r Relay) Targets(context.Context, string) ([]smtp.Target, error) {
	return []smtp.Target{r.Target}, nil
}

// SameServers implements Router: everything goes to the one server.
func (Relay) SameServers(string, string) bool { return true }
