package ledger

import (
	"context"
	"fmt"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/kyodaku/kyodaku/internal/store"
)

// tileHeight is the height of a tile: 256 hashes, 8 KiB.
const tileHeight = 8

// Tiles reads the tree of one workspace. It remembers the tiles it has read, so
// it is made anew for each piece of work, and used by one goroutine.
type Tiles struct {
	ctx       context.Context
	r         store.Reader
	workspace int64
	known     map[tlog.Tile][]byte
}

// NewTiles makes a reader. The context is kept because tlog's interface has none.
func NewTiles(ctx context.Context, r store.Reader, workspace int64) *Tiles {
	return &Tiles{ctx: ctx, r: r, workspace: workspace, known: map[tlog.Tile][]byte{}}
}

// Hashes reads hashes of a tree, each proved to belong to its root.
func (t *Tiles) Hashes(tree tlog.Tree) tlog.HashReader { return tlog.TileHashReader(tree, t) }

// Height implements tlog.TileReader.
func (t *Tiles) Height() int { return tileHeight }

// SaveTiles implements tlog.TileReader; what was read is remembered already.
func (t *Tiles) SaveTiles([]tlog.Tile, [][]byte) {}

// knownMost bounds the memory of a reader: 1024 tiles are 8 MiB.
const knownMost = 1024

// ReadTiles implements tlog.TileReader. A stored tile may be wider than asked
// for, as it was when the tree was smaller.
func (t *Tiles) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	if len(t.known)+len(tiles) > knownMost {
		clear(t.known)
	}
	missing := map[int][]int64{}
	for _, tile := range tiles {
		if _, ok := t.known[coordinate(tile)]; !ok {
			missing[tile.L] = append(missing[tile.L], tile.N)
		}
	}
	for level, numbers := range missing {
		if err := t.load(level, numbers); err != nil {
			return nil, err
		}
	}
	data := make([][]byte, len(tiles))
	for i, tile := range tiles {
		stored := t.known[coordinate(tile)]
		if len(stored) < tile.W*tlog.HashSize {
			return nil, fmt.Errorf("ledger: tile %s is missing or too short", tile.Path())
		}
		data[i] = stored[:tile.W*tlog.HashSize]
	}
	return data, nil
}

// coordinate is a tile without its width.
func coordinate(tile tlog.Tile) tlog.Tile { return tlog.Tile{H: tile.H, L: tile.L, N: tile.N} }

func (t *Tiles) load(level int, numbers []int64) error {
	rows, err := t.r.Query(t.ctx, sqlTiles, t.workspace, level, store.In(numbers))
	if err != nil {
		return fmt.Errorf("ledger: read tiles: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		tile := tlog.Tile{H: tileHeight, L: level}
		var data []byte
		if err := rows.Scan(&tile.N, &data); err != nil {
			return fmt.Errorf("ledger: read tiles: %w", err)
		}
		t.known[tile] = data
	}
	return rows.Err()
}
