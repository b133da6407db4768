//go:build static || !linux || !(amd64 || arm64)

package libcrypto

import (
	"crypto/rsa"
	"errors"
)

// Library is never opened in this build.
type Library struct{}

var errLeftOut = errors.New("libcrypto: left out of this build")

// Open is always an error in this build.
func Open() (*Library, error) { return nil, errLeftOut }

// Name is the version of the library.
func (*Library) Name() string { return "" }

// Signer is always an error in this build.
func (*Library) Signer(*rsa.PrivateKey) (Signer, error) { return nil, errLeftOut }
