package ledger

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"hash"
)

// SaltSize is the length of a salt in bytes. All salts have it, so that no two
// keys of the HMAC are the same key padded.
const SaltSize = 16

// Salts makes n random salts.
func Salts(n int) [][]byte {
	all := make([]byte, n*SaltSize)
	_, _ = rand.Read(all) // never fails, by its documentation
	out := make([][]byte, n)
	for i := range out {
		out[i] = all[i*SaltSize : (i+1)*SaltSize : (i+1)*SaltSize]
	}
	return out
}

// Commit is HMAC-SHA256(salt, encoding): it binds to the encoding while the salt
// exists and says nothing about it after the salt was destroyed.
func Commit(salt, encoding []byte) []byte {
	h := hmac.New(func() hash.Hash { return sha256.New() }, salt)
	h.Write(encoding)
	return h.Sum(nil)
}

// WordingHash is the hash of one version of a text that people agree to: SHA-256
// over "kyodaku-wording-v1", the version as 8 bytes, and kind, key, Japanese and
// English text, each preceded by its length as 8 bytes, all big-endian.
func WordingHash(kind, key string, version int64, ja, en string) []byte {
	b := []byte("kyodaku-wording-v1")
	b = binary.BigEndian.AppendUint64(b, uint64(version))
	for _, s := range []string{kind, key, ja, en} {
		b = binary.BigEndian.AppendUint64(b, uint64(len(s)))
		b = append(b, s...)
	}
	sum := sha256.Sum256(b)
	return sum[:]
}
