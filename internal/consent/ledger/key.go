package ledger

import (
	"context"
	"crypto/rand"
	"fmt"
	"time"

	"golang.org/x/mod/sumdb/note"

	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/keyring"
	"github.com/kyodaku/kyodaku/internal/store"
)

// Key is a workspace's log key: Ed25519, used for checkpoints and for packs.
type Key struct {
	Signer   note.Signer
	Verifier note.Verifier
	// Public is the verifier key as text, to be published.
	Public string
}

// sealUse binds the sealed private key to its use.
const sealUse = "consent log key"

// EnsureKey returns the workspace's log key, made at its first use. The caller
// holds the sequencer's lock.
func EnsureKey(ctx context.Context, tx *store.Tx, ring *keyring.Ring, workspace int64, now time.Time) (Key, error) {
	key, err := ReadKey(ctx, tx, ring, workspace)
	if !fault.Is(err, fault.NotFound) {
		return key, err
	}
	name := "kyodaku/" + store.Public("ws", workspace)
	private, public, err := note.GenerateKey(rand.Reader, name)
	if err != nil {
		return Key{}, fmt.Errorf("ledger: make key: %w", err)
	}
	if _, err := tx.Exec(ctx, sqlAddKey, workspace, name, ring.Seal(sealUse, []byte(private)), public, store.Micros(now)); err != nil {
		return Key{}, fmt.Errorf("ledger: make key: %w", err)
	}
	return parseKey(private, public)
}

// ReadKey returns the workspace's log key; fault.NotFound before its first use.
func ReadKey(ctx context.Context, r store.Reader, ring *keyring.Ring, workspace int64) (Key, error) {
	var sealed []byte
	var public string
	if err := r.QueryRow(ctx, sqlKey, workspace).Scan(&sealed, &public); err != nil {
		return Key{}, fmt.Errorf("ledger: read key: %w", err)
	}
	private, err := ring.Open(sealUse, sealed)
	if err != nil {
		return Key{}, fmt.Errorf("ledger: read key: %w", err)
	}
	return parseKey(string(private), public)
}

func parseKey(private, public string) (Key, error) {
	signer, err := note.NewSigner(private)
	if err != nil {
		return Key{}, fmt.Errorf("ledger: read key: %w", err)
	}
	verifier, err := note.NewVerifier(public)
	if err != nil {
		return Key{}, fmt.Errorf("ledger: read key: %w", err)
	}
	return Key{Signer: signer, Verifier: verifier, Public: public}, nil
}
