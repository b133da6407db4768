package consent

import (
	"bytes"
	"context"
	"crypto/hmac"
	"fmt"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/kyodaku/kyodaku/internal/consent/ledger"
	"github.com/kyodaku/kyodaku/internal/store"
)

// Damage is what is wrong with a place in the log.
type Damage string

// The kinds of damage; each has a sentence at "consent.damage.<kind>".
const (
	// DamageEvent: event or evidence differ from what was committed to.
	DamageEvent Damage = "event"
	// DamageLeaf: the commitment differs from the tree.
	DamageLeaf Damage = "leaf"
	// DamageMissing: the tree has a leaf whose event is gone.
	DamageMissing Damage = "missing"
	// DamageUnlogged: events are neither in the tree nor waiting for it.
	DamageUnlogged Damage = "unlogged"
	// DamageTree: the tiles do not belong to the signed head.
	DamageTree Damage = "tree"
	// DamageCheckpoint: a checkpoint is not signed by the log, or is no head of this tree.
	DamageCheckpoint Damage = "checkpoint"
)

// Finding is one place that is damaged.
type Finding struct {
	Damage Damage
	// Seq is the leaf, or the size of a checkpoint; -1 if neither.
	Seq int64
	// Event is the event, 0 if it is not known.
	Event int64
}

// Verification is the outcome of VerifyAll.
type Verification struct {
	// Leaves is the size of the tree; Erased of them have no evidence any more.
	Leaves, Erased, Checkpoints int64
	// Pending events wait for their place in the tree.
	Pending int64
	// Found counts what is wrong; Findings holds the first hundred.
	Found    int64
	Findings []Finding
}

func (v *Verification) add(d Damage, seq, event int64) {
	v.Found++
	if len(v.Findings) < 100 {
		v.Findings = append(v.Findings, Finding{Damage: d, Seq: seq, Event: event})
	}
}

// verifyAtOnce is how many leaves are checked together: 16 tiles.
const verifyAtOnce = 4096

// VerifyAll checks the whole log of a workspace: every event and its evidence
// against its commitment, every commitment against the tree, every signed
// checkpoint against key and tree. Erased events are checked up to their
// commitment and counted. What it finds is in the outcome; an error means that it
// could not look.
func (l *Log) VerifyAll(ctx context.Context, workspace int64) (Verification, error) {
	var v Verification
	key, err := ledger.ReadKey(ctx, l.db, l.ring, workspace)
	switch {
	case noSuch(err): // nothing was ever sequenced
	case err != nil:
		return v, fmt.Errorf("consent: verify: %w", err)
	default:
		if err := l.verifyTree(ctx, workspace, key.Verifier, &v); err != nil {
			return v, fmt.Errorf("consent: verify: %w", err)
		}
	}
	var unlogged int64
	if err := l.db.QueryRow(ctx, sqlUnlogged, workspace, workspace, workspace).Scan(&v.Pending, &unlogged); err != nil {
		return v, fmt.Errorf("consent: verify: %w", err)
	}
	if unlogged > 0 {
		v.add(DamageUnlogged, -1, 0)
	}
	return v, nil
}

func (l *Log) verifyTree(ctx context.Context, workspace int64, key note.Verifier, v *Verification) error {
	head, err := ledger.Last(ctx, l.db, workspace, key)
	if err != nil {
		v.add(DamageCheckpoint, -1, 0)
		return nil //nolint:nilerr // an unreadable head is a finding, and there is no tree without it
	}
	v.Leaves = head.Size
	hashes := ledger.NewTiles(ctx, l.db, workspace).Hashes(head.Tree())
	for from := int64(0); from < head.Size; from += verifyAtOnce {
		if err := l.verifyLeaves(ctx, workspace, hashes, from, min(from+verifyAtOnce, head.Size), v); err != nil {
			return err
		}
	}
	return l.verifyCheckpoints(ctx, workspace, key, hashes, v)
}

// verifyLeaves checks the leaves from one number up to, not including, another.
func (l *Log) verifyLeaves(ctx context.Context, workspace int64, hashes tlog.HashReader, from, to int64, v *Verification) error {
	indexes := make([]int64, 0, to-from)
	for seq := from; seq < to; seq++ {
		indexes = append(indexes, tlog.StoredHashIndex(0, seq))
	}
	want, err := hashes.ReadHashes(indexes)
	if err != nil {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		v.add(DamageTree, from, 0)
		want = nil
	}
	rows, err := l.db.Query(ctx, sqlLeaves, workspace, from, to)
	if err != nil {
		return err
	}
	defer rows.Close()
	next := from
	var encoded []byte
	for rows.Next() {
		e, err := scanRaw(rows)
		if err != nil {
			return err
		}
		for ; next < e.Seq; next++ {
			v.add(DamageMissing, next, 0)
		}
		next = e.Seq + 1
		if want != nil && tlog.RecordHash(e.Commitment) != want[e.Seq-from] {
			v.add(DamageLeaf, e.Seq, e.ID)
		}
		if e.Erased {
			v.Erased++
			continue
		}
		encoded = canonical(encoded[:0], &e.Event, e.record)
		if !hmac.Equal(ledger.Commit(e.salt, encoded), e.Commitment) {
			v.add(DamageEvent, e.Seq, e.ID)
		}
	}
	for ; next < to; next++ {
		v.add(DamageMissing, next, 0)
	}
	return rows.Err()
}

// verifyCheckpoints holds every head that was ever signed against the tree of
// today: that is what consistency means.
func (l *Log) verifyCheckpoints(ctx context.Context, workspace int64, key note.Verifier, hashes tlog.HashReader, v *Verification) error {
	for after := int64(0); ; {
		page, err := checkpointPage(ctx, l.db, workspace, after)
		if err != nil {
			return err
		}
		for _, stored := range page {
			after = stored.Size
			v.Checkpoints++
			c, err := ledger.OpenCheckpoint(stored.Note, key)
			if err != nil || c.Size != stored.Size || !bytes.Equal(c.Root[:], stored.Root) {
				v.add(DamageCheckpoint, stored.Size, 0)
				continue
			}
			if root, err := tlog.TreeHash(c.Size, hashes); err != nil || root != c.Root {
				v.add(DamageCheckpoint, stored.Size, 0)
			}
		}
		if len(page) < checkpointsPage {
			return nil
		}
	}
}

// checkpointsPage is the LIMIT of sqlCheckpoints.
const checkpointsPage = 500

func checkpointPage(ctx context.Context, r store.Reader, workspace, after int64) ([]Checkpoint, error) {
	rows, err := r.Query(ctx, sqlCheckpoints, workspace, after)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var page []Checkpoint
	for rows.Next() {
		var c Checkpoint
		var at int64
		if err := rows.Scan(&c.Size, &c.Root, &c.Note, &at); err != nil {
			return nil, err
		}
		c.At = store.Time(at)
		page = append(page, c)
	}
	return page, rows.Err()
}
