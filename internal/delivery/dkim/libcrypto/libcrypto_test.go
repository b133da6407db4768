//go:build linux && (amd64 || arm64) && !static

package libcrypto

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"runtime"
	"sync"
	"testing"
)

func open(tb testing.TB) (*Library, *rsa.PrivateKey) {
	tb.Helper()
	l, err := Open()
	if err != nil {
		tb.Fatalf("%v (install libssl3)", err)
	}
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		tb.Fatal(err)
	}
	return l, key
}

func TestManyGoroutinesSignAlike(t *testing.T) {
	t.Parallel()
	l, key := open(t)
	s, err := l.Signer(key)
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			for i := range 50 {
				digest := sha256.Sum256([]byte{byte(g), byte(i)})
				got, err := s.Sign(nil, digest[:], crypto.SHA256)
				if err != nil {
					t.Error(err)
					return
				}
				if err := rsa.VerifyPKCS1v15(&key.PublicKey, crypto.SHA256, digest[:], got); err != nil {
					t.Error(err)
				}
				if i%10 == 0 {
					runtime.GC() // contexts and keys are freed only when nobody holds them
				}
			}
		})
	}
	wg.Wait()
}

func TestOtherHashesAreRefused(t *testing.T) {
	t.Parallel()
	l, key := open(t)
	s, err := l.Signer(key)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Sign(nil, make([]byte, 64), crypto.SHA512); err == nil {
		t.Error("SHA-512 was signed")
	}
	if _, err := s.Sign(nil, make([]byte, 20), crypto.SHA256); err == nil {
		t.Error("a short digest was signed")
	}
}

// BenchmarkSign compares the library with Go in one run.
func BenchmarkSign(b *testing.B) {
	l, key := open(b)
	fast, err := l.Signer(key)
	if err != nil {
		b.Fatal(err)
	}
	digest := sha256.Sum256([]byte("kyodaku"))
	for name, s := range map[string]crypto.Signer{"libcrypto": fast, "go": key} {
		b.Run(name, func(b *testing.B) {
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					if _, err := s.Sign(rand.Reader, digest[:], crypto.SHA256); err != nil {
						b.Error(err)
					}
				}
			})
		})
	}
}
