package daemontest

import (
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"testing"
)

// Where ports for servers are looked for: above those of well-known services, below
// those that the machine hands out by itself.
const (
	lowestPort    = 10000
	ephemeralPort = 32768 // Linux's own start of the range, where the machine does not tell
)

// FreeAddr finds a port of 127.0.0.1 that is free and stays so until the end of the
// test, as host:port. Asking the machine for any port and giving it back would not do:
// it hands the same one to whoever asks next, before the server is there.
func FreeAddr(tb testing.TB) string {
	tb.Helper()
	below := firstEphemeral()
	for range 1000 {
		addr := fmt.Sprintf("127.0.0.1:%d", lowestPort+rand.IntN(below-lowestPort))
		if reserve(tb, addr) {
			return addr
		}
	}
	tb.Fatal("no port is free")
	return ""
}

// firstEphemeral is the lowest port that the machine hands out to those who ask for any.
func firstEphemeral() int {
	var low int
	text, err := os.ReadFile("/proc/sys/net/ipv4/ip_local_port_range")
	if err == nil {
		_, err = fmt.Sscan(string(text), &low)
	}
	if err != nil || low <= lowestPort {
		return ephemeralPort
	}
	return low
}

// reserve keeps other tests, also those of other processes, from taking the same
// address: whoever holds the number for UDP, which none of the servers speaks, may use
// it for TCP.
func reserve(tb testing.TB, addr string) bool {
	tb.Helper()
	token, err := net.ListenPacket("udp", addr)
	if err != nil {
		return false
	}
	ln, err := net.Listen("tcp", addr)
	if err != nil {
		_ = token.Close()
		return false
	}
	tb.Cleanup(func() { _ = token.Close() })
	Must(tb, ln.Close())
	return true
}
