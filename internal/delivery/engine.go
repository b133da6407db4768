package delivery

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/kyodaku/kyodaku/internal/delivery/profile"
	"github.com/kyodaku/kyodaku/internal/delivery/reply"
	"github.com/kyodaku/kyodaku/internal/delivery/smtp"
	"github.com/kyodaku/kyodaku/internal/gate"
	"github.com/kyodaku/kyodaku/internal/store"
)

// Router knows the way to a receiving server.
type Router interface {
	// Lane names the queue that mail for a domain stands in.
	Lane(domain string) string
	// Site names the lane that a domain's mail belongs in, and may ask DNS for it.
	Site(ctx context.Context, domain string) (string, error)
	// Targets lists the servers for a domain, best first. A permanent failure (no
	// such domain, null MX) is an error that fault does not call temporary.
	Targets(ctx context.Context, domain string) ([]smtp.Target, error)
	// SameServers says whether a connection made for one domain serves the other.
	SameServers(a, b string) bool
	// Profile is how the receivers of a lane want to be treated; nil means a relay.
	Profile(lane string) *profile.Profile
}

// Signer appends a message to dst with the signature headers of a domain. The two
// must not share memory.
type Signer interface {
	Sign(ctx context.Context, workspace int64, domain string, dst, message []byte, now time.Time) ([]byte, error)
}

// Config is what an Engine is made of.
type Config struct {
	DB     *store.DB
	Gate   *gate.Gate
	Router Router
	Signer Signer
	Clock  func() time.Time
	Log    *slog.Logger
	// Connections is how many sessions all lanes together may hold open; what somebody
	// waits for is not counted. Relayed is how many of them a relay may be given; 0
	// means all.
	Connections int
	Relayed     int
	// Sources are the addresses to send from; none means the machine's own choice.
	Sources []Source
	// Watch is told what is done, for figures; may be nil.
	Watch Watcher
	// Failed is told of addresses that the receiving side calls unknown; may be nil.
	Failed func(ctx context.Context, row Leased, enhanced string, v reply.Verdict) error
}

// Engine empties the outbox. One runs in each process that delivers.
type Engine struct {
	Config
	node    string
	writers map[Kind]Writer
	policy  map[Kind]Policy
	journal *journal
	outbox  *Outbox

	mu    sync.Mutex
	lanes map[string]*lane
	halts halts
	// complained is when each complaint was last logged.
	complained map[string]time.Time
	// lookups bounds how many lanes wait for DNS.
	lookups chan struct{}
	// turn is where the scheduler goes on; only it uses it.
	turn string
	// inHand counts letters in memory, sessions those of lanes that are not urgent.
	inHand   atomic.Int64
	sessions atomic.Int64
	cells    cells
	dailies  dailies
	learned  learned
	// general judges the replies of whoever has no profile.
	general *reply.Rules

	wake chan struct{}
	// rounds counts how often every lane was looked at: what waits for a round to be over asks it.
	rounds   atomic.Int64
	stopping atomic.Bool
	stopped  chan struct{}
	// wire bounds transactions and what the loops ask of the database; it ends only
	// when the patience of Stop does.
	wire    context.Context //nolint:containedctx // the life of the engine, not of a call
	cutWire context.CancelFunc
	loops   sync.WaitGroup
	workers sync.WaitGroup
	writing sync.WaitGroup
}

// NewEngine makes an engine; Register the writers before Start.
func NewEngine(c Config) *Engine {
	if len(c.Sources) == 0 {
		c.Sources = []Source{{}}
	}
	if c.Relayed == 0 {
		c.Relayed = c.Connections
	}
	node := rand.Text()
	e := &Engine{
		Config: c, node: node, writers: map[Kind]Writer{}, policy: map[Kind]Policy{},
		journal: newJournal(c, node), lanes: map[string]*lane{}, halts: newHalts(), complained: map[string]time.Time{},
		cells: newCells(), dailies: newDailies(), lookups: make(chan struct{}, lookups),
		wake: make(chan struct{}, 1), stopped: make(chan struct{}),
	}
	e.journal.told = e.tellWatcher
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
func (e *Engine) Start(ctx context.Context) (err error) {
	if err := checkSources(e.Sources); err != nil {
		return err
	}
	if e.general, err = reply.General(); err != nil {
		return fmt.Errorf("delivery: start: %w", err)
	}
	if err := e.recover(ctx); err != nil {
		return fmt.Errorf("delivery: start: %w", err)
	}
	if err := e.learned.load(ctx, e.DB, e.Clock()); err != nil {
		return err
	}
	e.wire, e.cutWire = context.WithCancel(context.WithoutCancel(ctx))
	e.writing.Go(e.journal.run)
	e.loops.Go(func() { e.schedule(e.wire) })
	e.loops.Go(func() { e.housekeep(e.wire) })
	e.Nudge()
	return nil
}

// Stop leases nothing more, lets transactions under way finish until ctx ends,
// gives the rest back and stores every outcome. Then no row is left leased, unless
// the database did not answer in time.
func (e *Engine) Stop(ctx context.Context) {
	if e.cutWire == nil || e.stopping.Swap(true) {
		return
	}
	close(e.stopped)
	hurry := context.AfterFunc(ctx, func() {
		e.cutWire()
		e.journal.hurry()
	})
	defer hurry()
	e.loops.Wait()
	e.mu.Lock()
	for _, l := range e.lanes {
		l.close()
	}
	e.mu.Unlock()
	e.workers.Wait()
	close(e.journal.records)
	e.writing.Wait()
	e.complain("what was learned of receivers cannot be stored", e.keepLearned(ctx))
	e.cutWire()
}

// complainEvery keeps one cause that hits every message from filling the log.
const complainEvery = 10 * time.Second

// complain logs what went wrong, not too often, and not at all if it went wrong
// because the engine stops.
func (e *Engine) complain(what string, err error) {
	if err == nil || e.wire.Err() != nil {
		return
	}
	now := e.Clock()
	e.mu.Lock()
	last, before := e.complained[what]
	again := before && now.Sub(last) < complainEvery
	if !again {
		e.complained[what] = now
	}
	e.mu.Unlock()
	if !again {
		e.Log.Error(what, "error", err)
	}
}
