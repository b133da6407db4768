package sink

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"sync/atomic"
)

// bufferSize holds a usual mail, so that most are read with one system call.
const bufferSize = 16 << 10

// Sink is a running server.
type Sink struct {
	ln       net.Listener
	mails    atomic.Int64
	octets   atomic.Int64
	mu       sync.Mutex
	sessions map[net.Conn]struct{} // nil when closed
	work     sync.WaitGroup
}

// Listen opens an address (port 0 finds a free one) and serves until Close.
func Listen(addr string) (*Sink, error) {
	ln, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("delivery: sink: %w", err)
	}
	s := &Sink{ln: ln, sessions: map[net.Conn]struct{}{}}
	s.work.Go(s.accept)
	return s, nil
}

// Addr is host:port of the listener.
func (s *Sink) Addr() string { return s.ln.Addr().String() }

// Mails counts the mails that were answered with 250.
func (s *Sink) Mails() int64 { return s.mails.Load() }

// Octets counts the octets of these mails as they came, dots included.
func (s *Sink) Octets() int64 { return s.octets.Load() }

// Close hangs up on everybody and waits until all sessions ended.
func (s *Sink) Close() error {
	err := s.ln.Close()
	s.mu.Lock()
	for c := range s.sessions {
		_ = c.Close()
	}
	s.sessions = nil
	s.mu.Unlock()
	s.work.Wait()
	if err != nil && !errors.Is(err, net.ErrClosed) {
		return fmt.Errorf("delivery: sink: %w", err)
	}
	return nil
}

func (s *Sink) accept() {
	for {
		conn, err := s.ln.Accept()
		if err != nil {
			return
		}
		s.work.Go(func() {
			defer func() { _ = conn.Close() }()
			if s.enter(conn) {
				s.serve(conn)
				s.leave(conn)
			}
		})
	}
}

// enter notes a session, unless the sink is closed.
func (s *Sink) enter(conn net.Conn) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.sessions == nil {
		return false
	}
	s.sessions[conn] = struct{}{}
	return true
}

func (s *Sink) leave(conn net.Conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.sessions, conn)
}

// serve answers one session until it ends.
func (s *Sink) serve(conn net.Conn) {
	in, out := bufio.NewReaderSize(conn, bufferSize), bufio.NewWriter(conn)
	reply := "220 sink ESMTP\r\n"
	for {
		_, _ = out.WriteString(reply)
		if in.Buffered() == 0 || reply == goAhead || reply == goodbye {
			if out.Flush() != nil {
				return
			}
		}
		if reply == goodbye {
			return
		}
		if reply == goAhead {
			n, err := readMessage(in)
			if err != nil {
				return
			}
			s.mails.Add(1)
			s.octets.Add(n)
			reply = "250 2.0.0 gone\r\n"
			continue
		}
		line, err := in.ReadSlice('\n')
		if err != nil {
			return
		}
		reply = answer(line)
	}
}

const (
	goAhead = "354 go ahead\r\n"
	goodbye = "221 2.0.0 bye\r\n"
)

// answer is what is said to a command.
func answer(line []byte) string {
	word := line[:min(4, len(line))]
	switch {
	case bytes.EqualFold(word, []byte("MAIL")), bytes.EqualFold(word, []byte("RCPT")), bytes.EqualFold(word, []byte("RSET")),
		bytes.EqualFold(word, []byte("NOOP")), bytes.EqualFold(word, []byte("HELO")):
		return "250 2.0.0 ok\r\n"
	case bytes.EqualFold(word, []byte("DATA")):
		return goAhead
	case bytes.EqualFold(word, []byte("EHLO")):
		return "250-sink\r\n250-PIPELINING\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250-SIZE 0\r\n250 ENHANCEDSTATUSCODES\r\n"
	case bytes.EqualFold(word, []byte("QUIT")):
		return goodbye
	default:
		return "500 5.5.2 what\r\n"
	}
}

// readMessage reads up to and with the final dot and counts the octets.
func readMessage(in *bufio.Reader) (int64, error) {
	var n int64
	start := true // at the start of a line
	for {
		line, err := in.ReadSlice('\n')
		n += int64(len(line))
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			start = false
			continue
		case err != nil:
			return n, io.ErrUnexpectedEOF
		case start && string(line) == ".\r\n":
			return n, nil
		}
		start = true
	}
}
