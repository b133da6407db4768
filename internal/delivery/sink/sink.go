package sink

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
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
	// wanted is how many mails are still to be kept, kept what was.
	wanted atomic.Int64
	kept   []Mail
	keeper *keeper // nil for a sink without manners
}

// Mail is a mail that was kept.
type Mail struct {
	// From and To are the paths of the envelope as they came, without brackets.
	From, To string
	// Data is the message with its dots unstuffed.
	Data []byte
}

// Listen opens an address (port 0 finds a free one) and serves until Close.
func Listen(addr string) (*Sink, error) { return ListenWith(addr, Manners{}) }

// ListenWith is Listen with manners.
func ListenWith(addr string, m Manners) (*Sink, error) {
	if err := m.Check(); err != nil {
		return nil, err
	}
	ln, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("delivery: sink: %w", err)
	}
	s := &Sink{ln: ln, sessions: map[net.Conn]struct{}{}}
	if m != (Manners{}) {
		s.keeper = &keeper{Manners: m}
	}
	s.work.Go(s.accept)
	return s, nil
}

// Addr is host:port of the listener.
func (s *Sink) Addr() string { return s.ln.Addr().String() }

// Mails counts the mails that were answered with 250.
func (s *Sink) Mails() int64 { return s.mails.Load() }

// Octets counts the octets of these mails as they came, dots included.
func (s *Sink) Octets() int64 { return s.octets.Load() }

// Tally is what was done by manners.
func (s *Sink) Tally() Tally {
	if s.keeper == nil {
		return Tally{}
	}
	s.keeper.mu.Lock()
	defer s.keeper.mu.Unlock()
	return s.keeper.tally
}

// Keep has the sink keep the next n mails.
func (s *Sink) Keep(n int64) { s.wanted.Store(n) }

// Kept are the mails that were kept so far.
func (s *Sink) Kept() []Mail {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Mail(nil), s.kept...)
}

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
				x := &session{sink: s, conn: conn, in: bufio.NewReaderSize(conn, bufferSize), out: bufio.NewWriter(conn)}
				x.welcome()
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

// session is one connection.
type session struct {
	sink *Sink
	conn net.Conn
	in   *bufio.Reader
	out  *bufio.Writer
	// mails counts those that were begun; open says that one may be given now.
	mails int
	open  bool
	// mail is filled only while mails are kept.
	mail Mail
}

const (
	goAhead = "354 go ahead\r\n"
	goodbye = "221 2.0.0 bye\r\n"
)

// welcome serves a connection, unless it is one too many.
func (x *session) welcome() {
	k := x.sink.keeper
	if k == nil {
		x.serve("220 sink ESMTP\r\n")
		return
	}
	if no := k.enter(time.Now()); no != "" {
		x.breakOff(no)
		return
	}
	defer k.leave()
	x.serve("220 sink ESMTP\r\n")
}

// breakOff ends a connection with a word, or without one.
func (x *session) breakOff(reply string) {
	if tcp, ok := x.conn.(*net.TCPConn); ok && x.sink.keeper.Reset && reply != blockedR {
		_ = tcp.SetLinger(0) // closing sends RST
		return
	}
	_, _ = x.out.WriteString(reply)
	_ = x.out.Flush() // whoever is sent away need not hear why
}

// serve answers until the client ends.
func (x *session) serve(reply string) {
	for {
		if reply == tooMany || reply == enough {
			x.breakOff(reply)
			return
		}
		_, _ = x.out.WriteString(reply)
		if x.in.Buffered() == 0 || reply == goAhead || reply == goodbye {
			if x.out.Flush() != nil {
				return
			}
		}
		switch reply {
		case goodbye:
			return
		case goAhead:
			var err error
			if reply, err = x.message(); err != nil {
				return
			}
		default:
			line, err := x.in.ReadSlice('\n')
			if err != nil {
				return
			}
			if size, ok := chunkSize(line); ok {
				if reply, err = x.chunk(size); err != nil {
					return
				}
				continue
			}
			reply = x.answer(line)
		}
	}
}

// message takes one mail up to its dot.
func (x *session) message() (string, error) {
	keep := x.keeps()
	n, err := x.read(keep)
	if err != nil {
		return "", err
	}
	return x.taken(n, keep), nil
}

// keeps says whether the next mail is to be kept.
func (x *session) keeps() bool { return x.sink.wanted.Load() > 0 && x.sink.wanted.Add(-1) >= 0 }

// chunkSize reads BDAT with LAST; a message in several chunks is not understood.
func chunkSize(line []byte) (int64, bool) {
	words := bytes.Fields(line)
	if len(words) != 3 || !bytes.EqualFold(words[0], []byte("BDAT")) || !bytes.EqualFold(words[2], []byte("LAST")) {
		return 0, false
	}
	n, err := strconv.ParseInt(string(words[1]), 10, 64)
	return n, err == nil && n >= 0
}

// chunk takes one mail as a chunk (RFC 3030), and swallows one that was refused.
func (x *session) chunk(size int64) (string, error) {
	keep := x.open && x.keeps()
	var into io.Writer = io.Discard
	var kept bytes.Buffer
	if keep {
		into = &kept
	}
	if _, err := io.CopyN(into, x.in, size); err != nil {
		return "", err
	}
	if !x.open {
		return "503 5.5.1 nothing was begun\r\n", nil
	}
	x.mail.Data = kept.Bytes()
	return x.taken(size, keep), nil
}

// taken says what to answer to a whole mail.
func (x *session) taken(n int64, keep bool) string {
	if k := x.sink.keeper; k != nil {
		time.Sleep(k.Latency)
		if no := k.dot(); no != "" {
			x.mail = Mail{}
			return no
		}
	}
	if keep {
		x.sink.mu.Lock()
		x.sink.kept = append(x.sink.kept, x.mail)
		x.sink.mu.Unlock()
	}
	x.mail = Mail{}
	x.sink.octets.Add(n)
	x.sink.mails.Add(1)
	return "250 2.0.0 gone\r\n"
}

// answer is what is said to a command.
func (x *session) answer(line []byte) string {
	word := line[:min(4, len(line))]
	switch {
	case bytes.EqualFold(word, []byte("MAIL")):
		x.mail.From = x.path(line)
		x.open = true
		if k := x.sink.keeper; k != nil {
			x.mails++
			if no := k.mail(x.mails, time.Now()); no != "" {
				x.open = false
				return no
			}
		}
	case !x.open && (bytes.EqualFold(word, []byte("RCPT")) || bytes.EqualFold(word, []byte("DATA"))):
		return "503 5.5.1 nothing was begun\r\n"
	case bytes.EqualFold(word, []byte("RCPT")):
		x.mail.To = x.path(line)
		if k := x.sink.keeper; k != nil {
			if no := k.recipient(); no != "" {
				x.open = false
				return no
			}
		}
	case bytes.EqualFold(word, []byte("RSET")), bytes.EqualFold(word, []byte("NOOP")), bytes.EqualFold(word, []byte("HELO")):
	case bytes.EqualFold(word, []byte("DATA")):
		return goAhead
	case bytes.EqualFold(word, []byte("EHLO")):
		return "250-sink\r\n250-PIPELINING\r\n250-CHUNKING\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250-SIZE 0\r\n250 ENHANCEDSTATUSCODES\r\n"
	case bytes.EqualFold(word, []byte("QUIT")):
		return goodbye
	default:
		return "500 5.5.2 what\r\n"
	}
	return "250 2.0.0 ok\r\n"
}

// path is what stands in angle brackets, while mails are kept.
func (x *session) path(line []byte) string {
	if x.sink.wanted.Load() <= 0 {
		return ""
	}
	_, rest, _ := bytes.Cut(line, []byte("<"))
	inside, _, _ := bytes.Cut(rest, []byte(">"))
	return string(inside)
}

// read reads up to and with the final dot and counts the octets.
func (x *session) read(keep bool) (int64, error) {
	var n int64
	start := true // at the start of a line
	for {
		line, err := x.in.ReadSlice('\n')
		n += int64(len(line))
		full := errors.Is(err, bufio.ErrBufferFull)
		switch {
		case err != nil && !full:
			return n, io.ErrUnexpectedEOF
		case start && string(line) == ".\r\n":
			return n, nil
		}
		if keep {
			if start && line[0] == '.' {
				line = line[1:]
			}
			x.mail.Data = append(x.mail.Data, line...)
		}
		start = !full
	}
}
