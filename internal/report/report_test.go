package report

import (
	"log/slog"
	"testing"
	"time"

	"github.com/kyodaku/kyodaku/internal/addr"
	"github.com/kyodaku/kyodaku/internal/consent"
	"github.com/kyodaku/kyodaku/internal/contact"
	"github.com/kyodaku/kyodaku/internal/keyring"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/store/storetest"
)

// start is when the stories of these tests begin.
var start = time.Date(2026, 11, 21, 5, 0, 0, 0, time.UTC)

// world is two workspaces with one person each, at the same address.
type world struct {
	testing.TB
	db        *store.DB
	log       *consent.Log
	book      *contact.Book
	ours      int64
	person    contact.Contact
	address   contact.Address
	stranger  contact.Address
	elsewhere int64
}

func newWorld(t testing.TB, db *store.DB) *world {
	t.Helper()
	ring, err := keyring.New(keyring.Generate())
	if err != nil {
		t.Fatal(err)
	}
	w := &world{TB: t, db: db, log: consent.New(db, ring, slog.New(slog.DiscardHandler))}
	w.book = contact.New(db, ring, w.log)
	w.ours, w.elsewhere = w.workspace("ours"), w.workspace("elsewhere")
	w.person, w.address = w.settle(w.ours)
	_, w.stranger = w.settle(w.elsewhere)
	return w
}

func (w *world) write(fn func(tx *store.Tx) error) {
	w.Helper()
	if err := w.db.Write(w.Context(), fn); err != nil {
		w.Fatal(err)
	}
}

func (w *world) workspace(slug string) (id int64) {
	w.Helper()
	w.write(func(tx *store.Tx) (err error) {
		if id, err = tx.NewID(w.Context()); err != nil {
			return err
		}
		_, err = tx.Exec(w.Context(), `INSERT INTO workspace (id, slug, name, legal_name, postal_address, lang, zone, created_at, updated_at)
			VALUES (?, ?, 'カフェ', '株式会社カフェ', '東京都千代田区1-1', 'ja', 'Asia/Tokyo', 1, 1)`, id, slug)
		return err
	})
	return id
}

// settle makes a person with an address and a refusal of everything.
func (w *world) settle(workspace int64) (one contact.Contact, a contact.Address) {
	w.Helper()
	m, err := addr.ParseMail("hanako@example.jp")
	if err != nil {
		w.Fatal(err)
	}
	w.write(func(tx *store.Tx) (err error) {
		if a, _, err = w.book.EnsureAddress(w.Context(), tx, workspace, m, start); err != nil {
			return err
		}
		if one, _, err = w.book.EnsureContact(w.Context(), tx, a, contact.Contact{FamilyName: "佐藤"}, start); err != nil {
			return err
		}
		_, err = w.log.Append(w.Context(), tx, []*consent.Event{{
			Workspace: workspace, Address: a.ID, Action: consent.ActionWithdrawn, Method: consent.MethodOneClick, OccurredAt: start,
		}})
		return err
	})
	return one, a
}

// message puts a row into the outbox; an outcome of "" leaves it open.
func (w *world) message(workspace int64, a contact.Address, outcome string, at time.Time) (id int64) {
	w.Helper()
	w.write(func(tx *store.Tx) (err error) {
		if id, err = tx.NewID(w.Context()); err != nil {
			return err
		}
		state, finished := 3, store.Micros(at)
		if outcome == "" {
			state, finished = 0, 0
		}
		_, err = tx.Exec(w.Context(), `INSERT INTO outbox (id, workspace_id, kind, contact_id, address_id, class, profile_id, state, outcome, rule, decided_rules, run_at, created_at, finished_at)
			VALUES (?, ?, 'campaign', ?, ?, 'ad', 1, ?, ?, 'OUT-01', 'r1', 1, ?, ?)`,
			id, workspace, a.Contact, a.ID, state, outcome, store.Micros(at), finished)
		return err
	})
	return id
}

func TestMessagesAreAllOfThePersonsAndNobodyElses(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		sent := w.message(w.ours, w.address, "delivered", start)
		open := w.message(w.ours, w.address, "", start)
		w.message(w.elsewhere, w.stranger, "delivered", start)
		var got []consent.SentMessage
		for m, err := range Messages(t.Context(), db, w.ours, []int64{w.address.ID, w.stranger.ID}) {
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, m)
		}
		if len(got) != 2 || got[0].ID != sent || got[1].ID != open {
			t.Fatalf("got %+v", got)
		}
		if got[0].Outcome != "delivered" || got[0].Rules != "r1" || !got[0].FinishedAt.Equal(start) {
			t.Errorf("the sent one came as %+v", got[0])
		}
		if got[1].Outcome != Waiting || !got[1].FinishedAt.IsZero() {
			t.Errorf("the open one came as %+v", got[1])
		}
	})
}

func TestMessagesGoOnBeyondOnePage(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.SQLite(t))
	const many = messagesPage + 3
	for range many {
		w.message(w.ours, w.address, "delivered", start)
	}
	n, last := 0, int64(0)
	for m, err := range Messages(t.Context(), w.db, w.ours, []int64{w.address.ID}) {
		if err != nil || m.ID <= last {
			t.Fatalf("%d after %d, %v", m.ID, last, err)
		}
		n, last = n+1, m.ID
	}
	if n != many {
		t.Errorf("%d messages, want %d", n, many)
	}
}

func TestLatestGoesBackWithoutGapOrRepeat(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		var want []int64
		for i := range 7 { // three share one instant
			at := start.Add(time.Duration(max(0, i-2)) * time.Minute)
			want = append([]int64{w.message(w.ours, w.address, "delivered", at)}, want...)
		}
		w.message(w.elsewhere, w.stranger, "delivered", start.Add(time.Hour))
		var got []int64
		for before := (Before{}); ; {
			page, err := Latest(t.Context(), db, w.ours, []int64{w.address.ID, w.stranger.ID}, before, 2)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range page {
				got = append(got, m.ID)
				before = Before{m.At(), m.ID}
			}
			if len(page) < 2 {
				break
			}
		}
		if len(got) != len(want) {
			t.Fatalf("got %v, want %v", got, want)
		}
		for i := range want {
			if got[i] != want[i] {
				t.Fatalf("got %v, want %v", got, want)
			}
		}
	})
}

func TestListsKeepToTheWorkspace(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		ctx := t.Context()
		events, err := Events(ctx, db, w.ours, 0, 10)
		if err != nil || len(events) != 1 || events[0].Address != w.address.ID || events[0].Shown != "hanako@example.jp" || events[0].Leaf != -1 {
			t.Errorf("events %+v, %v", events, err)
		}
		if rest, err := Events(ctx, db, w.ours, events[0].ID, 10); err != nil || len(rest) != 0 {
			t.Errorf("before the first event: %+v, %v", rest, err)
		}
		holders, err := Holders(ctx, db, w.ours, [][]byte{w.address.Hash, w.stranger.Hash, []byte("nobody")})
		if err != nil || len(holders) != 1 || holders[string(w.address.Hash)].Contact != w.person.ID {
			t.Errorf("holders %+v, %v", holders, err)
		}
		sides, err := Sides(ctx, db, w.ours, []int64{w.person.ID, w.stranger.Contact})
		side := sides[w.person.ID]
		if err != nil || len(side.Addresses) != 1 || len(side.States) != 1 || side.States[0].Status != consent.StatusWithdrawn {
			t.Errorf("side %+v, %v", side, err)
		}
		if len(sides) != 1 {
			t.Errorf("sides of %d people, want 1", len(sides))
		}
		if none, err := Sides(ctx, db, w.ours, nil); err != nil || len(none) != 0 {
			t.Errorf("sides of nobody: %+v, %v", none, err)
		}
	})
}
