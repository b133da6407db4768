package delivery

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/kyodaku/kyodaku/internal/store"
)

// intent is the wish to send a final dot; granted once it is durable.
type intent struct {
	row     place
	granted chan error
}

// place is a row under one lease of it.
type place struct{ id, lease int64 }

// errLeaseLost means that another node may own the row by now, or that its
// campaign was stopped.
var errLeaseLost = errors.New("delivery: the lease has ended")

// journal makes intents and outcomes durable, many in one transaction. It is the
// reason why an fsync a message is affordable: whoever waits shares one.
type journal struct {
	db      *store.DB
	node    string
	clock   func() time.Time
	log     *slog.Logger
	intents chan intent
	records chan record
	// abandoned is closed when nobody waits for the database any longer.
	abandoned chan struct{}
	// told hears of each group that was stored.
	told func(records []record, took time.Duration, items int)
	// began is when the last transaction was begun.
	began time.Time
}

const (
	// groupMax bounds one transaction of the journal.
	groupMax = 512
	// storeAgain is how long the journal waits after a failed transaction.
	storeAgain = 250 * time.Millisecond
	// storeLimit bounds one transaction of the journal.
	storeLimit = time.Minute
	// groupTime is the least time from one commit to the next. A commit costs as much
	// as ten messages do, and every session waits for its own: rather fewer of them.
	groupTime = 5 * time.Millisecond
)

func newJournal(c Config, node string) *journal {
	return &journal{
		db: c.DB, node: node, clock: c.Clock, log: c.Log,
		intents: make(chan intent, groupMax), records: make(chan record, groupMax),
		abandoned: make(chan struct{}),
	}
}

// intend returns once the intent for a row's dot is durable, or with the reason
// why the dot must not be sent.
func (j *journal) intend(ctx context.Context, row place) error {
	in := intent{row: row, granted: make(chan error, 1)}
	select {
	case j.intents <- in:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	select {
	case err := <-in.granted:
		return err
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// note queues a record. It waits when the journal cannot keep up or cannot store:
// delivery then stops by itself.
func (j *journal) note(r record) {
	select {
	case j.records <- r:
		return
	default:
	}
	select {
	case j.records <- r:
	case <-j.abandoned:
	}
}

// run works until the records were closed and everything is stored, or until the
// journal is abandoned.
func (j *journal) run() {
	for {
		group, open := j.gather()
		for group.size() > 0 && !j.store(&group) {
			if !j.pause() {
				j.log.Error("outcomes are lost, the messages will be uncertain", "messages", len(group.records))
				return
			}
		}
		if !open {
			return
		}
	}
}

// hurry has the journal wait for the database no longer than it must.
func (j *journal) hurry() { close(j.abandoned) }

// pause waits before another try; false if there shall be none.
func (j *journal) pause() bool {
	timer := time.NewTimer(storeAgain)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-j.abandoned:
		return false
	}
}

// group is what one transaction stores.
type group struct {
	intents []intent
	records []record
}

// gather waits for the first item and takes whatever else comes until the next
// commit may be made. What comes during the commit makes the next group, so groups
// grow with the load, and a message alone waits for nobody.
func (j *journal) gather() (g group, open bool) {
	if open, _ = j.take(&g, nil); !open {
		return g, false
	}
	wait := time.NewTimer(groupTime - time.Since(j.began))
	defer wait.Stop()
	for more := true; more && open && g.size() < groupMax; {
		open, more = j.take(&g, wait.C)
	}
	for more := true; more && open && g.size() < groupMax; {
		open, more = j.takeWaiting(&g)
	}
	j.began = time.Now()
	return g, open
}

func (g *group) size() int { return len(g.intents) + len(g.records) }

// take adds one item to a group; more is false when the time came first, open when
// there will be no more.
func (j *journal) take(g *group, until <-chan time.Time) (open, more bool) {
	select {
	case in := <-j.intents:
		g.intents = append(g.intents, in)
	case r, ok := <-j.records:
		return g.add(r, ok), true
	case <-until:
		return true, false
	}
	return true, true
}

// takeWaiting adds one item that is there already.
func (j *journal) takeWaiting(g *group) (open, more bool) {
	select {
	case in := <-j.intents:
		g.intents = append(g.intents, in)
	case r, ok := <-j.records:
		return g.add(r, ok), true
	default:
		return true, false
	}
	return true, true
}

func (g *group) add(r record, ok bool) bool {
	if ok {
		g.records = append(g.records, r)
	}
	return ok
}

// store writes a group. When it cannot, the intents are refused (no dot without
// a stored intent) and the records are kept for the next try.
func (j *journal) store(g *group) bool {
	ctx, cancel := context.WithTimeout(context.Background(), storeLimit)
	defer cancel()
	granted := map[place]bool{}
	began, items := time.Now(), g.size()
	err := j.db.Write(ctx, func(tx *store.Tx) error {
		clear(granted)
		now := j.clock()
		if err := j.writeIntents(ctx, tx, g.intents, granted, now); err != nil {
			return err
		}
		return writeRecords(ctx, tx, g.records, now)
	})
	for _, in := range g.intents {
		switch {
		case err != nil:
			in.granted <- err
		case granted[in.row]:
			in.granted <- nil
		default:
			in.granted <- errLeaseLost
		}
	}
	g.intents = nil
	if err != nil {
		j.log.Error("outcomes cannot be stored, delivery waits", "error", err)
		return false
	}
	if j.told != nil {
		j.told(g.records, time.Since(began), items)
	}
	return true
}

func (j *journal) writeIntents(ctx context.Context, tx *store.Tx, intents []intent, granted map[place]bool, now time.Time) error {
	byLease := map[int64][]int64{}
	for _, in := range intents {
		byLease[in.row.lease] = append(byLease[in.row.lease], in.row.id)
	}
	for lease, ids := range byLease {
		if err := j.grant(ctx, tx, lease, ids, granted, now); err != nil {
			return err
		}
	}
	return nil
}

func (j *journal) grant(ctx context.Context, tx *store.Tx, lease int64, ids []int64, granted map[place]bool, now time.Time) error {
	intended, err := store.IDs(tx.Query(ctx, sqlIntent, store.In(ids), lease, j.node, store.Micros(now)))
	for _, id := range intended {
		granted[place{id, lease}] = true
	}
	return err
}
