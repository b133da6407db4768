package addr_test

import (
	"net/netip"
	"testing"

	"github.com/kyodaku/kyodaku/internal/addr"
)

func TestShortNetworkForgetsTheMachine(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"192.0.2.77": "192.0.2.0/24", "::ffff:192.0.2.77": "192.0.2.0/24",
		"2001:db8:1:2:3:4:5:6": "2001:db8:1::/48", "fe80::1%eth0": "fe80::/48",
	} {
		if got := addr.ShortNetwork(netip.MustParseAddr(in)); got != want {
			t.Errorf("%s: %q, want %q", in, got, want)
		}
	}
	if got := addr.ShortNetwork(netip.Addr{}); got != "" {
		t.Errorf("no address: %q", got)
	}
}
