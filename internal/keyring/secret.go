package keyring

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
)

// Secret makes a random bearer secret with a readable prefix: prefix_xxxx (256
// bits). Only its hash is stored.
func Secret(prefix string) string {
	b := make([]byte, keySize)
	_, _ = rand.Read(b) // never fails, by its documentation
	return prefix + "_" + base64.RawURLEncoding.EncodeToString(b)
}

// SecretHash is what is stored of a secret. The secret has full entropy, so a
// plain hash is enough.
func SecretHash(secret string) []byte {
	sum := sha256.Sum256([]byte(secret))
	return sum[:]
}
