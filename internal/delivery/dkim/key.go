package dkim

import (
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
)

// Algorithm is a signature algorithm as in the a= tag.
type Algorithm string

// The algorithms.
const (
	RSASHA256     Algorithm = "rsa-sha256"     // RFC 6376: what receivers count
	Ed25519SHA256 Algorithm = "ed25519-sha256" // RFC 8463: beside RSA, never instead
)

// Sizes of RSA keys in bits: RFC 8301 forbids less than 1024, large receivers
// expect 2048, and a 4096-bit key costs seven times as much per mail.
const (
	rsaBits    = 2048
	minRSABits = 1024
)

var (
	errAlgorithm = errors.New("unknown algorithm")
	errKeyType   = errors.New("key is neither RSA nor Ed25519")
	errKeySmall  = errors.New("RSA key has less than 1024 bits (RFC 8301)")
	errPEM       = errors.New("no private key in PEM form")
)

// Signer makes raw signatures and tells by whose arithmetic, for reports: "go" is
// the standard library. A key held elsewhere (libcrypto, a hardware module) only
// needs this.
type Signer interface {
	crypto.Signer
	Name() string
}

// goSigner is the standard library.
type goSigner struct{ crypto.Signer }

// Name returns "go".
func (goSigner) Name() string { return "go" }

// Sign leaves out the randomness: neither PKCS #1 v1.5 nor Ed25519 needs any.
func (s goSigner) Sign(_ io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	return s.Signer.Sign(rand.Reader, digest, opts)
}

// Go wraps a key of the standard library.
func Go(key crypto.Signer) Signer { return goSigner{key} }

// Generate makes a key: RSA with 2048 bits, or Ed25519.
func Generate(a Algorithm) (crypto.Signer, error) {
	switch a {
	case RSASHA256:
		return rsa.GenerateKey(rand.Reader, rsaBits)
	case Ed25519SHA256:
		_, key, err := ed25519.GenerateKey(rand.Reader)
		return key, err
	default:
		return nil, fmt.Errorf("delivery: generate DKIM key: %w %q", errAlgorithm, a)
	}
}

// MarshalPEM writes a private key as PKCS #8 in PEM. It is a secret.
func MarshalPEM(key crypto.Signer) ([]byte, error) {
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, fmt.Errorf("delivery: marshal DKIM key: %w", err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), nil
}

// ParsePEM reads a private key as PKCS #8 or, as older tools write it, PKCS #1.
func ParsePEM(text []byte) (crypto.Signer, error) {
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, fmt.Errorf("delivery: parse DKIM key: %w", errPEM)
	}
	var key any
	var err error
	switch block.Type {
	case "PRIVATE KEY":
		key, err = x509.ParsePKCS8PrivateKey(block.Bytes)
	case "RSA PRIVATE KEY":
		key, err = x509.ParsePKCS1PrivateKey(block.Bytes)
	default:
		err = errPEM
	}
	if err != nil {
		return nil, fmt.Errorf("delivery: parse DKIM key: %w", err)
	}
	signer, ok := key.(crypto.Signer)
	if !ok {
		return nil, fmt.Errorf("delivery: parse DKIM key: %w", errKeyType)
	}
	if _, err := algorithmOf(signer.Public()); err != nil {
		return nil, fmt.Errorf("delivery: parse DKIM key: %w", err)
	}
	return signer, nil
}

// algorithmOf tells which algorithm a public key is for, and refuses weak ones.
func algorithmOf(public crypto.PublicKey) (Algorithm, error) {
	switch k := public.(type) {
	case *rsa.PublicKey:
		if k.N.BitLen() < minRSABits {
			return "", errKeySmall
		}
		return RSASHA256, nil
	case ed25519.PublicKey:
		return Ed25519SHA256, nil
	default:
		return "", errKeyType
	}
}

// RecordName is the DNS name of a key's record.
func RecordName(domain, selector string) string { return selector + "._domainkey." + domain }

// Record is the text of the DNS TXT record for a public key (RFC 6376 3.6.1,
// RFC 8463 4).
func Record(public crypto.PublicKey) (string, error) {
	a, err := algorithmOf(public)
	if err != nil {
		return "", fmt.Errorf("delivery: DKIM record: %w", err)
	}
	if key, ok := public.(ed25519.PublicKey); ok && a == Ed25519SHA256 {
		return "v=DKIM1; k=ed25519; p=" + base64.StdEncoding.EncodeToString(key), nil
	}
	der, err := x509.MarshalPKIXPublicKey(public)
	if err != nil {
		return "", fmt.Errorf("delivery: DKIM record: %w", err)
	}
	return "v=DKIM1; k=rsa; p=" + base64.StdEncoding.EncodeToString(der), nil
}
