package ledger

import (
	"context"
	"fmt"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/store"
)

// Leaf is one event on its way into the tree.
type Leaf struct {
	Event      int64
	Commitment []byte
}

// Extend adds leaves to a workspace's tree and signs the new head, all in the
// caller's transaction. The caller sees to it that nobody else extends meanwhile.
func Extend(ctx context.Context, tx *store.Tx, workspace int64, leaves []Leaf, key Key, now time.Time) (Checkpoint, error) {
	last, err := Last(ctx, tx, workspace, key.Verifier)
	if err != nil {
		return Checkpoint{}, err
	}
	grown := growth{old: NewTiles(ctx, tx, workspace).Hashes(last.Tree()), size: last.Size, fresh: map[int64]tlog.Hash{}}
	rows := make([]any, 0, 3*len(leaves))
	for _, l := range leaves {
		rows = append(rows, workspace, grown.size, l.Event)
		if err := grown.add(l.Commitment); err != nil {
			return Checkpoint{}, fmt.Errorf("ledger: extend: %w", err)
		}
	}
	if err := tx.InsertRows(ctx, sqlAddLeaves, "", 3, rows); err != nil {
		return Checkpoint{}, fmt.Errorf("ledger: extend: %w", err)
	}
	if err := grown.store(ctx, tx, workspace, last.Size); err != nil {
		return Checkpoint{}, fmt.Errorf("ledger: extend: %w", err)
	}
	return sealHead(ctx, tx, workspace, &grown, key.Signer, now)
}

func sealHead(ctx context.Context, tx *store.Tx, workspace int64, grown *growth, signer note.Signer, now time.Time) (Checkpoint, error) {
	root, err := tlog.TreeHash(grown.size, grown)
	if err != nil {
		return Checkpoint{}, fmt.Errorf("ledger: extend: %w", err)
	}
	c := Checkpoint{Origin: signer.Name(), Size: grown.size, Root: root, At: now.UTC().Truncate(time.Second)}
	if err := c.sign(signer); err != nil {
		return Checkpoint{}, err
	}
	if _, err := tx.Exec(ctx, sqlAddCheckpoint, workspace, c.Size, c.Root[:], c.Note, store.Micros(now)); err != nil {
		return Checkpoint{}, fmt.Errorf("ledger: extend: %w", err)
	}
	return c, nil
}

// growth is a tree being extended: the new hashes in memory, the old ones read.
type growth struct {
	old   tlog.HashReader
	size  int64
	fresh map[int64]tlog.Hash
}

// ReadHashes implements tlog.HashReader over old and new.
func (g *growth) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(indexes))
	var ask []int64
	for i, x := range indexes {
		h, ok := g.fresh[x]
		if !ok {
			ask = append(ask, x)
		}
		out[i] = h
	}
	if len(ask) == 0 {
		return out, nil
	}
	old, err := g.old.ReadHashes(ask)
	if err != nil {
		return nil, err
	}
	for i, x := range ask {
		g.fresh[x] = old[i] // remembered for the next leaf
	}
	for i, x := range indexes {
		out[i] = g.fresh[x]
	}
	return out, nil
}

func (g *growth) add(commitment []byte) error {
	hashes, err := tlog.StoredHashes(g.size, commitment, g)
	if err != nil {
		return err
	}
	at := tlog.StoredHashIndex(0, g.size)
	for i, h := range hashes {
		g.fresh[at+int64(i)] = h
	}
	g.size++
	return nil
}

// store writes the tiles that changed since the old size.
func (g *growth) store(ctx context.Context, tx *store.Tx, workspace, old int64) error {
	var rows []any
	for _, tile := range tlog.NewTiles(tileHeight, old, g.size) {
		data, err := tlog.ReadTileData(tile, g)
		if err != nil {
			return err
		}
		rows = append(rows, workspace, tile.L, tile.N, tile.W, data)
	}
	return tx.InsertRows(ctx, sqlPutTiles, sqlPutTilesTail, 5, rows)
}

// Last is the newest checkpoint of a workspace, its signature checked. A log
// without one is empty: size 0.
func Last(ctx context.Context, r store.Reader, workspace int64, key note.Verifier) (Checkpoint, error) {
	return read(r.QueryRow(ctx, sqlLastCheckpoint, workspace), key)
}

// Covering is the oldest checkpoint with at least size leaves; fault.NotFound
// while there is none.
func Covering(ctx context.Context, r store.Reader, workspace, size int64, key note.Verifier) (Checkpoint, error) {
	c, err := read(r.QueryRow(ctx, sqlCoveringCheckpoint, workspace, size), key)
	if err == nil && c.Size == 0 {
		return c, fault.New(fault.NotFound, "fault.not_found")
	}
	return c, err
}

func read(row *store.Row, key note.Verifier) (Checkpoint, error) {
	var text string
	var size int64
	var root []byte
	err := row.Scan(&size, &root, &text)
	if fault.Is(err, fault.NotFound) {
		empty, err := tlog.TreeHash(0, nil)
		return Checkpoint{Root: empty}, err
	}
	if err != nil {
		return Checkpoint{}, fmt.Errorf("ledger: read checkpoint: %w", err)
	}
	c, err := OpenCheckpoint(text, key)
	if err == nil && (c.Size != size || string(c.Root[:]) != string(root)) {
		err = fault.New(fault.Invalid, "consent.checkpoint.bad")
	}
	return c, err
}
