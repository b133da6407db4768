package contact

import (
	"context"

	"github.com/kyodaku/kyodaku/internal/addr"
	"github.com/kyodaku/kyodaku/internal/store"
)

// Owners lists whose an address is and was: the contact that has it, and those who were erased
// while they had it, whom an address that came back no longer leads to. Nobody is found of an
// address that nobody had.
func (b *Book) Owners(ctx context.Context, r store.Reader, workspace int64, a addr.Address) ([]int64, error) {
	return b.OwnersOf(ctx, r, workspace, b.Hash(workspace, a))
}

// OwnersOf is Owners by the keyed hash of an address.
func (b *Book) OwnersOf(ctx context.Context, r store.Reader, workspace int64, hash []byte) ([]int64, error) {
	ids, err := store.IDs(r.Query(ctx, sqlOwners, workspace, hash, workspace, hash))
	return ids, wrap("owners", err)
}
