package delivery

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/kyodaku/kyodaku/internal/store"
)

// record is what became of one attempt, or of one that was not made.
type record struct {
	row     Leased
	outcome Outcome
	// again is when the row is due again; zero for a final outcome.
	again time.Time
	// returned says that nothing was tried, so that the attempt does not count.
	returned bool
	parked   bool
	rule     string
	stage    string
	attempt  attempt
}

// attempt is the wire's side of a record.
type attempt struct {
	started, ended time.Time
	remote, stage  string
	code           int
	enhanced       string
	reply          string
}

// intent is the wish to send a final dot; granted once it is durable.
type intent struct {
	id      int64
	granted chan error
}

// errLeaseLost means that another node may own the row by now.
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
	// committed is told how many records were stored; for waiting in tests and for progress.
	committed func(n int)
}

const (
	// groupMax bounds one transaction of the journal.
	groupMax = 512
	// groupWait is how long the first of a group waits for company.
	groupWait = 2 * time.Millisecond
	// storeAgain is how long the journal waits after a failed transaction.
	storeAgain = 250 * time.Millisecond
)

func newJournal(db *store.DB, node string, clock func() time.Time, log *slog.Logger) *journal {
	return &journal{
		db: db, node: node, clock: clock, log: log,
		intents: make(chan intent, groupMax), records: make(chan record, groupMax),
		committed: func(int) {},
	}
}

// intend returns once the intent for a row's dot is durable, or with the reason
// why the dot must not be sent.
func (j *journal) intend(ctx context.Context, id int64) error {
	in := intent{id: id, granted: make(chan error, 1)}
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
func (j *journal) note(r record) { j.records <- r }

// run works until both channels were closed and everything is stored.
func (j *journal) run() {
	for {
		group, open := j.gather()
		for len(group.intents)+len(group.records) > 0 && !j.store(&group) {
			time.Sleep(storeAgain)
		}
		if !open {
			return
		}
	}
}

// group is what one transaction stores.
type group struct {
	intents []intent
	records []record
}

// gather waits for the first item and then a moment for more.
func (j *journal) gather() (group, bool) {
	var g group
	select {
	case in := <-j.intents:
		g.intents = append(g.intents, in)
	case r, ok := <-j.records:
		if !ok {
			return g, false
		}
		g.records = append(g.records, r)
	}
	timer := time.NewTimer(groupWait)
	defer timer.Stop()
	for len(g.intents)+len(g.records) < groupMax {
		select {
		case in := <-j.intents:
			g.intents = append(g.intents, in)
		case r, ok := <-j.records:
			if !ok {
				return g, false
			}
			g.records = append(g.records, r)
		case <-timer.C:
			return g, true
		}
	}
	return g, true
}

// store writes a group. When it cannot, the intents are refused (no dot without
// a stored intent) and the records are kept for the next try.
func (j *journal) store(g *group) bool {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	granted := map[int64]bool{}
	err := j.db.Write(ctx, func(tx *store.Tx) error {
		clear(granted)
		now := j.clock()
		if err := j.writeIntents(ctx, tx, g.intents, granted, now); err != nil {
			return err
		}
		return j.writeRecords(ctx, tx, g.records, now)
	})
	for _, in := range g.intents {
		switch {
		case err != nil:
			in.granted <- err
		case granted[in.id]:
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
	j.committed(len(g.records))
	return true
}

func (j *journal) writeIntents(ctx context.Context, tx *store.Tx, intents []intent, granted map[int64]bool, now time.Time) error {
	if len(intents) == 0 {
		return nil
	}
	ids := make([]int64, len(intents))
	for i, in := range intents {
		ids[i] = in.id
	}
	rows, err := tx.Query(ctx, sqlIntent, store.In(ids), j.node, store.Micros(now))
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var id int64
		if err := rows.Scan(&id); err != nil {
			return err
		}
		granted[id] = true
	}
	return rows.Err()
}
