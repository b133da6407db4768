package inbound

import (
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/kyodaku/kyodaku/internal/delivery/catcher"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/store/storetest"
)

// A mailbox brings a mail again when the session broke between taking and deleting it.
func TestABounceThatIsBroughtAgainCountsOnce(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWard(t, db)
		s := New(Config{Domain: "in.example.jp", Ring: w.ring, Refuser: &notebook{}, Reports: w.Bounces, Log: slog.New(slog.DiscardHandler), Clock: time.Now})
		to := "b+" + w.ring.SignReturn(3) + "@in.example.jp"
		fetched := "Return-Path: <>\nDelivered-To: " + to + "\n" + deadReport
		for range 2 {
			m := catcher.Mail{To: []string{"catchall@in.example.jp", to}, Data: []byte(strings.ReplaceAll(fetched, "\n", "\r\n")), ReceivedAt: w.now}
			if err := s.Take(t.Context(), m); err != nil {
				t.Fatal(err)
			}
		}
		rows := 0
		if err := db.QueryRow(t.Context(), `SELECT COUNT(*) FROM returned WHERE outbox_id = 3`).Scan(&rows); err != nil {
			t.Fatal(err)
		}
		if list := w.list(t); rows != 1 || len(list) != 1 {
			t.Errorf("%d lines in the book, %d addresses put aside", rows, len(list))
		}
	})
}
