package delivery

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/kyodaku/kyodaku/internal/delivery/smtp"
	"github.com/kyodaku/kyodaku/internal/gate"
	"github.com/kyodaku/kyodaku/internal/store"
)

// Router knows the way to a receiving server.
type Router interface {
	// Lane names the queue that mail for a domain stands in.
	Lane(domain string) string
	// Targets lists the servers for a domain, best first. A permanent failure (no
	// such domain, null MX) is an error that fault does not call temporary.
	Targets(ctx context.Context, domain string) ([]smtp.Target, error)
}

// Signer adds the signature headers of a domain to a message.
type Signer interface {
	Sign(ctx context.Context, workspace int64, domain string, message []byte, now time.Time) ([]byte, error)
}

// Config is what an Engine is made of.
type Config struct {
	DB     *store.DB
	Gate   *gate.Gate
	Router Router
	Signer Signer
	Clock  func() time.Time
	Log    *slog.Logger
	// Connections is how many sessions a lane may hold open.
	Connections int
	// Failed is told of addresses that the receiving side calls unknown; may be nil.
	Failed func(ctx context.Context, row Leased, enhanced string, code int) error
}

// Engine empties the outbox. One runs in each process that delivers.
type Engine struct {
	Config
	node    string
	writers map[Kind]Writer
	policy  map[Kind]Policy
	journal *journal
	outbox  *Outbox

	mu     sync.Mutex
	lanes  map[string]*lane
	halted map[int64]bool
	// seen is when each campaign was last leased from.
	seen map[int64]time.Time

	wake     chan struct{}
	stopping atomic.Bool
	cancel   context.CancelFunc
	// wire bounds transactions; it ends only when the patience of Stop does.
	wire    context.Context //nolint:containedctx // the life of the engine, not of a call
	cutWire context.CancelFunc
	loops   sync.WaitGroup
	workers sync.WaitGroup
	writing sync.WaitGroup
}

// NewEngine makes an engine; Register the writers before Start.
func NewEngine(c Config) *Engine {
	node := rand.Text()
	e := &Engine{
		Config: c, node: node, writers: map[Kind]Writer{}, policy: map[Kind]Policy{},
		journal: newJournal(c.DB, node, c.Clock, c.Log),
		lanes:   map[string]*lane{}, halted: map[int64]bool{}, seen: map[int64]time.Time{}, wake: make(chan struct{}, 1),
	}
	e.outbox = &Outbox{lanes: c.Router.Lane, nudge: e.Nudge}
	return e
}

// Outbox is the door to this engine's queue. It can be used before Start.
func (e *Engine) Outbox() *Outbox { return e.outbox }

// Register names the writer and the policy of a kind of message.
func (e *Engine) Register(k Kind, w Writer, p Policy) {
	e.writers[k], e.policy[k] = w, p
}

// Nudge has the engine look for due messages now. It never blocks.
func (e *Engine) Nudge() {
	select {
	case e.wake <- struct{}{}:
	default:
	}
}

// Start recovers what an earlier life left behind and begins to deliver.
func (e *Engine) Start(ctx context.Context) error {
	if err := e.recover(ctx); err != nil {
		return fmt.Errorf("delivery: start: %w", err)
	}
	run, cancel := context.WithCancel(context.WithoutCancel(ctx))
	e.cancel = cancel
	e.wire, e.cutWire = context.WithCancel(context.WithoutCancel(ctx))
	e.writing.Go(e.journal.run)
	e.loops.Go(func() { e.schedule(run) })
	e.loops.Go(func() { e.housekeep(run) })
	e.Nudge()
	return nil
}

// Stop leases nothing more, lets transactions under way finish until ctx ends,
// gives the rest back and stores every outcome. Then no row is left leased.
func (e *Engine) Stop(ctx context.Context) {
	if e.cancel == nil || e.stopping.Swap(true) {
		return
	}
	e.mu.Lock()
	for _, l := range e.lanes {
		l.close()
	}
	e.mu.Unlock()
	finished := make(chan struct{})
	go func() { e.workers.Wait(); close(finished) }()
	select {
	case <-finished:
	case <-ctx.Done():
		e.cutWire()
		<-finished
	}
	e.cancel()
	e.cutWire()
	e.loops.Wait()
	close(e.journal.records)
	e.writing.Wait()
}

// Halt stops the hand-off of a campaign in this process at once; rows already
// leased are put aside. Release undoes it.
func (e *Engine) Halt(campaign int64) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.halted[campaign] = true
}

// Release lets a campaign go out again.
func (e *Engine) Release(campaign int64) {
	e.mu.Lock()
	delete(e.halted, campaign)
	e.mu.Unlock()
	e.Nudge()
}

// remember notes which campaigns rows were leased of.
func (e *Engine) remember(rows []Leased, now time.Time) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, w := range rows {
		if w.Campaign != 0 {
			e.seen[w.Campaign] = now
		}
	}
}

// inHand lists the campaigns that rows were leased of lately.
func (e *Engine) inHand() []int64 {
	e.mu.Lock()
	defer e.mu.Unlock()
	var ids []int64
	for id, at := range e.seen {
		if e.Clock().Sub(at) > 2*leaseTime {
			delete(e.seen, id)
			continue
		}
		ids = append(ids, id)
	}
	return ids
}

func (e *Engine) isHalted(campaign int64) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return campaign != 0 && e.halted[campaign]
}
