package config

import (
	"net"
	"strconv"
	"strings"

	"github.com/kyodaku/kyodaku/internal/addr"
)

// Weighted is one of several relays.
type Weighted struct {
	// Addr is host:port.
	Addr string
	// Weight is its part of the connections; 0 has it used only while no other is up.
	Weight int
}

// mostWeight bounds a relay's part.
const mostWeight = 1000

// readRelays reads relays as host:port=weight; the weight is 1 if none is given.
func readRelays(c *Config, v string) problem {
	c.Delivery.Relays = nil
	for _, item := range split(v) {
		address, weight, given := strings.Cut(item, "=")
		w := Weighted{Addr: address, Weight: 1}
		host, port, err := net.SplitHostPort(address)
		if err != nil || host == "" || port == "" {
			return problem{"config.value.relay", []any{"Value", item}}
		}
		if given {
			if w.Weight, err = strconv.Atoi(weight); err != nil || w.Weight < 0 || w.Weight > mostWeight {
				return problem{"config.value.relay", []any{"Value", item}}
			}
		}
		c.Delivery.Relays = append(c.Delivery.Relays, w)
	}
	return problem{}
}

// Encrypted is a recipient domain that gets no mail in clear.
type Encrypted struct {
	// Domain is a domain in A-labels, "." and a domain for all below it, or "*".
	Domain string
	// Verified asks for a certificate that is right, too.
	Verified bool
}

// readRequireTLS reads domains, each with =verified where the certificate counts.
func readRequireTLS(c *Config, v string) problem {
	c.Delivery.RequireTLS = nil
	for _, item := range split(v) {
		name, how, given := strings.Cut(item, "=")
		if name != "*" {
			plain, below := strings.CutPrefix(name, ".")
			m, err := addr.ParseMail("someone@" + plain)
			if err != nil {
				return problem{"config.value.require_tls", []any{"Value", item}}
			}
			if name = m.Domain(); below {
				name = "." + name
			}
		}
		if given && how != "verified" {
			return problem{"config.value.require_tls", []any{"Value", item}}
		}
		c.Delivery.RequireTLS = append(c.Delivery.RequireTLS, Encrypted{Domain: name, Verified: given})
	}
	return problem{}
}

// readReportFrom reads the address that TLS reports come from.
func readReportFrom(c *Config, v string) problem {
	m, err := addr.ParseMail(v)
	if err != nil {
		return problem{text: "config.value.address"}
	}
	c.Delivery.TLSReportFrom = m.Wire()
	return problem{}
}
