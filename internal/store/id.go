package store

import (
	"context"
	"encoding/base32"
	"encoding/binary"
	"strings"
	"sync"

	"github.com/kyodaku/kyodaku/internal/fault"
)

// idStep is how many ids are reserved at a time.
const idStep = 1000

// idBlock hands out ids from reserved blocks. A rolled-back reservation is never
// used: the end moves only after the commit that stored it.
type idBlock struct {
	mu        sync.Mutex
	next, end int64
}

func (b *idBlock) take() (int64, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.next >= b.end {
		return 0, false
	}
	b.next++
	return b.next - 1, true
}

// extend opens the block that ends before end; ids left in an older block are dropped.
func (b *idBlock) extend(end int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if end > b.end {
		b.next, b.end = max(b.next, end-idStep), end
	}
}

const (
	sqlNextIDsPostgres = `SELECT nextval('kyodaku_id')`
	sqlNextIDsSQLite   = `UPDATE id_counter SET next = next + 1000 RETURNING next`
)

// NewID returns a key never used before in any table. Keys grow with time but
// may have gaps.
func (t *Tx) NewID(ctx context.Context) (int64, error) {
	if t.db.engine == PostgreSQL {
		return t.newIDPostgres(ctx)
	}
	// On SQLite this transaction is the only writer, so a block taken inside it
	// is its own until the commit makes it the process's.
	if t.reserved == 0 {
		if id, ok := t.db.ids.take(); ok {
			return id, nil
		}
	}
	return t.fromReserved(ctx)
}

func (t *Tx) fromReserved(ctx context.Context) (int64, error) {
	ids := &t.db.ids
	if t.reserved != 0 {
		ids.mu.Lock()
		id := max(ids.next, t.reserved-idStep)
		if id < t.reserved {
			ids.next = id + 1
			ids.mu.Unlock()
			return id, nil
		}
		ids.mu.Unlock()
	}
	if err := t.QueryRow(ctx, sqlNextIDsSQLite).Scan(&t.reserved); err != nil {
		return 0, err
	}
	return t.fromReserved(ctx)
}

// newIDPostgres takes blocks from a sequence, which no transaction holds back.
func (t *Tx) newIDPostgres(ctx context.Context) (int64, error) {
	for {
		if id, ok := t.db.ids.take(); ok {
			return id, nil
		}
		var end int64
		if err := t.QueryRow(ctx, sqlNextIDsPostgres).Scan(&end); err != nil {
			return 0, err
		}
		t.db.ids.extend(end)
	}
}

var publicAlphabet = base32.NewEncoding("0123456789abcdefghjkmnpqrstvwxyz").WithPadding(base32.NoPadding)

// Public is the opaque form of a key that the outside sees: prefix_xxxxxxxxxxxxx.
// It hides order and count from a casual eye; it is no secret and grants nothing.
func Public(prefix string, id int64) string {
	var b [8]byte
	binary.BigEndian.PutUint64(b[:], scramble(uint64(id), false))
	return prefix + "_" + publicAlphabet.EncodeToString(b[:])
}

// ParsePublic reads what Public wrote; anything else is fault.NotFound, since a
// malformed id names nothing.
func ParsePublic(prefix, s string) (int64, error) {
	rest, ok := strings.CutPrefix(s, prefix+"_")
	b, err := publicAlphabet.DecodeString(rest)
	if !ok || err != nil || len(b) != 8 {
		return 0, fault.New(fault.NotFound, "fault.not_found")
	}
	id := int64(scramble(binary.BigEndian.Uint64(b), true))
	if id <= 0 || Public(prefix, id) != s {
		return 0, fault.New(fault.NotFound, "fault.not_found")
	}
	return id, nil
}

// scramble is a four-round Feistel permutation of 64 bits with fixed keys.
func scramble(v uint64, back bool) uint64 {
	keys := [4]uint32{0x6b796f64, 0x616b7531, 0x8bb18afe, 0x2f9d1c53}
	l, r := uint32(v>>32), uint32(v)
	for i := range keys {
		k := keys[i]
		if back {
			k = keys[len(keys)-1-i]
		}
		f := (r ^ k) * 0x9e3779b1
		f ^= f >> 15
		f *= 0x85ebca6b
		f ^= f >> 13
		l, r = r, l^f
	}
	return uint64(r)<<32 | uint64(l)
}
