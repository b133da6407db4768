package libcrypto

import "crypto"

// Signer signs and tells by whose arithmetic.
type Signer interface {
	crypto.Signer
	// Name is the name of the library.
	Name() string
}
