package eximtest

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// Mails returns the messages that have reached the inbox, with CRLF line ends and
// Exim's own headers (Return-path, Envelope-to, Received) in front, in no particular
// order.
func (s *Server) Mails(tb testing.TB) [][]byte {
	tb.Helper()
	entries, err := os.ReadDir(s.inbox())
	if errors.Is(err, fs.ErrNotExist) {
		return nil // nothing has come yet
	}
	must(tb, err)
	var mails [][]byte
	for _, e := range entries {
		text, err := os.ReadFile(filepath.Join(s.inbox(), e.Name()))
		must(tb, err)
		mails = append(mails, bytes.ReplaceAll(text, []byte("\n"), []byte("\r\n")))
	}
	return mails
}

// inbox is the folder of the one Maildir into which everything goes; Exim moves only
// whole files there.
func (s *Server) inbox() string { return filepath.Join(s.dir, "mail", "new") }

// Wait waits until at least n mails have been delivered, and fails the test when they
// do not come. Exim delivers after it answered, and gives no sign.
func (s *Server) Wait(tb testing.TB, n int) [][]byte {
	tb.Helper()
	late := time.After(startTime)
	beat := time.NewTicker(20 * time.Millisecond)
	defer beat.Stop()
	for {
		if entries, err := os.ReadDir(s.inbox()); err == nil && len(entries) >= n {
			return s.Mails(tb)
		}
		select {
		case <-beat.C:
		case <-late:
			tb.Fatalf("eximtest: %d mails came, want %d", len(s.Mails(tb)), n)
		}
	}
}
