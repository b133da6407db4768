package delivery

import (
	"github.com/kyodaku/kyodaku/internal/addr"
	"github.com/kyodaku/kyodaku/internal/keyring"
)

// BounceBox begins the local part of return paths that our listener takes.
const BounceBox = "b+"

// ReturnPaths names messages in their return paths, so that what comes back finds its
// message (VERP).
type ReturnPaths struct {
	Ring *keyring.Ring
	// Domain takes bounces; empty when no listener runs.
	Domain string
}

// For is where a message's bounces go: to our listener, or to the sender's own address
// when none runs.
func (p ReturnPaths) For(message int64, sender addr.Mail) string {
	if p.Domain == "" {
		return sender.Wire()
	}
	return BounceBox + p.Ring.SignReturn(message) + "@" + p.Domain
}
