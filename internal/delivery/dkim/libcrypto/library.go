//go:build linux && (amd64 || arm64) && !static

package libcrypto

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"errors"
	"fmt"
	"runtime"

	"github.com/ebitengine/purego"
)

// Library is an opened libcrypto of OpenSSL 3.
type Library struct {
	name string

	// turns is as many as there are processors: a call holds a thread of its own, and
	// more of them would only keep everything else from running.
	turns chan struct{}

	digest uintptr // EVP_sha256()

	parseKey   uintptr // d2i_PrivateKey
	freeKey    uintptr // EVP_PKEY_free
	newContext uintptr // EVP_PKEY_CTX_new
	freeCtx    uintptr // EVP_PKEY_CTX_free
	signInit   uintptr // EVP_PKEY_sign_init
	setPadding uintptr // EVP_PKEY_CTX_set_rsa_padding
	setDigest  uintptr // EVP_PKEY_CTX_set_signature_md
	sign       uintptr // EVP_PKEY_sign
}

// The values of OpenSSL's headers that are needed here.
const (
	evpRSA       = 6 // EVP_PKEY_RSA
	paddingPKCS1 = 1 // RSA_PKCS1_PADDING
)

var errMissing = errors.New("a function is missing")

// Open finds the library and lets it prove itself with one signature.
func Open() (*Library, error) {
	handle, err := purego.Dlopen("libcrypto.so.3", purego.RTLD_NOW|purego.RTLD_LOCAL)
	if err != nil {
		return nil, fmt.Errorf("libcrypto: open: %w", err)
	}
	l := &Library{name: "libcrypto", turns: make(chan struct{}, runtime.GOMAXPROCS(0))}
	var makeDigest uintptr
	for symbol, into := range map[string]*uintptr{
		"EVP_sha256": &makeDigest, "d2i_PrivateKey": &l.parseKey, "EVP_PKEY_free": &l.freeKey,
		"EVP_PKEY_CTX_new": &l.newContext, "EVP_PKEY_CTX_free": &l.freeCtx, "EVP_PKEY_sign_init": &l.signInit,
		"EVP_PKEY_CTX_set_rsa_padding": &l.setPadding, "EVP_PKEY_CTX_set_signature_md": &l.setDigest, "EVP_PKEY_sign": &l.sign,
	} {
		if *into, err = purego.Dlsym(handle, symbol); err != nil || *into == 0 {
			return nil, fmt.Errorf("libcrypto: %s: %w", symbol, errors.Join(errMissing, err))
		}
	}
	if l.digest, _, _ = purego.SyscallN(makeDigest); l.digest == 0 {
		return nil, fmt.Errorf("libcrypto: EVP_sha256: %w", errMissing)
	}
	return l, l.prove()
}

// Name tells which library signs.
func (l *Library) Name() string { return l.name }

// prove signs once and has the standard library verify it.
func (l *Library) prove() error {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return fmt.Errorf("libcrypto: prove: %w", err)
	}
	s, err := l.Signer(key)
	if err != nil {
		return err
	}
	digest := sha256.Sum256([]byte("kyodaku"))
	signature, err := s.Sign(nil, digest[:], crypto.SHA256)
	if err != nil {
		return err
	}
	if err := rsa.VerifyPKCS1v15(&key.PublicKey, crypto.SHA256, digest[:], signature); err != nil {
		return fmt.Errorf("libcrypto: prove: %w", err)
	}
	return nil
}
