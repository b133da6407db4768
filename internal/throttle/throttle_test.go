package throttle

import (
	"fmt"
	"net/netip"
	"testing"
	"time"
)

var start = time.Date(2026, 11, 21, 0, 0, 0, 0, time.UTC)

func TestABucketEmptiesAndFills(t *testing.T) {
	t.Parallel()
	l := New(time.Minute, 2)
	if !l.Allow("x", 2, start) || l.Allow("x", 1, start) || !l.Allow("y", 1, start) {
		t.Error("a bucket of two is not one of two")
	}
	if wait := l.Take("x", start); wait != time.Minute {
		t.Errorf("wait %s", wait)
	}
	if wait := l.Take("x", start.Add(time.Minute)); wait != 0 {
		t.Errorf("wait %s after a minute", wait)
	}
	if l.Forget("x"); !l.Allow("x", 2, start.Add(time.Minute)) {
		t.Error("a key that was forgiven waits")
	}
}

func TestTheMemoryIsBounded(t *testing.T) {
	t.Parallel()
	l := New(time.Minute, 1)
	l.keys = 10
	l.Allow("held", 1, start)
	for i := range 100 {
		l.Allow(fmt.Sprint(i), 1, start)
		if l.Allow("held", 1, start) {
			t.Fatal("a key in use was forgotten")
		}
	}
	if n := len(l.young) + len(l.old); n > 20 {
		t.Errorf("%d keys are held", n)
	}
}

func TestNetwork(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"192.0.2.7": "192.0.2.7", "::ffff:192.0.2.7": "192.0.2.7", "2001:db8:1:2:3::4": "2001:db8:1:2::/64", "fe80::1%eth0": "fe80::/64",
	} {
		if got := Network(netip.MustParseAddr(in)); got != want {
			t.Errorf("%s: %s", in, got)
		}
	}
	if got := Network(netip.Addr{}); got != "" {
		t.Errorf("no address: %s", got)
	}
}
