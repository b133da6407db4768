package delivery

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/kyodaku/kyodaku/internal/delivery/sink"
	"github.com/kyodaku/kyodaku/internal/keyring"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/store/storetest"
)

// BenchmarkEngine is a campaign from the outbox to a server that takes everything:
// leases, gate, journal and SMTP, with letters of 10 KiB.
func BenchmarkEngine(b *testing.B) {
	for _, signed := range []bool{false, true} {
		for _, engine := range []store.Engine{store.SQLite, store.PostgreSQL} {
			b.Run(fmt.Sprintf("signed=%v/%s", signed, engine), func(b *testing.B) { benchmarkEngine(b, engine, signed) })
		}
	}
}

// benchmarkPlan is how many messages stand in the outbox when the clock starts.
const benchmarkPlan = 20_000

func benchmarkEngine(b *testing.B, on store.Engine, signed bool) {
	open := storetest.SQLite
	if on == store.PostgreSQL {
		open = storetest.PostgreSQL
	}
	w := newWorld(b, open(b))
	w.body, w.patience = 10<<10, 10*time.Minute
	srv, err := sink.Listen(anyPort)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = srv.Close() })
	e := w.engine(srv.Addr(), func(c *Config) {
		c.Connections = 50
		if signed {
			c.Signer = w.keys(b)
		}
	})
	readers := w.readers(benchmarkPlan)
	for b.Loop() {
		b.StopTimer()
		w.write(func(ctx context.Context, tx *store.Tx) error {
			_, err := tx.Exec(ctx, `DELETE FROM outbox`)
			return err
		})
		for part := 0; part < len(readers); part += 1000 {
			w.plan(e.Outbox(), bulk, 7, readers[part:part+1000]...)
		}
		before := srv.Mails()
		b.StartTimer()
		run := w.engine(srv.Addr(), func(c *Config) { c.Connections, c.Signer = e.Connections, e.Signer })
		if err := w.gate.Start(context.Background()); err != nil {
			b.Fatal(err)
		}
		if err := run.Start(context.Background()); err != nil {
			b.Fatal(err)
		}
		w.until("all are settled", func() bool {
			if srv.Mails()-before < benchmarkPlan {
				return false
			}
			var open int
			if err := w.db.QueryRow(context.Background(), `SELECT COUNT(*) FROM outbox WHERE state <> 3`).Scan(&open); err != nil {
				b.Fatal(err)
			}
			return open == 0
		})
		b.StopTimer()
		stop(run)
		w.gate.Stop()
		if n := srv.Mails() - before; n != benchmarkPlan {
			b.Fatalf("%d mails left", n)
		}
		b.StartTimer()
	}
	b.ReportMetric(float64(b.N)*benchmarkPlan/b.Elapsed().Seconds(), "msgs/s")
}

// keys makes the keys of the sender's domain: RSA and Ed25519, by the standard library.
func (w *world) keys(b *testing.B) *Keys {
	ring, err := keyring.New(keyring.Generate())
	if err != nil {
		b.Fatal(err)
	}
	k := NewKeys(w.db, ring)
	w.write(func(ctx context.Context, tx *store.Tx) error {
		return k.Ensure(ctx, tx, w.ws, "cafe.example", w.clock.now())
	})
	return k
}
