package delivery

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/kyodaku/kyodaku/internal/addr"
	"github.com/kyodaku/kyodaku/internal/consent"
	"github.com/kyodaku/kyodaku/internal/delivery/catcher"
	"github.com/kyodaku/kyodaku/internal/delivery/smtp"
	"github.com/kyodaku/kyodaku/internal/gate"
	"github.com/kyodaku/kyodaku/internal/keyring"
	"github.com/kyodaku/kyodaku/internal/law"
	"github.com/kyodaku/kyodaku/internal/store"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// The kinds of these tests: a campaign's, and what somebody waits for.
const (
	bulk   Kind = "campaign"
	person Kind = "confirmation"
)

// clock is the real time, moved.
type clock struct {
	mu    sync.Mutex
	ahead time.Duration
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Now().Add(c.ahead)
}

func (c *clock) move(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ahead += d
}

// world is a sender with readers on one engine.
type world struct {
	testing.TB
	db     *store.DB
	clock  *clock
	people *consent.Log
	gate   *gate.Gate
	rules  *law.Set
	ws     int64
	topic  int64
	// halted is what the writer says of campaigns.
	mu     sync.Mutex
	halted map[int64]bool
	// body is the size of a letter in bytes.
	body int
	// noWayOut leaves out the headers of one-click refusing.
	noWayOut bool
	// patience bounds until.
	patience time.Duration
}

func newWorld(t testing.TB, db *store.DB) *world {
	t.Helper()
	w := &world{TB: t, db: db, clock: &clock{}, halted: map[int64]bool{}, body: 500, patience: 2 * time.Minute}
	var err error
	if w.rules, err = law.Load(); err != nil {
		t.Fatal(err)
	}
	w.people, w.gate = w.opened()
	w.furnish()
	return w
}

// opened makes the rooms above the store, as each node has them.
func (w *world) opened() (*consent.Log, *gate.Gate) {
	w.Helper()
	ring, err := keyring.New(keyring.Generate())
	if err != nil {
		w.Fatal(err)
	}
	people := consent.New(w.db, ring, slog.New(slog.DiscardHandler))
	return people, gate.New(w.db, w.rules, people, w.clock.now, slog.New(slog.DiscardHandler))
}

func (w *world) write(fn func(ctx context.Context, tx *store.Tx) error) {
	w.Helper()
	if err := w.db.Write(context.Background(), func(tx *store.Tx) error { return fn(context.Background(), tx) }); err != nil {
		w.Fatal(err)
	}
}

func (w *world) furnish() {
	w.Helper()
	w.write(func(ctx context.Context, tx *store.Tx) (err error) {
		for _, id := range []*int64{&w.ws, &w.topic} {
			if *id, err = tx.NewID(ctx); err != nil {
				return err
			}
		}
		if _, err := tx.Exec(ctx, `INSERT INTO workspace (id, slug, name, legal_name, postal_address, lang, zone, created_at, updated_at)
			VALUES (?, 'cafe', 'カフェ', '株式会社カフェ', '東京都千代田区1-1', 'ja', 'Asia/Tokyo', 1, 1)`, w.ws); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `INSERT INTO sender_profile (id, workspace_id, name, legal_name, postal_address, email, from_name, from_address, created_at, updated_at)
			VALUES (?, ?, 'カフェ', '株式会社カフェ', '東京都千代田区1-1', 'info@cafe.example', 'カフェ', 'news@cafe.example', 1, 1)`, w.ws, w.ws); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `INSERT INTO sending_domain (id, workspace_id, domain, state, created_at) VALUES (?, ?, 'cafe.example', 'internal', 1)`, w.ws, w.ws); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `INSERT INTO topic (id, workspace_id, key, name_ja, name_en, content_ja, content_en, promised_count, promised_period, sender_profile_id, created_at)
			VALUES (?, ?, 'news', '便り', 'News', '便り', 'News', 1, 'week', ?, 1)`, w.topic, w.ws, w.ws)
		return err
	})
}

// readers makes addresses that have agreed to the topic.
func (w *world) readers(n int) []int64 {
	w.Helper()
	ids := make([]int64, n)
	w.write(func(ctx context.Context, tx *store.Tx) (err error) {
		var args []any
		var events []*consent.Event
		for i := range ids {
			if ids[i], err = tx.NewID(ctx); err != nil {
				return err
			}
			hash := sha256.Sum256(strconv.AppendInt(nil, ids[i], 10))
			args = append(args, ids[i], w.ws, "email", mailbox(ids[i]), mailbox(ids[i]), "example.jp", hash[:], 1)
			events = append(events, w.event(ids[i], consent.ActionGranted))
		}
		if err := tx.InsertRows(ctx, `INSERT INTO address (id, workspace_id, channel, canonical, shown, domain, hash, created_at) VALUES`, "", 8, args); err != nil {
			return err
		}
		_, err = w.people.Append(ctx, tx, events)
		return err
	})
	return ids
}

// mailbox is the address with an id.
func mailbox(id int64) string { return fmt.Sprintf("r%d@example.jp", id) }

func (w *world) event(address int64, a consent.Action) *consent.Event {
	e := &consent.Event{
		Workspace: w.ws, Address: address, Topic: w.topic, Action: a, Method: consent.MethodForm, OccurredAt: w.clock.now(),
	}
	if a.Grants() {
		e.Basis = consent.BasisConsent
	}
	return e
}

// refuse records a person's no and returns when it may be answered.
func (w *world) refuse(g *gate.Gate, address int64) {
	w.Helper()
	if err := g.Record(context.Background(), w.event(address, consent.ActionWithdrawn)); err != nil {
		w.Error(err)
	}
}

// plan puts one message of a kind and campaign for each address, as the gate says.
func (w *world) plan(o *Outbox, k Kind, campaign int64, addresses ...int64) {
	w.Helper()
	w.planTo(o, "example.jp", k, campaign, addresses...)
}

// planTo plans mail that goes to the servers of a domain.
func (w *world) planTo(o *Outbox, domain string, k Kind, campaign int64, addresses ...int64) {
	w.Helper()
	class, priority, topic := law.Ad, PriorityBulk, w.topic
	if k == person {
		class, priority, topic = law.Tx, PriorityPerson, 0
	}
	w.write(func(ctx context.Context, tx *store.Tx) error {
		requests := make([]gate.Request, len(addresses))
		for i, a := range addresses {
			requests[i] = gate.Request{Address: a, Topic: topic, Class: class}
		}
		now := w.clock.now()
		decisions, err := w.gate.Admit(ctx, tx, gate.Audience{Workspace: w.ws, Profile: w.ws, Stage: gate.Planned}, requests, now)
		if err != nil {
			return err
		}
		items := make([]Item, len(addresses))
		for i := range items {
			items[i] = Item{
				Kind: k, Workspace: w.ws, Profile: w.ws, Campaign: campaign, Domain: domain, Request: requests[i],
				Decision: decisions[i], Priority: priority, RunAt: now,
			}
		}
		_, err = o.Put(ctx, tx, items, now)
		return err
	})
}

// Write implements Writer.
func (w *world) Write(_ context.Context, _ store.Reader, rows []Leased, _ time.Time) ([]Letter, error) {
	out := make([]Letter, len(rows))
	for i, row := range rows {
		to, err := addr.StoredMail(mailbox(row.Request.Address))
		data := fmt.Sprintf("From: news@cafe.example\r\nMessage-ID: <%d@cafe.example>\r\n%s\r\n", row.ID, w.wayOut())
		out[i] = Letter{
			From: "bounce@cafe.example", To: to, Workspace: w.ws, Domain: "cafe.example", Err: err,
			Data: []byte(data + strings.Repeat("0123456789abcdef\r\n", w.body/18+1)),
		}
	}
	return out, nil
}

// wayOut are the headers that an advertisement must bear (ID-04).
func (w *world) wayOut() string {
	if w.noWayOut {
		return ""
	}
	return "List-Unsubscribe: <https://cafe.example/u/x>\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"
}

// Halted implements Writer.
func (w *world) Halted(_ context.Context, _ store.Reader, campaigns []int64) (map[int64]bool, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	out := map[int64]bool{}
	for _, c := range campaigns {
		if w.halted[c] {
			out[c] = true
		}
	}
	return out, nil
}

func (w *world) halt(campaign int64, is bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.halted[campaign] = is
}

// plain is a Signer that changes nothing.
type plain struct{}

func (plain) Sign(_ context.Context, _ int64, _ string, dst, message []byte, _ time.Time) ([]byte, error) {
	return append(dst, message...), nil
}

// engine makes one that hands everything to a server.
func (w *world) engine(address string, change ...func(*Config)) *Engine {
	w.Helper()
	c := Config{
		DB: w.db, Gate: w.gate, Clock: w.clock.now, Log: slog.New(slog.DiscardHandler), Signer: plain{}, Connections: 4,
		Router: Relay{Target: smtp.Target{Addr: address, Hello: "out.cafe.example", TLS: smtp.TLSNever}},
	}
	for _, f := range change {
		f(&c)
	}
	e := NewEngine(c)
	e.Register(bulk, w, BulkPolicy())
	e.Register(person, w, PersonPolicy())
	return e
}

// alone has one session at a time, for scripted servers.
func alone(c *Config) { c.Connections = 1 }

// run starts the gate and the engine until the test ends.
func (w *world) run(e *Engine) *Engine {
	w.Helper()
	if err := e.Gate.Start(context.Background()); err != nil {
		w.Fatal(err)
	}
	w.Cleanup(e.Gate.Stop)
	return w.start(e)
}

// start starts the engine alone.
func (w *world) start(e *Engine) *Engine {
	w.Helper()
	if err := e.Start(context.Background()); err != nil {
		w.Fatal(err)
	}
	w.Cleanup(func() {
		stop(e)
		w.balanced(e)
	})
	return e
}

// balanced looks at what a stopped engine must have given back.
func (w *world) balanced(e *Engine) {
	w.Helper()
	if n, in := e.sessions.Load(), e.inHand.Load(); n != 0 || in != 0 {
		w.Errorf("a stopped engine counts %d sessions and %d letters in hand", n, in)
	}
	for _, l := range e.lanes {
		for _, o := range l.outlets {
			if o.open != 0 || l.workers != 0 || len(l.queue) != 0 {
				w.Errorf("lane %s: %d open, %d workers, %d queued", l.name, o.open, l.workers, len(l.queue))
			}
		}
	}
}

func stop(e *Engine) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	e.Stop(ctx)
}

// until waits for something that has no signal of its own.
func (w *world) until(what string, is func() bool) {
	w.Helper()
	tick := time.NewTicker(3 * time.Millisecond)
	defer tick.Stop()
	late := time.NewTimer(w.patience)
	defer late.Stop()
	for !is() {
		select {
		case <-tick.C:
		case <-late.C:
			w.Fatalf("%s: never; rows are %v", what, w.outcomes())
		}
	}
}

// outcomes counts rows as "state outcome rule".
func (w *world) outcomes() map[string]int {
	w.Helper()
	rows, err := w.db.Query(context.Background(), `SELECT state, outcome, rule, COUNT(*) FROM outbox GROUP BY state, outcome, rule`)
	if err != nil {
		w.Fatal(err)
	}
	defer rows.Close()
	out := map[string]int{}
	for rows.Next() {
		var state, n int
		var outcome, rule string
		if err := rows.Scan(&state, &outcome, &rule, &n); err != nil {
			w.Fatal(err)
		}
		out[strings.TrimSpace(fmt.Sprint(state, " ", outcome, " ", rule))] = n
	}
	return out
}

// ends waits until all rows have come to rest as told: pairs of text and count.
func (w *world) ends(want map[string]int) {
	w.Helper()
	w.until(fmt.Sprint(want), func() bool { return fmt.Sprint(w.outcomes()) == fmt.Sprint(want) })
}

// row is what the outbox says about the only message to an address.
type row struct {
	state, attempts, stages int
	outcome, rule, stage    string
	event                   int64
	again                   time.Time
}

func (w *world) row(address int64) row {
	w.Helper()
	var r row
	var again int64
	err := w.db.QueryRow(context.Background(), `SELECT state, attempts, outcome, rule, decided_stage, decided_event, run_at,
		(SELECT COUNT(*) FROM attempt a WHERE a.outbox_id = o.id) FROM outbox o WHERE address_id = ?`, address).
		Scan(&r.state, &r.attempts, &r.outcome, &r.rule, &r.stage, &r.event, &again, &r.stages)
	if err != nil {
		w.Fatal(err)
	}
	r.again = store.Time(again)
	return r
}

// inbox is the far side: it remembers when the dot of each mail was read.
type inbox struct {
	*catcher.Server
	mu    sync.Mutex
	mails map[string][]catcher.Mail
	// accept and keep answer if set.
	accept func(to string) error
	keep   func(m catcher.Mail) error
}

func (w *world) inbox(address string, change ...func(*inbox)) *inbox {
	w.Helper()
	b := &inbox{mails: map[string][]catcher.Mail{}}
	for _, f := range change {
		f(b)
	}
	b.Server = catcher.New(catcher.Config{
		Accept: func(_, to string) error {
			if b.accept != nil {
				return b.accept(to)
			}
			return nil
		},
		Keep: func(_ context.Context, m catcher.Mail) error {
			if b.keep != nil {
				if err := b.keep(m); err != nil {
					return err
				}
			}
			b.mu.Lock()
			defer b.mu.Unlock()
			b.mails[m.To[0]] = append(b.mails[m.To[0]], m)
			return nil
		},
	})
	if err := b.Listen(address); err != nil {
		w.Fatal(err)
	}
	w.Cleanup(func() {
		if err := b.Close(); err != nil {
			w.Error(err)
		}
	})
	return b
}

const anyPort = "127.0.0.1:0"

func (b *inbox) of(address int64) []catcher.Mail {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.mails[mailbox(address)]
}

func (b *inbox) count() (n int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, m := range b.mails {
		n += len(m)
	}
	return n
}

// once fails unless each address has exactly one mail.
func (w *world) once(addresses []int64, boxes ...*inbox) {
	w.Helper()
	for _, a := range addresses {
		n := 0
		for _, b := range boxes {
			n += len(b.of(a))
		}
		if n != 1 {
			w.Errorf("one address got %d mails", n)
		}
	}
}

var errNotNow = errors.New("not now")
