package consent

import (
	"context"
	"crypto/sha256"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/kyodaku/kyodaku/internal/keyring"
	"github.com/kyodaku/kyodaku/internal/store"
)

// start is when the stories of these tests begin.
var start = time.Date(2026, 11, 21, 5, 0, 0, 0, time.UTC)

// world is a workspace with addresses, on one engine.
type world struct {
	testing.TB
	db   *store.DB
	log  *Log
	ring *keyring.Ring
	ws   int64
	n    int
}

func newWorld(t testing.TB, db *store.DB) *world {
	t.Helper()
	ring, err := keyring.New(keyring.Generate())
	if err != nil {
		t.Fatal(err)
	}
	w := &world{TB: t, db: db, ring: ring, log: New(db, ring, slog.New(slog.DiscardHandler))}
	w.ws = w.addWorkspace("cafe")
	return w
}

func (w *world) write(fn func(tx *store.Tx) error) {
	w.Helper()
	if err := w.db.Write(w.Context(), fn); err != nil {
		w.Fatal(err)
	}
}

func (w *world) addWorkspace(slug string) (id int64) {
	w.Helper()
	w.write(func(tx *store.Tx) (err error) {
		ctx := w.Context()
		if id, err = tx.NewID(ctx); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `INSERT INTO workspace (id, slug, name, legal_name, postal_address, lang, zone, created_at, updated_at)
			VALUES (?, ?, 'カフェ', '株式会社カフェ', '東京都千代田区1-1', 'ja', 'Asia/Tokyo', 1, 1)`, id, slug)
		return err
	})
	return id
}

// contact makes an empty contact.
func (w *world) contact() (id int64) {
	w.Helper()
	w.write(func(tx *store.Tx) (err error) {
		if id, err = tx.NewID(w.Context()); err != nil {
			return err
		}
		_, err = tx.Exec(w.Context(), `INSERT INTO contact (id, workspace_id, created_at, updated_at) VALUES (?, ?, 1, 1)`, id, w.ws)
		return err
	})
	return id
}

// addresses makes n mail addresses of a contact (0: nobody's).
func (w *world) addresses(n int, contact int64) []int64 {
	w.Helper()
	ids := make([]int64, n)
	w.write(func(tx *store.Tx) (err error) {
		var args []any
		for i := range ids {
			if ids[i], err = tx.NewID(w.Context()); err != nil {
				return err
			}
			w.n++
			text := fmt.Sprintf("reader%d@example.jp", w.n)
			args = append(args, ids[i], w.ws, contact, "email", text, text, w.hash(text), 1)
		}
		return tx.InsertRows(w.Context(), `INSERT INTO address (id, workspace_id, contact_id, channel, canonical, shown, hash, created_at) VALUES`, "", 8, args)
	})
	return ids
}

func (w *world) address() int64 { w.Helper(); return w.addresses(1, 0)[0] }

func (w *world) hash(text string) []byte {
	sum := sha256.Sum256([]byte(text))
	return sum[:]
}

// event makes a plain event.
func (w *world) event(a Action, m Method, address, topic int64) *Event {
	e := &Event{Workspace: w.ws, Address: address, Topic: topic, Action: a, Method: m, OccurredAt: start}
	if a.Grants() {
		e.Basis = BasisConsent
	}
	if a == ActionPaused {
		e.PausedUntil = start.AddDate(0, 1, 0)
	}
	if a == ActionFrequencyChanged {
		e.Frequency = Frequency{Count: 1, Period: Month}
	}
	return e
}

func (w *world) append(events ...*Event) []Refused {
	w.Helper()
	var refused []Refused
	w.write(func(tx *store.Tx) (err error) {
		refused, err = w.log.Append(w.Context(), tx, events)
		return err
	})
	return refused
}

func (w *world) state(address, topic int64) State {
	w.Helper()
	states, err := w.log.State(w.Context(), w.db, address)
	if err != nil {
		w.Fatal(err)
	}
	return states[topic]
}

// stopped says whether any entry covers the topic.
func (w *world) stopped(address, topic int64) bool {
	w.Helper()
	s, err := w.log.Standings(w.Context(), w.db, w.ws, []Subject{{address, topic}}, start)
	if err != nil {
		w.Fatal(err)
	}
	if !s[0].Known {
		w.Fatal("the address is not known")
	}
	return len(s[0].Stops) > 0
}

func (w *world) count(query func() *store.Row) (n int64) {
	w.Helper()
	if err := query().Scan(&n); err != nil {
		w.Fatal(err)
	}
	return n
}

func (w *world) live() int64 {
	w.Helper()
	return w.count(func() *store.Row {
		return w.db.QueryRow(context.Background(), `SELECT COUNT(*) FROM suppression WHERE lifted_at = 0`)
	})
}
