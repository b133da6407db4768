package inbound

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/kyodaku/kyodaku/internal/consent"
	"github.com/kyodaku/kyodaku/internal/gate"
	"github.com/kyodaku/kyodaku/internal/keyring"
	"github.com/kyodaku/kyodaku/internal/law"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/store/storetest"
)

// ward is a database with one message to one address.
type ward struct {
	*Bounces
	hash    []byte
	message int64
	now     time.Time
}

func newWard(t *testing.T, db *store.DB) ward {
	t.Helper()
	ring, err := keyring.New(keyring.Generate())
	if err != nil {
		t.Fatal(err)
	}
	rules, err := law.Load()
	if err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.DiscardHandler)
	people := consent.New(db, ring, log)
	w := ward{Bounces: &Bounces{DB: db, Consents: people, Gate: gate.New(db, rules, people, time.Now, log)}, now: time.Now()}
	w.hash = ring.AddressHash(1, "email", "hanako@reader.example")
	if err := w.Gate.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Gate.Stop)
	err = db.Write(t.Context(), func(tx *store.Tx) error { return w.fill(t.Context(), tx) })
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func (w *ward) fill(ctx context.Context, tx *store.Tx) error {
	if _, err := tx.Exec(ctx, `INSERT INTO workspace (id, slug, name, legal_name, postal_address, lang, zone, created_at, updated_at)
		VALUES (1, 'a', 'a', 'a', 'a', 'ja', 'Asia/Tokyo', 1, 1)`); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `INSERT INTO address (id, workspace_id, channel, canonical, shown, domain, hash, created_at)
		VALUES (2, 1, 'email', 'hanako@reader.example', 'Hanako@reader.example', 'reader.example', ?, 1)`, w.hash); err != nil {
		return err
	}
	w.message = 3
	at := store.Micros(w.now.Add(-time.Hour))
	_, err := tx.Exec(ctx, `INSERT INTO outbox (id, workspace_id, kind, address_id, class, profile_id, state, outcome, attempts, run_at, created_at, finished_at)
		VALUES (3, 1, 'campaign', 2, 'ad', 1, 3, 'delivered', 1, ?, ?, ?)`, at, at, at)
	return err
}

func (w *ward) list(t *testing.T) []consent.Suppression {
	t.Helper()
	list, err := w.Consents.Suppressions(t.Context(), w.DB, 1, consent.SuppressionQuery{AddressHash: w.hash})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func TestOnlyABelievableBounceCounts(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWard(t, db)
		good := Bounce{Message: w.message, Recipients: []string{"hanako@Reader.example"}, Status: "5.1.1"}
		other, full, stranger, nobody := good, good, good, good
		other.Message, full.Status, stranger.Recipients, nobody.Recipients = 99, "5.2.2", []string{"taro@reader.example"}, nil
		for _, b := range []Bounce{other, full, stranger, nobody} {
			if err := w.Bounced(t.Context(), b, w.now); err != nil {
				t.Error(err)
			}
		}
		if err := w.Bounced(t.Context(), good, w.now.AddDate(0, 1, 0)); err != nil {
			t.Error(err)
		}
		if list := w.list(t); len(list) != 0 {
			t.Fatalf("%+v", list)
		}
		for range 2 {
			if err := w.Bounced(t.Context(), good, w.now); err != nil {
				t.Fatal(err)
			}
		}
		list := w.list(t)
		if len(list) != 1 || list[0].Kind != consent.SuppressionBounce || list[0].Detail != "5.1.1" || list[0].ExpiresAt.Sub(w.now).Round(time.Hour) != 180*24*time.Hour {
			t.Errorf("%+v", list)
		}
	})
}

func TestADeadAddressIsPutAsideAtOnce(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWard(t, db)
		if err := w.Suppress(t.Context(), w.message, "5.1.1", w.now); err != nil || len(w.list(t)) != 1 {
			t.Error(err, w.list(t))
		}
	})
}

func FuzzReadBounce(f *testing.F) {
	id := store.Public("msg", 7)
	f.Add(id, []byte("Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: x\r\n\r\nFinal-Recipient: rfc822; a@b.jp\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n--b--\r\n"))
	f.Add(id, []byte("Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\nContent-Type: message/delivery-status\n\n\n\n\n--b--"))
	f.Add("", []byte(""))
	f.Fuzz(func(t *testing.T, message string, data []byte) {
		b, ok := readBounce(message, data, readHead(data))
		if ok && (b.Message <= 0 || len(b.Recipients) == 0 || b.Status == "" || b.Status[0] != '5') {
			t.Errorf("%+v", b)
		}
	})
}
