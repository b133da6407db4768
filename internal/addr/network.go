package addr

import "net/netip"

// ShortNetwork is what evidence keeps of an IP address: the network it is in (/24 of
// IPv4, /48 of IPv6), not the machine; "" for no address.
func ShortNetwork(a netip.Addr) string {
	a = a.Unmap().WithZone("")
	bits := 48
	if a.Is4() {
		bits = 24
	}
	p, err := a.Prefix(bits)
	if err != nil || !a.IsValid() {
		return ""
	}
	return p.String()
}
