package postfixtest

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

// Mails returns the messages that have reached the inbox, with CRLF line ends and
// Postfix's own headers (Return-Path, Delivered-To, Received) in front, in no
// particular order.
func (s *Server) Mails(tb testing.TB) [][]byte {
	tb.Helper()
	var mails [][]byte
	entries, err := os.ReadDir(s.inbox())
	if errors.Is(err, fs.ErrNotExist) {
		return nil // nothing has come yet
	}
	must(tb, err)
	for _, e := range entries {
		text, err := os.ReadFile(filepath.Join(s.inbox(), e.Name()))
		must(tb, err)
		mails = append(mails, bytes.ReplaceAll(text, []byte("\n"), []byte("\r\n")))
	}
	return mails
}

// inbox is the folder of the one Maildir into which everything goes; Postfix moves
// only whole files there.
func (s *Server) inbox() string { return filepath.Join(s.dir, "mail", "all", "new") }

// Wait waits until at least n mails have been delivered, and fails the test when
// they do not come. Postfix delivers after it answered, and gives no sign.
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
			tb.Fatalf("postfixtest: %d mails came, want %d", len(s.Mails(tb)), n)
		}
	}
}

// Header returns the values of a header of a mail, unfolded.
func Header(mail []byte, name string) []string {
	head, _, _ := bytes.Cut(mail, []byte("\r\n\r\n"))
	head = bytes.ReplaceAll(bytes.ReplaceAll(head, []byte("\r\n\t"), []byte(" ")), []byte("\r\n "), []byte(" "))
	var values []string
	for line := range bytes.SplitSeq(head, []byte("\r\n")) {
		key, value, ok := bytes.Cut(line, []byte(":"))
		if ok && bytes.EqualFold(key, []byte(name)) {
			values = append(values, string(bytes.TrimSpace(value)))
		}
	}
	return slices.Clip(values)
}
