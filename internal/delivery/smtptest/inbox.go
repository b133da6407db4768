package smtptest

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// Inbox is the "new" folder of the one Maildir into which a real mail server delivers
// everything; it moves only whole files there.
type Inbox string

// Mails returns the messages that have been delivered, with CRLF line ends and the
// server's own headers (Return-Path, Delivered-To or Envelope-to, Received) in front,
// in no particular order.
func (i Inbox) Mails(tb testing.TB) [][]byte {
	tb.Helper()
	var mails [][]byte
	entries, err := os.ReadDir(string(i))
	if errors.Is(err, fs.ErrNotExist) {
		return nil // nothing has come yet
	}
	if err != nil {
		tb.Fatal(err)
	}
	for _, e := range entries {
		text, err := os.ReadFile(filepath.Join(string(i), e.Name()))
		if err != nil {
			tb.Fatal(err)
		}
		mails = append(mails, bytes.ReplaceAll(text, []byte("\n"), []byte("\r\n")))
	}
	return mails
}

// Wait waits until at least n mails have been delivered, and fails the test when they
// do not come. Mail servers deliver after they answered, and give no sign.
func (i Inbox) Wait(tb testing.TB, n int) [][]byte {
	tb.Helper()
	late := time.After(20 * time.Second)
	beat := time.NewTicker(20 * time.Millisecond)
	defer beat.Stop()
	for {
		if entries, err := os.ReadDir(string(i)); err == nil && len(entries) >= n {
			return i.Mails(tb)
		}
		select {
		case <-beat.C:
		case <-late:
			tb.Fatalf("%d mails came, want %d", len(i.Mails(tb)), n)
		}
	}
}
