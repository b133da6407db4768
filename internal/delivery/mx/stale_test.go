package mx_test

import (
	"errors"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/miekg/dns"

	"github.com/kyodaku/kyodaku/internal/delivery/mx"
)

// hand is a clock that the test moves.
type hand struct{ at atomic.Int64 }

func (h *hand) now() time.Time          { return time.Unix(1_800_000_000, h.at.Load()) }
func (h *hand) forward(d time.Duration) { h.at.Add(int64(d)) }

// An outage of the resolver must not stop mail to domains that were known, and must
// not bounce mail to one that was once said not to exist.
func TestStaleAnswersServeWhileNoResolverAnswers(t *testing.T) {
	t.Parallel()
	f, addr := start(t)
	clock := &hand{}
	r := resolver(t, mx.Config{Servers: []string{addr}, Clock: clock.now, IPv4Only: true})
	fresh, err := r.Lookup(t.Context(), "example.jp")
	if err != nil || fresh.Stale {
		t.Fatalf("%+v, %v", fresh, err)
	}
	if _, err := r.Lookup(t.Context(), "nowhere.example"); !errors.Is(err, mx.ErrNoDomain) {
		t.Fatal(err)
	}
	f.silent.Store(true)
	clock.forward(2 * time.Hour)
	stale, err := r.Lookup(t.Context(), "example.jp")
	if err != nil || !stale.Stale || flat(stale.Targets(nil)) != flat(fresh.Targets(nil)) {
		t.Errorf("in the outage: %+v, %v", stale, err)
	}
	before := f.asked.Load()
	if _, err := r.Lookup(t.Context(), "example.jp"); err != nil || f.asked.Load() != before {
		t.Errorf("a stale answer is asked again at once: %v", err)
	}
	if _, err := r.Lookup(t.Context(), "nowhere.example"); !mx.Temporary(err) {
		t.Errorf("an old no stands: %v", err)
	}
	clock.forward(23 * time.Hour)
	if _, err := r.Lookup(t.Context(), "example.jp"); !mx.Temporary(err) {
		t.Errorf("after a day: %v", err)
	}
	f.silent.Store(false)
	clock.forward(time.Minute)
	again, err := r.Lookup(t.Context(), "example.jp")
	if err != nil || again.Stale {
		t.Errorf("after the outage: %+v, %v", again, err)
	}
}

func TestASilentServerIsAskedLast(t *testing.T) {
	t.Parallel()
	dead, deadAddr := start(t)
	dead.silent.Store(true)
	_, addr := start(t)
	clock := &hand{}
	r := resolver(t, mx.Config{Servers: []string{deadAddr, addr}, IPv4Only: true, Clock: clock.now})
	for _, domain := range []string{"implicit.example", "example.jp", "mixednull.example"} {
		if _, err := r.Lookup(t.Context(), domain); err != nil {
			t.Fatal(err)
		}
	}
	if n := dead.asked.Load(); n != 1 {
		t.Errorf("the silent server was asked %d times", n)
	}
	clock.forward(time.Minute)
	if _, err := r.Lookup(t.Context(), "halfdangling.example"); err != nil || dead.asked.Load() == 1 {
		t.Errorf("it never gets another chance: %v", err)
	}
}

func TestOnlyAValidatingResolverIsBelieved(t *testing.T) {
	t.Parallel()
	_, addr := start(t)
	for _, c := range []struct {
		servers, validating []string
		believed            bool
	}{
		{[]string{addr}, nil, true}, // on this machine
		{[]string{"192.0.2.53:53"}, nil, false},
		{[]string{"192.0.2.53:53"}, []string{"192.0.2.53:53"}, true},
		{[]string{"192.0.2.53:53", addr}, nil, true}, // the other one is not asked
	} {
		r := resolver(t, mx.Config{Servers: c.servers, Validating: c.validating})
		if r.Validates() != c.believed {
			t.Errorf("%v is believed: %v", c.servers, !c.believed)
		}
	}
}

func TestRecords(t *testing.T) {
	t.Parallel()
	f, addr := start(t)
	r := resolver(t, mx.Config{Servers: []string{addr}})
	for range 2 {
		if texts, err := r.Texts(t.Context(), "TextOnly.example."); err != nil || len(texts) != 1 || texts[0] != "nothing here" {
			t.Errorf("%q, %v", texts, err)
		}
		if texts, err := r.Texts(t.Context(), "nowhere.example"); err != nil || texts != nil {
			t.Errorf("%q, %v", texts, err)
		}
		if got, err := r.Ask(t.Context(), "example.jp", dns.TypeMX); err != nil || !got.Authentic || len(got.RRs) != 3 {
			t.Errorf("%+v, %v", got, err)
		}
		if _, err := r.Texts(t.Context(), "broken.example"); !mx.Temporary(err) {
			t.Error(err)
		}
		if _, err := r.Texts(t.Context(), "not a name"); !errors.Is(err, mx.ErrBadDomain) {
			t.Error(err)
		}
	}
	if n := f.asked.Load(); n != 4 {
		t.Errorf("asked %d times", n)
	}
	got, err := r.Addresses(t.Context(), "mx1.example.jp")
	if err != nil || len(got) != 3 || !got[0].Is4() {
		t.Errorf("%v, %v", got, err)
	}
}

func TestAllHostsAreNamed(t *testing.T) {
	t.Parallel()
	_, addr := start(t)
	a, err := resolver(t, mx.Config{Servers: []string{addr}}).Lookup(t.Context(), "halfdangling.example")
	if err != nil || strings.Join(a.Names, " ") != "gone.example mx2.example.jp" {
		t.Errorf("%+v, %v", a, err)
	}
}

// Timeouts of one family are paid a few times and not for every mail.
func TestADeadFamilyComesLast(t *testing.T) {
	t.Parallel()
	_, addr := start(t)
	r := resolver(t, mx.Config{Servers: []string{addr}})
	a, err := r.Lookup(t.Context(), "example.jp")
	if err != nil {
		t.Fatal(err)
	}
	var f mx.Families
	now := time.Unix(1_800_000_000, 0)
	dead := func(x netip.Addr) bool { return f.Dead(x, now) }
	want := "10 mx1.example.jp 192.0.2.1:25, 10 mx1.example.jp [2001:db8::1]:25, 10 mx1b.example.jp 192.0.2.3:25, 20 mx2.example.jp 192.0.2.4:25"
	if got := flat(a.Tries(nil, 9, dead)); got != want {
		t.Errorf("tries are %s", got)
	}
	for i := range byte(3) {
		if dead(netip.MustParseAddr("2001:db8::1")) {
			t.Error("dead too early")
		}
		f.Failed(netip.AddrFrom16([16]byte{0x20, 1, 15: i}), now)
		f.Failed(netip.AddrFrom16([16]byte{0x20, 1, 15: i}), now)
	}
	want = "10 mx1.example.jp 192.0.2.1:25, 10 mx1b.example.jp 192.0.2.3:25, 20 mx2.example.jp 192.0.2.4:25"
	if got := flat(a.Tries(nil, 3, dead)); got != want {
		t.Errorf("tries are %s", got)
	}
	if got := flat(a.Tries(nil, 9, dead)); !strings.HasSuffix(got, "[2001:db8::1]:25") {
		t.Errorf("what is dead is not tried at all: %s", got)
	}
	now = now.Add(time.Hour)
	if dead(netip.MustParseAddr("2001:db8::1")) {
		t.Error("dead for good")
	}
	if f.Failed(netip.MustParseAddr("2001:db8::9"), now); !dead(netip.MustParseAddr("2001:db8::1")) {
		t.Error("after the rest one failure is enough")
	}
	if f.Reached(netip.MustParseAddr("2001:db8::9")); dead(netip.MustParseAddr("2001:db8::1")) {
		t.Error("a connection proves life")
	}
}

// Many domains with one server ask for its addresses once.
func TestDomainsThatShareAHostAskForItOnce(t *testing.T) {
	t.Parallel()
	f, addr := start(t)
	r := resolver(t, mx.Config{Servers: []string{addr}, IPv4Only: true})
	var work sync.WaitGroup
	for _, domain := range []string{"halfdangling.example", "mixednull.example", "example.jp"} {
		work.Go(func() {
			if _, err := r.Lookup(t.Context(), domain); err != nil {
				t.Error(err)
			}
		})
	}
	work.Wait()
	if n := f.asked.Load(); n != 7 { // three for MX, four hosts
		t.Errorf("asked %d times", n)
	}
}
