package keyring

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"github.com/kyodaku/kyodaku/internal/fault"
)

// keySize is the length of the master key and of every subkey, in bytes.
const keySize = 32

// Ring is an installation's set of keys, safe for concurrent use.
type Ring struct {
	addresses []byte
	tokens    []byte
	seal      cipher.AEAD
}

// Generate makes the text of a new key file: one line of 64 hex digits.
func Generate() string {
	b := make([]byte, keySize)
	_, _ = rand.Read(b) // never fails, by its documentation
	return hex.EncodeToString(b) + "\n"
}

// New reads the text of a key file.
func New(file string) (*Ring, error) {
	master, err := hex.DecodeString(strings.TrimSpace(file))
	if err != nil || len(master) != keySize {
		return nil, errors.New("keyring: the key file must hold 64 hex digits")
	}
	r := &Ring{}
	var sealKey []byte
	for use, dst := range map[string]*[]byte{"address hash": &r.addresses, "token": &r.tokens, "seal": &sealKey} {
		if *dst, err = hkdf.Key(sha256.New, master, nil, "kyodaku "+use, keySize); err != nil {
			return nil, fmt.Errorf("keyring: derive: %w", err)
		}
	}
	block, err := aes.NewCipher(sealKey)
	if err != nil {
		return nil, fmt.Errorf("keyring: %w", err)
	}
	if r.seal, err = cipher.NewGCM(block); err != nil {
		return nil, fmt.Errorf("keyring: %w", err)
	}
	return r, nil
}

// AddressHash is the keyed hash of a canonical address within a workspace (32
// bytes). It is what remains of an address after erasure.
func (r *Ring) AddressHash(workspace int64, channel, canonical string) []byte {
	h := hmac.New(sha256.New, r.addresses)
	var ws [8]byte
	binary.BigEndian.PutUint64(ws[:], uint64(workspace))
	h.Write(ws[:])
	h.Write([]byte(channel + "\x00" + canonical))
	return h.Sum(nil)
}

// Seal encrypts a secret for storage. use is bound to it: Open wants the same.
func (r *Ring) Seal(use string, plain []byte) []byte {
	nonce := make([]byte, r.seal.NonceSize())
	_, _ = rand.Read(nonce) // never fails, by its documentation
	return r.seal.Seal(nonce, nonce, plain, []byte(use))
}

// Open decrypts what Seal wrote for the same use.
func (r *Ring) Open(use string, sealed []byte) ([]byte, error) {
	n := r.seal.NonceSize()
	if len(sealed) < n {
		return nil, fault.New(fault.Internal, "keyring.sealed")
	}
	plain, err := r.seal.Open(nil, sealed[:n], sealed[n:], []byte(use))
	if err != nil {
		return nil, fault.Wrap(fault.Internal, err, "keyring.sealed")
	}
	return plain, nil
}
