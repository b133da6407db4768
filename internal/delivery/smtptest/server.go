package smtptest

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"testing"
	"time"
)

// patience is how long a scripted connection may take: scripts that hang fail.
const patience = 20 * time.Second

// errEnded ends a script without a complaint.
var errEnded = errors.New("script ended")

// Step is one act of a scripted server.
type Step func(*Conn) error

// Conn is one connection that follows a script.
type Conn struct {
	conn net.Conn
	raw  net.Conn
	in   *bufio.Reader
	mu   sync.Mutex
	seen bytes.Buffer
	done chan struct{}
}

// Read reads from the client and remembers it.
func (c *Conn) Read(p []byte) (int, error) {
	n, err := c.conn.Read(p)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.seen.Write(p[:n])
	return n, err
}

// Server follows one script for each connection, in their order.
type Server struct {
	tb      testing.TB
	ln      net.Listener
	scripts [][]Step
	mu      sync.Mutex
	conns   []*Conn
	closed  bool
	work    sync.WaitGroup
}

// Start starts a server with one script for each expected connection. A script
// that has no Hangup or Reset ends by reading until the client goes. One
// connection more than there are scripts is closed at once and fails the test.
func Start(tb testing.TB, scripts ...[]Step) *Server {
	tb.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatalf("smtptest: listen: %v", err)
	}
	s := &Server{tb: tb, ln: ln, scripts: scripts}
	s.work.Go(s.accept)
	tb.Cleanup(s.close)
	return s
}

// Addr is the server's host:port.
func (s *Server) Addr() string { return s.ln.Addr().String() }

// Connections counts the connections so far.
func (s *Server) Connections() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.conns)
}

// Seen waits until the nth connection (from 0) has ended and returns every octet
// that the client sent on it; after a STARTTLS what was in the tunnel.
func (s *Server) Seen(n int) string {
	s.tb.Helper()
	s.mu.Lock()
	if n >= len(s.conns) {
		s.mu.Unlock()
		s.tb.Fatalf("smtptest: connection %d never came", n)
	}
	c := s.conns[n]
	s.mu.Unlock()
	<-c.done
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.seen.String()
}

func (s *Server) accept() {
	for {
		conn, err := s.ln.Accept()
		if err != nil {
			return
		}
		c := &Conn{conn: conn, raw: conn, done: make(chan struct{})}
		c.in = bufio.NewReader(c)
		s.mu.Lock()
		n, closed := len(s.conns), s.closed
		s.conns = append(s.conns, c)
		s.mu.Unlock()
		if closed {
			_ = conn.Close()
			return
		}
		s.work.Go(func() { s.follow(n, c) })
	}
}

func (s *Server) follow(n int, c *Conn) {
	defer close(c.done)
	defer func() { _ = c.raw.Close() }()
	if n >= len(s.scripts) {
		s.tb.Errorf("smtptest: connection %d has no script", n)
		return
	}
	if err := c.raw.SetDeadline(time.Now().Add(patience)); err != nil {
		s.tb.Errorf("smtptest: connection %d: %v", n, err)
		return
	}
	for i, step := range s.scripts[n] {
		err := step(c)
		if errors.Is(err, errEnded) {
			return
		}
		if err != nil {
			s.tb.Errorf("smtptest: connection %d: step %d: %v", n, i, err)
			return
		}
	}
	_ = c.drain() // a client that resets or hangs up is what ends it
}

// drain reads until the client goes.
func (c *Conn) drain() error {
	_, err := io.Copy(io.Discard, c.in)
	return err
}

func (c *Conn) line() (string, error) {
	line, err := c.in.ReadString('\n')
	if err != nil {
		return line, fmt.Errorf("client went after %q: %w", line, err)
	}
	return line, nil
}

func (s *Server) close() {
	_ = s.ln.Close()
	s.mu.Lock()
	s.closed = true
	for _, c := range s.conns {
		_ = c.raw.Close()
	}
	s.mu.Unlock()
	s.work.Wait()
}
