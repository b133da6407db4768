package dkim

import (
	"crypto"
	"errors"
	"fmt"
	"strings"
)

var errDomain = errors.New("domain or selector is not a name in ASCII")

// Key is one key with the domain it signs for.
type Key struct {
	domain    string
	selector  string
	algorithm Algorithm
	signer    Signer
}

// NewKey binds a signer to a domain and selector, both in ASCII (A-labels).
func NewKey(domain, selector string, signer Signer) (Key, error) {
	for _, name := range [...]string{domain, selector} {
		if name == "" || strings.ContainsFunc(name, notInName) {
			return Key{}, fmt.Errorf("delivery: DKIM key: %w: %q", errDomain, name)
		}
	}
	a, err := algorithmOf(signer.Public())
	if err != nil {
		return Key{}, fmt.Errorf("delivery: DKIM key: %w", err)
	}
	return Key{domain: domain, selector: selector, algorithm: a, signer: signer}, nil
}

func notInName(r rune) bool {
	return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '-' && r != '.' && r != '_'
}

// Domain is the d= of the key.
func (k Key) Domain() string { return k.domain }

// Selector is the s= of the key.
func (k Key) Selector() string { return k.selector }

// Algorithm is the a= of the key.
func (k Key) Algorithm() Algorithm { return k.algorithm }

// SignerName tells by whose arithmetic the key signs.
func (k Key) SignerName() string { return k.signer.Name() }

// sign signs a hash: RSA as PKCS #1 v1.5, Ed25519 over the hash itself (RFC 8463 3).
func (k Key) sign(digest []byte) ([]byte, error) {
	if k.algorithm == Ed25519SHA256 {
		return k.signer.Sign(nil, digest, crypto.Hash(0))
	}
	return k.signer.Sign(nil, digest, crypto.SHA256)
}
