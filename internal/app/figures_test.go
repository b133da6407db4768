package app

import (
	"context"
	"log/slog"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/kyodaku/kyodaku/internal/delivery"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/store/storetest"
)

// TestFiguresTellNobodyAndStayFew scrapes a program with queues, a rest and a stopped
// campaign.
func TestFiguresTellNobodyAndStayFew(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		dir := t.TempDir()
		a, err := New(t.Context(), Config{
			DataDir: dir, Database: db.URL(), KeyFile: filepath.Join(dir, "key"), PublicURL: "https://mail.midori.example",
			Mail: Mail{Mode: MX, Hostname: "mta.example.jp", Connections: 1}, Log: slog.New(slog.DiscardHandler), Clock: time.Now,
		})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = a.Close() })
		now := time.Now()
		err = db.Write(t.Context(), func(tx *store.Tx) error {
			for i, lane := range []string{"docomo", "one.example", "two.example", "!one.example", "parked.example"} {
				state := 0
				if lane == "parked.example" {
					state = 4
				}
				if _, err := tx.Exec(t.Context(), `INSERT INTO outbox (id, workspace_id, kind, address_id, class, profile_id, domain, lane, state, run_at, created_at)
					VALUES (?, 1, 'campaign', ?, 'ad', 1, ?, ?, ?, ?, 1)`, i+1, i+1, lane, lane, state, store.Micros(now.Add(-time.Hour))); err != nil {
					return err
				}
			}
			if _, err := tx.Exec(t.Context(), `INSERT INTO shaping (kind, name, part, state, updated_at) VALUES ('lane', 'docomo', '', ?, ?)`,
				`{"paused":"2099-01-01T00:00:00Z"}`, store.Micros(now)); err != nil {
				return err
			}
			_, err := tx.Exec(t.Context(), `INSERT INTO shaping (kind, name, part, state, updated_at) VALUES ('breaker', 'docomo', '7', ?, ?)`,
				`{"phase":"open","until":"2099-01-01T00:00:00Z","counts":{"begun":"2026-01-01T00:00:00Z"}}`, store.Micros(now))
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		a.figures.Committed(3*time.Millisecond, 12)
		a.figures.Settled(delivery.Settled{Provider: "docomo", Outcome: delivery.Failed, Tried: true, Blame: "recipient", Code: 550})
		a.figures.Settled(delivery.Settled{Provider: "everyone", Awaited: true, Outcome: delivery.Withheld})
		if _, err := (timed{delivery.Unsigned{}, a.figures.sign}).Sign(context.Background(), 1, "x.example", nil, []byte("x"), now); err != nil {
			t.Fatal(err)
		}
		told := scraped(t, a)
		for _, want := range []string{
			`kyodaku_delivery_queue_messages awaited=false provider=docomo which=due 1`, `kyodaku_delivery_queue_messages awaited=false provider=everyone which=waiting 2`,
			`kyodaku_delivery_queue_messages awaited=true provider=everyone which=due 1`, `kyodaku_delivery_lanes_paused provider=docomo 1`,
			`kyodaku_delivery_breakers_open provider=docomo 1`, `kyodaku_delivery_outcomes_total awaited=false outcome=failed provider=docomo 1`,
			`kyodaku_delivery_attempts_total blame=recipient provider=docomo 1`, `kyodaku_delivery_replies_total class=5xx provider=docomo 1`,
			`kyodaku_outbox_messages state=queued 4`, `kyodaku_outbox_messages state=parked 1`, `kyodaku_delivery_uncertain_messages 0`,
		} {
			if !strings.Contains(told, want+"\n") {
				t.Errorf("not told: %s", want)
			}
		}
		if strings.Contains(told, "one.example") || strings.Contains(told, "provider=everyone 1\nkyodaku_delivery_attempts") {
			t.Errorf("a domain is a label, or what was not tried is an attempt:\n%s", told)
		}
	})
}

// scraped writes the figures of an app as lines: name, labels in order, value.
func scraped(t *testing.T, a *App) string {
	t.Helper()
	registry := prometheus.NewPedanticRegistry()
	for _, c := range append(a.figures.all(), newGauges(a), newLaneGauges(a)) {
		if err := registry.Register(c); err != nil {
			t.Fatal(err)
		}
	}
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	for _, f := range families {
		for _, m := range f.GetMetric() {
			out.WriteString(f.GetName())
			for _, l := range m.GetLabel() {
				out.WriteString(" " + l.GetName() + "=" + l.GetValue())
			}
			value := m.GetGauge().GetValue() + m.GetCounter().GetValue() + float64(m.GetHistogram().GetSampleCount())
			out.WriteString(" " + strconv.FormatFloat(value, 'f', -1, 64) + "\n")
		}
	}
	return out.String()
}
