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

	stop context.CancelFunc
	done sync.WaitGroup
}

// New makes a gate over a database. It knows no refusals yet and therefore
// permits nothing until Start.
func New(db *store.DB, rules *law.Set, people *consent.Log, clock func() time.Time, log *slog.Logger) *Gate {
	g := &Gate{db: db, rules: rules, consent: people, clock: clock, log: log, node: rand.Text(), feed: newFeed()}
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
	g.feed.advance(end, began)
	run, stop := context.WithCancel(context.WithoutCancel(ctx))
	g.stop = stop
	g.done.Go(func() { g.follow(run) })
	return nil
}

// Stop ends the following; the gate then goes stale and permits nothing.
func (g *Gate) Stop() {
	if g.stop != nil {
		g.stop()
		g.done.Wait()
	}
}

// BeforeMail is the third asking, from memory: just before MAIL FROM is written.
// A no is a *Refusal.
func (g *Gate) BeforeMail(p Permit, now time.Time) error {
	if no := g.feed.check(p.p, now); no != "" {
		return g.refusal(no, Mail)
	}
	return nil
}

// BeforeDot is the last asking: after it said yes the dot may be written, and
// release must be called as soon as it left or the connection was dropped. abort
// is called when a fence cannot wait any longer; it must drop the connection.
func (g *Gate) BeforeDot(p Permit, now time.Time, abort func()) (release func(), err error) {
	release, no := g.feed.hold(p.p, now, abort)
	if no != "" {
		return nil, g.refusal(no, Dot)
	}
	return release, nil
}

func (g *Gate) refusal(id law.RuleID, at Stage) *Refusal {
	return &Refusal{Rule: id, Rules: g.rules.Version(), Stage: at}
}
