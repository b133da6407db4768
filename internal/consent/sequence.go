package consent

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/kyodaku/kyodaku/internal/consent/ledger"
	"github.com/kyodaku/kyodaku/internal/store"
)

const (
	// sequencerLock makes the sequencer a singleton among the nodes.
	sequencerLock = "consent.sequencer"
	// roundSize is how many events one round takes into the trees.
	roundSize = 8192
	// roundEvery is the pause after a round, so that many small appends share a
	// checkpoint; nobody waits for one.
	roundEvery = 200 * time.Millisecond
	// roundAtLeast is how often work left by other nodes or a crash is looked for.
	roundAtLeast = 5 * time.Second
)

// Sequence takes pending events into their trees until none is left and signs a
// checkpoint for each round. It returns how many it took.
func (l *Log) Sequence(ctx context.Context, now time.Time) (int, error) {
	total := 0
	for {
		n, err := l.round(ctx, now)
		if err != nil {
			return total, fmt.Errorf("consent: sequence: %w", err)
		}
		total += n
		if n < roundSize {
			return total, nil
		}
	}
}

// Run sequences after appends and by time until the context ends, and sorts permissions by
// kinds beside that.
//
//arch:clock a loop that paces itself; what it signs is dated by the clock it is given
func (l *Log) Run(ctx context.Context, clock func() time.Time) {
	var sorting sync.WaitGroup
	sorting.Go(func() { l.keepSorted(ctx) })
	defer sorting.Wait()
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		case <-l.nudge:
		}
		if _, err := l.Sequence(ctx, clock()); err != nil && ctx.Err() == nil {
			l.log.Error("the consent log could not be sequenced", "error", err)
		}
		timer.Reset(roundEvery)
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		}
		timer.Reset(roundAtLeast)
	}
}

// round is one transaction: leaves, tiles, checkpoint and work list together.
func (l *Log) round(ctx context.Context, now time.Time) (n int, err error) {
	var any bool
	if any, err = l.anyPending(ctx); err != nil || !any {
		return 0, err
	}
	err = l.db.Write(ctx, func(tx *store.Tx) error {
		if err := tx.Lock(ctx, sequencerLock); err != nil {
			return err
		}
		r, err := pendingLeaves(ctx, tx)
		if err != nil || r.n == 0 {
			return err
		}
		n = r.n
		for workspace, leaves := range r.work {
			key, err := ledger.EnsureKey(ctx, tx, l.ring, workspace, now)
			if err != nil {
				return err
			}
			if _, err := ledger.Extend(ctx, tx, workspace, leaves, key, now); err != nil {
				return err
			}
		}
		_, err = tx.Exec(ctx, sqlDone, r.first, r.last)
		return err
	})
	return n, err
}

// anyPending spares the writer when there is nothing to do.
func (l *Log) anyPending(ctx context.Context) (bool, error) {
	var found bool
	err := l.db.QueryRow(ctx, sqlAnyPending).Scan(&found)
	return found, err
}

// roundWork is what one round takes in: n leaves by workspace, their events between
// the first and the last.
type roundWork struct {
	work        map[int64][]ledger.Leaf
	n           int
	first, last int64
}

// pendingLeaves reads the next round's leaves. Events of one address
// come in their order: a later one is committed after the earlier.
func pendingLeaves(ctx context.Context, tx *store.Tx) (roundWork, error) {
	r := roundWork{work: map[int64][]ledger.Leaf{}}
	rows, err := tx.Query(ctx, sqlPending, roundSize)
	if err != nil {
		return r, err
	}
	defer rows.Close()
	for rows.Next() {
		var leaf ledger.Leaf
		var workspace int64
		if err := rows.Scan(&leaf.Event, &workspace, &leaf.Commitment); err != nil {
			return r, err
		}
		if r.n == 0 {
			r.first = leaf.Event
		}
		r.n, r.last = r.n+1, leaf.Event
		r.work[workspace] = append(r.work[workspace], leaf)
	}
	return r, rows.Err()
}

// Head is a workspace's newest signed checkpoint; a zero Size while it has none.
func (l *Log) Head(ctx context.Context, r store.Reader, workspace int64) (Checkpoint, error) {
	key, err := ledger.ReadKey(ctx, r, l.ring, workspace)
	if noSuch(err) {
		return Checkpoint{}, nil
	}
	if err != nil {
		return Checkpoint{}, fmt.Errorf("consent: head: %w", err)
	}
	c, err := ledger.Last(ctx, r, workspace, key.Verifier)
	if err != nil {
		return Checkpoint{}, fmt.Errorf("consent: head: %w", err)
	}
	return Checkpoint{Size: c.Size, Root: c.Root[:], At: c.At, Note: c.Note, VerifierKey: key.Public}, nil
}

// Checkpoint is a signed head of a workspace's log.
type Checkpoint struct {
	Size int64
	Root []byte
	At   time.Time
	// Note is the signed text (C2SP tlog-checkpoint), VerifierKey the public key
	// that verifies it, to be published.
	Note, VerifierKey string
}
