package catcher_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/kyodaku/kyodaku/internal/delivery/catcher"
)

// Only CR LF dot CR LF ends a mail. Whatever else looks like an end to somebody stays
// inside the mail, or the mail is refused; never do two come of one.
func TestNothingIsSmuggledInBehindABareLineEnd(t *testing.T) {
	t.Parallel()
	for _, end := range []string{"\n.\n", "\n.\r\n", "\r\n.\n", "\r.\r", "\r\n.\r", "\r.\r\n", "\n.\r", "\r\n\x00.\r\n"} {
		t.Run(fmt.Sprintf("%q", end), func(t *testing.T) {
			t.Parallel()
			var mu sync.Mutex
			var got []catcher.Mail
			s := catcher.New(catcher.Config{Keep: func(_ context.Context, m catcher.Mail) error {
				mu.Lock()
				defer mu.Unlock()
				got = append(got, m)
				return nil
			}})
			if err := s.Listen("127.0.0.1:0"); err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = s.Close() })
			smuggle(t, s.Addr(), end)
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			for _, m := range got {
				if m.From != "one@a.example" || m.To[0] != "two@b.example" {
					t.Errorf("a mail of %s was smuggled in", m.From)
				}
			}
			if len(got) > 1 {
				t.Errorf("%d mails came of one", len(got))
			}
		})
	}
}

// smuggle sends a mail with another behind a false end inside it.
func smuggle(t *testing.T, addr, end string) {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	if err := conn.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	in := bufio.NewReader(conn)
	say := func(text, want string) {
		if _, err := io.WriteString(conn, text); err != nil {
			t.Fatal(err)
		}
		for {
			line, err := in.ReadString('\n')
			if err != nil {
				t.Fatal(err)
			}
			if len(line) > 3 && line[3] == '-' {
				continue
			}
			if !strings.HasPrefix(line, want) {
				t.Fatalf("%q is answered %q", text, line)
			}
			return
		}
	}
	say("", "220")
	say("EHLO out.example\r\n", "250")
	say("MAIL FROM:<one@a.example>\r\n", "250")
	say("RCPT TO:<two@b.example>\r\n", "250")
	say("DATA\r\n", "354")
	inner := "MAIL FROM:<evil@a.example>\r\nRCPT TO:<victim@b.example>\r\nDATA\r\nSubject: smuggled\r\n\r\nbad\r\n.\r\n"
	_, _ = io.WriteString(conn, "Subject: outer\r\n\r\ntext"+end+inner+"QUIT\r\n")
	_, _ = io.Copy(io.Discard, in) // whatever it says to that
}
