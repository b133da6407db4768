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

// TestOnlyOthersAddressesArePublic holds that nothing of our own machine or network can be reached
// by an address that a stranger names, in whatever form it is written.
func TestOnlyOthersAddressesArePublic(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]bool{
		"127.0.0.1": false, "10.1.2.3": false, "172.16.0.1": false, "192.168.0.1": false, "169.254.169.254": false, "224.0.0.1": false,
		"0.0.0.0": false, "0.1.2.3": false, "100.64.0.1": false, "100.127.255.255": false, "192.0.0.8": false, "198.18.0.1": false,
		"198.19.255.255": false, "240.0.0.1": false, "255.255.255.255": false,
		"::": false, "::1": false, "::a00:1": false, "fe80::1": false, "fe80::1%eth0": false, "fec0::1": false, "fd00::1": false, "ff02::1": false,
		"::ffff:10.0.0.1": false, "::ffff:127.0.0.1": false, "::ffff:100.64.0.1": false, "64:ff9b::a00:1": false, "64:ff9b::808:808": false,
		"64:ff9b:1::1": false, "2002:a00:1::": false, "2001::1": false,
		"198.51.100.7": true, "8.8.8.8": true, "100.63.255.255": true, "100.128.0.1": true, "192.0.1.1": true, "198.20.0.1": true, "223.255.255.255": true,
		"::ffff:8.8.8.8": true, "2400:cb00::1": true, "2001:200::1": true,
	} {
		if addr.Public(netip.MustParseAddr(address)) != want {
			t.Errorf("%s is public: %v", address, !want)
		}
	}
	if addr.Public(netip.Addr{}) {
		t.Error("no address is public")
	}
}
