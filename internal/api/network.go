package api

import (
	"net/netip"

	"github.com/kyodaku/kyodaku/internal/addr"
	"github.com/kyodaku/kyodaku/internal/fault"
)

// shortNetwork shortens the remote address that a program tells, as our own forms do:
// evidence keeps the network, never the machine. A network that is wide already is kept.
func shortNetwork(told string) (string, error) {
	if told == "" {
		return "", nil
	}
	if a, err := netip.ParseAddr(told); err == nil {
		return addr.ShortNetwork(a), nil
	}
	p, err := netip.ParsePrefix(told)
	if err != nil {
		return "", fault.Bad("evidence.network", "api.network")
	}
	if short, err := netip.ParsePrefix(addr.ShortNetwork(p.Addr())); err == nil && p.Bits() >= short.Bits() {
		return short.String(), nil
	}
	return p.Masked().String(), nil
}
