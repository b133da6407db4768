package campaign

import (
	"bufio"
	"fmt"
	"maps"
	"net"
	"strings"
	"sync"
	"testing"
)

// letterbox is a small mail server that keeps what comes, by recipient.
type letterbox struct {
	addr string
	mu   sync.Mutex
	kept map[string][]string
}

func newLetterbox(t *testing.T) *letterbox {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	box := &letterbox{addr: l.Addr().String(), kept: map[string][]string{}}
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go box.serve(conn)
		}
	}()
	return box
}

// mails are the letters that came, by recipient.
func (b *letterbox) mails() map[string][]string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return maps.Clone(b.kept)
}

// serve takes mail until the client goes.
func (b *letterbox) serve(conn net.Conn) {
	defer func() { _ = conn.Close() }()
	say := func(text string) { _, _ = fmt.Fprintf(conn, "%s\r\n", text) }
	say("220 letterbox")
	to := ""
	for lines := bufio.NewScanner(conn); lines.Scan(); {
		switch verb, rest, _ := strings.Cut(lines.Text(), " "); strings.ToUpper(verb) {
		case "EHLO":
			say("250-letterbox\r\n250 PIPELINING")
		case "RCPT":
			_, rest, _ = strings.Cut(rest, "<")
			to, _, _ = strings.Cut(rest, ">")
			say("250 2.1.5 OK")
		case "DATA":
			say("354 go on")
			var data strings.Builder
			for lines.Scan() && lines.Text() != "." {
				data.WriteString(strings.TrimPrefix(lines.Text(), ".") + "\r\n")
			}
			b.mu.Lock()
			b.kept[to] = append(b.kept[to], data.String())
			b.mu.Unlock()
			say("250 2.0.0 kept")
		case "QUIT":
			say("221 bye")
			return
		default:
			say("250 OK")
		}
	}
}
