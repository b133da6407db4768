package keyring

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/kyodaku/kyodaku/internal/fault"
)

func ring(t testing.TB) *Ring {
	t.Helper()
	r, err := New(Generate())
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestTokensAreBoundToPurposeAndTime(t *testing.T) {
	t.Parallel()
	r := ring(t)
	now := time.Date(2026, 11, 21, 0, 0, 0, 0, time.UTC)
	want := Token{Purpose: Unsubscribe, Workspace: 1, Address: 1 << 40, Topic: 3, ID: 4, IssuedAt: now}
	text := r.Sign(want)
	got, err := r.Verify(text, Unsubscribe, now.AddDate(5, 0, 0), 0)
	if err != nil || got != want {
		t.Fatalf("%+v, %v", got, err)
	}
	for name, check := range map[string]func() error{
		"other purpose": func() error { _, err := r.Verify(text, Preferences, now, 0); return err },
		"other key":     func() error { _, err := ring(t).Verify(text, Unsubscribe, now, 0); return err },
		"altered":       func() error { _, err := r.Verify(text[:6]+flip(text[6])+text[7:], Unsubscribe, now, 0); return err },
		"cut":           func() error { _, err := r.Verify(text[:len(text)-1], Unsubscribe, now, 0); return err },
		"empty":         func() error { _, err := r.Verify("", Unsubscribe, now, 0); return err },
		"too old":       func() error { _, err := r.Verify(text, Unsubscribe, now.Add(2*time.Hour), time.Hour); return err },
	} {
		if err := check(); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestSealedSecretsOpenOnlyForTheirUse(t *testing.T) {
	t.Parallel()
	r := ring(t)
	sealed := r.Seal("totp", []byte("secret"))
	if bytes.Contains(sealed, []byte("secret")) {
		t.Fatal("sealed text is readable")
	}
	if plain, err := r.Open("totp", sealed); err != nil || string(plain) != "secret" {
		t.Fatal(err)
	}
	if _, err := r.Open("dkim", sealed); err == nil {
		t.Fatal("opened for another use")
	}
	sealed[len(sealed)-1] ^= 1
	if _, err := r.Open("totp", sealed); err == nil {
		t.Fatal("opened after a flipped bit")
	}
}

func TestAddressHashesDifferByWorkspaceAndChannel(t *testing.T) {
	t.Parallel()
	r := ring(t)
	a := r.AddressHash(1, "email", "a@example.jp")
	if !bytes.Equal(a, r.AddressHash(1, "email", "a@example.jp")) {
		t.Error("the hash is not stable")
	}
	for _, other := range [][]byte{r.AddressHash(2, "email", "a@example.jp"), r.AddressHash(1, "line", "a@example.jp"), r.AddressHash(1, "email", "b@example.jp")} {
		if bytes.Equal(a, other) {
			t.Error("two things have one hash")
		}
	}
}

func TestBadKeyFilesAreRefused(t *testing.T) {
	t.Parallel()
	for _, file := range []string{"", "zz", strings.Repeat("ab", 31), strings.Repeat("ab", 33)} {
		if _, err := New(file); err == nil {
			t.Errorf("%q was accepted", file)
		}
	}
}

func FuzzVerify(f *testing.F) {
	r := ring(f)
	now := time.Unix(1_800_000_000, 0).UTC()
	f.Add(r.Sign(Token{Purpose: Confirm, Workspace: 1, ID: 2, IssuedAt: now}))
	f.Add("")
	f.Add("AAAA")
	f.Fuzz(func(t *testing.T, text string) {
		for p := Confirm; p <= Work; p++ {
			tok, err := r.Verify(text, p, now, 0)
			if err == nil && r.Sign(tok) != text {
				t.Fatalf("a second text for one token: %q", text)
			}
		}
	})
}

// flip gives another letter of the alphabet.
func flip(c byte) string {
	if c == 'x' {
		return "y"
	}
	return "x"
}
