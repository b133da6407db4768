package delivery

import "github.com/kyodaku/kyodaku/internal/delivery/profile"

// Profile implements Router: a relay has its owner's word instead.
func (Relay) Profile(string) *profile.Profile { return nil }
