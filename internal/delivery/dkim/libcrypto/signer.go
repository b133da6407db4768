//go:build linux && (amd64 || arm64) && !static

package libcrypto

import (
	"crypto"
	"crypto/rsa"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"runtime"
	"sync"
	"unsafe"

	"github.com/ebitengine/purego"
)

// signer is one private key inside the library.
type signer struct {
	library *Library
	public  *rsa.PublicKey
	key     uintptr
	// idle keeps contexts that are ready to sign; each is used by one goroutine at a time.
	idle sync.Pool
}

// context is an EVP_PKEY_CTX; the garbage collector frees it.
type context struct{ pointer uintptr }

var (
	errKey     = errors.New("libcrypto: the key was refused")
	errContext = errors.New("libcrypto: no context could be made")
	errSign    = errors.New("libcrypto: signing failed")
	errHash    = errors.New("libcrypto: only SHA-256 is signed")
)

// Signer copies a key into the library. What it returns signs PKCS #1 v1.5 over
// SHA-256 and is safe for concurrent use.
func (l *Library) Signer(key *rsa.PrivateKey) (Signer, error) {
	der := x509.MarshalPKCS1PrivateKey(key)
	defer clear(der)
	start := &der[0]
	// d2i moves the pointer it is given, so it gets the address of a copy.
	pointer, _, _ := purego.SyscallN(l.parseKey, evpRSA, 0, uintptr(unsafe.Pointer(&start)), uintptr(len(der)))
	runtime.KeepAlive(der)
	if pointer == 0 {
		return nil, errKey
	}
	s := &signer{library: l, public: &key.PublicKey, key: pointer}
	runtime.AddCleanup(s, func(p uintptr) { purego.SyscallN(l.freeKey, p) }, pointer)
	return s, nil
}

// Public implements crypto.Signer.
func (s *signer) Public() crypto.PublicKey { return s.public }

// Name names the library that signs.
func (s *signer) Name() string { return s.library.name }

// Sign implements crypto.Signer; the reader is not used.
func (s *signer) Sign(_ io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	if opts.HashFunc() != crypto.SHA256 || len(digest) != crypto.SHA256.Size() {
		return nil, errHash
	}
	c, err := s.context()
	if err != nil {
		return nil, err
	}
	out := make([]byte, s.public.Size())
	size := uint64(len(out))
	s.library.turns <- struct{}{}
	ok, _, _ := purego.SyscallN(s.library.sign, c.pointer, uintptr(unsafe.Pointer(&out[0])),
		uintptr(unsafe.Pointer(&size)), uintptr(unsafe.Pointer(&digest[0])), uintptr(len(digest)))
	<-s.library.turns
	runtime.KeepAlive(c)
	if int32(ok) != 1 || size != uint64(len(out)) {
		return nil, errSign // the context is not used again
	}
	s.idle.Put(c)
	return out, nil
}

// context takes an idle context or makes one.
func (s *signer) context() (*context, error) {
	if c, ok := s.idle.Get().(*context); ok {
		return c, nil
	}
	l := s.library
	pointer, _, _ := purego.SyscallN(l.newContext, s.key, 0)
	if pointer == 0 {
		return nil, errContext
	}
	c := &context{pointer: pointer}
	runtime.AddCleanup(c, func(p uintptr) { purego.SyscallN(l.freeCtx, p) }, pointer)
	for _, step := range [][]uintptr{
		{l.signInit, pointer}, {l.setPadding, pointer, paddingPKCS1}, {l.setDigest, pointer, l.digest},
	} {
		if ok, _, _ := purego.SyscallN(step[0], step[1:]...); int32(ok) != 1 {
			return nil, fmt.Errorf("%w: answer %d", errContext, int32(ok))
		}
	}
	return c, nil
}
