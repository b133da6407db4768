package account

import (
	"context"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/throttle"
)

func TestPasswordsThatAreGuessedFirst(t *testing.T) {
	t.Parallel()
	tests := map[string]string{
		"short":                            "account.password.short",
		"ながいかさをもって":                        "account.password.short",
		"password1234":                     "account.password.common",
		"Password2026!":                    "account.password.common",
		"Ｐａｓｓｗｏｒｄ１２３４":                     "account.password.common",
		"aaaaaaaaaaaaaaa":                  "account.password.common",
		"ababababababab":                   "account.password.common",
		"123456789012":                     "account.password.common",
		"qwertyuiop123":                    "account.password.common",
		"1q2w3e4r5t6y":                     "account.password.common",
		"kyodakukyodaku":                   "account.password.common",
		"hanako.shokai2026":                "account.password.common",
		strings.Repeat("x y z w v", 40):    "account.password.long",
		"ok but \xff not text":             "account.text.control",
		"mizuiro no kasa wo motte":         "",
		"水色の傘を持って出かけよう":                    "",
		"correct horse battery staple":     "",
		"J8#kq0Zr!v2m":                     "",
		"password wo tsukawanai tame no 1": "",
	}
	for password, want := range tests {
		var c checker
		c.password("p", password, "hanako@shokai.example", "山田 花子")
		got := ""
		if len(c.fields) > 0 {
			got = c.fields[0].Key
		}
		if got != want {
			t.Errorf("%q: %q, want %q", password, got, want)
		}
	}
}

func TestHashIsAPHCString(t *testing.T) {
	t.Parallel()
	h := newHasher()
	ctx := t.Context()
	hash, err := h.hash(ctx, "mizuiro no kasa")
	if err != nil || !strings.HasPrefix(hash, "$argon2id$v=19$m=19456,t=2,p=1$") {
		t.Fatal(hash, err)
	}
	other, err := h.hash(ctx, "mizuiro no kasa")
	if err != nil || other == hash {
		t.Error("no salt", err)
	}
	for password, want := range map[string]bool{"mizuiro no kasa": true, "mizuiro no kasa ": false, "": false} {
		if ok, err := h.verify(ctx, hash, password); err != nil || ok != want {
			t.Errorf("%q: %v %v", password, ok, err)
		}
	}
	if ok, err := h.verify(ctx, "", ""); err != nil || ok {
		t.Error("no password at all was right", err)
	}
	// The reference implementation's own test vector of version 19.
	vector := "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4"
	if ok, err := h.verify(ctx, vector, "password"); err != nil || !ok {
		t.Error("another implementation's hash:", ok, err)
	}
}

func TestMalformedHashesAreRefused(t *testing.T) {
	t.Parallel()
	good := "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4"
	for _, bad := range []string{
		"x", "$", strings.Replace(good, "argon2id", "argon2i", 1), strings.Replace(good, "v=19", "v=16", 1),
		strings.Replace(good, "m=256", "m=99999999", 1), strings.Replace(good, "t=2", "t=0", 1), strings.Replace(good, "p=1", "p=-1", 1),
		strings.Replace(good, "c29tZXNhbHQ", "!", 1), good[:60], good + "$x",
	} {
		if _, err := parsePHC(bad); err == nil {
			t.Errorf("%q was taken", bad)
		}
	}
}

func TestHashingStandsInLine(t *testing.T) {
	t.Parallel()
	h := newHasher()
	var now, most atomic.Int64
	var wg sync.WaitGroup
	for range maxQueue {
		wg.Go(func() {
			err := h.run(context.Background(), func() {
				n := now.Add(1)
				for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
				}
				runtime.Gosched()
				now.Add(-1)
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if most.Load() > int64(cap(h.slots)) || cap(h.slots) > 4 {
		t.Errorf("%d hashes at a time", most.Load())
	}
	for range maxQueue {
		h.queue <- struct{}{}
	}
	if err := h.run(t.Context(), func() {}); !fault.Is(err, fault.Busy) {
		t.Errorf("the line has no end: %v", err)
	}
}

func TestWhoeverGoesAwayIsNotHashed(t *testing.T) {
	t.Parallel()
	h := newHasher()
	for range cap(h.slots) {
		h.slots <- struct{}{}
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if err := h.run(gone, func() { t.Error("ran") }); err == nil {
		t.Error("no error")
	}
	if len(h.queue) != 0 {
		t.Error("the place in the line is kept")
	}
}

func TestAnEmptyBucketSaysBusy(t *testing.T) {
	t.Parallel()
	l, now := throttle.New(time.Minute, 2), time.Unix(1e9, 0)
	for range 2 {
		if err := take(l, "x", now); err != nil {
			t.Fatal(err)
		}
	}
	if err := take(l, "x", now); !fault.Is(err, fault.Busy) {
		t.Errorf("the third of two: %v", err)
	}
	if err := take(l, "x", now.Add(time.Minute)); err != nil {
		t.Error("waiting did not help:", err)
	}
}

func TestNetworkKeys(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"192.0.2.1:80": "192.0.2.1", "::ffff:192.0.2.1": "192.0.2.1", "[2001:db8::1%eth0]:443": "2001:db8::/64",
		"2001:db8:0:0:ffff::1": "2001:db8::/64", "": "", "pipe\r\n": "pipe",
	} {
		if got := networkKey(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}
