package gate

import (
	"context"
	"crypto/sha256"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/kyodaku/kyodaku/internal/consent"
	"github.com/kyodaku/kyodaku/internal/keyring"
	"github.com/kyodaku/kyodaku/internal/law"
	"github.com/kyodaku/kyodaku/internal/store"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// clock is a clock that only moves when it is told to.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) read() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) move(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// world is a workspace with a sender, two topics and readers on one engine.
type world struct {
	testing.TB
	db           *store.DB
	people       *consent.Log
	gate         *Gate
	clock        *clock
	rules        *law.Set
	ws, profile  int64
	topic, other int64
	n            int
}

func newWorld(t testing.TB, db *store.DB) *world {
	t.Helper()
	ring, err := keyring.New(keyring.Generate())
	if err != nil {
		t.Fatal(err)
	}
	rules, err := law.Load()
	if err != nil {
		t.Fatal(err)
	}
	w := &world{TB: t, db: db, rules: rules, clock: &clock{now: time.Date(2026, 11, 21, 5, 0, 0, 0, time.UTC)}}
	w.people = consent.New(db, ring, slog.New(slog.DiscardHandler))
	w.gate = New(db, rules, w.people, w.clock.read, slog.New(slog.DiscardHandler))
	w.furnish()
	return w
}

func (w *world) write(fn func(ctx context.Context, tx *store.Tx) error) {
	w.Helper()
	if err := w.db.Write(context.Background(), func(tx *store.Tx) error { return fn(context.Background(), tx) }); err != nil {
		w.Fatal(err)
	}
}

func (w *world) furnish() {
	w.Helper()
	w.write(func(ctx context.Context, tx *store.Tx) error {
		for _, id := range []*int64{&w.ws, &w.profile, &w.topic, &w.other} {
			var err error
			if *id, err = tx.NewID(ctx); err != nil {
				return err
			}
		}
		if _, err := tx.Exec(ctx, `INSERT INTO workspace (id, slug, name, legal_name, postal_address, lang, zone, created_at, updated_at)
			VALUES (?, ?, 'カフェ', '株式会社カフェ', '東京都千代田区1-1', 'ja', 'Asia/Tokyo', 1, 1)`, w.ws, fmt.Sprint("cafe", w.ws)); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `INSERT INTO sender_profile (id, workspace_id, name, legal_name, postal_address, email, from_name, from_address, created_at, updated_at)
			VALUES (?, ?, 'カフェ', '株式会社カフェ', '東京都千代田区1-1', 'info@cafe.example', 'カフェ', 'news@cafe.example', 1, 1)`, w.profile, w.ws); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `INSERT INTO sending_domain (id, workspace_id, domain, state, created_at, spf, dkim, dmarc, ptr, reach)
			VALUES (?, ?, 'cafe.example', 'proven', 1, 'pass', 'pass', 'pass', 'pass', 'pass')`, w.profile, w.ws); err != nil {
			return err
		}
		if err := w.answered(ctx, tx, w.clock.read().AddDate(10, 0, 0)); err != nil {
			return err
		}
		for key, id := range map[string]int64{"news": w.topic, "events": w.other} {
			if _, err := tx.Exec(ctx, `INSERT INTO topic (id, workspace_id, key, name_ja, name_en, content_ja, content_en, promised_count, promised_period, sender_profile_id, created_at)
				VALUES (?, ?, ?, '便り', 'News', '便り', 'News', 1, 'week', ?, 1)`, id, w.ws, key, w.profile); err != nil {
				return err
			}
		}
		return nil
	})
}

// stranger makes an address that has said nothing.
func (w *world) stranger() (id int64) {
	w.Helper()
	w.n++
	text := fmt.Sprintf("reader%d@example.jp", w.n)
	hash := sha256.Sum256([]byte(text))
	w.write(func(ctx context.Context, tx *store.Tx) (err error) {
		if id, err = tx.NewID(ctx); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `INSERT INTO address (id, workspace_id, channel, canonical, shown, domain, hash, created_at)
			VALUES (?, ?, 'email', ?, ?, 'example.jp', ?, 1)`, id, w.ws, text, text, hash[:])
		return err
	})
	return id
}

// reader makes an address that has agreed to the topic.
func (w *world) reader() int64 {
	w.Helper()
	id := w.stranger()
	w.record(w.event(id, consent.ActionGranted))
	return id
}

// event is an act of the person about the topic.
func (w *world) event(address int64, a consent.Action) *consent.Event {
	e := &consent.Event{
		Workspace: w.ws, Address: address, Topic: w.topic, Action: a, Method: consent.MethodForm, OccurredAt: w.clock.read(),
	}
	if a.Grants() {
		e.Basis = consent.BasisConsent
	}
	return e
}

// record appends without a fence, as a batch would.
func (w *world) record(events ...*consent.Event) (refused []consent.Refused) {
	w.Helper()
	w.write(func(ctx context.Context, tx *store.Tx) (err error) {
		refused, err = w.people.Append(ctx, tx, events)
		return err
	})
	return refused
}

func (w *world) start() {
	w.Helper()
	if err := w.gate.Start(w.Context()); err != nil {
		w.Fatal(err)
	}
	w.Cleanup(w.gate.Stop)
}

func (w *world) ask(q Request) Decision {
	w.Helper()
	a := Audience{Workspace: w.ws, Profile: w.profile, Stage: Planned}
	d, err := w.gate.Admit(context.Background(), w.db, a, []Request{q}, w.clock.read())
	if err != nil {
		w.Fatal(err)
	}
	if (d[0].Refusal == nil) == (d[0].Permit == Permit{}) {
		w.Fatalf("neither yes nor no: %+v", d[0])
	}
	return d[0]
}

func (w *world) ad(address int64) Request {
	return Request{Address: address, Topic: w.topic, Class: law.Ad}
}

func (w *world) permit(address int64) Permit {
	w.Helper()
	d := w.ask(w.ad(address))
	if d.Refusal != nil {
		w.Fatalf("refused: %v", d.Refusal)
	}
	return d.Permit
}

// answered has the domain name system answer well for everything of the sender's domain, at
// a time.
func (w *world) answered(ctx context.Context, tx *store.Tx, at time.Time) error {
	m := store.Micros(at)
	_, err := tx.Exec(ctx, `UPDATE sending_domain SET green_at = ?, spf_at = ?, dkim_at = ?, dmarc_at = ?, ptr_at = ?, reach_at = ? WHERE workspace_id = ?`, m, m, m, m, m, m, w.ws)
	return err
}
