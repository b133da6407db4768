package account

import (
	"net/netip"
	"strings"
	"time"

	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/throttle"
)

// limits are the brakes on guessing. They live in this process's memory: several
// nodes allow as many times the rate, which is still far from guessing.
type limits struct {
	// account slows guesses at one account from everywhere.
	account *throttle.Throttle
	// network slows one network trying many accounts.
	network *throttle.Throttle
	// code slows guesses at the six digits of a second factor.
	code *throttle.Throttle
}

func newLimits() limits {
	return limits{
		account: throttle.New(30*time.Second, 10),
		network: throttle.New(5*time.Second, 30),
		code:    throttle.New(time.Minute, 5),
	}
}

// take takes a token of a key, or says fault.Busy with the seconds until the next one.
func take(l *throttle.Throttle, key string, now time.Time) error {
	wait := l.Take(key, now)
	if wait == 0 {
		return nil
	}
	return fault.New(fault.Busy, "account.limit", "Seconds", int(wait/time.Second)+1)
}

// networkOf writes a caller's address without port and zone.
func networkOf(s string) string {
	if ap, err := netip.ParseAddrPort(s); err == nil {
		return ap.Addr().Unmap().WithZone("").String()
	}
	if a, err := netip.ParseAddr(s); err == nil {
		return a.Unmap().WithZone("").String()
	}
	return plain(strings.TrimSpace(s), maxName)
}

// networkKey is what one party commands, or the name of a place that is no network.
func networkKey(s string) string {
	a, err := netip.ParseAddr(networkOf(s))
	if err != nil {
		return networkOf(s)
	}
	return throttle.Network(a)
}
