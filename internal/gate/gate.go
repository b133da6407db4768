package gate

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/kyodaku/kyodaku/internal/consent"
	"github.com/kyodaku/kyodaku/internal/law"
	"github.com/kyodaku/kyodaku/internal/store"
)

// Gate decides for one node. It is safe for concurrent use.
type Gate struct {
	db    *store.DB
	rules *law.Set
	// consent answers what people said.
	consent *consent.Log
	clock   func() time.Time
	log     *slog.Logger
	node    string
	feed    *feed
	peers   peers
	owed    owed
	// told and toldAt are this node's last sign to the others; follow alone uses them.
	told   int64
	toldAt time.Time

	committed func(refused []consent.Refused, at time.Time)

	stop context.CancelFunc
	done sync.WaitGroup
}

// New makes a gate over a database. It knows no refusals yet and therefore
// permits nothing until Start.
func New(db *store.DB, rules *law.Set, people *consent.Log, clock func() time.Time, log *slog.Logger) *Gate {
	g := &Gate{db: db, rules: rules, consent: people, clock: clock, log: log, node: rand.Text(), feed: newFeed(rules)}
	people.Watch(g.take)
	return g
}

// Rules is the rule set in use.
func (g *Gate) Rules() *law.Set { return g.rules }

// Start reads the feed's end and keeps following it until Stop.
func (g *Gate) Start(ctx context.Context) error {
	began := g.clock()
	var end int64
	if err := g.db.QueryRow(ctx, sqlFeedEnd).Scan(&end); err != nil {
		return fmt.Errorf("gate: start: %w", err)
	}
	g.feed.advance(end)
	if err := g.beat(ctx, end, began); err != nil {
		return fmt.Errorf("gate: start: %w", err)
	}
	g.feed.refresh(began)
	run, stop := context.WithCancel(context.WithoutCancel(ctx))
	g.stop = stop
	g.done.Go(func() { g.follow(run) })
	g.done.Go(func() { g.guard(run) })
	return nil
}

// Stop ends the following; the gate then goes stale and permits nothing.
func (g *Gate) Stop() {
	if g.stop != nil {
		g.stop()
		g.done.Wait()
	}
}

// Age is how old this node's knowledge of refusals is.
func (g *Gate) Age(now time.Time) time.Duration { return g.feed.age(now) }

// BeforeMail is the third asking, from memory: just before MAIL FROM is written.
// A no is a *Refusal.
func (g *Gate) BeforeMail(p Permit, now time.Time) error {
	if no, event := g.feed.check(p.p, now); no != "" {
		return g.refusal(no, Mail, event)
	}
	return nil
}

// BeforeDot is the last asking: when it says yes the dot may be written. The Hold
// must be told when the dot has left or cannot, and when the transaction is over.
// abort is called, once or more, when a refusal cannot wait any longer: it must
// end the writing at once and must not wait, nor call the Hold.
func (g *Gate) BeforeDot(p Permit, now time.Time, abort func()) (*Hold, error) {
	h, no, event := g.feed.hold(p.p, now, abort)
	if no != "" {
		return nil, g.refusal(no, Dot, event)
	}
	return h, nil
}

func (g *Gate) refusal(id law.RuleID, at Stage, event int64) *Refusal {
	return &Refusal{Rule: id, Rules: g.rules.Version(), Stage: at, Event: event}
}
